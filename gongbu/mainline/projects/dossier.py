"""一项目一档: everything the project page and the printed card show, read in a fixed number of queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import orjson
from django.db import connection
from django.db.models import Q
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.calendar import queries as calendar
from gongbu.ground.calendar.models import Deadline
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy.models import PolicyDecision
from gongbu.mainline.projects import access, doubts, fields, queries
from gongbu.mainline.projects.choices import Judgement, Stage, State
from gongbu.mainline.projects.code_region import find_elsewhere, name_segment
from gongbu.mainline.projects.models import (
    AnnualInvestment,
    Classification,
    Lineage,
    Member,
    Project,
    ProjectCode,
    ProjectSite,
    Section,
    TakeOver,
    Works,
)
from gongbu.mainline.projects.rules.code import read_project_code
from gongbu.mainline.projects.rules.lifecycle import STAGE_ORDER
from gongbu.mainline.projects.rules.quality import FileFacts, check_file


@dataclass(frozen=True, slots=True)
class Mark:
    """One judgement with its 依据: which question, the answer, and what the basis pop-up shows."""

    judgement: str
    question: str
    value: str
    answer: str
    year: int
    basis: Mapping[str, Any]
    has_conflict: bool


@dataclass(frozen=True, slots=True)
class StageStep:
    """One step of the stage bar."""

    label: str
    state: str
    on: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """The file of one project."""

    project: Project
    code: ProjectCode | None
    codes: Sequence[ProjectCode]
    marks: Sequence[Mark]
    steps: Sequence[StageStep]
    annual: Sequence[AnnualInvestment]
    children: Sequence[Project]
    sites: Sequence[str]
    members: Sequence[Member]
    lineage: Sequence[Lineage]
    take_over: TakeOver | None
    deadlines: Sequence[Deadline]
    findings: Sequence[Finding]
    receipt: str | None

    @property
    def grade(self) -> Mark | None:
        """The A/B/C grade, if the region's packs give one."""
        return next((m for m in self.marks if m.judgement == Judgement.GRADE), None)

    @property
    def initiation(self) -> Mark | None:
        """The initiation class, if the region's packs give one."""
        return next((m for m in self.marks if m.judgement == Judgement.INITIATION), None)

    @property
    def is_live(self) -> bool:
        """Whether further acts may be done on it."""
        return self.project.state == State.ACTIVE

    @property
    def children_total_fen(self) -> int | None:
        """Sum of the parts' totals, None when there are no parts with a figure."""
        amounts = [c.total_investment_fen for c in self.children if c.total_investment_fen is not None]
        return sum(amounts) if amounts else None


_ANNUAL = Prepared(lambda pk: AnnualInvestment.objects.filter(project_id=pk).order_by("-year"))
_SITES = Prepared(
    lambda pk: ProjectSite.objects.filter(project_id=pk).order_by("region_key").values_list("region__name", flat=True)
)
_MEMBERS = Prepared(
    lambda pk: Member.objects.filter(project_id=pk).select_related("unit", "section").order_by("valid_to", "role")
)
_RECEIPTS = Prepared(
    lambda pk: (
        Entry.objects.filter(subject_kind="project", subject_id=pk, receipt__isnull=False)
        .order_by("-pk")
        .values_list("receipt", "canonical")[:50]
    )
)
_ANSWERS = Prepared(lambda pk: Classification.objects.filter(project_id=pk).order_by("judgement", "-year", "table_key"))


def read_dossier(project_id: int, actor: Actor) -> Dossier:
    """Return the file of a project (8 queries, and one each for what it has; not growing with how much it has).

    :raises NotFound: it does not exist or is out of the actor's sight
    """
    today = clock.today()
    project = queries.get_project(project_id, actor)
    codes = queries.list_codes(project_id)
    annual = _ANNUAL.all(project_id)
    take_over = TakeOver.objects.filter(pk=project_id).first() if project.origin == "TAKEN_OVER" else None
    has = look_for(project_id)
    marks = list_marks(project, actor, receipts := list_receipts(project_id))
    children = list_children(project, actor, today) if has.children else []
    code = next((row for row in codes if row.is_current), None)
    return Dossier(
        project=project,
        code=code,
        codes=codes,
        marks=marks,
        steps=list_steps(project, take_over),
        annual=annual,
        children=children,
        sites=_SITES.all(project_id) if has.sites else [],
        members=list_members(project_id) if has.members else [],
        lineage=list_lineage(project_id) if has.lineage else [],
        take_over=take_over,
        deadlines=[d for d in calendar.list_deadlines_for_subject("project", project_id) if d.is_open],
        findings=[
            *list_findings(
                project,
                code.code if code else "",
                annual,
                today,
                queries.list_part_totals(project_id) if has.children else None,
            ),
            *([] if marks else find_unclassified(project, today)),
        ],
        receipt=next(iter(receipts), None),
    )


