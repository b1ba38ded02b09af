"""Name a six-digit region segment out of the region data files, without a database. Newest edition first."""

from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parents[2] / "ground" / "orgs" / "data" / "regions"
# The files of 2023 write 41 and 4103 for provinces and cities; the older editions are tab-separated.
_PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@lru_cache(maxsize=4096)
def region_name(code: str) -> str | None:
    """Return the name of a region code in the newest edition that lists it, or None (a zone, or no code at all)."""
    short = code.removesuffix("00").removesuffix("00") if code.endswith("00") else code
    for file in ("divisions_provinces.csv", "divisions_cities.csv", "divisions_areas.csv"):
        name = _find(file, f"\n{short},", ",")
        if name and name not in _PLACEHOLDERS:
            return name
    for path in sorted(DATA.glob("gb2260_*.tsv"), key=lambda p: p.stem.rsplit("_", 1)[-1], reverse=True):
        name = _find(path.name, f"\t{code}\t", "\t")
        if name and name not in _PLACEHOLDERS:
            return name
    return None


def _find(file: str, marker: str, separator: str) -> str:
    text = _text(file)
    at = text.find(marker)
    if at < 0:
        return ""
    return text[at + len(marker) :].split("\n", 1)[0].split(separator)[0].strip().strip('"')


@lru_cache(maxsize=16)
def _text(file: str) -> str:
    path = DATA / file
    return "\n" + path.read_text("utf-8-sig").replace("\r\n", "\n") if path.exists() else ""
