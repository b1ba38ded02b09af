"""What every act of the reserve does around its own change: lock, who may, enter the book, tell, hand tasks on."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from gongbu.ground.basics import bulk, clock
from gongbu.ground.basics.findings import (
    ChangedMeanwhile,
    Finding,
    InvalidInput,
    NotAllowed,
    NotFound,
    Refusal,
    Severity,
)
from gongbu.ground.calendar import deadlines
from gongbu.ground.calendar.deadlines import NewDeadline
from gongbu.ground.calendar.models import Deadline
from gongbu.ground.inbox import services as inbox
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve.choices import EntryState, Step, Verdict
from gongbu.mainline.reserve.models import Library, LibraryEntry, Opinion
from gongbu.mainline.reserve.system import System

SUBJECT = "project"
ENTRY = "reserve_entry"
SUPPLEMENT, RENEW, LEAVE = "reserve.supplement", "reserve.renewal", "reserve.leaving"
OFFICERS = ("INVESTMENT_OFFICER", "INVESTMENT_HEAD")
DECLARING = ("TOWNSHIP_CLERK", "SECTOR_OFFICER", "SECTOR_HEAD", "INVESTMENT_OFFICER", "INVESTMENT_HEAD", "OWNER_UNIT")
KEEPING = ("SECTOR_OFFICER", "SECTOR_HEAD", "INVESTMENT_OFFICER", "INVESTMENT_HEAD", "TOWNSHIP_CLERK")


def lock_entry(entry_id: int, rev: int | None = None) -> LibraryEntry:
    """Lock an entry with its project and library.

    :raises NotFound: no such entry
    :raises ChangedMeanwhile: somebody acted on it since ``rev``
    """
    rows = LibraryEntry.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    entry = (
        rows.select_related("project__competent_region", "library__keeper", "library__region")
        .filter(pk=entry_id)
        .first()
    )
    if entry is None:
        raise NotFound("reserve.entry_missing")
    if rev is not None and rev != entry.rev:
        raise ChangedMeanwhile(
            "reserve.changed_meanwhile", name=entry.project.name, state=entry.get_state_display(), rev=entry.rev
        )
    return entry


def lock_entries(project_id: int) -> list[LibraryEntry]:
    """Lock the open and held entries of a project, oldest first."""
    rows = LibraryEntry.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    held = rows.filter(project_id=project_id, state__in=[EntryState.PENDING, EntryState.RETURNED, EntryState.IN])
    return list(held.select_related("project__competent_region", "library__keeper", "library__region").order_by("pk"))


def latest_of(entry: LibraryEntry) -> tuple[date, str]:
    """Return the day of the last thing that happened to an entry, and what it was (1 query)."""
    found = []
    last = Opinion.objects.filter(entry=entry).order_by("given_on", "pk").last()
    if last is not None:
        label = Step(last.step).label
        passed = last.verdict == Verdict.PASSED
        found.append((last.given_on, label if passed else f"{label}{Verdict(last.verdict).label}"))
    if entry.in_on is not None:
        found.append((entry.in_on, Step.ADMITTED.label))
    if entry.step_since_on is not None and last is not None and last.verdict == Verdict.RETURNED:
        found.append((entry.step_since_on, "重新报送"))
    found.append((entry.declared_on, Step.DECLARED.label))
    # Of things on one day the one that stands first here names it best: max keeps it.
    return max(found, key=lambda pair: pair[0])


def require_order(entry: LibraryEntry, day: date) -> None:
    """Raise when an act would be dated before what it follows on.

    :raises InvalidInput: names the earlier step and its day
    """
    was, step = latest_of(entry)
    if day >= was:
        return
    if step == Step.DECLARED.label:
        data = {"on": day.isoformat(), "declared": was.isoformat()}
        raise InvalidInput([Finding("reserve.before_declaration", data, "occurred_on", Severity.REJECT)])
    data = {"on": day.isoformat(), "step": step, "was": was.isoformat(), "library": entry.library.name}
    raise InvalidInput([Finding("reserve.before_step", data, "occurred_on", Severity.REJECT)])


# --- who may ---------------------------------------------------------------------------------------------------


def has_role(actor: Actor, roles: Sequence[str], region_key: int) -> bool:
    """Return whether a grant of one of the roles covers the region (no roles named: yes)."""
    return not roles or any(g.role in roles and g.lo <= region_key < g.hi for g in actor.grants)


def may_act(actor: Actor, act: str, entry: LibraryEntry, system: System) -> bool:
    """Return whether the actor may act at the step where the entry waits (0 queries).

    The act must be his in the project's region, his role one that the packs name for the step, and, where a unit or a
    post is meant, it must be his own: the keeper of the library, or the chain's leader.
    """
    if entry.state != EntryState.PENDING or not actor.may(act, entry.region_key):
        return False
    if not has_role(actor, system.roles_of(entry.step), entry.region_key):
        return False
    if entry.step in (Step.PRELIMINARY_CHECK, Step.ADMISSION):
        return actor.unit_id is not None and actor.unit_id == entry.library.keeper_id
    if entry.step == Step.CHAIN_LEADER_REVIEW and entry.library.leader_post_id is not None:
        return actor.post_id == entry.library.leader_post_id
    return True


def require_step(actor: Actor, act: str, entry: LibraryEntry, system: System, step: str = "") -> None:
    """Raise unless :func:`may_act` says yes, and the entry waits at ``step`` when one is named.

    :raises Refusal: it waits elsewhere, or no longer
    :raises NotAllowed: says whose it is
    """
    if entry.state != EntryState.PENDING:
        raise Refusal(
            "reserve.not_pending", name=entry.project.name, library=entry.library.name, state=entry.get_state_display()
        )
    if step and entry.step != step:
        raise Refusal(
            "reserve.not_at_step", name=entry.project.name, step=Step(step).label, now=entry.get_step_display()
        )
    if not may_act(actor, act, entry, system):
        raise NotAllowed(
            "reserve.not_the_one", act=rights().label(act), actor=actor.name, post=actor.post_name,
            step=entry.get_step_display(), who=whose(entry, system),
        )  # fmt: skip


def whose(entry: LibraryEntry, system: System) -> str:
    """Return in words who acts at the step where the entry waits."""
    labels = rights().roles
    roles = "、".join(labels[role] for role in system.roles_of(entry.step)) or "有权办理的人员"
    if entry.step in (Step.PRELIMINARY_CHECK, Step.ADMISSION):
        return f"{entry.library.name}的管理单位{entry.library.keeper.name}（{roles}）"
    return f"{entry.library.name}的链长" if entry.step == Step.CHAIN_LEADER_REVIEW else roles


def is_keeper(actor: Actor, library: Library) -> bool:
    """Return whether the actor sits in the unit that keeps the library."""
    return actor.unit_id is not None and actor.unit_id == library.keeper_id


def is_declarer(actor: Actor, entry: LibraryEntry) -> bool:
    """Return whether the actor's unit declared the entry, or he himself when no unit is known."""
    if entry.declared_unit_id is not None:
        return actor.unit_id == entry.declared_unit_id
    return actor.person_id is not None and actor.person_id == entry.declared_person_id


