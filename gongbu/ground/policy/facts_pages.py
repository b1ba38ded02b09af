"""Pages of 制度事实: one list over all packs with filters and orders, one fact with its versions, the same rows as a file."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.basics.text import read_id
from gongbu.ground.orgs import trace as traces
from gongbu.ground.policy import facts, queries, showing
from gongbu.ground.policy.facts import Fact
from gongbu.ground.policy.facts_order import ORDERS, in_order
from gongbu.ground.policy.rules.anchors import ANCHORS
from gongbu.ground.policy.showing import TONES_SHOWN, Standing
from gongbu.ground.registers import exports
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, RegionFilter, Shown, TextFilter, as_words
from gongbu.ground.registers.headings import heading
from gongbu.ground.registers.liststate import ListState, Pager
from gongbu.ground.registers.pages import actor_of, page, render
from gongbu.ground.registers.parsing import BadValue, parse_date

CRUMBS = [("制度包", "/policy/"), ("制度事实", "/policy/facts/")]
GROUPS = {"TO_CHECK": "待核对原文（核原文、待确认）", **{text: text for text in TONES_SHOWN}}
USED = {"YES": "已有房间用到", "NO": "尚未用到"}
STANDINGS = {"FUTURE": "该日尚未施行", "REPEALED": "该日已废止", "ALL": "不论是否有效"}
COLUMNS = [
    Column("label", "名称", width=30, sort=True), Column("kind", "种类"), Column("words", "取值", width=36),
    Column("since", "自", kind="date", sort=True), Column("standing", "有效情况"), Column("versions", "版本数", kind="int"),
    Column("basis", "依据", width=36, sort=True), Column("direction", "法定方向"), Column("mark", "核对情况", sort=True),
    Column("certainty", "可信程度", width=20), Column("users", "用到的地方", width=30),
    Column("elsewhere", "另有规定的制度包", width=20), Column("pack", "制度包"), Column("where", "采用的地区", width=30),
    Column("section", "分节"), Column("notes", "说明", width=40), Column("key", "键", width=30),
]  # fmt: skip
LISTED = ("label", "words", "since", "basis", "mark", "users", "pack")


def _day(request: HttpRequest) -> tuple[date, Shown]:
    """Return the day on which facts are looked at (today unless the URL names one), and its filter as shown."""
    text = request.GET.get("on", "").strip()[:20]
    shown = Shown("on", "在某日有效", "day", {"on": text}, placeholder="今天")
    try:
        return (parse_date(text) if text else clock.today()), shown
    except BadValue:
        shown.error = "日期写作 2026-01-31"
        return clock.today(), shown


class Asked(NamedTuple):
    """What the URL asks for: the facts of a day in their order, the filters as shown, pack id → regions that adopted it."""

    on: date
    rows: list[Fact]
    filters: list[Shown]
    adopters: Mapping[str, Sequence[str]]


def _read(request: HttpRequest) -> Asked:
    """Return what the URL asks for (1 query; with a region 3)."""
    on, day = _day(request)
    adopters = queries.regions_by_pack(on)  # first: it makes the process take notice of stored packs
    everything = facts.list_facts(on)
    pack = request.GET.get("pack", "")
    instruments = sorted({fact.instrument for fact in everything if not pack or fact.pack == pack})
    filters = [
        TextFilter("q", "关键字", (), "名称、数值、条款", apply=lambda rows, word: [f for f in rows if word.lower() in f.text]),
        ChoiceFilter("standing", "有效情况", "", STANDINGS, apply=_standing_as),
        ChoiceFilter("group", "核对情况", "", GROUPS, apply=_checked_as),
        ChoiceFilter("pack", "制度包", "", {key: showing.name_of(one) for key, one in queries.packs().items()},
                     more=True, apply=lambda rows, key: [f for f in rows if f.pack == key]),
        ChoiceFilter("instrument", "依据", "", [(name, name) for name in instruments], more=True,
                     apply=lambda rows, name: [f for f in rows if f.instrument == name]),
        ChoiceFilter("used", "用到", "", USED, more=True,
                     apply=lambda rows, is_used: [f for f in rows if bool(f.users) == (is_used == "YES")]),
    ]  # fmt: skip
    region = RegionFilter("region", "适用地区", more=True).show(request)
    # The region first: a nearer pack speaks in place of another, whether or not the other filters take what it says.
    found: Any = _in_region(everything, region, on)  # the filters narrow whatever their ``apply`` takes, here a list
    shown = [filter_.show(request) for filter_ in filters]
    for filter_, view in zip(filters, shown, strict=True):
        found = filter_.narrow(found, view, request)
    standing = shown[1]
    standing.blank = "该日有效"
    if not standing.is_set or standing.error:
        found = [fact for fact in found if fact.standing is Standing.IN_FORCE]
    sort = ListState.read(request, sortable=ORDERS).sort
    return Asked(on, in_order(found, sort), [shown[0], day, *shown[1:], region], adopters)


def _standing_as(rows: Sequence[Fact], wanted: str) -> list[Fact]:
    return [fact for fact in rows if wanted in ("ALL", fact.standing)]


def _checked_as(rows: Sequence[Fact], wanted: str) -> list[Fact]:
    return [fact for fact in rows if fact.group in (facts.TO_CHECK if wanted == "TO_CHECK" else (wanted,))]


def _in_region(rows: list[Fact], region: Shown, on: date) -> list[Fact]:
    """Return the facts that apply in the region that is asked for; a region without an answer leaves them alone."""
    if not region.is_set:
        return rows
    try:
        placed = queries.placed_packs(queries.region_of(read_id(region.values[region.key]) or 0), on)
    except NotFound:
        region.error = "没有这个区划"
        return rows
    except Refusal:
        region.error = "该地采用的制度包次序有问题"
        return rows
    return facts.applying(rows, [one.pack for one in placed])


def _where(adopters: Mapping[str, Sequence[str]], pack: str, most: int = 3) -> str:
    names = adopters.get(pack, [])
    return "、".join(names[:most]) + (f" 等 {len(names)} 地" if len(names) > most else "") if names else "尚无地区采用"


@page("policy.view")
def list_facts(request: HttpRequest) -> HttpResponse:
    """Every fact with its basis, certainty, versions, and who uses it, as of a day; narrowed and ordered by the URL."""
    on, rows, filters, adopters = _read(request)
    state = ListState.read(request, sortable=ORDERS, size=50)
    pager = Pager(state, len(rows))
    columns = {column.name: column for column in COLUMNS}
    context: dict[str, Any] = {
        "title": "制度事实", "crumbs": [CRUMBS[0], ("制度事实", None)],
        "rows": rows[pager.first : pager.last], "pager": pager, "state": state, "filters": filters, "on": on,
        "head": [heading(columns[name], state, state.sort) for name in LISTED],
        "where": {pack: _where(adopters, pack) for pack in queries.packs()},
        "counts": {group: sum(fact.group == group for fact in rows) for group in TONES_SHOWN},
        "to_check": state.link(group="TO_CHECK", standing="ALL", page=None), "here": request.path,
        "exports": [(label, f"{reverse('policy:facts_export', args=[form])}?{request.GET.urlencode()}")
                    for form, label in (("xlsx", "Excel"), ("csv", "CSV"))],
    }  # fmt: skip
    return render(request, "policy/facts.html", context)


@page("policy.view")
def show_fact(request: HttpRequest, pack: str, key: str) -> HttpResponse:
    """One fact with all its versions, for the drawer of the list: when, what, on which basis, how well checked."""
    on, _shown = _day(request)
    fact, source, versions = facts.get_fact(pack, key, on)
    anchor = source.parameters[key].anchor if key in source.parameters else source.tables[key][-1].anchor
    context = {
        "title": fact.label, "crumbs": [*CRUMBS, (fact.label, None)], "fact": fact, "versions": versions,
        "anchor": ANCHORS[anchor], "cases": showing.cases_of(source, key),
        "where": _where(queries.regions_by_pack(on), pack, most=12),
    }  # fmt: skip
    return render(request, "policy/fact.html", context)


@page("policy.view")
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The rows that the list shows, as a workbook or as CSV; the export is recorded."""
    if form not in ("xlsx", "csv"):
        raise NotFound("registers.no_such_export", form=form)
    on, found, filters, adopters = _read(request)
    rows = [
        (f.label, f.kind, f.words, f.since, f.standing.label, f.versions, f.basis, f.direction, f.mark, f.certainty,
         "、".join(f.users), "、".join(f.elsewhere), f.pack_label, _where(adopters, f.pack), f.section,
         "；".join(f.notes), f.key)
        for f in found
    ]  # fmt: skip
    trace = traces.record(
        actor_of(request), f"制度事实（{form.upper()}）", len(rows), {**as_words(filters), "在某日有效": str(on)}
    )
    name = f"制度事实_{on:%Y%m%d}.{form}"
    if form == "csv":
        index = {column.name: place for place, column in enumerate(COLUMNS)}
        return exports.stream_csv(COLUMNS, index, rows, name, trace=trace)
    return exports.send_table(COLUMNS, rows, name, "制度事实", trace=trace)
