"""Pages of the reserve: the board of targets, and the 储备 tab of a project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from markupsafe import Markup

from gongbu.ground.basics import clock
from gongbu.ground.basics.money import as_yi
from gongbu.ground.ledger import receipts
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.registers.pages import page, render, render_text
from gongbu.mainline.projects import access as project_access
from gongbu.mainline.projects.choices import State
from gongbu.mainline.projects.dossier import as_basis
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve import board as boards
from gongbu.mainline.reserve import marks, queries, readiness
from gongbu.mainline.reserve.choices import Attention, EntryState, FileState, LibraryKind, PointResult, Step, Verdict
from gongbu.mainline.reserve.models import LibraryEntry, Opinion
from gongbu.mainline.reserve.register import ATTENTION_TONES, STATE_TONES
from gongbu.mainline.reserve.rules.targets import Holding
from gongbu.mainline.reserve.services import record
from gongbu.mainline.reserve.system import DIVISIONS, PRIORITIES, SHARE, TARGETS, System, holder_of, system_of

SOURCES = (LibraryKind.SECTOR, LibraryKind.CHAIN)
ENTRY_TONES = {"PENDING": "wait", "RETURNED": "warn", "IN": "good", "REFUSED": "bad", "WITHDRAWN": "off"}
VERDICT_TONES = {"PASSED": "good", "RETURNED": "warn", "REFUSED": "bad"}
POINT_TONES = {"FIT": "good", "UNCLEAR": "warn", "UNFIT": "bad"}


@page("reserve.view")
def show_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The reserve tab of a project."""
    return HttpResponseRedirect(reverse("projects:show", args=[pk]) + "?tab=reserve")


# --- board ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the board as shown: figures with the addresses of their rows, gap, trend, 依据."""

    line: boards.Line
    href: str
    basis: Mapping[str, Any] | None
    spark: str
    said: str
    keeper: str
    share: Decimal | None


@page("reserve.board")
def board(request: HttpRequest) -> HttpResponse:
    """Targets, gaps and trends of a county's libraries (``?region=`` another county in sight)."""
    actor = request.actor  # type: ignore[attr-defined]
    wanted = request.GET.get("region", "")
    holder = queries.find_holder(actor, int(wanted) if wanted.isdecimal() and len(wanted) < 18 else None)
    others = queries.list_holders(actor)
    if holder is not None and not wanted and others and holder.pk not in {one.pk for one in others}:
        holder = others[0]
    if holder is None:
        return render(
            request, "reserve/board.html", {"title": "储备看板", "board": None, "holders": others, "why": None}
        )
    system = system_of(holder, clock.today())
    if not system.is_adopted:
        context = {
            "title": "储备看板", "board": None, "holder": holder, "holders": others, "why": system.why_not,
            "indicators": system.indicators, "policy_href": reverse("policy:region", args=[holder.pk]),
            "crumbs": [("储备项目", reverse("reserve:list")), ("储备看板", None)],
        }  # fmt: skip
        return render(request, "reserve/board.html", context)
    found = boards.get_board(actor, holder)
    shown: dict[str, Any] = {
        "title": "储备看板",
        "board": found,
        "holder": holder,
        "holders": others,
        "system": system,
        "general": _row(found.general, system) if found.general else None,
        "county": _row(found.county, system, _rows(tab=FileState.IN, counted="YES")) if found.county else None,
        "groups": [
            (group, [_row(line, system) for line in group.lines], _whole(group, system), _target(group, system))
            for group in found.groups
        ],
        "share_basis": _share_basis(found, system),
        "steps": [(Step(step).label, n, _rows(step=step)) for step, n in found.steps.items()],
        "states": [
            (FileState(state).label, found.states.get(state, 0), _rows(tab=state), STATE_TONES[state])
            for state in FileState.values
            if found.states.get(state)
        ],
        "attentions": [
            (Attention(code).label, n, _rows(attention=code), ATTENTION_TONES[code])
            for code, n in found.attentions.items()
        ],
        "doubted_href": _rows(doubted="YES"),
        "may_open": actor.may("reserve.open_libraries", holder.key_lo),
        "may_declare": actor.may("reserve.declare"),
        "crumbs": [("储备项目", reverse("reserve:list")), ("储备看板", None)],
    }
    return render(request, "reserve/board.html", shown)


