"""Choosing a region: a short list where the person's regions are few, a cascader (one select per level) where many."""

from collections.abc import Sequence
from time import monotonic
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from gongbu.ground.basics.text import read_id
from gongbu.ground.orgs.actor import merge_ranges
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers.pages import signed_in_page

SHORT = 80
"""Up to this many regions stand in one select."""
_KEPT_S = 60
_kept: dict[Any, tuple[float, Any]] = {}
_DEPTH = {"NATION": 0, "PROVINCE": 0, "CITY": 1, "COUNTY": 2, "TOWNSHIP": 3}


def _remember(key: Any, make: Any) -> Any:
    """Keep an answer for a minute: regions change by notice, a few times a year."""
    now = monotonic()
    if key not in _kept or now - _kept[key][0] > _KEPT_S:
        if len(_kept) > 500:
            _kept.clear()
        _kept[key] = (now, make())
    return _kept[key][1]


def forget() -> None:
    """Forget the kept answers (tests)."""
    _kept.clear()


def ranges_of(request: HttpRequest) -> tuple[tuple[int, int], ...]:
    """Return the merged region ranges of all the person's grants."""
    actor = request.actor  # type: ignore[attr-defined]
    return tuple(merge_ranges((grant.lo, grant.hi) for grant in actor.grants))


def _inside(ranges: Sequence[tuple[int, int]]) -> Q:
    where = Q(pk__in=[])
    for lo, hi in ranges:
        where |= Q(key_lo__gte=lo, key_lo__lt=hi)
    return where


def options_for(request: HttpRequest, chosen: int | None = None) -> tuple[Sequence[tuple[str, str]], str]:
    """Return the options of a select, and the address of the cascader ("" when the select holds everything)."""
    ranges = ranges_of(request)
    short = _remember(("short", ranges), lambda: _short(ranges))
    if short is not None:
        return short, ""
    picked = _remember(("name", chosen), lambda: _name(chosen)) if chosen else ()
    return picked, reverse("registers:regions")


def _short(ranges: Sequence[tuple[int, int]]) -> list[tuple[str, str]] | None:
    rows = list(
        Region.objects.filter(_inside(ranges), valid_to=None)
        .order_by("key_lo")
        .values_list("pk", "name", "level")[: SHORT + 1]
    )
    if len(rows) > SHORT:
        return None
    top = min((_DEPTH.get(level, 0) for _, _, level in rows), default=0)
    return [(str(pk), "\u3000" * (_DEPTH.get(level, 0) - top) + name) for pk, name, level in rows]


def _name(region_id: int) -> tuple[tuple[str, str], ...]:
    name = Region.objects.filter(pk=region_id).values_list("name", flat=True).first()
    return ((str(region_id), name),) if name else ()


def span_of(region_id: int) -> tuple[int, int] | None:
    """Return the key range of a region, None when there is no such region."""
    span: tuple[int, int] | None = _remember(
        ("span", region_id), lambda: Region.objects.filter(pk=region_id).values_list("key_lo", "key_hi").first()
    )
    return span


@signed_in_page
def children(request: HttpRequest) -> JsonResponse:
    """Levels of the cascader: ``?parent=ID`` the children of one region, ``?at=ID`` the whole path down to one."""
    ranges = ranges_of(request)
    at = read_id(request.GET.get("at", ""))
    parent = read_id(request.GET.get("parent", ""))
    if parent is not None:
        return JsonResponse({"levels": [_level(parent, ranges, None)]})
    path: list[int] = []
    here = Region.objects.filter(pk=at).first() if at is not None else None
    while here is not None:
        path.insert(0, here.pk)
        here = here.parent
    top = _remember(("top", ranges), lambda: _top(ranges))
    levels: list[dict[str, Any]] = [
        {"children": _brief(top), "chosen": next((r.pk for r in top if r.pk in path), None)}
    ]
    while (chosen := levels[-1]["chosen"]) is not None:
        below = path[path.index(chosen) + 1 :]
        level = _level(chosen, ranges, below[0] if below else None)
        if not level["children"]:
            break
        levels.append(level)
    return JsonResponse({"levels": levels})


def _top(ranges: Sequence[tuple[int, int]]) -> list[Region]:
    """Return the highest regions inside the ranges; for the whole nation the provinces."""
    rows = list(
        Region.objects.filter(_inside(ranges), valid_to=None, level__in=["NATION", "PROVINCE"]).order_by("key_lo")
    )
    rows = [row for row in rows if row.level == "PROVINCE"]
    if rows:
        return rows
    found: list[Region] = []
    for row in Region.objects.filter(_inside(ranges), valid_to=None).order_by("key_lo", "-key_hi"):
        if not found or row.key_lo >= found[-1].key_hi:
            found.append(row)
    return found


def _level(parent_id: int, ranges: Sequence[tuple[int, int]], chosen: int | None) -> dict[str, Any]:
    rows = list(Region.objects.filter(_inside(ranges), parent_id=parent_id, valid_to=None).order_by("key_lo"))
    return {"children": _brief(rows), "chosen": chosen}


def _brief(rows: Sequence[Region]) -> list[dict[str, Any]]:
    parents = set(
        Region.objects.filter(parent__in=[r.pk for r in rows], valid_to=None)
        .values_list("parent_id", flat=True)
        .distinct()
    )
    return [{"id": r.pk, "name": r.name, "level": r.get_level_display(), "has_children": r.pk in parents} for r in rows]
