"""Pages of 制度事实: one list over all packs as of a day, with filters and order, and the same rows as a file."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.orgs import trace as traces
from gongbu.ground.policy import facts, queries
from gongbu.ground.policy.showing import TONES_SHOWN
from gongbu.ground.registers import exports
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.liststate import ListState, Pager
from gongbu.ground.registers.pages import actor_of, page, render
from gongbu.ground.registers.parsing import BadValue, parse_date

GROUPS = {"": "全部核对情况", "TO_CHECK": "待核对原文（核原文、待确认）", **{text: text for text in TONES_SHOWN}}
USED = {"": "不论有没有用到", "YES": "已有房间用到", "NO": "尚未用到"}
FORCE = {"": "不论是否施行", **{state: f"当日{state}" for state in (facts.IN_FORCE, facts.LATER, facts.REPEALED)}}
HEADINGS = (("label", "名称"), ("", "当日的值"), ("since", "自"), ("basis", "依据"), ("mark", "核对情况"),
            ("users", "用到的地方"), ("", "制度包"))  # fmt: skip
COLUMNS = [
    Column("label", "名称", width=30), Column("kind", "种类"), Column("state", "当日状态"),
    Column("words", "当日的值", width=36), Column("since", "自", kind="date"), Column("versions", "各版本", width=36),
    Column("basis", "依据", width=36), Column("direction", "法定方向"), Column("mark", "核对情况"),
    Column("certainty", "可信程度", width=20), Column("users", "用到的地方", width=30),
    Column("elsewhere", "另有规定的制度包", width=20), Column("pack", "制度包"), Column("regions", "采用的地区", width=20),
    Column("section", "分节"), Column("notes", "说明", width=40), Column("cases", "验算", kind="int"),
    Column("key", "键", width=30),
]  # fmt: skip


def _asked(request: HttpRequest) -> tuple[facts.Asked, date, str]:
    """Return what is asked for, the day of the list, and the day as typed when it is none."""
    given = {name: request.GET.get(name, "").strip()[:80] for name in ("pack", "group", "instrument", "used", "force")}
    asked = facts.Asked(**given, words=request.GET.get("q", "").strip()[:60])
    typed = request.GET.get("on", "").strip()[:20]
    try:
        return asked, parse_date(typed) if typed else clock.today(), ""
    except BadValue:
        return asked, clock.today(), typed


def _rows(asked: facts.Asked, on: date, sort: str) -> tuple[list[facts.Fact], list[facts.Fact]]:
    """Return all facts of the day, and those asked for in the order asked for (1 query)."""
    everything = facts.list_facts(on, queries.adopters_by_pack(on))
    return everything, facts.ordered((fact for fact in everything if asked.takes(fact)), sort)


@page("policy.view")
def list_facts(request: HttpRequest) -> HttpResponse:
    """Every fact with its basis, certainty, versions, and who uses it; day, filters and order stand in the URL."""
    asked, on, no_day = _asked(request)
    state = ListState.read(request, sortable=facts.SORTS, size=50)
    everything, rows = _rows(asked, on, state.sort)
    pager = Pager(state, len(rows))
    here = [fact for fact in everything if not asked.pack or fact.pack == asked.pack]
    tail = f"?{query}" if (query := request.GET.urlencode()) else ""
    context: dict[str, Any] = {
        "title": "制度事实", "crumbs": [("制度包", reverse("policy:packs")), ("制度事实", None)],
        "rows": rows[pager.first : pager.last], "pager": pager, "asked": asked, "groups": GROUPS, "used": USED,
        "force": FORCE, "on": on, "is_today": on == clock.today(), "no_day": no_day,
        "headings": [_heading(state, name, label) for name, label in HEADINGS],
        "packs": {pack.key: pack.label for pack in queries.packs().values()},
        "instruments": sorted({fact.instrument for fact in here}),
        "counts": {group: sum(fact.group == group for fact in rows) for group in TONES_SHOWN},
        "to_check": state.link(group="TO_CHECK", page=None), "reset": request.path, "sort": state.sort,
        "exports": [(label, reverse(f"policy:facts_{form}") + tail)
                    for form, label in (("xlsx", "导出 Excel"), ("csv", "导出 CSV"))],
    }  # fmt: skip
    return render(request, "policy/facts.html", context)


def _heading(state: ListState, name: str, label: str) -> dict[str, Any]:
    """Return a heading: its address orders by it, or the other way round; empty where one cannot."""
    is_here, is_down = name != "" and state.sort.removeprefix("-") == name, state.sort.startswith("-")
    turned = f"-{name}" if is_here and not is_down else name
    return {"label": label, "href": state.link(sort=turned, page=None) if name else "", "is_here": is_here,
            "is_down": is_down}  # fmt: skip


@page("policy.view")
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The rows that the list shows, as a workbook or CSV; the export is recorded."""
    asked, on, _no_day = _asked(request)
    _everything, found = _rows(asked, on, ListState.read(request, sortable=facts.SORTS).sort)
    rows = [
        (f.label, f.kind, f.state, f.words, f.since, _versions(f), f.basis, f.direction, f.mark, f.certainty,
         "、".join(f.users), "、".join(f.elsewhere), f.pack_label, "、".join(f.regions), f.section, "；".join(f.notes),
         f.cases, f.key)
        for f in found
    ]  # fmt: skip
    words = {
        "有效日": "" if on == clock.today() else on.isoformat(), "制度包": asked.pack,
        "核对情况": GROUPS.get(asked.group, "") if asked.group else "", "依据": asked.instrument,
        "施行": asked.force, "查找": asked.words,
    }  # fmt: skip
    given = {k: v for k, v in words.items() if v}
    trace = traces.record(actor_of(request), f"制度事实（{form.upper()}）", len(rows), given)
    name = f"制度事实_{on:%Y%m%d}.{form}"
    if form == "csv":
        index = {column.name: at for at, column in enumerate(COLUMNS)}
        return exports.stream_csv(COLUMNS, index, rows, name, trace=trace)
    return exports.send_table(COLUMNS, rows, name, "制度事实", trace=trace)


def _versions(fact: facts.Fact) -> str:
    """Return the versions of a fact as one cell, the newest first; a fact with one version needs none."""
    if len(fact.versions) == 1:
        return ""
    return "；".join(f"{version.since:%Y-%m-%d} 起 {version.words}（{version.basis}）" for version in fact.versions)
