"""Acts on likeness: say what two projects are to each other, confirm what an applicant said; record what was found."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import ChangedMeanwhile, Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.likeness import index, queries
from gongbu.mainline.likeness.choices import PairState, Verdict
from gongbu.mainline.likeness.models import Pair
from gongbu.mainline.likeness.rules.comparing import Evidence, Judgement, Relation
from gongbu.mainline.projects import access
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects import traits as known
from gongbu.mainline.projects.models import Project

SUBJECT = "project"
MOST_PAIRS = 10
"""Pairs kept of one project; more would be a list nobody reads (a programme repeated every year)."""
REASON_LENGTH = 300
WAITING = (PairState.OPEN, PairState.STATED)


@act("likeness.decide", "认定相似项目")
def decide(
    *, project_id: int, other_id: int, verdict: str, actor: Actor, reason: str = "", rev: int | None = None,
    on: date | None = None, key: str | None = None,
) -> Pair:  # fmt: skip
    """Say what two projects are to each other; the answer stands on both files, with an entry in each one's book.

    An officer who may confirm settles the matter. What an applicant says (township, project unit) is a statement that
    an officer still confirms or decides otherwise.

    :raises NotFound: one of the two is out of sight
    :raises NotAllowed: not on this project
    :raises InvalidInput: an unknown verdict, a verdict 不同项目 without reason, or a secrecy rule is met
    :raises Refusal: a project with itself; it was said already
    :raises ChangedMeanwhile: somebody decided since ``rev`` was shown
    """
    project, other = projects.get_project(project_id, actor), projects.get_project(other_id, actor)
    access.require(actor, "likeness.decide", project)
    if project.pk == other.pk:
        raise Refusal("likeness.itself")
    reason = " ".join(reason.split())[:REASON_LENGTH]
    _check(verdict, reason)
    pair = _locked(project, other)
    if rev is not None and pair.rev != rev:
        raise ChangedMeanwhile(
            "likeness.changed", by=pair.decided_by or "他人", rev=pair.rev, verdict=pair.get_verdict_display()
        )
    state = PairState.DECIDED if access.may(actor, "likeness.confirm", project) else PairState.STATED
    if (pair.verdict, pair.reason, pair.state) == (verdict, reason, state):
        raise Refusal("likeness.said_already", verdict=Verdict(verdict).label)
    if state == PairState.STATED and pair.state == PairState.DECIDED:
        raise Refusal("likeness.decided_already", verdict=pair.get_verdict_display(), by=pair.decided_by)
    before = _said(pair) if pair.verdict else None
    pair.verdict, pair.reason, pair.state = Verdict(verdict), reason, state
    _enter(pair, "likeness.decided", actor, on or clock.today(), before, key)
    return pair


@act("likeness.confirm", "确认相似项目说明")
def confirm(*, pair_id: int, actor: Actor, rev: int | None = None, on: date | None = None) -> Pair:
    """Confirm what an applicant said of two projects: the matter is settled as he said.

    :raises NotFound: no such pair, or one of the two is out of sight
    :raises NotAllowed: not in this region
    :raises Refusal: nothing was said, or it is settled already
    :raises ChangedMeanwhile: somebody decided since ``rev`` was shown
    """
    pair = queries.pairs().filter(pk=pair_id).select_related("a", "b").first()
    if pair is None:
        raise NotFound("likeness.not_found")
    projects.get_project(pair.a_id, actor)
    access.require(actor, "likeness.confirm", projects.get_project(pair.b_id, actor))
    pair = queries.pairs().select_related("a", "b").select_for_update(of=("self",)).get(pk=pair_id)
    if rev is not None and pair.rev != rev:
        raise ChangedMeanwhile(
            "likeness.changed", by=pair.decided_by or "他人", rev=pair.rev, verdict=pair.get_verdict_display()
        )
    if pair.state != PairState.STATED:
        raise Refusal("likeness.nothing_to_confirm", state=PairState(pair.state).label)
    before = _said(pair)
    pair.state = PairState.DECIDED
    _enter(pair, "likeness.confirmed", actor, on or clock.today(), before, None)
    return pair


def check_answer(verdict: str, reason: str) -> None:
    """Test an answer before the project it is about exists (the form of a new project).

    :raises InvalidInput: as :func:`decide`
    """
    _check(verdict, " ".join(reason.split()))


def _check(verdict: str, reason: str) -> None:
    if verdict not in Verdict.values:
        raise InvalidInput([Finding("likeness.verdict_unknown", {}, "verdict", Severity.REJECT)])
    if verdict == Verdict.DIFFERENT and not reason:
        raise InvalidInput([Finding("likeness.reason_missing", {}, "reason", Severity.REJECT)])
    refuse_secret(reason)


def _locked(one: Project, other: Project) -> Pair:
    """Return the pair of two projects, locked; made now when the rules had not brought them together."""
    a, b = sorted((one, other), key=lambda p: p.pk)
    found = queries.pairs().select_related("a", "b").select_for_update(of=("self",)).filter(a=a, b=b).first()
    if found is not None:
        return found
    first, second = known.list_traits([a.pk, b.pk], with_hidden=True)
    judgement = queries.compare_projects(first, second, queries.stated_limits(b.region_key).limits)
    return _new(a.pk, b.pk, a.region_key, b.region_key, judgement)


def _new(a_id: int, b_id: int, a_region_key: int, region_key: int, judgement: Judgement) -> Pair:
    relation = judgement.relation if judgement.relation is not Relation.UNRELATED else Relation.SIMILAR
    return Pair.objects.create(
        a_id=a_id, b_id=b_id, a_region_key=a_region_key, region_key=region_key, score=_decimal(judgement.score),
        relation=relation.value, evidence=dump(judgement.evidence), found_on=clock.today(),
    )  # fmt: skip


def _said(pair: Pair) -> dict[str, Any]:
    return {"verdict": str(pair.verdict), "reason": pair.reason, "state": str(pair.state)}


def _enter(pair: Pair, kind: str, actor: Actor, on: date, before: dict[str, Any] | None, key: str | None) -> None:
    """Save a decided pair and enter it in the books of both projects, each naming the other."""
    stated = queries.stated_limits(pair.region_key)
    pair.rev += 1
    pair.decided_on, pair.decided_by, pair.decided_unit = on, actor.name[:40], actor.unit_name[:120]
    sides = ((pair.a, pair.b), (pair.b, pair.a))
    entries = ledger.append_many(
        [
            EntryDraft(
                kind=kind,
                subject=Subject(SUBJECT, mine.pk, mine.region_key, mine.name),
                actor=actor.stamp,
                occurred_on=on,
                before=before,
                after={
                    **_said(pair), "other": other.pk, "other_name": other.name, "score": str(pair.score),
                    "relation": str(pair.relation),
                },
                policy=stated.refs,
                public={"项目名称": mine.name, "相似项目": other.name, "认定": pair.get_verdict_display()},
                key=f"{key}:{mine.pk}" if key else None,
                extra={"pair": pair.pk, "pair_rev": pair.rev},
            )
            for mine, other in sides
        ]
    )  # fmt: skip
    pair.entry_id, pair.receipt = entries[1].pk, entries[1].receipt or ""
    pair.save()
    for mine, other in sides:
        outbox.add(
            kind, subject_kind=SUBJECT, subject_id=mine.pk, region_key=mine.region_key, pair=pair.pk, other=other.pk,
            verdict=str(pair.verdict), state=str(pair.state), by_person=actor.person_id, by_name=actor.name,
            by_roles=sorted(actor.roles),
        )  # fmt: skip


# --- what was found --------------------------------------------------------------------------------------------------


def record_found(project_ids: Iterable[int]) -> int:
    """Look for the like of these projects and keep what was found for people to decide; returns how many pairs are new.

    Not of record: it is what the rules say today, and the next look may say otherwise. What people said stays.
    """
    made = 0
    wanted = list(project_ids)
    alive = {traits.id: traits for traits in known.list_traits(wanted)}
    for project_id in wanted:
        traits = alive.get(project_id)
        if traits is None:
            _close(project_id, keep=())
            continue
        question = queries.as_question(traits)
        stated = queries.stated_limits(traits.region_key)
        found = [row for row in queries.list_alike(question, stated.limits) if row.is_strong]
        if found or queries.has_open(project_id):  # mostly there is nothing to write, and no lock to take
            made += _keep(traits, found[:MOST_PAIRS])
    return made


@transaction.atomic
def _keep(traits: known.Traits, found: Sequence[queries.Likeness]) -> int:
    _close(traits.id, keep=[row.project_id for row in found])
    others = {t.id: t for t in known.list_traits([row.project_id for row in found])}
    made = 0
    for row in found:
        other = others.get(row.project_id)
        if other is None:
            continue
        a, b = sorted((traits, other), key=lambda t: t.id)
        evidence = row.evidence if a is traits else tuple(e.turned() for e in row.evidence)
        values = {
            "score": _decimal(row.score), "relation": row.relation.value, "evidence": dump(evidence), "a_region_key": a.region_key,
            "region_key": b.region_key,
        }  # fmt: skip
        pair = queries.pairs().filter(a_id=a.id, b_id=b.id).first()
        if pair is None:
            Pair.objects.create(a_id=a.id, b_id=b.id, found_on=clock.today(), **values)
            made += 1
        elif pair.state in (PairState.OPEN, PairState.CLOSED):
            queries.pairs().filter(pk=pair.pk).update(state=PairState.OPEN, **values)
        else:
            queries.pairs().filter(pk=pair.pk).update(a_region_key=a.region_key, region_key=b.region_key)
    return made


def _close(project_id: int, keep: Sequence[int]) -> None:
    """Close the open pairs of a project with others than ``keep``: no longer alike, or one of the two is gone."""
    mine = queries.pairs().filter(Q(a_id=project_id) | Q(b_id=project_id))
    # A pair that the other project still has among its own is looked at again when that one changes.
    stale = [p.pk for p in mine.filter(state=PairState.OPEN) if p.other(project_id) not in keep]
    if stale:
        queries.pairs().filter(pk__in=stale).update(state=PairState.CLOSED)


def dump(evidence: Iterable[Evidence]) -> list[list[Any]]:
    """Return evidence as the table holds it."""
    return [[e.code, e.one, e.other, e.factor] for e in evidence]


def load(rows: Iterable[Sequence[Any]]) -> list[Evidence]:
    """Return evidence out of the table."""
    return [Evidence(str(code), str(one), str(other), float(factor)) for code, one, other, factor in rows]


def _decimal(score: float) -> Decimal:
    return Decimal(f"{score:.4f}")


def mark_batch(batch_id: int) -> None:
    """Have the projects of a published import looked at: until then nobody saw them, so nobody is asked about them."""
    index.mark(known.list_batch_ids(batch_id))
