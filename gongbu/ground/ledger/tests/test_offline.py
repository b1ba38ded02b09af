"""A receipt checked from its file alone, and against heads kept elsewhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client

from gongbu.ground.ledger import consistency, offline
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.offline import Unreadable, check
from gongbu.ground.ledger.receipt_commands import receipt as command
from gongbu.ground.ledger.tests.test_consistency import grow

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-03")]


@pytest.fixture
def kept():
    """A receipt file of the second of five entries, and the head as it was before and after."""
    first = grow(2)
    second = grow(3)
    code = Entry.objects.order_by("pk")[1].receipt
    return json.loads(Client().get(f"/r/{code}/proof.json").content), first, second


def changed(receipt, **changes):
    copy = json.loads(json.dumps(receipt))
    for place, value in changes.items():
        at = copy["proof"]
        *way, last = place.split("__")
        for part in way:
            at = at[part]
        at[last] = value
    return copy


def test_a_whole_receipt_holds_and_says_what_it_cannot_prove(kept):
    receipt, _first, second = kept
    alone = check(receipt)
    assert alone.holds
    assert len(alone.proven) == 3
    assert alone.proven[0].startswith("公开字段 1 项")
    assert offline.NOT_BOUND not in alone.open
    assert any("没有提供另外保存的树头" in text for text in alone.open)
    assert "属于同一本账" in check(receipt, [second]).proven[-1]


def test_an_older_head_needs_the_proof_between(kept):
    receipt, first, second = kept
    asked = check(receipt, [first])
    assert asked.holds
    assert any("2 到 5 的一致性证明" in text for text in asked.open)
    link = consistency.between(first["size"], second["size"])
    assert "记录数 2）属于同一本账" in check(receipt, [first, link]).proven[-1]
    link["path"][0] = "0" * 64
    assert not check(receipt, [first, link]).holds


@pytest.mark.parametrize(
    "change",
    [
        {"leaf_hash": "0" * 64}, {"index": 2}, {"head__root": "0" * 64}, {"head__signed_at": "2026-01-01T00:00:00+08:00"},
        {"head__signature": "AAAA"}, {"head__key_id": "ed25519:0000000000000000"},
        {"head__public_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, {"path": []},
    ],
)  # fmt: skip
def test_one_thing_changed_is_found(kept, change):
    receipt = changed(kept[0], **change)
    assert not check(receipt).holds


def test_another_book_of_the_same_length_is_a_contradiction(kept):
    receipt, _first, second = kept
    other = {**second, "root": "1" * 64}
    unsigned = {"size": other["size"], "root": other["root"]}
    assert "账本出现过两个版本" in check(receipt, [unsigned]).wrong[0]
    assert any("签名不成立" in text for text in check(receipt, [other]).wrong), "its own signature does not hold either"


@pytest.mark.parametrize(
    "change", [{"head__size": "x"}, {"path": None}, {"algorithm": "MD5"}, {"head__public_key": "%"}]
)
def test_a_damaged_file_is_refused_in_words(kept, change):
    with pytest.raises(Unreadable):
        check(changed(kept[0], **change))


def test_the_command_needs_nothing_but_files(kept, tmp_path):
    receipt, _first, second = kept
    file, head = tmp_path / "回执.json", tmp_path / "树头.json"
    file.write_text(json.dumps(receipt), "utf-8")
    head.write_text(json.dumps(second), "utf-8")
    run = CliRunner().invoke
    good = run(command, ["verify", str(file), "--head", str(head)])
    assert (good.exit_code, "属于同一本账" in good.stdout, "未能证明" in good.stdout) == (0, True, True)
    file.write_text(json.dumps(changed(receipt, leaf_hash="0" * 64)), "utf-8")
    bad = run(command, ["verify", str(file), "--json"])
    assert (bad.exit_code, json.loads(bad.stdout)["holds"]) == (1, False)
    file.write_text(json.dumps(receipt)[:200], "utf-8")
    cut = run(command, ["verify", str(file)])
    assert (cut.exit_code, "可能被截断" in cut.stderr) == (2, True)
    assert run(command, ["verify", str(tmp_path / "没有.json")]).exit_code == 2
    assert _elsewhere(tmp_path, file).returncode == 2
    file.write_text(json.dumps(receipt), "utf-8")
    done = _elsewhere(tmp_path, file)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "var").exists(), "no home is opened or made"


def _elsewhere(folder, file):
    """Run the program in a process that knows of no home, no database and no settings."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).resolve().parents[4])}
    command = [sys.executable, "-m", "gongbu", "receipt", "verify", str(file)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
