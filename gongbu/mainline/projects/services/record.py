"""What every act on a project does around its own change: lock, check, count, enter the book, tell others."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import orjson

from gongbu.ground.basics import clock, prepared
from gongbu.ground.basics.findings import ChangedMeanwhile, Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.ledger import AlreadyRecorded
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.projects import access, status
from gongbu.mainline.projects.choices import Origin, State
from gongbu.mainline.projects.models import Project

SUBJECT = "project"
P = ParamSpec("P")
R = TypeVar("R")


def repeatable(load: Callable[[int], R]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make an act with an idempotency key answer a repeat with its first result instead of a refusal.

    Goes outside ``@act``, so that the repeated transaction is rolled back whole before the first result is read.
    ``load`` gets the id of the subject of the first entry.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except AlreadyRecorded as repeat:
                return load(repeat.entry.subject_id)
            except Refusal:
                # A repeat meets what the first call left (the name is taken, the stage is reached) before the key.
                first = Entry.objects.filter(key=kwargs["key"]).first() if kwargs.get("key") else None
                if first is None:
                    raise
                return load(first.subject_id)

        return run

    return decorate


def load_project(project_id: int) -> Project:
    """Return a project by id, for :func:`repeatable`."""
    return Project.objects.unscoped("first result of a repeat").select_related("competent_region").get(pk=project_id)


_LOCKED = Prepared(
    lambda pk: (
        Project.objects.unscoped("locked first, rights tested next")
        .select_for_update(of=("self",))
        .select_related("competent_region")
        .filter(pk=pk)
    )
)


def lock(project_id: int, *, actor: Actor, act: str, rev: int | None = None, live: bool = True) -> Project:
    """Lock a project and make sure that this actor may do this act on this revision of it.

    :raises NotFound: no such project, or outside what the actor may read (the two are not told apart)
    :raises NotAllowed: the actor may read it but not do this
    :raises ChangedMeanwhile: ``rev`` is no longer the present one; tells who changed what and when
    :raises Refusal: the file is split, merged or withdrawn
    """
    project = _LOCKED.first(project_id)
    if project is None:
        raise NotFound("projects.not_found")
    if not access.may(actor, act, project):
        if not access.readable(actor, clock.today()).filter(pk=project_id).exists():
            raise NotFound("projects.not_found")
        access.require(actor, act, project)
    if rev is not None and rev != project.rev:
        raise changed_meanwhile(project, rev)
    if live and project.state != State.ACTIVE:
        raise Refusal("projects.not_active", name=project.name, state=State(project.state).label)
    return project


def changed_meanwhile(project: Project, seen_rev: int) -> ChangedMeanwhile:
    """Return the refusal that tells who changed which fields since revision ``seen_rev`` (1 query)."""
    from gongbu.mainline.projects import timeline
    from gongbu.mainline.projects.messages import KIND_LABELS

    entries = Entry.objects.filter(subject_kind=SUBJECT, subject_id=project.pk).order_by("-pk")
    later = [orjson.loads(text) for text in entries.values_list("canonical", flat=True)[:20]]
    later = [content for content in later if content["extra"].get("rev", 0) > seen_rev]
    fields = {key for content in later for key in (content["after"] or {})}
    last: dict[str, Any] = later[0] if later else {}
    last_at = datetime.fromisoformat(last["recorded_at"]) if last else None
    return ChangedMeanwhile(
        "projects.changed_meanwhile",
        who=last.get("actor", {}).get("name", "他人"),
        when=str(last.get("recorded_at", ""))[:16].replace("T", " "),
        what=KIND_LABELS.get(last.get("kind", ""), "修改项目"),
        fields="、".join(dict.fromkeys(timeline.label(key) for key in sorted(fields - timeline.WITHOUT_WORDS))) or "—",
        by=last.get("actor", {}).get("name", "他人"),
        at=last_at,
        rev=project.rev,
        current={key: getattr(project, key) for key in sorted(fields) if hasattr(project, key)},
    )


EARLIEST = date(1949, 10, 1)
# 平台默认: how far back a new file may be dated; what began earlier comes in by 历史接入. No instrument sets it.
CREATE_REACHES_BACK_DAYS = 366


def day_of(on: date | None) -> date:
    """Return the legal day of an act, today by default.

    :raises InvalidInput: the day is ahead
    """
    today = clock.today()
    if on is not None and on > today:
        raise _bad_day("projects.day_ahead", on, today=today.isoformat())
    return on or today


def check_day(on: date | None, *projects: Project, is_new: bool = False) -> date:
    """Return the legal day of an act, today by default.

    ``projects``: those the act is on. Nothing happened to a project in this register before its file was opened; one
    that came in by 历史接入 or import had a life before, so its earlier days are entered later as they were.
    ``is_new``: the act opens an ordinary new file, which reaches back no further than the platform default.

    :raises InvalidInput: the day is in the future, before the state existed, or before the act was possible
    """
    today, on = clock.today(), day_of(on)
    if on == today:
        return today
    if on < EARLIEST:
        raise _bad_day("projects.day_too_early", on, earliest=EARLIEST.isoformat())
    if is_new and (today - on).days > CREATE_REACHES_BACK_DAYS:
        earliest = today - timedelta(days=CREATE_REACHES_BACK_DAYS)
        raise _bad_day("projects.day_too_far_back", on, days=CREATE_REACHES_BACK_DAYS, earliest=earliest.isoformat())
    for project in projects:
        if project.origin == Origin.CREATED and on < project.created_on:
            raise _bad_day("projects.day_before_file", on, name=project.name, created=project.created_on.isoformat())
    return on


def _bad_day(code: str, on: date, **data: object) -> InvalidInput:
    return InvalidInput([Finding(code, {"on": on.isoformat(), **data}, "occurred_on", Severity.REJECT)])


def subject_of(project: Project) -> Subject:
    """Return the project as the subject of an entry."""
    return Subject(SUBJECT, project.pk, project.region_key, project.name)


def draft_entry(
    kind: str,
    project: Project,
    *,
    actor: Actor,
    on: date,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    policy: Sequence[Mapping[str, Any]] = (),
    documents: Sequence[str] = (),
    public: Mapping[str, Any] | None = None,
    key: str | None = None,
    **extra: Any,
) -> EntryDraft:
    """Return the ledger draft of one act, stamped with the project's revision after the act."""
    return EntryDraft(
        kind=kind,
        subject=subject_of(project),
        actor=actor.stamp,
        occurred_on=on,
        before=before,
        after=after,
        policy=policy,
        documents=documents,
        public=public,
        key=key,
        extra={"rev": project.rev, **extra},
    )