def _rows(**where: Any) -> str:
    return reverse("reserve:list", query=where)


def _row(line: boards.Line, system: System, href: str = "") -> Row:
    library = line.library
    if library is not None:
        href = _rows(held=library.pk, counted="YES")
    facts = [("在库总投资", f"{as_yi(line.holding.total_fen)} 亿元"), ("计入的项目", f"{line.holding.projects} 个")]
    basis = None
    if line.target is not None and line.gap is not None:
        shown = "已达到目标" if line.gap.is_met else f"差 {as_yi(line.gap.short_fen)} 亿元"
        note = system.note_of(TARGETS[LibraryKind(line.kind)])
        basis = marks.of_value(line.target, note=note, facts=facts, shown=shown)
    return Row(
        line, href, basis, spark([point.total_fen for point in line.trend]), _said(line.trend),
        library.keeper.name if library else "", line.holding.industry_share,
    )  # fmt: skip


def _whole(group: boards.Group, system: System) -> Row:
    return _row(group.whole, system, _rows(kind=group.kind, counted="YES"))


def _target(group: boards.Group, system: System) -> dict[str, Any] | None:
    """Return the mark of a group's target: for the sum, or for each of its libraries."""
    if group.is_together:
        return dict(basis) if (basis := _whole(group, system).basis) else None
    target = next((line.target for line in group.lines if line.target is not None), None)
    return marks.of_value(target, note=system.note_of(TARGETS[LibraryKind(group.kind)])) if target else None


def _share_basis(found: boards.Board, system: System) -> dict[str, Any] | None:
    """Return the mark of the 产业类 share: target, what counts as 产业类, what is not reported."""
    if found.share_target is None or found.general is None:
        return None
    holding: Holding = found.general.holding
    divisions = system.value(DIVISIONS)
    facts = [
        ("产业类总投资", f"{as_yi(holding.industry_fen)} 亿元（{holding.industry_projects} 个）"),
        ("综合库总投资", f"{as_yi(holding.total_fen)} 亿元（{holding.projects} 个）"),
        ("行业未报，未计入产业类", f"{as_yi(holding.unknown_fen)} 亿元（{holding.unknown_projects} 个）"),
    ]
    note = (
        f"产业类按行业大类认定：{divisions.words}（{divisions.basis}）。{system.note_of(DIVISIONS)}"
        if divisions
        else ""
    )
    note = f"{system.note_of(SHARE)}{note}"
    shown = "已达到目标" if found.share_met else f"再增加产业类 {as_yi(found.share_short_fen)} 亿元可达到"
    return marks.of_value(found.share_target, note=note, facts=facts, shown=shown)


def spark(values: Sequence[int], width: int = 96, height: int = 24) -> str:
    """Return the points of a polyline over ``values``, the lowest at the foot; "" with fewer than two."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step = width / (len(values) - 1)
    span = (high - low) or 1
    return " ".join(
        f"{n * step:.1f},{(height - 2) - (value - low) / span * (height - 4) if high > low else height / 2:.1f}"
        for n, value in enumerate(values)
    )


def _said(trend: Sequence[boards.TrendPoint]) -> str:
    return "，".join(f"{point.month_on:%Y-%m} {as_yi(point.total_fen)} 亿元" for point in trend)


# --- tab of a project --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of the path bar of an entry."""

    label: str
    state: str
    on: str = ""
    note: str = ""