# --- the book ---------------------------------------------------------------------------------------------------


def subject_of(project: Project) -> Subject:
    """Return the project as the subject of an entry: the acts stand on its timeline."""
    return Subject(SUBJECT, project.pk, project.region_key, project.name)


def draft(
    kind: str, entry: LibraryEntry, *, actor: Actor, on: date, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None, policy: Sequence[Mapping[str, Any]] = (), key: str | None = None,
    reason: str = "",
) -> EntryDraft:  # fmt: skip
    """Return the ledger draft of one act on an entry."""
    extra: dict[str, Any] = {"entry": entry.pk, "library": entry.library_id}
    if reason.strip():
        extra["reason"] = reason.strip()
    shown = {"library": entry.library.name, "reserve_state": entry.get_state_display()}
    return EntryDraft(
        kind=kind,
        subject=subject_of(entry.project),
        actor=actor.stamp,
        occurred_on=on,
        before=before,
        after={**shown, **(after or {})},
        policy=policy,
        key=key,
        public={
            "项目名称": entry.project.name,
            "储备库": entry.library.name,
            "事项": rights().label(kind),
            "日期": on.isoformat(),
        },
        extra=extra,
    )


def enter(kind: str, entry: LibraryEntry, *, actor: Actor, on: date, topic: str = "", **more: Any) -> Entry:
    """Count the revision, save the entry, enter the book and tell others (``topic``, by default the kind)."""
    entry.rev += 1
    entry.save()
    written = ledger.append(draft(kind, entry, actor=actor, on=on, **more))
    tell(topic or kind, entry, actor)
    return written


