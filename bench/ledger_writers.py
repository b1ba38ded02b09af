"""One log or a hash chain per region? Fifty writers append at once; each append is its own committed transaction.

``python bench/ledger_writers.py [--writers 50] [--seconds 5] [--sqlite-only]`` starts a throw-away PostgreSQL cluster
as an ordinary user (fsync and synchronous commit on) and uses a temporary SQLite file. Three ways to write one entry:

* log: insert the entry with its leaf hash; a sequencer chains later (what the ledger does)
* chain: lock the region's last row, hash over the previous hash, insert, move the region's row on
* chain10: the same with the writers spread over ten regions
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "plugins"))

TEXT = json.dumps({"kind": "projects.updated", "after": {"total_fen": 12_500_000_000}, "pad": "x" * 400})
DELAY_S = 0.002  # what an act does between taking its place in the book and committing: rules, other tables, outbox
SCHEMA = (
    "CREATE TABLE entry (id {serial}, region integer NOT NULL, canonical text NOT NULL, hash text NOT NULL)",
    "CREATE TABLE region_head (region integer PRIMARY KEY, hash text NOT NULL)",
)


def leaf(text: str, previous: str = "") -> str:
    """Return an SM3 digest as the ledger makes it."""
    return hashlib.new("sm3", b"\x00" + previous.encode() + text.encode()).hexdigest()


def postgres_worker(
    address: str, way: str, number: int, until: float, out: "multiprocessing.Queue[list[float]]"
) -> None:
    """Append until the time is over and report the latencies in seconds."""
    import psycopg

    regions = 10 if way == "chain10" else 1
    region, times = number % regions, []
    with psycopg.connect(address) as connection:
        while time.time() < until:
            started = time.perf_counter()
            with connection.transaction():
                if way == "log":
                    connection.execute(
                        "INSERT INTO entry (region, canonical, hash) VALUES (%s, %s, %s)", (region, TEXT, leaf(TEXT))
                    )
                    time.sleep(DELAY_S)
                else:
                    row = connection.execute(
                        "SELECT hash FROM region_head WHERE region = %s FOR UPDATE", (region,)
                    ).fetchone()
                    value = leaf(TEXT, row[0])
                    connection.execute(
                        "INSERT INTO entry (region, canonical, hash) VALUES (%s, %s, %s)", (region, TEXT, value)
                    )
                    connection.execute("UPDATE region_head SET hash = %s WHERE region = %s", (value, region))
                    time.sleep(DELAY_S)
            times.append(time.perf_counter() - started)
    out.put(times)


def sqlite_worker(path: str, way: str, number: int, until: float, out: "multiprocessing.Queue[list[float]]") -> None:
    """The same on one SQLite file (WAL, synchronous FULL, IMMEDIATE): the file has one writer at a time anyway."""
    regions = 10 if way == "chain10" else 1
    region, times = number % regions, []
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    while time.time() < until:
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        if way == "log":
            connection.execute(
                "INSERT INTO entry (region, canonical, hash) VALUES (?, ?, ?)", (region, TEXT, leaf(TEXT))
            )
        else:
            previous = connection.execute("SELECT hash FROM region_head WHERE region = ?", (region,)).fetchone()[0]
            value = leaf(TEXT, previous)
            connection.execute("INSERT INTO entry (region, canonical, hash) VALUES (?, ?, ?)", (region, TEXT, value))
            connection.execute("UPDATE region_head SET hash = ? WHERE region = ?", (value, region))
        time.sleep(DELAY_S)
        connection.execute("COMMIT")
        times.append(time.perf_counter() - started)
    out.put(times)


def measure(worker, where: str, way: str, writers: int, seconds: float) -> dict:
    """Run the writers and return rate and latencies."""
    out: multiprocessing.Queue = multiprocessing.Queue()
    until = time.time() + seconds + 1.5
    processes = [multiprocessing.Process(target=worker, args=(where, way, n, until, out)) for n in range(writers)]
    started = time.time()
    for process in processes:
        process.start()
    times = sorted(value for _ in processes for value in out.get(timeout=seconds + 120))
    for process in processes:
        process.join()
    return {
        "way": way,
        "entries_per_s": round(len(times) / (time.time() - started)),
        "median_ms": round(times[len(times) // 2] * 1000, 1),
        "p95_ms": round(times[int(len(times) * 0.95)] * 1000, 1),
    }


def run_sqlite(writers: int, seconds: float) -> list[dict]:
    """Measure on a temporary SQLite file."""
    rows = []
    for way in ("log", "chain", "chain10"):
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "writers.sqlite3")
            connection = sqlite3.connect(path)
            connection.execute("PRAGMA journal_mode=WAL")
            for statement in SCHEMA:
                connection.execute(statement.format(serial="integer PRIMARY KEY AUTOINCREMENT"))
            connection.executemany("INSERT INTO region_head VALUES (?, '')", [(n,) for n in range(10)])
            connection.commit()
            connection.close()
            rows.append({"engine": "sqlite", **measure(sqlite_worker, path, way, writers, seconds)})
    return rows


def run_postgres(writers: int, seconds: float) -> list[dict]:
    """Measure on a throw-away PostgreSQL cluster."""
    import psycopg
    import throwaway_postgres

    throwaway_postgres.FAST = {"max_connections": "120"}  # unlike the test clusters: fsync and synchronous commit on
    cluster = throwaway_postgres.start()
    try:
        rows = []
        for way in ("log", "chain", "chain10"):
            with psycopg.connect(cluster.url, autocommit=True) as connection:
                connection.execute("DROP TABLE IF EXISTS entry, region_head")
                for statement in SCHEMA:
                    connection.execute(statement.format(serial="bigserial PRIMARY KEY"))
                connection.execute("INSERT INTO region_head SELECT n, '' FROM generate_series(0, 9) n")
            rows.append({"engine": "postgresql", **measure(postgres_worker, cluster.url, way, writers, seconds)})
        return rows
    finally:
        cluster.stop()


def main() -> None:
    """Print one JSON line per measurement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--writers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--sqlite-only", action="store_true")
    given = parser.parse_args()
    rows = run_sqlite(given.writers, given.seconds)
    if not given.sqlite_only:
        rows += run_postgres(given.writers, given.seconds)
    for row in rows:
        sys.stdout.write(json.dumps({"writers": given.writers, **row, "load": round(os.getloadavg()[0], 1)}) + "\n")


if __name__ == "__main__":
    main()
