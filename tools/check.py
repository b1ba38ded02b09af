"""Every check that is not a test of behaviour; each runs even when an earlier one failed. Exit 1 if any failed."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS: tuple[tuple[str, list[str]], ...] = (
    ("格式", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
    ("静态检查", [str(BIN / "ruff"), "check", "--quiet", "."]),
    ("类型", [str(BIN / "mypy"), "--no-error-summary"]),
    ("导入约束", [str(BIN / "lint-imports"), "--no-cache"]),
    ("缺少的迁移", [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "--no-input"]),
    ("许可证、样式底线、锁文件、提交内容", [sys.executable, "-m", "pytest", "tests/checks", "-q"]),
)


def main() -> int:
    """Run the checks, show the output of those that fail, and return the exit code."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="gongbu-check-") as home:
        environment = {**os.environ, "GONGBU_HOME": home, "DJANGO_SETTINGS_MODULE": "gongbu.config.settings"}
        environment.pop("DATABASE_URL", None)
        for name, command in CHECKS:
            started = time.monotonic()
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            print(
                f"{'通过' if done.returncode == 0 else '未过'}  {name}（{time.monotonic() - started:.1f} 秒）",
                flush=True,
            )
            if done.returncode:
                failed.append(name)
                print((done.stdout + done.stderr).strip(), flush=True)
    if failed:
        print(f"未通过：{'、'.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