def tell(topic: str, entry: LibraryEntry, actor: Actor, **more: Any) -> None:
    """Leave the message for the rooms above; the subject is the project."""
    outbox.add(
        topic, subject_kind=SUBJECT, subject_id=entry.project_id, region_key=entry.region_key, entry=entry.pk,
        library=entry.library_id, kind=entry.kind, state=entry.state, step=entry.step, by_person=actor.person_id,
        by_name=actor.name, by_roles=sorted(actor.roles), **more,
    )  # fmt: skip


# --- tasks and limits ------------------------------------------------------------------------------------------------


def group_of(entry: LibraryEntry) -> tuple[str, int]:
    """Return kind and id of the task's subject: the entry, or all of an imported list that one library got."""
    if entry.batch_id is None:
        return ENTRY, entry.pk
    return f"{ENTRY}_batch:{entry.library_id}", entry.batch_id


def task_kind(step: str) -> str:
    """Return the kind of task of a step: ``reserve.preliminary_check``."""
    return f"reserve.{step.lower()}"


def posts_for(entry: LibraryEntry, step: str, system: System) -> list[int]:
    """Return the posts on duty for a step: of the library's keeper, the chain's leader, or nearest by role.

    Where the keeper has nobody on the platform, the 发改 officers of the county get it, so that nothing lies unseen.
    """
    roles = system.roles_of(step) or KEEPING
    library = entry.library
    posts: list[int] = []
    if step in (Step.PRELIMINARY_CHECK, Step.ADMISSION):
        for role in roles:
            if posts := orgs.unit_posts(library.keeper_id, [role]):
                break
    elif step == Step.CHAIN_LEADER_REVIEW and library.leader_post_id is not None:
        posts = [library.leader_post_id]
    else:
        posts = orgs.nearest_posts(roles, library.region_key)
    return posts or orgs.nearest_posts(OFFICERS, library.region_key)


def hand_on(entry: LibraryEntry, system: System, actor: Actor, on: date) -> None:
    """Start the limit of the step where the entry waits and give its posts the task (of a list: one for all of it)."""
    new = _limit_of(entry, system, on)
    deadline = deadlines.open_deadline(new) if new is not None else None
    entry.deadline_id = deadline.pk if deadline else None
    LibraryEntry.objects.unscoped("the act holds it").filter(pk=entry.pk).update(deadline_id=entry.deadline_id)
    _give_tasks(entry, deadline, actor, posts_for(entry, entry.step, system))


def hand_on_many(waiting: Sequence[tuple[LibraryEntry, System]], actor: Actor, on: date) -> None:
    """Hand on the entries of one chunk of a list as :func:`hand_on` does each: a few statements, one task per library."""
    limits = [(entry, new) for entry, system in waiting if (new := _limit_of(entry, system, on)) is not None]
    started = deadlines.open_deadlines([new for _entry, new in limits])
    of_entry = {entry.pk: deadline for (entry, _new), deadline in zip(limits, started, strict=True)}
    for entry, _system in waiting:
        deadline = of_entry.get(entry.pk)
        entry.deadline_id = deadline.pk if deadline else None
    bulk.update([entry for entry, _system in waiting], ["deadline_id"])
    asked: set[tuple[int, str]] = set()
    for entry, system in waiting:
        if (place := (entry.library_id, entry.step)) not in asked:
            asked.add(place)
            _give_tasks(entry, of_entry.get(entry.pk), actor, posts_for(entry, entry.step, system))


