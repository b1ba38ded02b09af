"""docs/security.md: every requirement once, a state for each, and every file named is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+(?:, \d+\.\d+\.\d+)*) \| (.+?) \| (holds|n\.a\.|not yet) \| (.+) \|$", re.M)
FILE = re.compile(r"`([\w./-]+/[\w./-]+|[\w-]+\.(?:md|toml)|Makefile)`")
# ASVS 4.0.3, levels 1 and 2: chapter.section → its numbers.
NUMBERS = {
    "1.1": "1-7", "1.2": "1-4", "1.4": "1 4 5", "1.5": "1-4", "1.6": "1-4", "1.7": "1-2", "1.8": "1-2", "1.9": "1-2",
    "1.10": "1", "1.11": "1-2", "1.12": "2", "1.14": "1-6",
    "2.1": "1-12", "2.2": "1-3", "2.3": "1-3", "2.4": "1-5", "2.5": "1-7", "2.6": "1-3", "2.7": "1-6", "2.8": "1-7",
    "2.9": "1-3", "2.10": "1-4",
    "3.1": "1", "3.2": "1-4", "3.3": "1-4", "3.4": "1-5", "3.5": "1-3", "3.7": "1",
    "4.1": "1-3 5", "4.2": "1-2", "4.3": "1-3",
    "5.1": "1-5", "5.2": "1-8", "5.3": "1-10", "5.4": "1-3", "5.5": "1-4",
    "6.1": "1-3", "6.2": "1-6", "6.3": "1-2", "6.4": "1-2",
    "7.1": "1-4", "7.2": "1-2", "7.3": "1 3 4", "7.4": "1-3",
    "8.1": "1-4", "8.2": "1-3", "8.3": "1-8", "9.1": "1-3", "9.2": "1-4", "10.2": "1-2", "10.3": "1-3", "11.1": "1-8",
    "12.1": "1-3", "12.2": "1", "12.3": "1-6", "12.4": "1-2", "12.5": "1-2", "12.6": "1",
    "13.1": "1 3-5", "13.2": "1-3 5-6", "13.3": "1-2", "13.4": "1-2",
    "14.1": "1-4", "14.2": "1-6", "14.3": "2-3", "14.4": "1-7", "14.5": "1-4",
}  # fmt: skip


def wanted() -> list[str]:
    found = []
    for section, said in NUMBERS.items():
        for part in said.split():
            first, _, last = part.partition("-")
            found += [f"{section}.{n}" for n in range(int(first), int(last or first) + 1)]
    return found


def test_every_requirement_has_one_line() -> None:
    said = [number for row in ROW.finditer(TEXT) for number in row[1].split(", ")]
    assert len(said) == len(set(said)), sorted({n for n in said if said.count(n) > 1})
    assert set(said) == set(wanted()), set(wanted()) ^ set(said)
    assert len(ROW.findall(TEXT)) == sum(line.startswith("| ") and line[2].isdigit() for line in TEXT.splitlines())


def test_what_holds_names_a_file_and_every_file_named_exists() -> None:
    bare = [
        row[1] for row in ROW.finditer(TEXT) if row[3] == "holds" and not re.search(r"`|this file|CORS|git", row[4])
    ]
    assert not bare
    gone = [name for name in FILE.findall(TEXT) if not (ROOT / name).exists()]
    assert not gone


def test_what_does_not_hold_says_why() -> None:
    assert all(len(row[4]) > 3 for row in ROW.finditer(TEXT) if row[3] != "holds")
    assert sum(row[3] == "not yet" for row in ROW.finditer(TEXT)) > 0, "an honest list has some"
