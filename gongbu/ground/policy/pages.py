"""Pages of policy: packs and everything in them, what a region adopts since when, one decision with its reason."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.ledger import kinds, receipts
from gongbu.ground.ledger.queries import list_for_subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.regions import find_by_key, path_of
from gongbu.ground.policy import queries, services, showing
from gongbu.ground.policy.models import PolicyDecision
from gongbu.ground.policy.reading import PackFaults
from gongbu.ground.policy.rules.policy import Pack
from gongbu.ground.policy.rules.resolution import NATIONAL
from gongbu.ground.policy.rules.tables import Table
from gongbu.ground.policy.rules.values import Confidence
from gongbu.ground.registers import pages
from gongbu.ground.registers.forms import Form, FormSpec, Step, handle

TABS = {
    "parameters": "参数", "tables": "决策表", "scorecards": "评分表", "cadences": "节奏", "papers": "文书",
    "instruments": "依据文件",
}  # fmt: skip
CRUMB = ("制度包", "/policy/")

SUBJECT_LINKS: dict[str, str] = {}
"""Subject kind → route of its page with the id as only argument; rooms above add theirs in ``AppConfig.ready``."""
SUBJECT_GATES: dict[str, Callable[[Actor, PolicyDecision], Refusal | None]] = {}
"""Subject kind → what keeps this person from reading a decision about such a subject now, None when nothing does."""


NO_PACK = "NONE"


def _more_packs(request: HttpRequest) -> list[tuple[str, str]]:
    return [(key, showing.name_of(pack)) for key, pack in queries.all_packs().items() if key != NATIONAL]


def _packs(request: HttpRequest) -> list[tuple[str, str]]:
    return [*_more_packs(request), (NO_PACK, "停止采用（该事项不再采用任何制度包）")]


ADOPT = FormSpec(
    "policy.adopt",
    [
        Step("采用什么", ["policy.subject", "policy.first_pack", "policy.second_pack", "policy.third_pack"]),
        Step("依据与日期", ["policy.effective_from", "policy.document_number", "policy.reason"]),
    ],
    required=("policy.subject", "policy.first_pack", "policy.effective_from"),
    wide=("policy.reason",),
    options={"policy.first_pack": _packs, "policy.second_pack": _more_packs, "policy.third_pack": _more_packs},
)


@pages.page("policy.view")
def list_packs(request: HttpRequest) -> HttpResponse:
    """All packs, or with ``?q=`` every fact whose text holds the words."""
    words = request.GET.get("q", "").strip()[:60]
    context: dict[str, Any] = {"words": words, "hits": None, "packs": [], "fault": ""}
    try:
        packs = list(queries.all_packs().values())
    except PackFaults as error:
        context["fault"] = str(error)
        return pages.render(request, "policy/packs.html", context, status=500)
    on = clock.today()
    if words:
        context["hits"] = showing.search(packs, words, on)
    adopters = queries.regions_by_pack(on)
    context["packs"] = [(showing.pack_view(pack), adopters.get(pack.id, [])) for pack in packs]
    return pages.render(request, "policy/packs.html", context)


@pages.page("policy.view")
def show_pack(request: HttpRequest, key: str) -> HttpResponse:
    """One pack: parameters with all versions, tables and scorecards with their cases, cadences, papers, instruments."""
    pack = queries.packs().get(key) or queries.all_packs().get(key)
    if pack is None:
        raise NotFound("policy.pack_missing", pack=key, known="、".join(queries.packs()))
    tab = request.GET.get("tab", "parameters")
    tab = tab if tab in TABS else "parameters"
    mark = request.GET.get("mark", "")
    words = request.GET.get("q", "").strip()[:60]
    views = [showing.parameter_view(parameter, clock.today()) for parameter in pack.parameters.values()]
    shown = [
        view
        for view in views
        if (not mark or view.now.group == mark)
        and all(
            part in f"{view.key} {view.label} {view.now.words} {view.now.basis}".lower()
            for part in words.lower().split()
        )
    ]
    names = {key: one[-1].label for each in queries.packs().values() for key, one in each.tables.items()}
    context = {
        "pack": showing.pack_view(pack),
        "source": pack,
        "tab": tab,
        "tabs": _tabs(pack, tab),
        "mark": mark,
        "marks": [(text, sum(view.now.group == text for view in views)) for text in showing.TONES_SHOWN],
        "words": words,
        "sections": _sections(shown),
        "shown": len(shown),
        "tables": [
            showing.table_view(table, pack, names) for versions in pack.tables.values() for table in reversed(versions)
        ],
        "scorecards": [
            showing.scorecard_view(card, pack) for versions in pack.scorecards.values() for card in reversed(versions)
        ],
        "cadences": [{**item, "shown": showing.mark_of(item["confidence"])} for item in pack.extras["cadences"]],
        "every": showing.CADENCES,
        "papers": [
            (template, showing.mark_of(template.confidence))
            for versions in pack.papers.values()
            for template in reversed(versions)
        ],
        "adopters": queries.list_adopters(key, clock.today()) if key != NATIONAL else [],
        "crumbs": [CRUMB, (pack.label, None)],
    }
    return pages.render(request, "policy/pack.html", context)


def _tabs(pack: Pack, tab: str) -> list[tuple[str, str, int, bool]]:
    counts = {
        "parameters": len(pack.parameters),
        "tables": sum(len(versions) for versions in pack.tables.values()),
        "scorecards": sum(len(versions) for versions in pack.scorecards.values()),
        "cadences": len(pack.extras["cadences"]),
        "papers": sum(len(versions) for versions in pack.papers.values()),
        "instruments": len(pack.instruments),
    }
    here = reverse("policy:pack", args=[pack.id])
    return [(label, f"{here}?tab={name}", counts[name], name == tab) for name, label in TABS.items()]


def _sections(views: list[showing.ParameterView]) -> list[tuple[str, list[showing.ParameterView]]]:
    sections: dict[str, list[showing.ParameterView]] = {}
    for view in views:
        sections.setdefault(view.section, []).append(view)
    return list(sections.items())


@pages.page("policy.view")
def choose_region(request: HttpRequest) -> HttpResponse:
    """The regions with adoptions inside the person's scope, and the person's own first region."""
    actor = request.actor  # type: ignore[attr-defined]
    ranges = actor.ranges("policy.view")
    rows = [row for row in queries.list_all_adoptions() if any(lo <= row.region_key < hi for lo, hi in ranges)]
    own = find_by_key(ranges[0][0]) if ranges else None
    if not rows and own is not None:
        return HttpResponseRedirect(reverse("policy:region", args=[own.pk]))
    grouped: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        grouped.setdefault((row.region_id, row.region_name), []).append(row)
    context = {"regions": list(grouped.items()), "own": own, "crumbs": [CRUMB, ("各地采用", None)]}
    return pages.render(request, "policy/regions.html", context)


@pages.page("policy.view")
def show_region(request: HttpRequest, region_id: int) -> HttpResponse:
    """What applies in a region today, in order, and who adopted what since when along its path."""
    region = _region(region_id)
    today = clock.today()
    try:
        placed = queries.placed_packs(region, today)
        trouble = ""
    except Refusal as refusal:
        placed, trouble = [], word(refusal)
    rows = queries.list_adoptions(region)
    path = path_of(region)
    may_adopt = request.actor.may("policy.adopt", region.key_lo)  # type: ignore[attr-defined]
    context = {
        "region": region,
        "full_name": "".join(one.name for one in path) or region.name,
        "order": [(queries.packs()[one.pack], showing.LEVELS[one.level]) for one in placed],
        "trouble": trouble,
        "rows": rows,
        "today": today,
        "may_adopt": may_adopt,
        "crumbs": [CRUMB, ("各地采用", reverse("policy:regions")), (region.name, None)],
    }
    return pages.render(request, "policy/region.html", context)


@pages.page("policy.adopt", methods=("GET", "POST"))
def adopt(request: HttpRequest, region_id: int) -> HttpResponse:
    """The form of the act 采用制度包."""
    region = _region(region_id)
    actor = request.actor  # type: ignore[attr-defined]
    actor.require("policy.adopt", region.key_lo)
    form: Form = ADOPT.bind(request, initial={"policy.effective_from": clock.today()}, subject=region.pk)

    def save(values: dict[str, Any]) -> str:
        names = ("policy.first_pack", "policy.second_pack", "policy.third_pack")
        services.adopt_packs(
            region_id=region.pk,
            subject=values["policy.subject"],
            packs=[values[name] for name in names if values[name] and values[name] != NO_PACK],
            effective_from=values["policy.effective_from"],
            document_number=values["policy.document_number"] or "",
            reason=values["policy.reason"] or "",
            actor=actor,
        )
        return reverse("policy:region", args=[region.pk])

    context = {
        "region": region,
        "packs": [showing.pack_view(pack) for key, pack in queries.packs().items() if key != NATIONAL],
        "crumbs": [CRUMB, (region.name, reverse("policy:region", args=[region.pk])), ("采用制度包", None)],
    }
    return handle(request, form, save, "policy/adopt.html", context)


def _region(region_id: int) -> Region:
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise NotFound("policy.region_missing", region=region_id)
    return region


@pages.page("policy.view")
def show_decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """One decision: value, the rule row in its table, facts used, clause, conflicts, and what the book says."""
    row = queries.get_decision(decision_id)
    if not request.actor.may("policy.view", row.region_key):  # type: ignore[attr-defined]
        raise NotFound("policy.decision_missing", decision=decision_id)
    gate = SUBJECT_GATES.get(row.subject_kind)
    if gate is not None and (closed := gate(request.actor, row)) is not None:  # type: ignore[attr-defined]
        raise closed
    table = _table_of(row)
    history = [one for one in queries.history_of(row.subject_kind, row.subject_id, row.table_key) if one.pk != row.pk]
    confidence = Confidence(row.confidence)
    context = {
        "row": row,
        "content": row.content,
        "mark": showing.mark_of(confidence),
        "confidence": confidence,
        "table": showing.table_view(table) if table else None,
        "facts": queries.say_facts(row),
        "history": history,
        "is_current": not any(one.pk > row.pk for one in history),
        "entries": _entries(row),
        "subject_link": _subject_link(row),
        "kind_label": kinds.label,
        "grouped": receipts.grouped,
        "pack_label": _pack_label(row),
        "crumbs": [CRUMB, (_record_label(row, table), _pack_link(row)), (f"判定 {row.pk}", None)],
    }
    return pages.render(request, "policy/decision.html", context)


def _pack_label(row: PolicyDecision) -> str:
    pack = queries.pack_of(row.pack, row.pack_version)
    return pack.label if pack else row.pack


def _record_label(row: PolicyDecision, table: Table | None) -> str:
    return table.label if table else str(row.content.get("table_label") or row.table_key)


def _table_of(row: PolicyDecision) -> Table | None:
    """Return the installed table of exactly the content that was applied, or None when the pack has moved on."""
    pack = queries.pack_of(row.pack, row.pack_version)
    versions = pack.tables.get(row.table_key, ()) if pack else ()
    return next((table for table in versions if table.hash == row.record_id), None)


def _entries(row: PolicyDecision) -> list[Any]:
    """Return the ledger entries of the subject that refer to this decision or to its record."""
    found = []
    for line in list_for_subject(row.subject_kind, row.subject_id):
        refs = line.content.get("policy") or []
        if any(ref.get("decision") == row.pk or ref.get("hash") == row.record_id for ref in refs):
            found.append(line)
    exact = [line for line in found if any(ref.get("decision") == row.pk for ref in line.content["policy"])]
    return exact or found


def _pack_link(row: PolicyDecision) -> str | None:
    pack = queries.pack_of(row.pack, row.pack_version)
    if pack is None:
        return None
    tab = "scorecards" if row.table_key in pack.scorecards else "tables"
    return reverse("policy:pack", args=[pack.id]) + f"?tab={tab}#{row.table_key}"


def _subject_link(row: PolicyDecision) -> str:
    route = SUBJECT_LINKS.get(row.subject_kind)
    return reverse(route, args=[row.subject_id]) if route else ""
