"""The cockpit's page. It only arranges what the rooms' queries say; each figure carries the address of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from gongbu.mainline.reserve import queries as reserve

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
            ("分级", _bars(GRADE_CHOICES, {key or "NONE": s for key, s in whole.by_grade.items()}, "grade")),
            ("资金性质", _bars(list(FundingNature.choices), whole.by_funding, "funding")),
            ("行业归口", _sector_bars(sectors)),
        ],
        "since": since,
        "moved": _moved(movement.get_movement(actor, since)),
        "reserves": _reserves(actor, request),
        "lists": list(lists.list_lists(actor).filter(year=today.year).order_by("kind")[:12])
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
    if rest := named[SECTORS_SHOWN:]:
        n, total = sum(s.projects for _, s in rest), sum(s.total_fen for _, s in rest)
        bars.append(Bar(f"其余 {len(rest)} 个行业", n, total, min(n / longest, 1.0) if longest else 0.0, ""))
    if unknown := groups.get(""):
        bars.append(_bar("行业归口未报", unknown, max(longest, unknown.projects), ""))
    return bars


def _moved(moved: Moved) -> list[dict[str, Any]]:
    """Return what moved since the first of the month, with the addresses of the rows."""
    found: list[dict[str, Any]] = [{"label": "新建档", "figures": moved.new, "href": _rows(moved="NEW")}]
    found += [
        {"label": f"进入{label}", "figures": moved.entered[code], "href": _rows(moved=code, tab=code)}
        for code, label in Stage.choices
        if code in moved.entered
    ]
    return [one for one in found if one["figures"].projects]


def _reserves(actor: Actor, request: HttpRequest) -> list[dict[str, Any]]:
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
                "short": [g for g in shown.groups if g.whole.gap and not g.whole.gap.is_met]
                + [line for g in shown.groups for line in g.lines if line.gap and not line.gap.is_met],
                "waiting": sum(shown.steps.values()),
            }
        )  # fmt: skip
    return found
