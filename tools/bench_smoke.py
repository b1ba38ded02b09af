"""Run every bench at a small size, to see that it runs. The figures of record stand in docs/performance.md."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SIZES = {"list": 500, "cockpit": 500, "classify": 500, "import": 200, "ledger": 500, "papers": 20, "scoring": 20}


def main() -> int:
    """Run the benches in a home of their own; exit 1 if one failed."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="gongbu-bench-") as home:
        for name, size in SIZES.items():
            command = [sys.executable, "-m", "gongbu", "--home", home, "bench", name, "--size", str(size), "--json"]
            done = subprocess.run(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            print(done.stdout.strip() or f"{name}：{done.stderr.strip()[-500:]}", flush=True)
            failed += [name] if done.returncode else []
    if failed:
        print(f"没有完成：{'、'.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
