"""Measure the book: verification against bare SM3 hashing of the same bytes, and what an entry adds to an act.

Runs in a scratch database (a temporary SQLite file, or a schema of its own on PostgreSQL) and removes it.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from gongbu.ground.basics import clock
from gongbu.ground.ledger import blocks, crew, hashing, sequencer, services, verify
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.ledger.models import Entry

ACTS = 300
_BATCH = 1000


def run(size: int) -> dict[str, Any]:
    """Write ``size`` entries, sequence and verify them; return µs per entry of whole verification and of the floor.

    ``value`` and ``entries_per_second`` are wall time with all processors; ``cpu_us`` is what they spent together.
    The floor is SM3 over the same leaves and as many inner nodes by one process, nothing else. ``append_us`` is what
    a ledger entry adds to a small act (the smallest there is: its share of a real act is smaller).
    """
    with _scratch():
        started = time.perf_counter()
        for start in range(0, size, _BATCH):
            with transaction.atomic():
                services.append_many([_draft(number) for number in range(start, min(size, start + _BATCH))])
        written = time.perf_counter()
        sequencer.run()
        sequenced, cpu_before = time.perf_counter(), _cpu_seconds()
        verdict = verify.verify()
        verified, cpu_after = time.perf_counter(), _cpu_seconds()
        assert verdict.ok, verdict.first_bad
        assert verdict.sequenced == size
        texts = [text.encode() for text in Entry.objects.order_by("pk").values_list("canonical", flat=True)[:100_000]]
        floor_s = _floor_seconds(texts)
        act_ms, bare_ms = _act_ms(with_entry=True), _act_ms(with_entry=False)
    return {
        "value": round((verified - sequenced) / size * 1e6, 2),
        "floor": round(floor_s / len(texts) * 1e6, 2),
        "unit": "µs/条",
        "floor_name": "单进程对同样字节只算 SM3（叶子与中间节点）",
        "entries_per_second": round(size / (verified - sequenced)),
        "floor_entries_per_second": round(len(texts) / floor_s),
        "processes": crew.helpers_for(-(-size // blocks.SIZE)) + 1,
        "cpu_us": round((cpu_after - cpu_before) / size * 1e6, 2),
        "append_many_entries_per_second": round(size / (written - started)),
        "sequence_entries_per_second": round(size / (sequenced - written)),
        "act_ms": round(act_ms, 3),
        "act_without_entry_ms": round(bare_ms, 3),
        "append_us": round(max(act_ms - bare_ms, 0) * 1000),
        "bytes_per_entry": round(sum(map(len, texts)) / len(texts)),
        "engine": connection.vendor,
    }


def _cpu_seconds() -> float:
    """Processor time of this process and of the helpers it has seen end."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _draft(number: int) -> EntryDraft:
    return EntryDraft(
        kind="projects.updated",
        subject=Subject("project", number % 5000 + 1, 990101000000, "云溪县城北污水处理厂及配套管网工程"),
        actor=ActorStamp(7, "陈静", 3, "云溪县发展和改革局", 12, "投资科经办"),
        occurred_on=clock.today(),
        before={"total_fen": 120_000_000_00, "stage": "RESERVE"},
        after={"total_fen": 125_000_000_00 + number, "stage": "APPROVAL"},
    )


def _floor_seconds(texts: list[bytes]) -> float:
    digest = hashing.digest_of(hashing.DEFAULT)
    node = b"\x01" + b"\x5a" * 64
    started = time.process_time()
    for text in texts:
        digest(text)
        digest(node)
    return time.process_time() - started


def _act_ms(*, with_entry: bool) -> float:
    """Return the median time of a small act: read a row, change it, leave a message, commit; with or without entry."""
    times = []
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_subject (id integer PRIMARY KEY, name text, rev integer)")
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_message (topic text, data text)")
        cursor.execute("INSERT INTO bench_subject VALUES (1, '城北污水处理厂', 1) ON CONFLICT DO NOTHING")
    for number in range(ACTS):
        started = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT name, rev FROM bench_subject WHERE id = 1")
            cursor.fetchone()
            cursor.execute("UPDATE bench_subject SET rev = rev + 1 WHERE id = 1")
            if with_entry:
                services.append(_draft(number))
            cursor.execute("INSERT INTO bench_message VALUES ('projects.updated', '{}')")
        times.append((time.perf_counter() - started) * 1000)
    return median(times)


@contextmanager
def _scratch() -> Iterator[None]:
    home, keys, name = settings.HOME, settings.KEYS_DIR, connection.settings_dict["NAME"]
    schema, options = f"gongbu_bench_{os.getpid()}", connection.settings_dict["OPTIONS"]
    with tempfile.TemporaryDirectory(prefix="gongbu-bench-") as folder:
        settings.HOME, settings.KEYS_DIR = Path(folder), Path(folder) / "keys"
        try:
            if connection.vendor == "sqlite":
                connection.close()
                connection.settings_dict["NAME"] = str(Path(folder) / "bench.sqlite3")
            else:
                with connection.cursor() as cursor:
                    cursor.execute(f"CREATE SCHEMA {schema}")
                connection.settings_dict["OPTIONS"] = {**options, "options": f"-c search_path={schema}"}
                connection.close()  # opened again in the schema, as the helpers' connections are
            call_command("migrate", "ledger", verbosity=0, interactive=False)
            yield
        finally:
            if connection.vendor == "sqlite":
                connection.close()
                connection.settings_dict["NAME"] = name
            else:
                connection.settings_dict["OPTIONS"] = options
                connection.close()
                with connection.cursor() as cursor:
                    cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            settings.HOME, settings.KEYS_DIR = home, keys
