"""Placing entries: exactly once each, in order, whatever is running beside it or killed in between."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, transaction
from gongbu_processes import environment_of_processes

from gongbu.ground.ledger import heads, sequencer, services
from gongbu.ground.ledger.models import Entry, Head, Leaf, Node, Pending
from gongbu.ground.ledger.tests.test_services import draft
from gongbu.ground.ledger.verify import verify

CHECKOUT = Path(__file__).resolve().parents[4]


def write(count, **changes):
    with transaction.atomic():
        return services.append_many([draft(number, **changes) for number in range(count)])


@pytest.mark.django_db(transaction=True)
def test_every_entry_gets_one_place_and_a_signed_head(monkeypatch):
    monkeypatch.setattr(sequencer, "BATCH", 4)
    entries = write(10)
    assert verify().pending == 10
    done = sequencer.run()
    assert (done.placed, done.size, done.batches) == (10, 10, 3)
    assert list(Leaf.objects.order_by("index").values_list("index", "entry_id")) == [
        (index, entry.pk) for index, entry in enumerate(entries)
    ]
    assert not Pending.objects.exists()
    assert [head.size for head in heads.read()] == list(Head.objects.values_list("size", flat=True)) == [4, 8, 10]
    assert sequencer.run().placed == 0
    verdict = verify()
    assert verdict.ok
    assert (verdict.sequenced, verdict.pending) == (10, 0)


@pytest.mark.django_db(transaction=True)
def test_a_head_missing_in_the_file_is_written_by_the_next_run():
    write(3)
    sequencer.run()
    heads.path().write_bytes(heads.path().read_bytes()[:-25])  # a torn line, as a crash leaves it
    assert heads.read() == []
    sequencer.run()
    assert [head.size for head in heads.read()] == [3]
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_nothing_is_published_from_a_transaction_that_fails():
    write(3)
    with transaction.atomic():
        assert sequencer.run().placed == 3
        transaction.set_rollback(True)
    assert not heads.path().exists()
    assert Pending.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_key_is_made_once_and_only_for_its_owner(settings):
    from gongbu.ground.ledger.signing import KEY_FILE, signer

    first = signer().key_id
    assert signer().key_id == first
    assert (Path(settings.KEYS_DIR) / KEY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db(transaction=True)
def test_numbers_that_commit_out_of_order_are_neither_skipped_nor_doubled():
    """PostgreSQL hands out numbers before the commit: a later number may become visible first."""
    if connection.vendor != "postgresql":
        pytest.skip("不适用：SQLite 只有一个写者，编号总按提交次序出现")
    started, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            services.append(draft(1))
            started.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert started.wait(20)
    late = write(1)[0]
    sequencer.run()
    assert list(Leaf.objects.values_list("entry_id", flat=True)) == [late.pk]
    go_on.set()
    thread.join()
    sequencer.run()
    first = Entry.objects.order_by("pk").first()
    assert first.pk < late.pk
    assert list(Leaf.objects.order_by("index").values_list("entry_id", flat=True)) == [late.pk, first.pk]
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_two_sequencers_at_once_place_everything_once(monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("不适用：SQLite 在事务开始时即取写锁，两个进程的情形由强制终止的测试覆盖")
    monkeypatch.setattr(sequencer, "BATCH", 7)
    write(300)
    faults = []

    def work():
        try:
            sequencer.run()
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert Leaf.objects.count() == 300
    assert verify().ok


CHILD = """
import sys, django
django.setup()
from django.db import transaction
from gongbu.ground.ledger import sequencer, services
from gongbu.ground.ledger.tests.test_services import draft
if sys.argv[1] == "fill":
    for start in range(0, 3000, 500):
        with transaction.atomic():
            services.append_many([draft(start + n) for n in range(500)])
else:
    sequencer.BATCH = 5
    print("ready", flush=True)
    sequencer.run()
"""


@pytest.mark.django_db(transaction=True)
def test_kill_9_in_the_middle_loses_and_doubles_nothing(own_home):
    environment = environment_of_processes(own_home)
    if connection.vendor == "postgresql":
        facts = connection.settings_dict
        address = f"{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}"
        environment["DATABASE_URL"] = f"postgresql://{address}/{facts['NAME']}"
    child = [sys.executable, "-c", CHILD]
    subprocess.run([*child, "fill"], env=environment, cwd=CHECKOUT, check=True, timeout=120)
    for pause in (0.03, 0.11, 0.24):
        process = subprocess.Popen([*child, "run"], env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
    halfway = ledger_verify(environment, own_home)
    assert halfway["ok"]
    assert 0 < halfway["sequenced"] < 3000, "the kills must have hit a run in the middle"
    assert gongbu(environment, own_home, "ledger", "sequence").returncode == 0
    verdict = ledger_verify(environment, own_home)
    assert verdict["ok"], verdict
    assert (verdict["entries"], verdict["sequenced"], verdict["pending"]) == (3000, 3000, 0)


def gongbu(environment, home, *arguments):
    return subprocess.run(
        [sys.executable, "-c", "from gongbu.config.cli import main; main()", "--home", str(home), *arguments],
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def ledger_verify(environment, home):
    done = gongbu(environment, home, "ledger", "verify", "--json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.django_db(transaction=True)
def test_nodes_are_those_of_the_tree():
    entries = write(13)
    sequencer.run()
    from gongbu.ground.ledger import hashing, tree

    digest = hashing.digest_of("SM3")
    leaves = [bytes.fromhex(entry.leaf_hash) for entry in entries]
    expected = {(level, index): value.hex() for level, index, value in tree.perfect_nodes(leaves, digest) if level}
    stored = {(level, index): value for level, index, value in Node.objects.values_list("level", "index", "hash")}
    assert stored == expected
    assert Head.objects.get().root == tree.root_of(leaves, digest).hex()
