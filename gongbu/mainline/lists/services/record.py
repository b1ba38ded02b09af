"""What the acts of this room share: lock with right and state, totals, the entry in the book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Sum

from gongbu.ground.basics import bulk, clock
from gongbu.ground.basics.findings import ChangedMeanwhile, NotFound, Refusal
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.ledger import kinds as entry_kinds
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.queries import find_last_act
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.managers import ScopedQuerySet
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.lists import rules
from gongbu.mainline.lists.models import LIST, ListItem, ProjectList
from gongbu.mainline.lists.system import basis_from
from gongbu.mainline.projects.queries import Line
from gongbu.mainline.projects.rules.lifecycle import STAGE_ORDER

State = ProjectList.State
WHEN: Mapping[str, tuple[str, frozenset[str]]] = {
    "lists.redraft": ("重新提名", frozenset({State.DRAFT})),
    "lists.use_ranking": ("选用择优排名", frozenset({State.DRAFT})),
    "lists.add_project": ("选入项目", frozenset({State.DRAFT})),
    "lists.remove_project": ("移出项目", frozenset({State.DRAFT})),
    "lists.set_item": ("填写", frozenset({State.DRAFT, State.IN_MEETING, State.SETTLED, State.NOTICED})),
    "lists.send_to_meeting": ("提请会商", frozenset({State.DRAFT})),
    "lists.put_on_notice": ("公示", frozenset({State.SETTLED})),
    "lists.issue": ("印发", frozenset({State.SETTLED, State.NOTICED})),
    "lists.withdraw": (
        "作废", frozenset({State.DRAFT, State.IN_MEETING, State.SETTLED, State.NOTICED, State.ISSUED})
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
    if act == "lists.issue" and row.needs_notice and row.state == State.SETTLED:
        raise Refusal("lists.notice_first", title=row.title, basis=basis_from(row.notice_basis))
    if act == "lists.put_on_notice" and not row.needs_notice:
        raise Refusal("lists.no_notice_needed", title=row.title)


def subject_of(row: ProjectList) -> Subject:
    """Return the list as the subject of entries, agenda items, notices and papers."""
    return Subject(LIST, row.pk, row.region_key, row.title)


def peek(list_id: int, actor: Actor, act: str) -> ProjectList:
    """Return a list that the actor may do this to, without a lock: for what is computed before the act begins.

    :raises NotFound: no such list, or out of sight
    :raises Refusal: its state takes no such act (:data:`WHEN`)
    """
    return _tested(ProjectList.objects.unscoped("rights tested next"), list_id, actor, act, None)


def lock(list_id: int, actor: Actor, act: str, *, rev: int | None = None) -> ProjectList:
    """Lock a list and make sure that the actor may do this to it in its present state.

    :raises NotFound: no such list, or out of sight
    :raises ChangedMeanwhile: ``rev`` is no longer the present one
    :raises Refusal: its state takes no such act (:data:`WHEN`); somebody else did it a moment ago
    """
    rows = ProjectList.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    return _tested(rows, list_id, actor, act, rev)


def _tested(rows: "ScopedQuerySet[ProjectList]", list_id: int, actor: Actor, act: str, rev: int | None) -> ProjectList:
    row = rows.select_related("region").filter(pk=list_id).first()
    if row is None or not actor.may("lists.view", row.region_key):
        raise NotFound("lists.not_found")
    actor.require(act, row.region_key)
    if rev is not None and rev != row.rev:
        _refuse_late(row, act)
    require_state(row, act)
    return row


def _refuse_late(row: ProjectList, act: str) -> None:
    """Say what somebody else did since the form was opened: the very act, one after which it is impossible, or another."""
    last, (what, states) = find_last_act(LIST, row.pk), WHEN[act]
    data: dict[str, Any] = {
        "who": last.by, "when": last.when, "did": entry_kinds.label(last.kind) if last.kind else "修改", "title": row.title,
        "what": what, "state": row.get_state_display(),
    }  # fmt: skip
    if row.state not in states:
        raise Refusal("lists.done_already" if last.kind == act else "lists.moved_on", **data)
    raise ChangedMeanwhile("lists.changed_meanwhile", by=last.by, at=last.at, rev=row.rev, **data)


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


FACT_COLUMNS = ("name", "region_name", "owner_name", "content", "stage", "total_fen", "year_fen")
"""What a line takes from its project."""


def write_facts(item: ListItem, p: Line) -> None:
    """Write into a line what its project says; a plan that somebody filled in stays."""
    item.name, item.region_name, item.owner_name, item.content = p.name, p.region_name, p.owner_name, p.content[:400]
    item.stage, item.total_fen = p.stage, p.total_fen
    if not item.is_typed:
        item.year_fen = p.year_fen


def order_of_project(p: Line) -> tuple[int, int, str]:
    """Return the sort key of a project on a list without a ranking."""
    return rules.order_key(STAGE_ORDER[p.stage], p.total_fen, p.name)


def list_lines(row: ProjectList) -> list[ListItem]:
    """Return the lines of a list in hand, on and off, in their order (1 query)."""
    return list(row.lines.order_by("position", "pk"))


def arrange(row: ProjectList, lines: Sequence[ListItem], *columns: str) -> None:
    """Number the lines: ranked ones first, by rank; then by stage, total and name. Saves that and the named columns."""
    ordered = sorted(lines, key=lambda item: rules.order_key(STAGE_ORDER.get(item.stage, 0), item.total_fen, item.name))
    ordered.sort(key=lambda item: (item.rank is None, item.rank or 0))
    for position, item in enumerate(ordered, start=1):
        item.position = position
    bulk.update(ordered, ["position", *columns])


@dataclass(slots=True)
class Changes:
    """What a nomination or a ranking did to the lines of a list: what came on, fell off, stayed with what was filled in."""

    came: dict[int, str] = field(default_factory=dict)
    fell: dict[int, dict[str, Any]] = field(default_factory=dict)
    kept: int = 0
    kept_filled: int = 0

    def come(self, items: Sequence[ListItem]) -> None:
        """Count lines that came on; one that only changed its reason did neither come nor fall."""
        for item in items:
            if self.fell.pop(item.project_id, None) is None:
                self.came[item.project_id] = item.name

    def keep(self, items: Sequence[ListItem]) -> None:
        """Count lines that stay."""
        self.kept += len(items)
        self.kept_filled += sum(item.is_typed for item in items)

    def fall(self, items: Sequence[ListItem]) -> None:
        """Take lines off for good; the book keeps what was filled in on them."""
        for item in items:
            one: dict[str, Any] = {"project": item.project_id, "name": item.name}
            if item.is_typed:
                one |= {"duty_unit": item.duty_unit, "year_fen": item.year_fen}
            self.fell[item.project_id] = one
        ids = [item.pk for item in items]
        for start in range(0, len(ids), 500):
            ListItem.objects.unscoped("lines of the locked list").filter(pk__in=ids[start : start + 500]).delete()

    def as_facts(self) -> dict[str, Any]:
        """Return them for the book."""
        return {
            "came": [{"project": pk, "name": name} for pk, name in self.came.items()], "fell": list(self.fell.values()),
            "kept": self.kept, "kept_filled": self.kept_filled,
        }  # fmt: skip


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
