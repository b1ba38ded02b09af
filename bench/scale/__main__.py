"""Measure one installation on PostgreSQL (2 web processes, 2 workers, a proxy) against one web process on SQLite.

    python -m bench.scale --size 2000 [--clients 1,2,4,8,16,32] [--kinds list,page,act,import] [--seconds 4]
                          [--setups sqlite,postgresql-1,scale-out] [--statements FILE]

One JSON line per cell: set-up, kind, clients, answers a second, p50 and p95 in ms, errors, the processor seconds that
each part took, and ``cpu_ms``: those of web, database and proxy per answer, which other programs on the machine change
little. Everything runs on this machine, the clients too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.scale import proxy
from bench.scale.composition import ROOT, Composition, Started

sys.path.insert(0, str(ROOT / "tests" / "plugins"))

KINDS = ("list", "page", "act", "import")
SETUPS = ("sqlite", "postgresql-1", "scale-out")
WARM_UP_S = 1.0
STATEMENTS_SQL = """SELECT calls, round(total_exec_time) AS ms, round((mean_exec_time)::numeric, 3) AS mean_ms, rows, query
FROM pg_stat_statements WHERE calls > 20 ORDER BY total_exec_time DESC LIMIT 25"""


class Bench:
    """One set-up: its processes, what its clients need, and the cells measured on it."""

    def __init__(self, name: str, folder: Path, asked: argparse.Namespace) -> None:
        self.name, self.folder, self.asked = name, folder, asked
        self.watched: dict[str, list[Started]] = {}
        self.turn = 0

    def settle(self) -> None:
        """Wait until the workers have loaded and done what the filling left to them."""
        last, end = -1.0, time.monotonic() + 60
        while time.monotonic() < end and (now := self._cpu()["workers"]) - last > 0.2:
            last = now
            time.sleep(3)

    def measure(self, composition: Composition, port: int) -> None:
        """Print one line per kind and number of clients."""
        self.settle()
        for kind in self.asked.kinds:
            for clients in self.asked.clients:
                before = self._cpu()
                found = self._ask(kind, clients, port)
                spent = {f"{k}_cpu_s": round(v - before[k], 2) for k, v in self._cpu().items()}
                answering = sum(v for k, v in spent.items() if k != "workers_cpu_s")
                found["cpu_ms"] = round(answering * 1000 / max(found.pop("asked"), 1), 1)
                load = round(os.getloadavg()[0], 1)
                say({"setup": self.name, "size": self.asked.size, "kind": kind, **found, **spent, "load": load})

    def fill(self, composition: Composition) -> None:
        """Fill the home of the composition."""
        command = [sys.executable, "-m", "bench.scale.filling", str(self.asked.size), str(max(self.asked.clients))]
        environment = composition.environment | {"GONGBU_HOME": str(composition.home)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        self.needed = json.loads(done.stdout.splitlines()[-1])

    def _ask(self, kind: str, clients: int, port: int) -> dict[str, Any]:
        self.turn += 1
        plan = {
            "port": port, "kind": kind, "clients": clients, "seconds": self.asked.seconds, "warm_up_s": WARM_UP_S,
            "sessions": self.needed["sessions"], "pages": self.needed["pages"], "size": self.needed["size"],
            "on": self.needed["on"], "revs_file": str(self.folder / "revs.json"), "turn": self.turn * 1_000,
        }  # fmt: skip
        file = self.folder / "plan.json"
        file.write_text(json.dumps(plan))
        command = [sys.executable, "-m", "bench.scale.clients", str(file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        found["client_cpu_s"] = round(found["client_cpu_s"], 2)
        return found

    def _cpu(self) -> dict[str, float]:
        return {name: sum(one.cpu_s() for one in group) for name, group in self.watched.items()}


def on_sqlite(bench: Bench) -> None:
    """One web process and one worker on SQLite: the floor."""
    with Composition(bench.folder / "home") as composition:
        bench.fill(composition)
        web = composition.web()
        bench.watched = {"web": [web], "workers": [composition.worker()]}
        bench.measure(composition, web.port)


def on_postgresql(bench: Bench, webs: int, workers: int) -> None:
    """Web processes, workers and, with more than one web process, nginx, on a durable PostgreSQL of their own."""
    import throwaway_postgres

    more = {"shared_preload_libraries": "pg_stat_statements", "random_page_cost": "1.1"}
    cluster = throwaway_postgres.start(is_durable=True, settings=more)
    front: Started | None = None
    try:
        with Composition(bench.folder / "home", cluster.url, proxies=1 if webs > 1 else 0) as composition:
            bench.fill(composition)
            servers = [composition.begin_web() for _ in range(webs)]
            for one in servers:
                composition.wait_for(one)
            bench.watched = {"web": servers, "workers": [composition.worker() for _ in range(workers)]}
            bench.watched["database"] = [Started(cluster.process, cluster.folder / "log")]
            if webs > 1:
                front = proxy.start(bench.folder / "nginx", [one.port for one in servers])
                bench.watched["proxy"] = [front]
            with Statements(cluster.superuser_url, bench):
                bench.measure(composition, front.port if front else servers[0].port)
    finally:
        if front is not None:
            front.stop()
        cluster.stop()


class Statements:
    """Write what pg_stat_statements saw during the block, the most expensive first, when ``--statements`` asks for it."""

    def __init__(self, url: str, bench: Bench) -> None:
        self.url, self.bench, self.file = url, bench, bench.asked.statements

    def __enter__(self) -> None:
        if self.file:
            self._run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "SELECT pg_stat_statements_reset()")

    def __exit__(self, *_: object) -> None:
        if self.file:
            rows = self._run(STATEMENTS_SQL)
            text = "\n".join(f"{c:>8} × {mean:>9} ms = {ms:>8} ms  {q}" for c, ms, mean, _, q in rows)
            with Path(self.file).open("a") as out:
                out.write(f"== {self.bench.name} {self.bench.asked.size} {','.join(self.bench.asked.kinds)}\n{text}\n")

    def _run(self, *queries: str) -> list[Any]:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            found = [connection.execute(query) for query in queries]  # type: ignore[call-overload]
            return found[-1].fetchall() if found[-1].description else []


RUNS: dict[str, Callable[[Bench], None]] = {
    "sqlite": on_sqlite,
    "postgresql-1": lambda bench: on_postgresql(bench, 1, 1),
    "scale-out": lambda bench: on_postgresql(bench, 2, 2),
}


def say(line: dict[str, Any]) -> None:
    """Print one line of JSON."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the set-ups one after the other; 2 when a part is missing."""

    def words(text: str) -> list[str]:
        return [word for word in text.split(",") if word]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2_000)
    parser.add_argument(
        "--clients", type=lambda text: [int(word) for word in words(text)], default=[1, 2, 4, 8, 16, 32]
    )
    parser.add_argument("--kinds", type=words, default=list(KINDS))
    parser.add_argument("--setups", type=words, default=list(SETUPS))
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--statements", default="")
    asked = parser.parse_args()
    import throwaway_postgres

    missing = [] if throwaway_postgres.find_binaries() else ["PostgreSQL：未找到 initdb（apt-get install postgresql）"]
    missing += [] if proxy.find_nginx() else [f"nginx：未安装（apt-get install {proxy.PACKAGE}）"]
    if missing and asked.setups != ["sqlite"]:
        sys.stderr.write("\n".join(missing) + "\n")
        return 2
    for name in asked.setups:
        with tempfile.TemporaryDirectory(prefix="gongbu-scale-") as folder:
            started = time.monotonic()
            RUNS[name](Bench(name, Path(folder), asked))
            say({"setup": name, "size": asked.size, "seconds": round(time.monotonic() - started)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
