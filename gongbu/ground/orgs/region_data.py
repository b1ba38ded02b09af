"""Load regions and their codes from the data files of this room: once, fast, and again without harm."""

import csv
import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import ReferenceLoad, Region, RegionCode
from gongbu.ground.orgs.rules.region_build import (
    NATION_KEY,
    BuiltRegion,
    Change,
    Edition,
    build_regions,
    free_key,
)

DATA = Path(__file__).parent / "data" / "regions"
EDITIONS = (  # file, label, day of the edition
    ("gb2260_stats_201210.tsv", "国家统计局 2012-10", date(2012, 10, 31)),
    ("gb2260_stats_201607.tsv", "国家统计局 2016-07", date(2016, 7, 31)),
    ("gb2260_stats_201810.tsv", "国家统计局 2018-10", date(2018, 10, 31)),
    ("gb2260_mca_201904.tsv", "民政部 2019-04", date(2019, 4, 30)),
)
LATEST = ("国家统计局 2023", date(2023, 6, 30))
# The ministry's list of 2019-04 leaves out development zones and placeholders; that is no abolition.
REFERENCE = "regions"


def pinyin(text: str) -> str:
    """Return the pinyin by which a name is sorted and searched: full syllables, a space, initials."""
    from pypinyin import lazy_pinyin  # heavy to import; only writers need it

    syllables = lazy_pinyin(text)
    return f"{''.join(syllables)} {''.join(s[0] for s in syllables if s)}".lower()


def load_regions() -> int:
    """Load all regions and return how many were written; a second call costs one query and writes nothing.

    Regions that an installation added itself (demo, development zones taken in by an act) are left alone. With newer
    data files an existing region is found by any of its codes and keeps its id and key.
    """
    digest = _digest()
    if ReferenceLoad.objects.filter(pk=REFERENCE, digest=digest).exists():
        return 0
    built = read_regions()
    with transaction.atomic():
        written = _first_load(built) if not Region.objects.exists() else _merge(built)
        ReferenceLoad.objects.update_or_create(pk=REFERENCE, defaults={"digest": digest, "loaded_at": clock.now()})
    return written


def read_regions() -> list[BuiltRegion]:
    """Return the regions that the data files describe (no database)."""
    changes: dict[str, dict[str, dict[str, Any]]] = yaml.load(
        (DATA / "changes.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
    )
    townships = {row["code"]: (row["county"], row["name"]) for row in _rows("townships.csv")}
    return build_regions(
        _editions(),
        continues={old: _change(new) for old, new in changes["continues"].items()},
        merged={old: _change(new) for old, new in changes["merged"].items()},
        townships=townships,
    )


def _change(row: dict[str, Any]) -> Change:
    return Change(row["to"], row.get("not_before"), row.get("not_after"))


def _rows(name: str, delimiter: str = ",") -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def _editions() -> list[Edition]:
    editions = [
        Edition(label, on, {row["Code"]: row["Name"].strip() for row in _rows(name, "\t")})
        for name, label, on in EDITIONS
    ]
    latest = {row["code"] + "0000": row["name"] for row in _rows("divisions_provinces.csv")}
    latest |= {row["code"] + "00": row["name"] for row in _rows("divisions_cities.csv")}
    for row in _rows("divisions_areas.csv"):
        latest.setdefault(row["code"], row["name"])  # 东莞等不设区的市用市码占位
    return [*editions, Edition(LATEST[0], LATEST[1], latest)]


def _digest() -> str:
    total = hashlib.sha256()
    for path in sorted(DATA.iterdir()):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def _first_load(built: Sequence[BuiltRegion]) -> int:
    by_key: dict[int, Region] = {}
    levels: dict[int, list[BuiltRegion]] = {}
    for region in built:
        levels.setdefault(region.key - region.hi, []).append(region)
    for _size, rows in sorted(levels.items()):
        objects = [_row(region, by_key) for region in rows]
        Region.objects.bulk_create(objects, batch_size=800)
        by_key |= {region.key_lo: region for region in objects}
    _link(built, by_key)
    RegionCode.objects.bulk_create(
        [_code_row(by_key[region.key].pk, code) for region in built for code in region.codes], batch_size=800
    )
    return len(built)


def _row(region: BuiltRegion, by_key: dict[int, Region]) -> Region:
    return Region(
        parent_id=None if region.parent is None else by_key[region.parent].pk,
        name=region.name,
        level=region.level,
        kind=region.kind,
        key_lo=region.key,
        key_hi=region.hi,
        sort_pinyin=pinyin(region.name),
        valid_to=region.valid_to,
    )


def _code_row(region_id: int, code: Any) -> RegionCode:
    return RegionCode(
        region_id=region_id,
        code=code.code,
        name=code.name,
        edition=code.edition,
        last_edition=code.last_edition,
        valid_from=code.valid_from,
        valid_to=code.valid_to,
        is_exact=code.is_exact,
    )


def _link(built: Sequence[BuiltRegion], by_key: dict[int, Region]) -> None:
    changed = []
    for region in built:
        if region.successor is not None:
            row = by_key[region.key]
            row.successor_id = by_key[region.successor].pk
            changed.append(row)
    Region.objects.bulk_update(changed, ["successor"], batch_size=200)


def _merge(built: Sequence[BuiltRegion]) -> int:
    """Bring newer data into a loaded table: known regions keep id and key, new ones take free ranges."""
    known = dict(RegionCode.objects.values_list("code", "region_id"))
    rows = {region.pk: region for region in Region.objects.all()}
    by_key: dict[int, Region] = {NATION_KEY: next(r for r in rows.values() if r.key_lo == NATION_KEY)}
    written = 0
    for region in built:
        found = next((known[c.code] for c in region.codes if c.code in known), None)
        if region.key == NATION_KEY:
            continue
        if found is None:
            parent = by_key[region.parent or 0]
            size = region.hi - region.key
            taken = [(r.key_lo, r.key_hi) for r in rows.values() if r.parent_id == parent.pk]
            key = free_key(region.key, size, (parent.key_lo, parent.key_hi), taken)
            row = _row(region, by_key)
            row.parent, row.key_lo, row.key_hi = parent, key, key + size
            row.save(force_insert=True)
            rows[row.pk] = row
            written += 1
        else:
            row = rows[found]
            if (row.name, row.valid_to) != (region.name, region.valid_to):
                row.name, row.sort_pinyin, row.valid_to = region.name, pinyin(region.name), region.valid_to
                row.save(update_fields=["name", "sort_pinyin", "valid_to"])
                written += 1
        by_key[region.key] = row
    _link(built, by_key)
    RegionCode.objects.bulk_create(
        [_code_row(by_key[region.key].pk, code) for region in built for code in region.codes],
        batch_size=800,
        update_conflicts=True,
        unique_fields=["region", "code"],
        update_fields=["name", "last_edition", "valid_from", "valid_to"],
    )
    return written
