"""What the acts of this room share: lock with right and state, totals, the entry in the book."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Sum

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import ChangedMeanwhile, NotFound, Refusal
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.queries import find_last_act
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.lists.models import LIST, ListItem, ProjectList
from gongbu.mainline.lists.system import basis_from

_OPEN = ProjectList.State
WHEN: Mapping[str, tuple[str, frozenset[str]]] = {
    "lists.redraft": ("重新提名", frozenset({_OPEN.DRAFT})),
    "lists.use_ranking": ("选用择优排名", frozenset({_OPEN.DRAFT})),
    "lists.add_project": ("选入项目", frozenset({_OPEN.DRAFT})),
    "lists.remove_project": ("移出项目", frozenset({_OPEN.DRAFT})),
    "lists.set_item": ("填写", frozenset({_OPEN.DRAFT, _OPEN.IN_MEETING, _OPEN.SETTLED, _OPEN.NOTICED})),
    "lists.send_to_meeting": ("提请会商", frozenset({_OPEN.DRAFT})),
    "lists.put_on_notice": ("公示", frozenset({_OPEN.SETTLED})),
    "lists.issue": ("印发", frozenset({_OPEN.SETTLED, _OPEN.NOTICED})),
    "lists.withdraw": (
        "作废", frozenset({_OPEN.DRAFT, _OPEN.IN_MEETING, _OPEN.SETTLED, _OPEN.NOTICED, _OPEN.ISSUED})
    ),
}  # fmt: skip
"""Act → what it is called in a refusal, and the states in which a list takes it."""


def require_state(row: ProjectList, act: str) -> None:
    """Make sure that a list takes an act in its present state.

    :raises Refusal: it does not; issuing one that must be laid open first says so
    """
    what, states = WHEN[act]
    if row.state not in states:
        raise Refusal("lists.not_in_state", title=row.title, state=row.get_state_display(), what=what)
    if act == "lists.issue" and row.needs_notice and row.state == ProjectList.State.SETTLED:
        raise Refusal("lists.notice_first", title=row.title, basis=basis_from(row.notice_basis))
    if act == "lists.put_on_notice" and not row.needs_notice:
        raise Refusal("lists.no_notice_needed", title=row.title)


def subject_of(row: ProjectList) -> Subject:
    """Return the list as the subject of entries, agenda items, notices and papers."""
    return Subject(LIST, row.pk, row.region_key, row.title)


def lock(list_id: int, actor: Actor, act: str, *, rev: int | None = None) -> ProjectList:
    """Lock a list and make sure that the actor may do this to it in its present state.

    :raises NotFound: no such list, or out of sight
    :raises ChangedMeanwhile: ``rev`` is no longer the present one
    :raises Refusal: its state takes no such act (:data:`WHEN`)
    """
    rows = ProjectList.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    row = rows.select_related("region").filter(pk=list_id).first()
    if row is None or not actor.may("lists.view", row.region_key):
        raise NotFound("lists.not_found")
    actor.require(act, row.region_key)
    if rev is not None and rev != row.rev:
        last = find_last_act(LIST, row.pk)
        raise ChangedMeanwhile(
            "lists.changed_meanwhile", who=last.by, title=row.title, by=last.by, at=last.at, rev=row.rev
        )
    require_state(row, act)
    return row


def need_reason(reason: str) -> str:
    """Return the reason, trimmed.

    :raises Refusal: there is none
    :raises InvalidInput: a secrecy rule is met
    """
    if not reason.strip():
        raise Refusal("lists.reason_missing", field="list_reason")
    refuse_secret(reason)
    return reason.strip()[:300]


def count_items(row: ProjectList) -> None:
    """Bring number and total of a list up to date (1 query); unreported totals add nothing."""
    on = row.lines.filter(state=ListItem.State.ON).aggregate(total=Sum("total_fen"))
    row.item_count = row.lines.filter(state=ListItem.State.ON).count()
    row.total_fen = on["total"]


def commit(
    kind: str,
    row: ProjectList,
    stamp: ActorStamp,
    *,
    on: date | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    policy: Sequence[Mapping[str, Any]] = (),
    public: Mapping[str, Any] | None = None,
    key: str | None = None,
    **extra: Any,
) -> Entry:
    """Count the revision, save and enter the book."""
    row.rev += 1
    row.save()
    return ledger.append(
        EntryDraft(
            kind=kind, subject=subject_of(row), actor=stamp, occurred_on=on or clock.today(), before=before, after=after,
            policy=policy, public=public, key=key, extra={"rev": row.rev, **extra},
        )
    )  # fmt: skip


def tell(topic: str, row: ProjectList, **data: Any) -> None:
    """Tell other rooms."""
    outbox.add(
        topic, subject_kind=LIST, subject_id=row.pk, region_key=row.region_key, kind=row.kind, year=row.year, **data
    )