class Has(NamedTuple):
    """What hangs on a project, of that which most projects have not."""

    children: bool
    sites: bool
    members: bool
    lineage: bool


_HAS = """SELECT EXISTS (SELECT 1 FROM projects_project WHERE parent_id = %(id)s),
  EXISTS (SELECT 1 FROM projects_site WHERE project_id = %(id)s),
  EXISTS (SELECT 1 FROM projects_member WHERE project_id = %(id)s),
  EXISTS (SELECT 1 FROM projects_lineage WHERE to_project_id = %(id)s OR from_project_id = %(id)s)"""


def look_for(project_id: int) -> Has:
    """Return which tables are worth asking (1 query): a query through the models costs a millisecond even for nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_HAS, {"id": project_id})
        return Has(*map(bool, cursor.fetchone()))


def list_children(project: Project, actor: Actor, on: date) -> list[Project]:
    """Return the live parts that the actor may read, by name (1 query; up to 2 more when the region is not his)."""
    if access.sees_region(actor, project.region_key):  # a part stands in the region of its whole
        rows = Project.objects.unscoped("parts of a project in the actor's region").filter(
            region_key=project.region_key
        )
    else:
        rows = access.readable(actor, on)
    return list(rows.filter(parent_id=project.pk, state=State.ACTIVE).order_by("sort_pinyin")[:200])


def list_members(project_id: int) -> list[Member]:
    """Return the units on a project with their sections, present ones first (1 query)."""
    return _MEMBERS.all(project_id)


def list_lineage(project_id: int) -> list[Lineage]:
    """Return where a project came from and went to (1 query)."""
    rows = Lineage.objects.filter(Q(to_project_id=project_id) | Q(from_project_id=project_id))
    return list(rows.select_related("from_project", "to_project"))


def list_receipts(project_id: int) -> dict[str, set[int]]:
    """Return receipt code → decisions that its entry carries, newest first, of the last 50 with a receipt (1 query)."""
    found = {}
    for code, text in _RECEIPTS.all(project_id):
        found[str(code)] = {ref.get("decision") for ref in orjson.loads(text).get("policy") or ()}
    return found


def list_works(project_id: int) -> tuple[list[Works], list[Section]]:
    """Return works (单项 before their 单位工程) and sections of a project (3 queries)."""
    works = list(Works.objects.filter(project_id=project_id).order_by("pk"))
    ordered = []
    for top in works:
        if top.parent_id is None:
            ordered.append(top)
            ordered += [w for w in works if w.parent_id == top.pk]
    sections = list(Section.objects.filter(project_id=project_id).order_by("number").prefetch_related("works"))
    return ordered, sections


def list_findings(
    project: Project, code: str, annual: Sequence[AnnualInvestment], today: date, parts: list[int | None] | None = None
) -> list[Finding]:
    """Return what is missing or doubtful in the file."""
    today_yymm = today.year % 100 * 100 + today.month
    elsewhere = (
        find_elsewhere(read_project_code(code, today_yymm=today_yymm), project.competent_region) if code else None
    )
    facts = FileFacts(
        code_elsewhere=(elsewhere[0], elsewhere[1].name, project.competent_region.name) if elsewhere else None,
        stage=project.stage,
        stage_label=Stage(project.stage).label,
        funding_nature=project.funding_nature,
        works_type=project.works_type,
        owner_name=project.owner_name,
        has_owner_unit=project.owner_unit_id is not None,
        code=code,
        code_text=project.code_text,
        total_fen=project.total_investment_fen,
        total_text=project.total_investment_text,
        total_precision_fen=project.total_investment_precision_fen,
        annual_planned_fen=[row.planned_fen for row in annual],
        annual_completed_fen=[row.completed_fen for row in annual],
        planned_finish_on=project.planned_finish_on
        and fields.last_day(project.planned_finish_on, project.planned_finish_precision),
        planned_finish_words=fields.say_day(project.planned_finish_on, project.planned_finish_precision),
        entry=doubts.entry_of(project.__dict__),
        parts_fen=parts,
    )
    if not code:
        return check_file(facts, today)

    def name_of(segment: str) -> str | None:
        return project.competent_region.name if project.region_key // 10**6 == int(segment) else name_segment(segment)

    reading = read_project_code(code, name_of, today_yymm=today_yymm)
    return [*(f for f in reading.findings if f.severity is not Severity.NOTE), *check_file(facts, today)]


def find_unclassified(project: Project, today: date) -> list[Finding]:
    """Return the finding that the packs of today would classify a project that bears no answer (1 or 2 queries)."""
    policy = policy_queries.policies_of([project.competent_region], today)[project.competent_region_id]
    if project.state != State.ACTIVE or not any(
        policy.is_asked(key, project.stage) for key in policy.classifications()
    ):
        return []
    tables = [key for key in policy.classifications() if policy.is_asked(key, project.stage)]
    of_year = all("annual_year" in policy.reads(key, today) for key in tables)
    return [] if of_year else [Finding("quality.not_classified", {}, "classification", Severity.FLAG)]


def list_marks(project: Project, actor: Actor, receipts: Mapping[str, Collection[int]]) -> list[Mark]:
    """Return the judgements about a project with their basis, the page of the decision and its receipt (2 queries)."""
    rows = _ANSWERS.all(project.pk)
    decisions = policy_queries.decisions_of(row.decision_id for row in rows)
    may_open = actor.may("policy.view", project.region_key)
    return [_mark(row, decisions.get(row.decision_id), may_open, receipts) for row in rows]


def _mark(
    row: Classification, decision: PolicyDecision | None, may_open: bool, receipts: Mapping[str, Collection[int]]
) -> Mark:
    content: Mapping[str, Any] = decision.content if decision else {}
    basis = as_basis(content, decision) if decision else {}
    if decision is not None:
        code = next((code for code, carried in receipts.items() if decision.pk in carried), "")
        basis["receipt_url"] = reverse("ledger:receipt", args=[code]) if code else ""
        basis["decision_url"] = reverse("policy:decision", args=[decision.pk]) if may_open else ""
    return Mark(row.judgement, row.question, row.value, row.label, row.year, basis, bool(content.get("conflicts")))


def as_basis(content: Mapping[str, Any], decision: PolicyDecision) -> dict[str, Any]:
    """Return what the 依据 pop-up shows: value, rule, facts, clause, dates, pack, confidence, conflicts."""
    ref = content.get("ref", {})
    said = [content.get("reason", ""), content.get("note", ""), *_conflicts(content)]
    details = [f"{label}：{value}" for label, value in (content.get("details") or {}).items()]
    return {
        "value": content.get("label", decision.label),
        "rule": content.get("explanation", ""),
        "facts": [(label, words) for label, _key, words in policy_queries.say_facts(decision)],
        "clause": "".join(part for part in content.get("basis", {}).values() if part),
        "dates": f"{ref.get('from', '')} 起施行，按 {content.get('on', '')} 适用",
        "pack": policy_queries.pack_words(decision.pack, decision.pack_version),
        "check": policy_queries.check_of(decision.confidence),
        "note": _joined((*details, *said)),
    }


def _joined(parts: Iterable[str]) -> str:
    # A reason may stand in two places of a decision, and each sentence brings its own full stop.
    return "；".join(dict.fromkeys(part.rstrip("。；") for part in parts if part))


def _conflicts(content: Mapping[str, Any]) -> list[str]:
    return [conflict.get("explanation", "") for conflict in content.get("conflicts", [])]


def list_steps(project: Project, take_over: TakeOver | None) -> list[StageStep]:
    """Return the stage bar. Stages that a taken-over project had behind it are marked as such."""
    at = STAGE_ORDER[project.stage]
    entered = STAGE_ORDER[take_over.entered_stage] if take_over else 0
    since = project.stage_since_on.isoformat() if project.stage_since_on else ""
    steps = []
    for stage in (s for s in Stage if s not in (Stage.BUILT, Stage.UNKNOWN)):
        order = STAGE_ORDER[stage]
        state = "done" if order < at else "now" if order == at else "todo"
        state = "todo" if project.stage == Stage.UNKNOWN else state
        note = "历史接入前已办" if order < entered else ""
        steps.append(StageStep(stage.label, state, since if state == "now" else "", note))
    return steps