def _limit_of(entry: LibraryEntry, system: System, on: date) -> NewDeadline | None:
    """Return the limit of the step where the entry waits; an act dated back starts none."""
    if (found := system.step_limit) is None or on != clock.today():
        return None
    limit, value = found
    return NewDeadline(
        key=f"reserve:{entry.pk}:{entry.round}", title=f"储备{entry.get_step_display()}",
        subject=subject_of(entry.project), started=clock.now(), limit=limit,
        url=reverse("reserve:entry", args=[entry.pk]), policy_ref=value.ref.as_dict(),
    )  # fmt: skip


def _give_tasks(entry: LibraryEntry, deadline: Deadline | None, actor: Actor, posts: Sequence[int]) -> None:
    kind, group = group_of(entry)
    label = entry.get_step_display()
    title, url = f"储备{label}：{entry.project.name}", reverse("reserve:entry", args=[entry.pk])
    if entry.batch_id is not None:
        title = f"储备{label}：{entry.declared_unit_name}申报的项目（{entry.library.name}，导入批次 {entry.batch_id}）"
        url = reverse("reserve:list", query={"batch": entry.batch_id, "step": entry.step})
    for post_id in posts:
        inbox.assign_task(
            key=f"reserve:{kind}:{group}:{entry.step}:{0 if entry.batch_id else entry.round}:{post_id}",
            kind=task_kind(entry.step), title=title, post_id=post_id,
            subject=Subject(kind, group, entry.region_key, entry.project.name if entry.batch_id is None else title),
            url=url, due_on=deadline.due_on if deadline else None,
            is_provisional=deadline.is_provisional if deadline else False,
            deadline_id=deadline.pk if deadline and entry.batch_id is None else None, opened_by=actor.name,
        )  # fmt: skip


def close_step(entry: LibraryEntry, step: str, actor: Actor, outcome: str) -> None:
    """Close limit and tasks of a step that is over. Call it after the entry was saved."""
    if entry.deadline_id is not None:
        deadline = deadlines.lock(entry.deadline_id)
        if deadline.is_open:
            deadlines.close(deadline, at=clock.now())
        entry.deadline_id = None
        LibraryEntry.objects.unscoped("the act holds it").filter(pk=entry.pk).update(deadline_id=None)
    kind, group = group_of(entry)
    if entry.batch_id is not None:
        rest = LibraryEntry.objects.unscoped("how many of the list still wait").filter(
            batch_id=entry.batch_id, library_id=entry.library_id, step=step, state=EntryState.PENDING
        )
        if rest.exclude(pk=entry.pk).exists():
            return
    inbox.close_tasks(kind=task_kind(step), subject_kind=kind, subject_id=group, actor=actor, outcome=outcome)


def ask_declarer(entry: LibraryEntry, actor: Actor, reason: str) -> None:
    """Give the declaring unit (or person) the task to supplement."""
    url = reverse("reserve:entry", args=[entry.pk])
    common: dict[str, Any] = {
        "kind": SUPPLEMENT, "title": f"补正后重新报送：{entry.project.name}", "url": url, "opened_by": actor.name,
        "subject": Subject(ENTRY, entry.pk, entry.region_key, entry.project.name),
    }  # fmt: skip
    posts = orgs.unit_posts(entry.declared_unit_id, DECLARING) if entry.declared_unit_id else []
    for post_id in posts:
        inbox.assign_task(key=f"reserve:{entry.pk}:supplement:{entry.round}:{post_id}", post_id=post_id, **common)
    if not posts and entry.declared_person_id is not None:
        person_id = entry.declared_person_id
        inbox.assign_task(
            key=f"reserve:{entry.pk}:supplement:{entry.round}:p{person_id}", person_id=person_id, **common
        )


def tell_declarer(entry: LibraryEntry, title: str, text: str, actor: Actor, mark: str) -> None:
    """Send the people of the declaring unit a message (not its tasks: there is nothing to do)."""
    posts = orgs.unit_posts(entry.declared_unit_id, DECLARING) if entry.declared_unit_id else []
    people = [pk for post_id in posts for pk in orgs.holders_of(post_id)]
    if not people and entry.declared_person_id is not None:
        people = [entry.declared_person_id]
    inbox.notify(
        key=f"reserve:{entry.pk}:{mark}:{entry.rev}", people=people, title=title, text=text[:900],
        url=reverse("reserve:entry", args=[entry.pk]), sender=actor.name, region_key=entry.region_key,
    )  # fmt: skip
