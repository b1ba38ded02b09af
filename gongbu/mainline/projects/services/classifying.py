"""分类分级: ask the region's adopted packs about projects and keep the answers with their reasons (GO-01).

Which tables are asked is declared by the packs (``classification``). A table that reads ``annual_year`` is asked once
per year with annual investment (集中管理目录, CM-05); the others once. Unknown facts give 待人工认定, never a guess.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson

from gongbu.ground.basics import bulk, clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.basics.prepared import OfKeys
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy import services as policy_services
from gongbu.ground.policy.rules.decisions import Decision
from gongbu.ground.policy.rules.policy import Policy
from gongbu.mainline.projects.choices import Judgement
from gongbu.mainline.projects.facts import Attached, YearOf, facts_of_loaded, facts_of_new, years_of
from gongbu.mainline.projects.models import Classification, Project
from gongbu.mainline.projects.rules.facts import ProjectFacts
from gongbu.mainline.projects.services import record

UNRULED = "分类分级"


@dataclass(frozen=True, slots=True)
class Judged:
    """What changed for one project: policy references and ``table label → answer`` for the ledger entry, new rows."""

    refs: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    rows: list[Classification] = field(default_factory=list)
    was_asked: bool = False


@act("projects.classify", "分类分级")
def classify(*, project_id: int, actor: Actor, on: date | None = None, key: str | None = None) -> Project:
    """Ask the adopted packs again, for example after a pack was adopted; enters the book only what changed.

    :raises Refusal: nothing changed
    """
    project = record.lock(project_id, actor=actor, act="projects.classify")
    day = record.check_day(on, project)
    judged = judge([project], day)[project.pk]
    if UNRULED in judged.answers:
        raise Refusal("projects.no_rules_on_day", field="occurred_on", on=day.isoformat())
    if not judged.answers:
        raise Refusal("projects.nothing_changed")
    record.commit(
        "project.classified", project, actor=actor, on=day, after={"classification": judged.answers},
        policy=judged.refs, key=key,
    )  # fmt: skip
    return project


def judge(
    projects: Sequence[Project],
    on: date,
    *,
    changed_keys: Collection[str] | None = None,
    attached: Attached | None = None,
) -> dict[int, Judged]:
    """Decide anew for these projects and keep what changed; call it inside an act, after the facts are saved.

    About ten statements for any number of projects, one when no pack with tables is adopted. ``changed_keys``: only
    these facts have changed; projects for which no adopted table reads any of them are not asked. ``attached``: the
    projects are made in this act and this is all that belongs to them, so that nothing is read back.
    """
    regions = {p.competent_region_id: p.competent_region for p in projects}
    policies = policy_queries.policies_of(regions.values(), on)
    asking = {pk for pk, policy in policies.items() if _is_concerned(policy, on, changed_keys)}
    asked = [p for p in projects if p.competent_region_id in asking]
    found: dict[int, Judged] = {p.pk: Judged(was_asked=p.competent_region_id in asking) for p in projects}
    if changed_keys is None:
        _note_unruled(projects, policies, on, found)
    if not asked:
        return found
    needed = frozenset[str]().union(*(_needs(policies[pk], on) for pk in asking))
    facts, years, known = (
        _read(asked, on, needed)
        if attached is None
        else (facts_of_new(asked, on, attached, needed), attached.annual, {})
    )
    changed: list[tuple[Project, str, int, Decision, str]] = []
    seen = set()
    for project in asked:
        policy = policies[project.competent_region_id]
        for table_key, year, decision in _decide(policy, facts[project.pk], years.get(project.pk, ()), on):
            place = (project.pk, table_key, year)
            seen.add(place)
            mark = _fingerprint(decision)
            if place not in known or known[place][1] != mark:
                changed.append((project, table_key, year, decision, mark))
    if gone := [known[place][0] for place in known.keys() - seen]:
        Classification.objects.filter(pk__in=gone).delete()
    _keep(changed, on, found)
    return found


_KNOWN = OfKeys(
    "project_id",
    lambda: Classification.objects.order_by("pk").values_list("pk", "project_id", "table_key", "year", "fingerprint"),
)


def _read(
    projects: Sequence[Project], on: date, needed: Collection[str]
) -> tuple[dict[int, ProjectFacts], Mapping[int, Sequence[YearOf]], dict[tuple[int, str, int], tuple[int, str]]]:
    """Return facts and annual investments by project; (id, fingerprint) of answers by project, table, year (3 queries)."""
    ids = [p.pk for p in projects]
    years = years_of(ids)
    known = {(project_id, key, year): (pk, mark) for pk, project_id, key, year, mark in _KNOWN.all(ids)}
    return facts_of_loaded(projects, years, on, needed), years, known


def _note_unruled(
    projects: Sequence[Project], policies: Mapping[int, Policy], on: date, found: Mapping[int, Judged]
) -> None:
    """Say 待认定 where the packs of today classify but those of an earlier day do not yet (1 query, late entries only)."""
    bare = {
        p.competent_region_id: p.competent_region
        for p in projects
        if not policies[p.competent_region_id].classifications()
    }
    today = clock.today()
    if not bare or on >= today:
        return
    now = policy_queries.policies_of(bare.values(), today)
    for project in projects:
        if project.competent_region_id in bare and now[project.competent_region_id].classifications():
            found[project.pk].answers[UNRULED] = f"待认定（{on.isoformat()} 本区划尚无已采用的分类规则）"


def _is_concerned(policy: Policy, on: date, changed_keys: Collection[str] | None) -> bool:
    """Return whether some classification of the packs may answer otherwise once these facts have changed."""
    tables = policy.classifications()
    if changed_keys is None:
        return bool(tables)
    reads_it = not _needs(policy, on).isdisjoint(changed_keys)
    return reads_it or (
        "stage" in changed_keys and any(key in pack.asked_while for pack in policy.packs for key in tables)
    )


@lru_cache(maxsize=1_024)
def _needs(policy: Policy, on: date) -> frozenset[str]:
    """Return every fact that a classification in force on the day may read."""
    return frozenset[str]().union(*(_reads(policy, key, on) for key in policy.classifications()))


def _reads(policy: Policy, table_key: str, on: date) -> frozenset[str]:
    try:
        return policy.reads(table_key, on)
    except Refusal as refusal:
        if refusal.code == "policy.no_value":  # not yet, or no longer, in force on the day
            return frozenset()
        raise


def _decide(policy: Policy, facts: ProjectFacts, years: Sequence[YearOf], on: date) -> list[tuple[str, int, Decision]]:
    decided = []
    for key in policy.classifications():
        if not policy.is_asked(key, facts.stage):
            continue
        try:
            _pack, table = policy.table(key, on)
        except Refusal as refusal:
            if refusal.code == "policy.no_value":  # not yet, or no longer, in force on the day
                continue
            raise
        if "annual_year" not in table.inputs:
            decided.append((key, 0, policy.decide(key, _readable(facts.as_mapping(), table.inputs), on)))
            continue
        for year, planned, _completed in sorted(years, key=itemgetter(0)):
            of_year = replace(facts, annual_year=year, annual_planned_fen=planned)
            decided.append((key, year, policy.decide(key, _readable(of_year.as_mapping(), table.inputs), on)))
    return decided


def _readable(values: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what no table reads; a choice the table does not know is unknown to it, not an error."""
    return {key: value for key, value in values.items() if value is None or isinstance(value, int | str | bool | date)}


