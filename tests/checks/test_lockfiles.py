"""Lockfiles pin content, not places: hashes yes, addresses no. Nothing committed names one machine or registry."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
# Written in pieces, so that this file does not contain what it looks for.
_ORG = r"\.org"
PLACES = re.compile(
    "|".join(["py" + r"pi" + _ORG, "python" + "hosted", "npm" + r"js" + _ORG, r"deb\." + "debian" + _ORG,
              "/" + "work/", "/" + "root/", "/" + "farm/"])
)  # fmt: skip


def tracked() -> list[Path]:
    """Return the files of the commit, or skip when this is no git checkout."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("不适用：不是 git 检出目录")
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_python_locks_have_hashes_and_no_addresses() -> None:
    assert {path.name for path in LOCKS} == {"runtime.txt", "build.txt", "dev.txt"}
    for path in LOCKS:
        text = path.read_text()
        assert "://" not in text, path.name
        assert "--index-url" not in text
        assert "--find-links" not in text
        pins = re.split(r"\n(?=[a-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.M))
        assert all("--hash=sha256:" in pin for pin in pins if pin.strip()), path.name


def test_npm_lock_has_integrity_and_no_addresses() -> None:
    text = (ROOT / "frontend" / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in row for path, row in packages.items() if path)
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "frontend" / ".npmrc").read_text()


def test_no_other_lockfile_is_committed() -> None:
    names = {path.name for path in tracked()}
    assert not names & {"uv.lock", "poetry.lock", "Pipfile.lock", "yarn.lock", "pnpm-lock.yaml"}


def test_committed_text_names_no_registry_and_no_machine_path() -> None:
    found = []
    for path in tracked():
        if path.stat().st_size > 2_000_000 or path.suffix in {".png", ".xlsx", ".pdf", ".gz", ".zip", ".ico", ".woff2"}:
            continue
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
            if PLACES.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert not found
