"""The fast half: it agrees with the slow half, works in several processes, and survives the loss of one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from gongbu_processes import environment_of_processes

from gongbu.ground.ledger import blocks, crew, faults, hashing, sequencer, signing, tree, verify
from gongbu.ground.ledger.models import Leaf
from gongbu.ground.ledger.tests.test_sequencer import write
from gongbu.ground.ledger.tests.test_verify import forge, sm3

CHECKOUT = Path(__file__).resolve().parents[4]
KEYS: dict[str, bytes] = {}


def task(low, high, sizes=()):
    return blocks.Task(low, high, "SM3", False, tuple(sizes), ())


@pytest.mark.django_db(transaction=True)
def test_blocks_give_the_nodes_and_roots_of_the_tree():
    entries = write(29)
    sequencer.run()
    digest = hashing.digest_of("SM3")
    leaves = [bytes.fromhex(entry.leaf_hash) for entry in entries]
    frontier = tree.Frontier(digest)
    for low in range(0, 29, 8):
        high = min(29, low + 8)
        checked = blocks.check(task(low, high, range(low + 1, high + 1)), KEYS)
        assert checked.holds
        for size, carry in zip(range(low + 1, high + 1), checked.carries, strict=True):
            assert frontier.root_with(carry) == tree.root_of(leaves[:size], digest)
        for level, node in checked.nodes:
            frontier.append(node, level)
    assert (frontier.size, frontier.root()) == (29, tree.root_of(leaves, digest))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "forgery",
    [
        ("UPDATE ledger_entry SET canonical = replace(canonical, '城北', '城南') WHERE id = %s",),
        ("UPDATE ledger_entry SET recorded_at = '2020-01-01 00:00:00+00:00' WHERE id = %s",),
        ("UPDATE ledger_entry SET algorithm = 'SHA-256' WHERE id = %s",),
        ("UPDATE ledger_leaf SET algorithm = 'SHA-256' WHERE entry_id = %s",),
        ("UPDATE ledger_leaf SET hash = repeat_ab WHERE entry_id = %s",),
        ("DELETE FROM ledger_entry WHERE id = %s",),
    ],
)
def test_the_fast_half_refuses_what_the_slow_half_names(forgery):
    entries = write(6)
    sequencer.run()
    assert blocks.check(task(0, 6), KEYS).holds
    forge((forgery[0].replace("repeat_ab", f"'{'ab' * 32}'"), entries[4].pk))
    assert not blocks.check(task(0, 6), KEYS).holds
    assert blocks.check(task(0, 4), KEYS).holds
    bad = verify.verify().first_bad
    assert (bad.entry, bad.index) == (entries[4].pk, 4)


@pytest.mark.django_db(transaction=True)
def test_a_well_hashed_text_that_is_no_entry_is_refused_by_both():
    entries = write(5)
    sequencer.run()
    for text in ("[]", '{"kind":5}', "not json"):
        forge(
            ("UPDATE ledger_entry SET canonical = %s, leaf_hash = %s WHERE id = %s", text, sm3(text), entries[2].pk),
            ("UPDATE ledger_leaf SET hash = %s WHERE entry_id = %s", sm3(text), entries[2].pk),
        )
        assert not blocks.check(task(0, 5), KEYS).holds
        bad = verify.verify().first_bad
        assert (bad.entry, bad.what) == (entries[2].pk, "记录内容不是本账本的格式")


@pytest.mark.django_db(transaction=True)
def test_a_signature_is_checked_in_the_block():
    write(5)
    sequencer.run()
    keys = signing.public_keys()
    check = verify._Check(lambda seen: None)
    good = check._tasks(5)[0]
    assert blocks.check(good, keys).holds
    facts = good.heads[0].facts
    wrong = blocks.SignedHead(
        good.heads[0].key_id, good.heads[0].signature, signing.HeadFacts(5, "ab" * 32, "SM3", facts.signed_at, "SYSTEM")
    )
    assert not blocks.check(blocks.Task(0, 5, "SM3", False, (5,), (wrong,)), keys).holds
    assert not blocks.check(good, {}).holds


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
def test_bytes_that_are_no_text_are_named_not_stumbled_over():
    entries = write(6)
    sequencer.run()
    forge(("UPDATE ledger_entry SET kind = CAST(x'ff41' AS TEXT) WHERE id = %s", entries[3].pk))
    assert "kind" in verify.verify().first_bad.what
    forge(("UPDATE ledger_entry SET canonical = CAST(x'7bff' AS TEXT) WHERE id = %s", entries[1].pk))
    bad = verify.verify().first_bad
    assert (bad.entry, bad.index) == (entries[1].pk, 1)
    forge(("UPDATE ledger_entry SET recorded_at = 'yesterday' WHERE id = %s", entries[0].pk))
    assert "recorded_at" in verify.verify().first_bad.what


@pytest.mark.django_db(transaction=True)
def test_a_fast_half_that_finds_too_much_does_not_slander(monkeypatch):
    """The slow half has the last word: what it finds whole is whole."""
    write(11)
    sequencer.run()
    monkeypatch.setattr(blocks, "SIZE", 4)
    monkeypatch.setattr(blocks, "check", lambda task, keys: blocks.Checked(task.low, holds=False))
    verdict = verify.verify()
    assert verdict.ok, verdict.first_bad
    assert verdict.sequenced == 11


def test_moments_of_the_database_become_those_of_the_entry():
    for stored, written in (
        ("2026-12-31 16:00:00", "2027-01-01T00:00:00+08:00"),
        ("2026-11-21 03:15:36.000001", "2026-11-21T11:15:36.000001+08:00"),
    ):
        assert faults._moment(stored) == written
        assert f"{blocks._Hours()[stored[:13]]}{stored[13:]}+08:00" == written


# --- several processes ---------------------------------------------------------------------------------------------


def test_answers_come_in_order_whoever_worked():
    answers = list(crew.in_order(range(40), lambda number: (number * 2, os.getpid()), helpers=2))
    assert [double for double, _ in answers] == [number * 2 for number in range(40)]


def test_a_killed_helper_costs_time_only(tmp_path):
    here = os.getpid()

    def work(number):
        if os.getpid() != here and number % 5 == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    assert list(crew.in_order(range(60), work, helpers=3)) == list(range(60))


def test_no_helpers_inside_a_transaction_or_for_a_small_book(db):
    assert crew.helpers_for(1000) == 0
    assert crew.helpers_for(3) == 0


SCRIPT = """
import django, json, sys
django.setup()
from django.db import connection, transaction
from gongbu.ground.ledger import blocks, crew, sequencer, services, testing, verify
from gongbu.ground.ledger.tests.test_services import draft
with transaction.atomic():
    services.append_many([draft(n) for n in range(70)])
