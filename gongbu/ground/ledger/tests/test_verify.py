"""What a forger with a database client may try, and which entry the verification then names."""

import json

import orjson
import pytest
from django.db import connection

from gongbu.ground.ledger import blocks, hashing, heads, leaf, restored, sequencer, testing
from gongbu.ground.ledger import verify as checking
from gongbu.ground.ledger.models import Entry, Head, Leaf
from gongbu.ground.ledger.tests.test_sequencer import write

pytestmark = pytest.mark.django_db(transaction=True)


def verify():
    """Verify in one block and in blocks of four: where the blocks end must make no difference."""
    whole, kept = checking.verify(), blocks.SIZE
    blocks.SIZE = 4
    try:
        assert checking.verify() == whole
    finally:
        blocks.SIZE = kept
    return whole


def forge(*statements):
    """Change the book behind its back, as somebody with all database rights can."""
    with connection.cursor() as cursor:
        for statement in testing.drop_triggers(connection.vendor):
            cursor.execute(statement)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")
        else:
            cursor.execute("SET session_replication_role = replica")  # foreign keys sleep
        for statement, *params in statements:
            cursor.execute(statement, params)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = ON")
        else:
            cursor.execute("SET session_replication_role = DEFAULT")
        for statement in testing.create_triggers(connection.vendor):
            cursor.execute(statement)


@pytest.fixture
def book():
    entries = write(11)
    sequencer.run()
    assert verify().ok
    return entries


def sm3(text):
    """The leaf that an honest writer would have given the text, whatever it is."""
    return leaf.leaf_of(text.encode(), hashing.digest_of("SM3")).hex()


def test_changed_text_is_named(book):
    forge(("UPDATE ledger_entry SET canonical = replace(canonical, '城北', '城南') WHERE id = %s", book[6].pk))
    bad = verify().first_bad
    assert (bad.entry, bad.index) == (book[6].pk, 6)
    assert "内容被改动" in bad.what


def test_changed_text_with_its_digest_recomputed_is_named(book):
    text = book[6].canonical.replace("城北", "城南")
    forge(("UPDATE ledger_entry SET canonical = %s, leaf_hash = %s WHERE id = %s", text, sm3(text), book[6].pk))
    bad = verify().first_bad
    assert (bad.entry, bad.index) == (book[6].pk, 6)


def test_changed_text_digest_and_leaf_is_narrowed_to_the_node(book):
    text = book[6].canonical.replace("城北", "城南")
    forge(
        ("UPDATE ledger_entry SET canonical = %s, leaf_hash = %s WHERE id = %s", text, sm3(text), book[6].pk),
        ("UPDATE ledger_leaf SET hash = %s WHERE entry_id = %s", sm3(text), book[6].pk),
    )
    bad = verify().first_bad
    assert bad.index == 6
    assert "第 7–8 条记录" in bad.what


def test_tree_rebuilt_around_a_lie_fails_at_the_signed_head(book):
    from gongbu.ground.ledger import tree

    text = book[10].canonical.replace("城北", "城南")  # the last leaf: no node stands above it yet
    leaves = [bytes.fromhex(entry.leaf_hash) for entry in book[:10]] + [bytes.fromhex(sm3(text))]
    root = tree.root_of(leaves, hashing.digest_of("SM3")).hex()
    change = [
        ("UPDATE ledger_entry SET canonical = %s, leaf_hash = %s WHERE id = %s", text, sm3(text), book[10].pk),
        ("UPDATE ledger_leaf SET hash = %s WHERE entry_id = %s", sm3(text), book[10].pk),
    ]
    forge(*change)
    assert "树根与签名的树头不一致" in verify().first_bad.what
    forge(("UPDATE ledger_head SET root = %s WHERE size = 11", root))
    assert "树头的签名不成立" in verify().first_bad.what


def test_even_a_signed_forgery_disagrees_with_the_heads_file(book):
    import base64

    from gongbu.ground.ledger import tree
    from gongbu.ground.ledger.signing import HeadFacts, signer

    head = Head.objects.get()
    text = book[10].canonical.replace("城北", "城南")
    leaves = [bytes.fromhex(entry.leaf_hash) for entry in book[:10]] + [bytes.fromhex(sm3(text))]
    root = tree.root_of(leaves, hashing.digest_of("SM3")).hex()
    facts = HeadFacts(11, root, "SM3", head.signed_at, head.clock)
    signature = base64.b64encode(signer().sign(facts.message())).decode()
    forge(
        ("UPDATE ledger_entry SET canonical = %s, leaf_hash = %s WHERE id = %s", text, sm3(text), book[10].pk),
        ("UPDATE ledger_leaf SET hash = %s WHERE entry_id = %s", sm3(text), book[10].pk),
        ("UPDATE ledger_head SET root = %s, signature = %s WHERE size = 11", root, signature),
    )
    assert "heads.log" in verify().first_bad.what


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "projects.renamed"),
        ("subject_kind", "paper"),
        ("subject_id", 999),
        ("region_key", 1),
        ("occurred_on", "2020-01-01"),
        ("recorded_at", "2020-01-01 00:00:00+00:00"),
        ("person_id", 1),
        ("clock", "SIMULATED"),
        ("key", "borrowed"),
        ("receipt", "0000000000"),
        ("corrects_id", 1),
    ],
)
def test_a_column_that_contradicts_the_text_is_named(book, column, value):
    forge((f"UPDATE ledger_entry SET {column} = %s WHERE id = %s", value, book[3].pk))
    bad = verify().first_bad
    assert (bad.entry, bad.index) == (book[3].pk, 3)
    assert column in bad.what


