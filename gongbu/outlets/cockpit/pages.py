"""The cockpit's page. It only arranges what the rooms' queries say; each figure carries the address of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers.pages import page, render
from gongbu.mainline.lists import queries as lists
from gongbu.mainline.lists.register import TONES as LIST_TONES
from gongbu.mainline.projects import movement, portfolio
from gongbu.mainline.projects.choices import EarlyStage, FundingNature, Stage
from gongbu.mainline.projects.movement import Moved
from gongbu.mainline.projects.portfolio import Slice
from gongbu.mainline.projects.register import GRADE_CHOICES
from gongbu.mainline.reserve import board
from gongbu.mainline.reserve import movement as reserve_movement
from gongbu.mainline.reserve import queries as reserve
from gongbu.mainline.reserve.choices import FileState, Step

SECTORS_SHOWN = 8
_EMPTY = Slice()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: a group with number, total, its share of the longest bar (0–1), and the address of its rows."""

    label: str
    projects: int
    total_fen: int
    share: float
    href: str
    is_early: bool = False


@page("cockpit.view")
def show(request: HttpRequest) -> HttpResponse:
    """Everything on one page (about 20 queries, whatever the number of projects)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today = clock.today()
    whole = portfolio.get_portfolio(actor)
    early = portfolio.get_early_stages(actor)
    sectors = portfolio.get_sectors(actor)
    since = today.replace(day=1)
    context = {
        "title": "驾驶舱",
        "place": _place(actor),
        "all": whole.all,
        "done": whole.all.completed_fen / whole.all.planned_fen
        if whole.all.planned_fen and whole.all.with_completed
        else None,
        "rows": _rows(),
        "planned_rows": _rows(this_year="PLANNED"),
        "completed_rows": _rows(this_year="COMPLETED"),
        "year": today.year,
        "funnel": _funnel(whole.by_stage, early),
        "structures": [
            ("分级", 0, _bars(GRADE_CHOICES, {key or "NONE": s for key, s in whole.by_grade.items()}, "grade")),
            ("资金性质", 0, _bars(list(FundingNature.choices), whole.by_funding, "funding")),
            ("行业归口", SECTORS_SHOWN + ("" in sectors), _sector_bars(sectors)),
        ],
        "since": since,
        "moved": _moved(movement.get_movement(actor, since)),
        "reserves": _reserves(actor, since),
        "lists": list(lists.list_lists(actor).filter(year__gte=today.year).order_by("-year", "kind")[:12])
        if actor.may("lists.view")
        else [],
        "list_tones": LIST_TONES,
    }
    return render(request, "cockpit/show.html", context)


def _place(actor: Actor) -> str:
    ranges = actor.ranges("cockpit.view")
    if len(ranges) != 1:
        return "所辖区划"
    lo, hi = ranges[0]
    name = Region.objects.filter(key_lo=lo, key_hi=hi).values_list("name", flat=True).first()
    return name or "所辖区划"


def _rows(**asked: str) -> str:
    return f"{reverse('projects:list')}?{urlencode({'counted': 'YES', **asked})}"


def _bar(label: str, s: Slice, longest: int, href: str, *, is_early: bool = False) -> Bar:
    return Bar(label, s.projects, s.total_fen, s.projects / longest if longest else 0.0, href, is_early)


def _funnel(by_stage: Mapping[str, Slice], early: Mapping[str, Slice]) -> list[Bar]:
    """Return the way from an idea to the built works: the four early stages, then the stages after them."""
    planned = [
        (label, early.get(code, _EMPTY), _rows(tab=Stage.RESERVE, early=code), True)
        for code, label in EarlyStage.choices
    ]
    if unknown := early.get(""):
        planned.append(("前期阶段未报", unknown, _rows(tab=Stage.RESERVE, early="NONE"), True))
    later = [
        (label, by_stage.get(code, _EMPTY), _rows(tab=code), False)
        for code, label in Stage.choices
        if code not in (Stage.RESERVE, Stage.UNKNOWN)
    ]
    if unknown := by_stage.get(Stage.UNKNOWN):
        later.append(("阶段未报", unknown, _rows(tab=Stage.UNKNOWN), False))
    longest = max((s.projects for _l, s, _h, _e in (*planned, *later)), default=0)
    return [_bar(label, s, longest, href, is_early=is_early) for label, s, href, is_early in (*planned, *later)]


def _bars(order: Sequence[tuple[str, str]], groups: Mapping[str, Slice], key: str) -> list[Bar]:
    longest = max((s.projects for s in groups.values()), default=0)
    return [
        _bar(label, groups[code], longest, _rows(**{key: code}))
        for code, label in order
        if groups.get(code, _EMPTY).projects
    ]


def _sector_bars(groups: Mapping[str, Slice]) -> list[Bar]:
    named = sorted(((k, s) for k, s in groups.items() if k), key=lambda pair: (-pair[1].projects, pair[0]))
    longest = max((s.projects for _, s in named), default=0)
    bars = [_bar(k, s, longest, _rows(sector=k)) for k, s in named[:SECTORS_SHOWN]]
    if unknown := groups.get(""):
        bars.append(_bar("行业归口未报", unknown, max(longest, unknown.projects), _rows(sector="未报")))
    return bars + [_bar(k, s, longest, _rows(sector=k)) for k, s in named[SECTORS_SHOWN:]]


def _moved(moved: Moved) -> list[dict[str, Any]]:
    """Return what moved since the first of the month, with the addresses of the rows."""
    found: list[dict[str, Any]] = [{"label": "新建档", "figures": moved.new, "href": _rows(moved="NEW")}]
    found += [
        {"label": f"进入{label}", "figures": moved.entered[code], "href": _rows(moved=code, tab=code)}
        for code, label in Stage.choices
        if code in moved.entered
    ]
    return [one for one in found if one["figures"].projects]


def _reserves(actor: Actor, since: date) -> list[dict[str, Any]]:
    """Return the reserves of up to three counties in sight: general library against its target, and what waits."""
    if not actor.may(reserve.VIEW):
        return []
    found = []
    for holder in reserve.list_holders(actor)[:3]:
        try:
            shown = board.get_board(actor, holder)
        except NotFound:
            continue
        if shown.county is None and shown.general is None:
            continue
        found.append(
            {
                "holder": holder, "board": shown, "href": f"{reverse('reserve:board')}?region={holder.pk}",
                "general": shown.general, "county": shown.county,
                "general_href": _reserve(held=shown.general.library.pk, counted="YES")
                if shown.general and shown.general.library else "",
                "county_href": _reserve(tab=FileState.IN, counted="YES"),
                "short": _short(shown),
                "waiting": [(f"待{Step(step).label}", n, _reserve(step=step)) for step, n in shown.steps.items() if n],
                "moved": [
                    (label, n, _reserve(moved=code)) for code, label, n in reserve_movement.count_moved(actor, holder, since) if n
                ],
            }
        )  # fmt: skip
    return found


def _reserve(**asked: Any) -> str:
    return reverse("reserve:list", query=asked)


def _short(shown: board.Board) -> list[tuple[str, int, str]]:
    """Return what has not reached its target: name, shortage in fen, address of its rows; the largest gap first."""
    lines = [
        (line.library.name, line.gap.short_fen, _reserve(held=line.library.pk, counted="YES"))
        for group in shown.groups for line in group.lines
        if line.library is not None and line.gap and not line.gap.is_met
    ]  # fmt: skip
    wholes = [
        (f"{group.label}合计", group.whole.gap.short_fen, _reserve(kind=group.kind, counted="YES"))
        for group in shown.groups if group.whole.gap and not group.whole.gap.is_met
    ]  # fmt: skip
    return sorted(wholes + lines, key=lambda one: -one[1])
