"""Run the suite on SQLite, on PostgreSQL and in Chromium, two of them side by side; say plainly what was not run.

Two lanes for two cores: one begins with SQLite, the other with PostgreSQL, and whichever is done first goes on in the
browser; the other joins it there, each taking the modules that the other has not taken yet.

Usage: run_tests.py [pytest arguments]. ``GONGBU_REQUIRE_ALL=1`` makes a missing part a failure. ``GONGBU_TALLY=FILE``
adds the counts of earlier runs to the closing line.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "plugins"))

from gongbu_browser import find_chromium  # noqa: E402
from throwaway_postgres import find_binaries  # noqa: E402

COUNT = re.compile(r"(\d+) (passed|failed|skipped|deselected|errors?|xfailed|xpassed)")
CLOSING = re.compile(r"^=*\s*\d+ (passed|failed|skipped|deselected|error).* in [\d.]+s")
FAILED = re.compile(r"(FAILED|ERROR) \S+\.py")
NO_TESTS = 5  # pytest's exit code


class Run:
    """One pytest process; its lines are shown as they come, with its name in front.

    ``part`` is ``rest`` (no browser), ``browser`` (nothing else) or ``beside`` (what asks a database); conftest.py
    leaves out the others. ``shared`` is the folder through which two of one part divide its modules, ``homes`` the one
    in which all find the homes that one of them has made.
    """

    def __init__(self, name: str, database: str, part: str, arguments: list[str], homes: str, shared: str = "") -> None:
        self.name, self.counts, self.skipped, self.failed, self.code = name, Counter[str](), list[str](), list[str](), 1
        self.environment = {
            **os.environ, "GONGBU_TEST_DATABASE": database, "GONGBU_TEST_PART": part, "GONGBU_TEST_SHARED": shared,
            "GONGBU_TEST_HOMES": homes, "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        self.environment.pop("DATABASE_URL", None)
        self.command = [sys.executable, "-m", "pytest", "-rfEs", "--color=no", *arguments]

    def run(self) -> None:
        """Run to the end; ``code`` is then the exit code. That no test was selected is fine (a part may have none)."""
        process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        assert process.stdout is not None
        self._read(process.stdout)
        code = process.wait()
        self.code = 0 if code == NO_TESTS else code

    def _read(self, lines: Iterable[str]) -> None:
        for line in lines:
            text = line.rstrip()
            if CLOSING.match(text):
                self.counts.update(
                    {kind.rstrip("s") if kind == "errors" else kind: int(n) for n, kind in COUNT.findall(text)}
                )
            if text.startswith("SKIPPED"):
                self.skipped.append(text)
            elif FAILED.match(text):
                self.failed.append(text)
            print(f"[{self.name}] {text}", flush=True)


def main(arguments: list[str]) -> int:
    """Run everything that can run here and print the closing line; return the exit code."""
    require_all = os.environ.get("GONGBU_REQUIRE_ALL") == "1"
    started = time.monotonic()
    missing = []
    if find_binaries() is None:
        missing.append("PostgreSQL：未找到 initdb，没有在 PostgreSQL 上运行测试")
    if find_chromium() is None:
        missing.append("Chromium：未找到，没有运行浏览器测试")
    with tempfile.TemporaryDirectory(prefix="gongbu-test-shared-") as shared:
        homes = tempfile.mkdtemp(dir=shared, prefix="homes-")
        browser = [Run(name, "sqlite", "browser", arguments, homes, shared) for name in ("浏览器甲", "浏览器乙")]
        lanes = [[Run("SQLite", "sqlite", "rest", arguments, homes), browser[0]], [browser[1]]]
        if find_binaries() is not None:
            lanes[1].insert(0, Run("PostgreSQL", "postgresql", "beside", arguments, homes))
        _run_side_by_side(lanes)

    print()
    runs = [run for lane in lanes for run in lane]
    total = Counter[str]()
    for run in runs:
        total.update(run.counts)
        print(f"{run.name}：{_words(run.counts)}{'' if run.code == 0 else f'（退出码 {run.code}）'}")
        for line in run.skipped:
            print(f"  跳过 {line.removeprefix('SKIPPED ')}")
    for text in missing:
        print(f"未运行 {text}{'（GONGBU_REQUIRE_ALL=1：视为失败）' if require_all else ''}")
    # Last, so that whoever sees only the end of a long log sees what failed.
    for run in runs:
        for line in run.failed:
            print(f"{run.name}：{line}")
    seconds = time.monotonic() - started
    if tally := os.environ.get("GONGBU_TALLY"):
        seconds = _add_up(Path(tally), total, seconds)
    failed = any(run.code for run in runs) or (require_all and bool(missing))
    print(f"===== {_words(total)} in {seconds:.2f}s =====")
    return 1 if failed else 0


def _run_side_by_side(lanes: list[list[Run]]) -> None:
    threads = [threading.Thread(target=lambda lane=lane: [run.run() for run in lane], daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _words(counts: Counter[str]) -> str:
    shown = [f"{counts[kind]} {kind}" for kind in ("failed", "passed", "skipped", "error", "xfailed") if counts[kind]]
    return ", ".join(shown) or "no tests ran"


def _add_up(file: Path, total: Counter[str], seconds: float) -> float:
    before = json.loads(file.read_text()) if file.exists() else {"counts": {}, "seconds": 0.0}
    total.update(before["counts"])
    file.write_text(json.dumps({"counts": total, "seconds": seconds + before["seconds"]}))
    return float(seconds + before["seconds"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
