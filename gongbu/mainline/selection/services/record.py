"""What every act of selection does around its own change: lock, test, enter the book, tell."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from gongbu.ground.basics.findings import ChangedMeanwhile, Finding, NotFound, Refusal, Severity
from gongbu.ground.basics.text import one_line
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox
from gongbu.ground.policy.rules.dated import PolicyRef
from gongbu.mainline.projects.models import Project
from gongbu.mainline.selection import choices
from gongbu.mainline.selection.choices import RoundState
from gongbu.mainline.selection.models import Candidate, Round, Scorer

ROUND, STEP, PROJECT = "selection_round", choices.STEP, "project"
REASON_AT_LEAST = 4


def check_reason(reason: str, field: str) -> list[Finding]:
    """Return the finding of a reason that is missing or too short to say anything."""
    if len(one_line(reason)) < REASON_AT_LEAST:
        return [Finding("selection.reason_missing", {}, field, Severity.REJECT)]
    return check_length(reason, 300, field)


def check_length(text: str, limit: int, field: str) -> list[Finding]:
    """Return the finding of a text that is too long for its column."""
    if len(text) <= limit:
        return []
    return [Finding("selection.too_long", {"limit": limit, "length": len(text)}, field, Severity.REJECT)]


# --- rounds ---------------------------------------------------------------------------------------------------------


def lock_round(
    round_id: int, *, actor: Actor, act: str, states: Sequence[str] = (), rev: int | None = None, own: bool = False
) -> Round:
    """Lock a round, test the right in its region and that it stands in one of the states.

    ``own``: the caller has made sure that the actor scores in it.

    :raises NotFound: no such round
    :raises NotAllowed: not his
    :raises ChangedMeanwhile: somebody acted on it since ``rev``
    :raises Refusal: in another state
    """
    rows = Round.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    found = rows.select_related("region").filter(pk=round_id).first()
    if found is None:
        raise NotFound("selection.round_missing")
    actor.require(act, found.region_key, own=own)
    if rev is not None and rev != found.rev:
        raise ChangedMeanwhile(
            "selection.changed_meanwhile", name=found.name, state=found.get_state_display(), rev=found.rev
        )
    if states and found.state not in states:
        wanted = "、".join(RoundState(state).label for state in states)
        raise Refusal("selection.wrong_state", name=found.name, state=found.get_state_display(), wanted=wanted)
    return found


def standing(round_: Round) -> list[Candidate]:
    """Return the candidates that were not removed, in order of their ids (1 query)."""
    rows = Candidate.objects.unscoped("of a round that was tested").filter(round=round_, is_removed=False)
    return list(rows.order_by("pk"))


def appointed(round_: Round) -> list[Scorer]:
    """Return the scorers that still score (1 query)."""
    return list(Scorer.objects.filter(round=round_, state="APPOINTED").order_by("pk"))


def subject_of(round_: Round) -> Subject:
    """Return the round as the subject of an entry."""
    return Subject(ROUND, round_.pk, round_.region_key, round_.name)


def ref_of(round_: Round) -> PolicyRef:
    """Return the reference of the pinned card."""
    return PolicyRef(round_.card_pack, round_.card_version, round_.card_key, round_.card_from, round_.card_hash)


def enter(
    kind: str, round_: Round, *, actor: Actor | None, on: date, after: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None, reason: str = "", public: Mapping[str, Any] | None = None,
    documents: Sequence[str] = (), corrects: int | None = None, save: Sequence[str] = (),
) -> Entry:  # fmt: skip
    """Count the revision, save the named columns of the round and enter the book. Without ``actor`` the system did it."""
    round_.rev += 1
    round_.save(update_fields=["rev", *save])
    return ledger.append(
        EntryDraft(
            kind=kind,
            subject=subject_of(round_),
            actor=actor.stamp if actor is not None else ActorStamp(None, "系统"),
            occurred_on=on,
            before=before,
            after=after,
            policy=[ref_of(round_).as_dict()],
            documents=documents,
            public=public,
            corrects=corrects,
            extra={"reason": reason.strip()} if reason.strip() else {},
        )
    )


def tell(topic: str, round_: Round, **data: Any) -> None:
    """Leave the message for the rooms above; the subject is the round."""
    outbox.add(
        topic, subject_kind=ROUND, subject_id=round_.pk, region_key=round_.region_key, year=round_.year,
        region_id=round_.region_id, **data,
    )  # fmt: skip


# --- projects -------------------------------------------------------------------------------------------------------


def project_subject(project: Project) -> Subject:
    """Return a project as the subject of an entry: the steps stand on its timeline."""
    return Subject(PROJECT, project.pk, project.region_key, project.name)