def test_removed_entry_is_missed(book):
    forge(("DELETE FROM ledger_entry WHERE id = %s", book[4].pk))
    bad = verify().first_bad
    assert (bad.entry, bad.index) == (book[4].pk, 4)


def test_removed_entry_and_leaf_leave_a_gap(book):
    forge(
        ("DELETE FROM ledger_leaf WHERE entry_id = %s", book[4].pk),
        ("DELETE FROM ledger_entry WHERE id = %s", book[4].pk),
    )
    assert verify().first_bad.index == 4


def test_cut_off_end_is_missed(book):
    last = book[10].pk
    forge(("DELETE FROM ledger_leaf WHERE entry_id = %s", last), ("DELETE FROM ledger_entry WHERE id = %s", last))
    assert "末尾的记录不见了" in verify().first_bad.what


def test_everything_removed_is_missed(book):
    forge(*[(f"DELETE FROM ledger_{table}",) for table in ("leaf", "node", "head", "entry")])
    bad = verify().first_bad
    assert bad.index == 0
    assert "heads.log" in bad.what


def test_swapped_places_are_seen(book):
    forge(
        ('UPDATE ledger_leaf SET "index" = 99 WHERE "index" = 2',),
        ('UPDATE ledger_leaf SET "index" = 2 WHERE "index" = 5',),
        ('UPDATE ledger_leaf SET "index" = 5 WHERE "index" = 99',),
    )
    bad = verify().first_bad
    assert bad.index == 2


def test_a_changed_or_missing_node_is_seen(book):
    forge(('UPDATE ledger_node SET hash = %s WHERE level = 2 AND "index" = 1', "ab" * 32))
    assert verify().first_bad.index == 4
    forge(('DELETE FROM ledger_node WHERE level = 2 AND "index" = 1',))
    assert "不见了" in verify().first_bad.what


def test_extra_node_and_lost_head_are_seen(book):
    forge(("INSERT INTO ledger_node (level, \"index\", hash, algorithm) VALUES (9, 0, %s, 'SM3')", "ab" * 32))
    assert "多出的中间节点" in verify().first_bad.what
    forge(("DELETE FROM ledger_node WHERE level = 9",), ("DELETE FROM ledger_head",))
    assert "树头不见了" in verify().first_bad.what


def test_an_entry_kept_out_of_the_tree_is_seen(book):
    hidden = write(1)[0]
    forge(("DELETE FROM ledger_pending WHERE entry_id = %s", hidden.pk))
    bad = verify().first_bad
    assert (bad.entry, bad.index) == (hidden.pk, None)


def test_pending_entries_are_checked_too(book):
    waiting = write(3)
    forge(("UPDATE ledger_entry SET canonical = replace(canonical, '城北', '城南') WHERE id = %s", waiting[1].pk))
    assert verify().first_bad.entry == waiting[1].pk


def test_a_removed_pending_entry_is_missed(book):
    waiting = write(3)
    forge(("DELETE FROM ledger_entry WHERE id = %s", waiting[1].pk))
    assert verify().first_bad.entry == waiting[1].pk


def test_an_unknown_key_cannot_vouch(book):
    forge(("UPDATE ledger_head SET key_id = 'ed25519:0000000000000000'",))
    assert "不在密钥目录中" in verify().first_bad.what


def test_missing_triggers_are_remarked(book):
    with connection.cursor() as cursor:
        for statement in testing.drop_triggers(connection.vendor):
            cursor.execute(statement)
    try:
        verdict = verify()
        assert verdict.ok
        assert "防改触发器" in verdict.notes[0]
    finally:
        with connection.cursor() as cursor:
            for statement in testing.create_triggers(connection.vendor):
                cursor.execute(statement)


def test_an_older_backup_is_said_to_be_older_until_the_loss_is_acknowledged(book):
    """Restoring means: the database of then, the heads file of now."""
    heads.write([{"size": 40, "root": "ab" * 32, "algorithm": "SM3", "signed_at": "2026-11-03T10:00:00+08:00"}])
    verdict = verify()
    assert not verdict.ok
    assert verdict.first_bad.index == 11
    assert "较早的备份" in verdict.first_bad.what
    write(2)
    sequencer.run()
    assert not verify().ok
    loss = restored.acknowledge_restore(reason="磁盘损坏", name="周航")
    assert (loss.kept, loss.known) == (11, 40)
    verdict = verify()
    assert verdict.ok, verdict.first_bad
    noted = orjson.loads(Entry.objects.get(kind="ledger.restored").canonical)
    assert noted["before"]["size"] == 40
    assert [head.size for head in heads.read()] == [11, 14], "nothing was signed while the loss was not acknowledged"


def test_nothing_to_acknowledge(book):
    from gongbu.ground.basics.findings import Refusal

    with pytest.raises(Refusal, match="nothing_lost"):
        restored.acknowledge_restore(reason="误操作", name="周航")
    assert Leaf.objects.count() == Entry.objects.count() == 11


def test_commands_speak_json(book, capsys):
    from gongbu.config.cli import main

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["--home", str(heads.path().parent), "ledger", *arguments, "--json"])
        return end.value.code, json.loads(capsys.readouterr().out)

    code, verdict = run("verify")
    assert (code, verdict["ok"], verdict["entries"], verdict["first_bad"]) == (0, True, 11, None)
    forge(("UPDATE ledger_entry SET canonical = replace(canonical, '城北', '城南') WHERE id = %s", book[6].pk))
    code, verdict = run("verify")
    assert (code, verdict["ok"], verdict["first_bad"]["entry"]) == (1, False, book[6].pk)
    code, facts = run("schema")
    assert code == 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {facts['column']}, {facts['hash_column']} FROM {facts['table']} WHERE id = %s", [book[0].pk]
        )
        text, value = cursor.fetchone()
    assert sm3(text) == value
