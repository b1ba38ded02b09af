"""After an older backup was restored: no second head of a size that is published, and nobody is left in the dark."""

import base64
import json
import shutil
from pathlib import Path

import orjson
import pytest
from django.db import connection
from django.test import Client

from gongbu.config import doctor
from gongbu.ground.ledger import heads, held, offline, queries, receipts, restored, sequencer, signing
from gongbu.ground.ledger.models import Entry, Head, Pending
from gongbu.ground.ledger.testing import create_triggers, drop_triggers
from gongbu.ground.ledger.tests.test_sequencer import write
from gongbu.ground.ledger.verify import verify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("GO-03")]
PUBLIC = {"文号": "云发改审〔2026〕15号"}


class Restored:
    """A book of 5 entries as it was backed up; then 3 more were signed and published, and the backup was put back."""

    def __init__(self, keys: Path) -> None:
        self.before = [json.loads(json.dumps(self._grow(5)))]
        self.receipts = [entry.receipt for entry in Entry.objects.order_by("pk")]
        saved = keys.with_name("saved-keys")
        shutil.copytree(keys, saved)
        self.proof = Client().get(f"/r/{self.receipts[1]}/proof.json").content
        self.lost = [self._grow(2), self._grow(1)]
        self.lost_receipt = Entry.objects.order_by("-pk").values_list("receipt", flat=True).first()
        self.old_key = signing.signer().key_id
        cut_to(5)
        shutil.rmtree(keys)
        shutil.copytree(saved, keys)

    @staticmethod
    def _grow(count):
        write(count, public=PUBLIC, key=None)
        sequencer.run()
        return queries.list_heads(limit=1)[0]


def cut_to(size):
    """Make the database what it was, as a restored backup does."""
    with connection.cursor() as cursor:
        for statement in drop_triggers(connection.vendor):
            cursor.execute(statement)
        for statement in (
            "DELETE FROM ledger_head WHERE size > %s",
            'DELETE FROM ledger_leaf WHERE "index" >= %s',
            'DELETE FROM ledger_node WHERE ("index" + 1) * (1 << level) > %s',
        ):
            cursor.execute(statement, [size])
        cursor.execute("DELETE FROM ledger_entry WHERE id NOT IN (SELECT entry_id FROM ledger_leaf)")
        cursor.execute("DELETE FROM ledger_pending")
        if connection.vendor == "sqlite":
            cursor.execute(
                "UPDATE sqlite_sequence SET seq = (SELECT max(id) FROM ledger_entry) WHERE name = 'ledger_entry'"
            )
        for statement in create_triggers(connection.vendor):
            cursor.execute(statement)


