"""Finding regions: by any code of any edition, by name, by key; paths, children, successors. Reads only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from gongbu.ground.orgs.models import Region, RegionCode
from gongbu.ground.orgs.rules.region_build import stems


@dataclass(frozen=True, slots=True)
class CodeMatch:
    """A region found by code: which edition lists the code, under which name, and whether it held on the day asked."""

    region: Region
    code: str
    name: str
    edition: str
    last_edition: str
    valid_from: date | None
    valid_to: date | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class NameMatch:
    """Regions that a written name may mean; ``region`` is set when only one is possible."""

    region: Region | None
    candidates: tuple[Region, ...]


def find_by_code(code: str, on: date | None = None) -> CodeMatch | None:
    """Return the region that has or had ``code`` in any edition, or None if no edition lists it (2 queries).

    Six digits (GB/T 2260 and statistical zone codes), nine (townships) or twelve with trailing zeros are understood.
    ``on`` prefers the code row valid that day; ``is_current`` says whether the match held then (without ``on``:
    whether the latest edition still lists it). An abolished region is returned as it was; use :func:`current` for the
    region that took over.
    """
    wanted = _normal(code)
    if wanted is None:
        return None
    rows = list(RegionCode.objects.filter(code=wanted).select_related("region", "region__successor"))
    if not rows:
        return None

    def holds(row: RegionCode) -> bool:
        if on is None:
            return row.valid_to is None
        return (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on < row.valid_to)

    row = max(rows, key=lambda r: (holds(r), r.valid_to is None, r.valid_to or date.min))
    return CodeMatch(
        row.region, row.code, row.name, row.edition, row.last_edition, row.valid_from, row.valid_to, holds(row)
    )


def _normal(code: str) -> str | None:
    text = code.strip()
    if not re.fullmatch(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}", text):
        return None
    if len(text) <= 6:
        return text.ljust(6, "0")
    text = text[:9]
    return text[:6] if text.endswith("000") else text


def get_region(region_id: int) -> Region:
    """Return a region by id.

    :raises Region.DoesNotExist: no such region
    """
    return Region.objects.get(pk=region_id)


def find_by_key(key: int) -> Region | None:
    """Return the smallest region whose range holds ``key`` (1 query)."""
    return Region.objects.filter(key_lo__lte=key, key_hi__gt=key).order_by("-key_lo", "key_hi").first()


def current(region: Region) -> Region:
    """Return the region that today stands in the place of an abolished one (itself when it still exists)."""
    seen = {region.pk}
    while region.successor is not None and region.successor_id not in seen:
        region = region.successor
        seen.add(region.pk)
    return region


def path_of(region: Region) -> list[Region]:
    """Return the regions from the province down to ``region`` itself (1 query; the nation is left out)."""
    rows = Region.objects.filter(key_lo__lte=region.key_lo, key_hi__gte=region.key_hi).exclude(level="NATION")
    return sorted(rows, key=lambda row: row.key_lo - row.key_hi)


def path_ids(region: Region) -> list[int]:
    """Return the ids of ``region`` and what lies above it up to the nation, nearest first (1 query)."""
    rows = Region.objects.filter(key_lo__lte=region.key_lo, key_hi__gte=region.key_hi)
    return [row.pk for row in sorted(rows, key=lambda row: row.key_hi - row.key_lo)]


def full_name(region: Region) -> str:
    """Return the whole name, for example 河南省洛阳市老城区 (1 query)."""
    return "".join(row.name for row in path_of(region))


def children_of(region: Region, *, on: date | None = None) -> list[Region]:
    """Return the direct children in key order, abolished ones left out (1 query).

    :param on: the day for which to judge (default: only those that still exist)
    """
    standing = Q(valid_to=None) if on is None else Q(valid_to=None) | Q(valid_to__gt=on)
    return list(region.children.filter(standing).order_by("key_lo"))


def latest_code(region: Region) -> str:
    """Return the code in force (or the last one a region had); empty for the nation (1 query)."""
    rows = sorted(region.codes.all(), key=lambda c: (c.valid_to is None, c.valid_from or date.min, c.code))
    real = [row for row in rows if not _is_placeholder(row)]
    return (real or rows)[-1].code if rows else ""


def _is_placeholder(row: RegionCode) -> bool:
    return row.name in {"市辖区", "县"} or row.name.endswith("直辖县级行政区划")


def latest_codes(region_ids: Iterable[int]) -> dict[int, str]:
    """Return the code in force of many regions by id (1 query)."""
    best: dict[int, RegionCode] = {}
    for row in RegionCode.objects.filter(region_id__in=list(region_ids)).order_by("code"):
        if row.region_id not in best or _rank(row) > _rank(best[row.region_id]):
            best[row.region_id] = row
    return {region_id: row.code for region_id, row in best.items()}


def _rank(row: RegionCode) -> tuple[bool, bool, date]:
    return (not _is_placeholder(row), row.valid_to is None, row.valid_from or date.min)


def resolve_name(text: str, within: Region | None = None) -> NameMatch:
    """Find the region a written name means, from the last part upward: 福建省厦门市思明区, 厦门思明区, 泾川县 (≤ 3 queries).

    Former names are known (孟津县). The longest name that ends the text is tried first; the parts before it must fit
    its parents. ``within`` narrows to a subtree. Several possible regions give ``region=None`` and the candidates.
    """
    wanted = re.sub(r"[\s·]", "", text)
    if not wanted:
        return NameMatch(None, ())
    endings = [wanted[i:] for i in range(len(wanted)) if len(wanted) - i >= 2]
    where = Q(name__in=endings) | Q(codes__name__in=endings)
    if len(wanted) <= 6:
        where |= Q(name__in=[wanted + suffix for suffix in ("省", "市", "县", "区", "镇", "乡", "街道", "自治区")])
    rows = Region.objects.filter(where).exclude(level="NATION").distinct()
    if within is not None:
        rows = rows.filter(key_lo__gte=within.key_lo, key_lo__lt=within.key_hi)
    found = list(rows.prefetch_related("codes").select_related("parent__parent__parent"))
    scored = [(score, row) for row in found if (score := _fits(wanted, row)) is not None]
    if not scored:
        return NameMatch(None, ())
    best = max(score for score, _ in scored)
    chosen = tuple(sorted((row for score, row in scored if score == best), key=lambda row: row.key_lo))
    standing = tuple(row for row in chosen if row.valid_to is None) or chosen
    return NameMatch(standing[0] if len(standing) == 1 else None, standing)


def _fits(text: str, region: Region) -> int | None:
    """Return how many characters of ``text`` the region and its parents explain, or None if something is left over."""
    names = {region.name, *(code.name for code in region.codes.all() if not _is_placeholder(code))}
    endings = [name for name in names if text.endswith(name)]
    if not endings:
        return len(text) if any(stem == text for name in names for stem in stems(name)) else None
    ending = max(endings, key=len)
    rest, parent = text[: len(text) - len(ending)], region.parent
    while rest and parent is not None and parent.level != "NATION":
        for name in (parent.name, *stems(parent.name), _short(parent.name)):
            if rest.endswith(name):
                rest = rest[: len(rest) - len(name)]
                break
        parent = parent.parent
    return None if rest else len(ending)


def _short(name: str) -> str:
    """Return the short name people write for a province or city: 内蒙古, 黑龙江, 广西, 厦门."""
    return name[:3] if name.startswith(("内蒙古", "黑龙江")) else name[:2]
