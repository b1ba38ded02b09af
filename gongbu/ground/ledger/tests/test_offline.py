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
from gongbu.ground.ledger.tests.receipt_files import cases, damaged, make_files
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
    assert (alone.verdict, alone.holds, alone.wrong) == ("key_unchecked", False, [])
    assert len(alone.proven) == 3
    assert alone.proven[0].startswith("公开字段 1 项")
    assert offline.NOT_BOUND not in alone.open
    assert any("没有提供另外保存的树头" in text for text in alone.open)
    assert "属于同一本账" in check(receipt, [second]).proven[-1]
    assert check(receipt, [second]).holds


def test_an_older_head_needs_the_proof_between(kept):
    receipt, first, second = kept
    asked = check(receipt, [first])
    assert asked.verdict == "incomplete"
    assert any("2 到 5 的一致性证明" in text for text in asked.open)
    link = consistency.between(first["size"], second["size"])
    assert "记录数 2）属于同一本账" in check(receipt, [first, link]).proven[-1]
    assert check(receipt, [first, link]).holds
    assert check(receipt, [link]).verdict == "key_unchecked", "a proof alone is no head kept elsewhere"
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
    assert check(receipt).verdict == "wrong"


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
    assert (done.returncode, "签名密钥未与可信来源核对" in done.stdout) == (3, True), done.stderr
    done = _elsewhere(tmp_path, file, "--head", str(head))
    assert (done.returncode, done.stdout.startswith("结论：核验通过")) == (0, True), done.stderr
    done = _elsewhere(tmp_path, file, "--key", second["key_id"], "--json")
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "holds"), done.stderr
    assert _elsewhere(tmp_path, file, "--key", "ed25519:0000000000000000").returncode == 1
    assert _elsewhere(tmp_path, file, "--key", "随便").returncode == 2
    assert not (tmp_path / "var").exists(), "no home is opened or made"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_only_what_is_tied_to_something_trusted_is_good(case, tmp_path):
    report = check(case.receipt, case.kept, case.key)
    assert (report.verdict, report.holds) == (case.verdict, case.verdict == "holds"), report
    names = []
    for number, content in enumerate((case.receipt, *case.kept)):
        (tmp_path / f"{number}.json").write_text(json.dumps(content), "utf-8")
        names += ["--head"] * (number > 0) + [str(tmp_path / f"{number}.json")]
    done = CliRunner().invoke(command, ["verify", *names, "--key", case.key, "--json"])
    found = json.loads(done.stdout)
    assert done.exit_code == {"holds": 0, "wrong": 1, "key_unchecked": 3, "incomplete": 4}[case.verdict]
    assert (found["verdict"], found["holds"]) == (case.verdict, case.verdict == "holds")
    assert found["next"]


def test_nothing_that_matters_can_be_changed_in_a_receipt_that_holds():
    files = make_files()
    remarks = {"corrected_by", "proof", "proof/outcome", "proof/size", "proof/head"}  # proof and head: one key more
    for what, receipt in damaged(files.receipt):
        try:
            holds = check(receipt, [files.same]).holds
        except Unreadable:
            continue
        assert not holds or what.partition(" ")[2] in remarks, what


def _elsewhere(folder, file, *options):
    """Run the program in a process that knows of no home, no database and no settings."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).resolve().parents[4])}
    command = [sys.executable, "-m", "gongbu", "receipt", "verify", str(file), *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
