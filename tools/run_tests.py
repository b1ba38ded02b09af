"""Run the suite on SQLite (with Chromium) and, side by side, on PostgreSQL; say plainly what was not run.

Usage: run_tests.py [pytest arguments]. ``GONGBU_REQUIRE_ALL=1`` makes a missing part a failure. ``GONGBU_TALLY=FILE``
adds the counts of earlier runs to the closing line.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "plugins"))

from gongbu_browser import find_chromium  # noqa: E402
from throwaway_postgres import find_binaries  # noqa: E402

COUNT = re.compile(r"(\d+) (passed|failed|skipped|deselected|errors?|xfailed|xpassed)")
CLOSING = re.compile(r"^=*\s*\d+ (passed|failed|skipped|deselected|error).* in [\d.]+s")
NO_TESTS = 5  # pytest's exit code


class Run:
    """One pytest process; its lines are shown as they come, with its name in front."""

    def __init__(self, name: str, database: str, arguments: list[str]) -> None:
        self.name, self.counts, self.skipped = name, Counter[str](), list[str]()
        environment = {**os.environ, "GONGBU_TEST_DATABASE": database, "PYTHONUNBUFFERED": "1"}
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "pytest", "-rfEs", "--color=no", *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            text = line.rstrip()
            if CLOSING.match(text):
                self.counts.update(
                    {kind.rstrip("s") if kind == "errors" else kind: int(n) for n, kind in COUNT.findall(text)}
                )
            if text.startswith("SKIPPED"):
                self.skipped.append(text)
            print(f"[{self.name}] {text}", flush=True)

    def wait(self) -> int:
        """Return the exit code; a run that selected no test is fine (long tests of one database only)."""
        code = self.process.wait()
        self.reader.join()
        return 0 if code == NO_TESTS else code


def main(arguments: list[str]) -> int:
    """Run everything that can run here and print the closing line; return the exit code."""
    require_all = os.environ.get("GONGBU_REQUIRE_ALL") == "1"
    started = time.monotonic()
    missing = []
    if find_binaries() is None:
        missing.append("PostgreSQL：未找到 initdb，没有在 PostgreSQL 上运行测试")
    if find_chromium() is None:
        missing.append("Chromium：未找到，没有运行浏览器测试")
    runs = [Run("SQLite", "sqlite", arguments)]
    if find_binaries() is not None:
        runs.append(Run("PostgreSQL", "postgresql", arguments))
    codes = [run.wait() for run in runs]

    print()
    total = Counter[str]()
    for run, code in zip(runs, codes, strict=True):
        total.update(run.counts)
        print(f"{run.name}：{_words(run.counts)}{'' if code == 0 else f'（退出码 {code}）'}")
        for line in run.skipped:
            print(f"  跳过 {line.removeprefix('SKIPPED ')}")
    for text in missing:
        print(f"未运行 {text}{'（GONGBU_REQUIRE_ALL=1：视为失败）' if require_all else ''}")
    seconds = time.monotonic() - started
    if tally := os.environ.get("GONGBU_TALLY"):
        seconds = _add_up(Path(tally), total, seconds)
    failed = any(codes) or (require_all and bool(missing))
    print(f"===== {_words(total)} in {seconds:.2f}s =====")
    return 1 if failed else 0


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