def render_panel(request: HttpRequest, project: Any) -> str:
    """Return the 储备 tab: libraries, path, opinions, indicators, readiness, and what may be done."""
    actor = request.actor  # type: ignore[attr-defined]
    holder = holder_of(project.competent_region)
    system = system_of(holder, clock.today())
    entries = queries.list_entries(project.pk)
    file = queries.get_file(project.pk, actor) if entries else None
    opinions = queries.list_opinions(project.pk) if entries else []
    targets = queries.list_targets(project.pk)
    stored = read_decisions(entries)
    done = set(file.ready) if file else set(readiness.done_of({project.pk: project})[project.pk])
    context = {
        "project": project,
        "system": system,
        "why": None if system.is_adopted else system.why_not,
        "policy_href": reverse("policy:region", args=[holder.pk]),
        "file": file,
        "state": (FileState(file.state).label, STATE_TONES[file.state]) if file else None,
        "attention": (Attention(file.attention).label, ATTENTION_TONES[file.attention])
        if file and file.attention
        else None,
        "entries": [
            (entry, ENTRY_TONES[entry.state], path_of(entry, system, opinions), stored.get(entry.decision_id))
            for entry in entries
        ],
        "renew_by": marks.of_deadline(file, system) if file else None,
        "gate": next((stored[e.gate_id] for e in entries if e.gate_id in stored), None),
        "opinions": [word_opinion(one) for one in opinions],
        "targets": targets,
        "missing": queries.missing_indicators(system, targets),
        "indicator_basis": marks.of_value(system.indicators[0].value) if system.indicators else None,
        "ready": [
            (label, [(matter.label, matter.key in done) for matter in readiness.matters(kind)])
            for kind, label in ((readiness.Kind.PREPARATORY, "前期事项"), (readiness.Kind.FACT, "档案内容"))
        ],
        **_priorities(actor, project, entries, system),
        "acts": list_acts(actor, project, entries, system),
        "grouped": receipts.grouped,
    }
    return Markup(render_text(request, "reserve/panel.html", context))  # noqa: S704 — a rendered template


def _priorities(
    actor: Actor, project: Project, entries: Sequence[LibraryEntry], system: System
) -> dict[str, Any]:  # fmt: skip
    """Return the card 入库优先事项: each of the packs with day and note, its basis, and whether one may record it."""
    value = system.value(PRIORITIES) if any(entry.in_on is not None for entry in entries) else None
    if value is None:
        return {"priorities": [], "priorities_basis": None, "may_prioritise": False}
    is_held = any(entry.state == EntryState.IN for entry in entries)
    return {
        "priorities": queries.list_priorities(project.pk, system),
        "priorities_basis": marks.of_value(value, note=system.note_of(PRIORITIES)),
        "may_prioritise": is_held and actor.may("reserve.set_priority", project.region_key),
    }


def read_decisions(entries: Sequence[LibraryEntry]) -> dict[int | None, dict[str, Any]]:
    """Return decision id → mark of the stored decisions of gate and path (1 query)."""
    ids = {pk for entry in entries for pk in (entry.decision_id, entry.gate_id) if pk is not None}
    rows = policy_queries.list_decisions(ids).values() if ids else ()
    return {
        row.pk: {**as_basis(row.content, row), "value": row.content.get("label", ""), "facts": marks.fact_words(row),
                 "decision_url": reverse("policy:decision", args=[row.pk])}
        for row in rows
    }  # fmt: skip


def path_of(entry: LibraryEntry, system: System, opinions: Sequence[Opinion]) -> list[PathStep]:
    """Return the path of an entry as the stages bar shows it: what is done, where it is, what follows."""
    if not entry.path or not system.is_adopted:
        return []
    given = {o.step: o for o in opinions if o.entry_id == entry.pk and o.verdict == Verdict.PASSED}
    steps = [PathStep("申报", "done", entry.declared_on.isoformat(), entry.declared_unit_name)]
    for decision in system.steps_of(entry.path, is_case=bool(entry.cases)):
        code = decision.value
        if code == Step.ADMITTED:
            is_in = entry.in_on is not None
            label = "入库" if entry.state not in (EntryState.REFUSED,) else "不予入库"
            steps.append(
                PathStep(
                    label,
                    "done" if is_in else "skip" if entry.state in ("REFUSED", "WITHDRAWN") else "todo",
                    entry.in_on.isoformat() if entry.in_on else "",
                )
            )
            continue
        opinion = given.get(code)
        if opinion is not None:
            steps.append(PathStep(decision.label, "done", opinion.given_on.isoformat(), opinion.person_name))
        elif entry.step == code and entry.state in (EntryState.PENDING, EntryState.RETURNED):
            note = "退回补正" if entry.state == EntryState.RETURNED else ""
            since = f"{entry.step_since_on:%m-%d} 起" if entry.step_since_on else ""
            steps.append(PathStep(decision.label, "now", note or since, note))
        else:
            steps.append(PathStep(decision.label, "skip" if entry.state in ("REFUSED", "WITHDRAWN") else "todo"))
    return steps


