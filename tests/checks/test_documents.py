"""The documents lead where they say, and the pictures stay few and small."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
PICTURES_BYTES = 4_000_000


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_every_link_and_picture_of_the_documents_exists() -> None:
    dead = []
    for file in documents():
        for target in LINK.findall(file.read_text("utf-8")):
            if not re.match(r"[a-z]+:", target) and not (file.parent / target).exists():
                dead.append(f"{file.relative_to(ROOT)} → {target}")
    assert not dead


def test_the_readme_shows_a_picture() -> None:
    assert re.search(r"!\[[^]]+\]\(docs/manual/\S+\.png\)", (ROOT / "README.md").read_text("utf-8"))


def test_the_pictures_are_small_and_each_is_shown() -> None:
    folder = ROOT / "docs" / "manual"
    pictures = sorted(folder.glob("*.png"))
    assert pictures
    assert sum(file.stat().st_size for file in pictures) < PICTURES_BYTES
    shown = (folder / "README.md").read_text("utf-8")
    assert not [file.name for file in pictures if file.name not in shown]