@pytest.fixture
def book(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    return Restored(Path(settings.KEYS_DIR))


def published():
    return [json.loads(line) for line in heads.path().read_text("utf-8").splitlines()]


def test_nothing_is_signed_until_the_loss_is_acknowledged(book):
    write(2, public=PUBLIC, key=None)
    for _ in range(2):
        done = sequencer.run()
        assert (done.placed, done.size, done.held.kept, done.held.known) == (0, 5, 5, 8)
    assert sequencer.write_missing_heads() == 0
    assert (Pending.objects.count(), Head.objects.order_by("-size").first().size) == (2, 5), "acts go on, unsigned"
    waiting = Entry.objects.order_by("-pk").values_list("receipt", flat=True).first()
    assert "待入树" in Client().get(f"/r/{waiting}").text


def test_no_key_ever_signs_two_heads_of_one_size(book):
    for _ in range(2):
        write(2, public=PUBLIC, key=None)
        sequencer.run()
        if held.look():
            loss = restored.acknowledge_restore(reason="磁盘损坏", name="周航")
            assert (loss.kept, loss.known) == (5, 8)
    assert verify().ok, verify().first_bad
    signed = {}
    for line in published():
        if "root" in line and "size" in line:
            assert signed.setdefault((line["key_id"], line["size"]), line["root"]) == line["root"]
    assert len({size for _, size in signed}) < len(signed), "sizes come again, under the new key only"
    assert Head.objects.order_by("-size").first().key_id == loss.new_key != book.old_key
    assert book.old_key in signing.public_keys()
    assert all(head.key_id == loss.new_key for head in Head.objects.filter(size__gt=5))
    entry = orjson.loads(Entry.objects.get(kind="ledger.restored").canonical)
    assert (entry["before"]["size"], entry["before"]["key"]) == (8, book.old_key)
    assert (entry["after"]["size"], entry["after"]["key"]) == (5, loss.new_key)


def test_an_older_backup_again_is_held_again_and_gets_a_third_key(book, settings):
    first = restored.acknowledge_restore(reason="磁盘损坏", name="周航")
    saved = {file.name: file.read_bytes() for file in Path(settings.KEYS_DIR).glob("*")}
    assert not any(b"PRIVATE" in content for name, content in saved.items() if name != signing.KEY_FILE)
    cut_to(5)
    for file in Path(settings.KEYS_DIR).glob("*"):  # the keys of a backup from before the first change
        file.unlink()
    signing.signer()
    write(1, key=None)
    assert sequencer.run().held is not None
    second = restored.acknowledge_restore(reason="又一次", name="周航")
    assert first.new_key != second.new_key
    assert first.new_key in signing.public_keys(), "heads.log brings the public key that the backup had not"
    assert [one.new_key for one in heads.breaks()] == [first.new_key, second.new_key]
    assert len(restored.notices()) == 2


def test_a_sequencer_that_began_before_the_change_signs_with_the_new_key(book, monkeypatch):
    write(1, key=None)
    looked = sequencer.holding.look
    answers = iter([None])  # the first look was before the restore
    monkeypatch.setattr(sequencer.holding, "look", lambda: next(answers, looked()))
    assert sequencer.run().placed == 0


def test_everybody_is_told(book, client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr(doctor, "_has_tables", lambda: True)
    health = client.get("/healthz")
    assert (health.status_code, health.text.splitlines()[:2]) == (200, ["ok", "ledger: held 5/8"])
    told = list(doctor._ledger("账本"))
    assert (told[0].state, "停签" in told[0].seen, "acknowledge-restore" in told[0].remedy) == ("坏", True, True)
    assert "第 6–8 条记录不在现在的账本中" in client.get("/receipts/heads").text
    lost = client.get(f"/r/{book.lost_receipt}")
    assert (lost.status_code, "第 6–8 条" in lost.text) == (404, True)
    restored.acknowledge_restore(reason="磁盘损坏", name="周航")
    assert client.get("/healthz").text == "ok"
    for page in ("/receipts/heads", f"/r/{book.lost_receipt}", f"/receipts?code={book.lost_receipt}"):
        text = client.get(page).text
        assert "第 6–8 条记录因恢复较早的备份而丢失" in text, page
    assert book.old_key in client.get("/receipts/heads").text
    assert "第 6–8 条" in client.get(f"/r/{receipts.new_code()}").text


@pytest.mark.parametrize("is_acknowledged", [False, True])
def test_a_kept_head_of_the_lost_stretch_is_recognised(book, client, is_acknowledged):
    if is_acknowledged:
        restored.acknowledge_restore(reason="磁盘损坏", name="周航")
        write(6, key=None)
        sequencer.run()
    lost = book.lost[-1]

    def said(kept):
        return client.get("/receipts/heads/check", {"kept": kept}).text

    whole = said(json.dumps(lost))
    assert "确由本平台公布过" in whole
    assert "已核对，是本平台的公钥所签" in whole
    assert "第 6–8 条" in whole
    assert "确由本平台公布过" in said(f"记录数 {lost['size']} 树根 {lost['root']}")
    assert "确由本平台公布过" not in said(f"记录数 {lost['size']} 树根 {'ab' * 32}")
    forged = {**lost, "root": "ab" * 32}
    assert "不是本平台的公钥对这些内容所签" in said(json.dumps(forged))
    assert "确由本平台公布过" not in said(json.dumps(forged))
    kept = said(json.dumps(book.before[0]))
    assert "一致：" in kept
    assert "已核对，是本平台的公钥所签" in kept


def test_offline_old_receipts_hold_and_new_ones_tell_of_another_key(book, client):
    restored.acknowledge_restore(reason="磁盘损坏", name="周航")
    old = json.loads(book.proof)
    assert offline.check(old, [book.before[0]]).holds
    newest = queries.list_heads(limit=1)[0]
    link = json.loads(client.get(f"/receipts/heads/consistency.json?from=5&to={newest['size']}").content)
    assert offline.check(old, [newest, link]).holds, "the new heads stand over what was kept"
    again = json.loads(client.get(f"/r/{book.receipts[1]}/proof.json").content)
    assert offline.check(again, [book.before[0], link]).holds
    report = offline.check(again, [book.lost[-1]])
    assert (report.verdict, any("换用密钥" in text for text in report.wrong)) == ("wrong", True)
    assert offline.check(again, (), newest["key_id"]).holds
    assert base64.b64decode(newest["public_key"]) == signing.public_keys()[newest["key_id"]]


def test_the_range_that_a_foreign_head_leaves_in_doubt_runs_forward(book):
    restored.acknowledge_restore(reason="磁盘损坏", name="周航")
    line = {"size": 5, "root": "ab" * 32, "algorithm": "SM3", "signed_at": "2026-11-03T10:00:00+08:00"}
    text = heads.path().read_text("utf-8")
    heads.path().write_text(json.dumps(line) + "\n" + text, "utf-8")
    assert "涉及第 1–5 条记录" in verify().first_bad.what


def test_another_schemes_key_must_be_changed_by_its_owner(book, settings):
    settings.LEDGER_SIGNER = "gongbu.ground.ledger.signing.Ed25519Signer"
    from gongbu.ground.basics.findings import Refusal

    with pytest.raises(Refusal, match="key_must_change"):
        restored.acknowledge_restore(reason="磁盘损坏", name="周航")
    assert held.look() is not None
    assert not Entry.objects.filter(kind="ledger.restored").exists()