def _fingerprint(decision: Decision) -> str:
    core = {
        "value": decision.value,
        "row": decision.row,
        "facts": decision.facts_json(),
        "ref": decision.ref.as_dict(),
        "conflicts": [conflict.as_dict() for conflict in decision.conflicts],
    }
    return hashlib.sha256(orjson.dumps(core, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _keep(changed: Sequence[tuple[Project, str, int, Decision, str]], on: date, found: dict[int, Judged]) -> None:
    if not changed:
        return
    stored = policy_services.record_decisions(
        policy_services.DecisionOf(decision, record.SUBJECT, project.pk, project.region_key)
        for project, _key, _year, decision, _mark in changed
    )
    for (project, table_key, year, decision, mark), row in zip(changed, stored, strict=True):
        name = f"{decision.table_label}（{year} 年）" if year else decision.table_label
        judged = found[project.pk]
        judged.answers[name] = decision.label
        judged.refs.append({**decision.ref.as_dict(), "decision": row.pk, "value": decision.value})
        judged.rows.append(
            Classification(
                project_id=project.pk, judgement=judgement_of(table_key, bool(year)), table_key=table_key, year=year,
                question=decision.table_label, value=decision.value, label=decision.label, decision_id=row.pk,
                fingerprint=mark, decided_on=on,
            )
        )  # fmt: skip
    bulk.upsert([row for judged in found.values() for row in judged.rows], ["project_id", "table_key", "year"])


def judgement_of(table_key: str, of_year: bool) -> Judgement:
    """Return which question a table answers, by the last word of its key; lists and tabs sort by it."""
    last = table_key.rsplit(".", 1)[-1]
    if of_year:
        return Judgement.CATALOGUE
    if "grade" in last:
        return Judgement.GRADE
    if "class" in last:
        return Judgement.INITIATION
    return Judgement.OTHER