def by(actor: Actor) -> dict[str, Any]:
    """Return who acted, as messages in the outbox carry it: ids, name and the roles he acted in."""
    return {"by_person": actor.person_id, "by_name": actor.name, "by_roles": sorted(actor.roles)}


def commit(
    kind: str,
    project: Project,
    *,
    actor: Actor,
    on: date,
    save: Sequence[str] = (),
    also_refresh: Sequence[int] = (),
    tell: Mapping[str, Any] | None = None,
    rejudge: Collection[str] = (),
    refresh: status.Scope = "ALL",
    **entry: Any,
) -> Entry:
    """Count the revision, save the named columns, enter the book, tell others and refresh the flat rows.

    ``rejudge``: facts that changed and that tables may read; new answers and their references go into the same entry.
    ``refresh``: what the flat row must be computed from again: ``OWN`` the saved columns alone, ``ANNUAL`` the annual
    investments too, ``ALL`` everything.
    """
    project.rev += 1
    project.last_act_at = clock.now()
    prepared.update(project, [*save, "rev", "last_act_at"])
    was_asked = False
    if rejudge:
        from gongbu.mainline.projects.services.classifying import judge

        judged = judge([project], on, changed_keys=rejudge)[project.pk]
        was_asked = judged.was_asked
        if judged.answers:
            entry["after"] = {**(entry.get("after") or {}), "classification": judged.answers}
            entry["policy"] = judged.refs
    written = ledger.append(draft_entry(kind, project, actor=actor, on=on, **entry))
    told = {**(tell or {}), **by(actor)}
    outbox.add(kind, subject_kind=SUBJECT, subject_id=project.pk, region_key=project.region_key, **told)
    if refresh == "ALL":
        status.refresh_loaded([project])
    else:
        status.update_loaded(project, save, with_annual=refresh == "ANNUAL", with_judged=was_asked)
    if also_refresh:
        status.refresh(also_refresh)
    return written
