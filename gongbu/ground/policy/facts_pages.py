"""Pages of 制度事实: one list over all packs with filters, and the same rows as a workbook."""

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

GROUPS = {"": "全部核对情况", "TO_CHECK": "待核对原文（核原文、待确认）", **{text: text for text in TONES_SHOWN}}
USED = {"": "不论有没有用到", "YES": "已有房间用到", "NO": "尚未用到"}
COLUMNS = [
    Column("label", "名称", width=30), Column("kind", "种类"), Column("words", "现行值", width=36),
    Column("since", "自", kind="date"), Column("versions", "版本数", kind="int"), Column("basis", "依据", width=36),
    Column("direction", "法定方向"), Column("mark", "核对情况"), Column("certainty", "可信程度", width=20),
    Column("users", "用到的地方", width=30), Column("elsewhere", "另有规定的制度包", width=20),
    Column("pack", "制度包"), Column("section", "分节"), Column("notes", "说明", width=40), Column("key", "键", width=30),
]  # fmt: skip


def _asked(request: HttpRequest) -> facts.Asked:
    given = {name: request.GET.get(name, "").strip()[:80] for name in ("pack", "group", "instrument", "used")}
    return facts.Asked(**given, words=request.GET.get("q", "").strip()[:60])


@page("policy.view")
def list_facts(request: HttpRequest) -> HttpResponse:
    """Every fact with its basis, certainty, versions, and who uses it; narrowed by the URL."""
    asked = _asked(request)
    everything = facts.list_facts(clock.today())
    rows = [fact for fact in everything if asked.takes(fact)]
    state = ListState.read(request, sortable=(), size=50)
    pager = Pager(state, len(rows))
    here = [fact for fact in everything if not asked.pack or fact.pack == asked.pack]
    context: dict[str, Any] = {
        "title": "制度事实", "crumbs": [("制度包", reverse("policy:packs")), ("制度事实", None)],
        "rows": rows[pager.first : pager.last], "pager": pager, "asked": asked, "groups": GROUPS, "used": USED,
        "packs": {pack.key: pack.label for pack in queries.packs().values()},
        "instruments": sorted({fact.instrument for fact in here}),
        "counts": {group: sum(fact.group == group for fact in rows) for group in TONES_SHOWN},
        "to_check": state.link(group="TO_CHECK", page=None), "reset": request.path,
        "export": f"{reverse('policy:facts_export')}?{request.GET.urlencode()}",
    }  # fmt: skip
    return render(request, "policy/facts.html", context)


@page("policy.view")
def export(request: HttpRequest) -> HttpResponseBase:
    """The rows that the list shows, as a workbook; the export is recorded."""
    asked = _asked(request)
    found = [fact for fact in facts.list_facts(clock.today()) if asked.takes(fact)]
    rows = [
        (f.label, f.kind, f.words, f.since, f.versions, f.basis, f.direction, f.mark, f.certainty, "、".join(f.users),
         "、".join(f.elsewhere), f.pack_label, f.section, "；".join(f.notes), f.key)
        for f in found
    ]  # fmt: skip
    words = {
        "制度包": asked.pack,
        "核对情况": GROUPS.get(asked.group, ""),
        "依据": asked.instrument,
        "查找": asked.words,
    }
    given = {k: v for k, v in words.items() if v}
    trace = traces.record(actor_of(request), "制度事实（XLSX）", len(rows), given)
    return exports.send_table(COLUMNS, rows, f"制度事实_{clock.today():%Y%m%d}.xlsx", "制度事实", trace=trace)