def word_opinion(one: Opinion) -> dict[str, Any]:
    """Return an opinion as shown."""
    who = " ".join(part for part in (one.unit_name, one.post_name, one.person_name) if part)
    return {
        "step": Step(one.step).label, "verdict": Verdict(one.verdict).label, "tone": VERDICT_TONES[one.verdict],
        "on": one.given_on, "who": who, "text": one.text, "clause": one.clause, "document": one.document,
        "receipt": one.receipt,
        "points": [
            (p["point"], PointResult(p["result"]).label, POINT_TONES[p["result"]], p["opinion"]) for p in one.points
        ],
    }  # fmt: skip


def list_acts(actor: Actor, project: Project, entries: Sequence[LibraryEntry], system: System) -> list[tuple[str, str]]:
    """Return what this person may do about the project in the reserve: label, address; the next step first."""
    if project.state != State.ACTIVE:
        return []
    own = actor.unit_id is not None and project.owner_unit_id == actor.unit_id
    held = [e for e in entries if e.state in (EntryState.PENDING, EntryState.RETURNED, EntryState.IN)]
    found: list[tuple[str, str]] = []
    for entry in held:
        if entry.state == EntryState.PENDING and record.may_act(actor, ACT_OF[entry.step], entry, system):
            found.append((f"办理{entry.get_step_display()}", reverse("reserve:entry", args=[entry.pk])))
        if entry.state == EntryState.RETURNED and record.is_declarer(actor, entry):
            found.append(("补正后重新报送", reverse("reserve:resubmit", args=[entry.pk])))
    kinds = {e.kind for e in held}
    may_declare = actor.may("reserve.declare", project.region_key, project.sector or None, own=own)
    if system.is_adopted and not set(SOURCES) <= kinds and may_declare:
        label = "申报另一类库" if kinds & set(SOURCES) else "申报入库"
        found.append((label, reverse("reserve:declare_existing", args=[project.pk])))
    if system.indicators and project_access.may(actor, "reserve.set_targets", project):
        found.append(("登记绩效目标", reverse("reserve:set_targets", args=[project.pk])))
    return [*found, *_list_keeping(actor, project, held, own)]


def _list_keeping(actor: Actor, project: Project, held: Sequence[LibraryEntry], own: bool) -> list[tuple[str, str]]:
    """Return the acts of keepers and declarers on what libraries hold."""
    found: list[tuple[str, str]] = []
    pk, key = project.pk, project.region_key
    is_in = [e for e in held if e.state == EntryState.IN]
    mine = [e for e in held if record.is_keeper(actor, e.library) or record.is_declarer(actor, e)]
    if is_in and (own or mine) and actor.may("reserve.renew", key, None, own=True):
        found.append(("续报", reverse("reserve:renew", args=[pk])))
    if mine and actor.may("reserve.withdraw", key, None, own=True):
        found.append(("退出储备库", reverse("reserve:withdraw", args=[pk])))
    found += [
        (f"移交（{entry.library.name}）", reverse("reserve:transfer", args=[entry.pk]))
        for entry in held
        if entry.kind in SOURCES and record.is_keeper(actor, entry.library) and actor.may("reserve.transfer", key)
    ]
    is_source = any(e.kind in SOURCES for e in is_in) and all(e.kind != LibraryKind.GENERAL for e in held)
    if is_source and actor.may("reserve.select", key):
        found.append(("择优纳入综合库", reverse("reserve:select", query={"ids": pk})))
    return found


ACT_OF: dict[str, str] = {
    Step.PRELIMINARY_CHECK: "reserve.preliminary_check",
    Step.CHAIN_LEADER_REVIEW: "reserve.chain_leader_review",
    Step.LEADING_GROUP_REVIEW: "reserve.leading_group_review",
    Step.ADMISSION: "reserve.admit",
}