sequencer.run()
blocks.SIZE = 4
asked, crew.helpers_for = crew.helpers_for(18), lambda tasks: 2
check, seen = blocks.check, []
def watched(task, keys):
    seen.append(task.low)
    return check(task, keys)
blocks.check = watched
verdicts = [verify.verify()]
mine = len(seen)
with connection.cursor() as cursor:
    for statement in testing.drop_triggers(connection.vendor):
        cursor.execute(statement)
    cursor.execute("UPDATE ledger_entry SET kind = 'x' WHERE id = 52")
    cursor.execute("UPDATE ledger_entry SET kind = 'x' WHERE id = 66")
verdicts.append(verify.verify())
print(json.dumps([asked, mine, *[[v.ok, v.first_bad and v.first_bad.entry] for v in verdicts]]))
"""


@pytest.mark.sqlite
def test_a_book_on_disk_is_checked_by_several_processes(own_home):
    environment = environment_of_processes(own_home)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=120,
        check=True,
    )  # fmt: skip
    asked, mine, whole, forged = json.loads(done.stdout.splitlines()[-1])
    assert asked == min(len(os.sched_getaffinity(0)), 8) - 1
    assert mine < 18, "the helpers must have taken some of the 18 blocks"
    assert (whole, forged) == ([True, None], [False, 52])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_helpers_have_sessions_of_their_own(monkeypatch):
    entries = write(70)
    sequencer.run()
    monkeypatch.setattr(blocks, "SIZE", 4)
    monkeypatch.setattr(crew, "helpers_for", lambda tasks: 2)
    assert verify.verify().ok
    forge(("UPDATE ledger_entry SET kind = 'x' WHERE id = %s", entries[51].pk))
    assert verify.verify().first_bad.entry == entries[51].pk
    assert Leaf.objects.count() == 70  # this session is unharmed by the helpers' end
    assert connection.is_usable()
