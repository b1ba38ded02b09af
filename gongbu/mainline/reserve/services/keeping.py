"""Keep a library: 择优生成 the general one, 续报, 退出 with reason, 移交 to another library of the kind."""

from collections.abc import Mapping, Sequence
from datetime import date

from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import ChangedMeanwhile, NotAllowed, NotFound, Refusal, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.inbox import services as inbox
from gongbu.ground.ledger import services as ledger
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.rights import rights
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.choices import State
from gongbu.mainline.projects.services.record import day_of
from gongbu.mainline.reserve import files
from gongbu.mainline.reserve.choices import EntryState, LibraryKind
from gongbu.mainline.reserve.models import Library, LibraryEntry, ReserveFile
from gongbu.mainline.reserve.rules.checks import check_reason
from gongbu.mainline.reserve.services import record
from gongbu.mainline.reserve.system import system_of

SOURCES = (LibraryKind.SECTOR, LibraryKind.CHAIN)


@act("reserve.select", "择优纳入综合库")
def select(
    *, project_ids: Sequence[int], reason: str, actor: Actor, on: date | None = None, key: str | None = None
) -> list[LibraryEntry]:
    """Take projects of sector and chain libraries into the general library (择优生成), with the reason; one entry each.

    :raises Refusal: no general library; a project is not in a sector or chain library, in it already, or has begun
    :raises InvalidInput: no reason
    :raises NotAllowed: another unit keeps the general library
    """
    day = day_of(on)
    refuse_secret(reason)
    raise_on_reject(check_reason(reason, "reserve_reason"))
    rows = LibraryEntry.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    held = list(
        rows.filter(project_id__in=set(project_ids), state__in=files.HELD_STATES)
        .select_related("project__competent_region", "library__region")
        .order_by("pk")
    )
    by_project: dict[int, list[LibraryEntry]] = {}
    for entry in held:
        by_project.setdefault(entry.project_id, []).append(entry)
    general = _general_of({entry.library.region_id for entry in held})
    flat = ReserveFile.objects.unscoped("facts of the chosen").in_bulk(set(project_ids))
    made = []
    for pk in dict.fromkeys(project_ids):
        mine = by_project.get(pk, [])
        source = next((e for e in mine if e.kind in SOURCES and e.state == EntryState.IN), None)
        if source is None:
            name = mine[0].project.name if mine else str(pk)
            raise Refusal("reserve.not_in_source", name=name)
        library = general.get(source.library.region_id)
        if library is None:
            raise Refusal("reserve.no_general", region=source.library.region.name)
        actor.require("reserve.select", source.region_key)
        if not record.is_keeper(actor, library):
            raise NotAllowed(
                "reserve.not_the_keeper", library=library.name, keeper=library.keeper.name, actor=actor.name
            )
        record.require_order(source, day)
        if any(e.kind == LibraryKind.GENERAL for e in mine):
            raise Refusal("reserve.already", name=source.project.name, library=library.name, state=EntryState.IN.label)
        if source.project.state != State.ACTIVE or not flat[pk].is_counted:
            raise Refusal("reserve.not_counted", name=source.project.name)
        made.append(
            LibraryEntry(
                project=source.project, library=library, kind=LibraryKind.GENERAL, region_key=source.region_key,
                state=EntryState.IN, declared_on=day, in_on=day, reason=reason.strip()[:500],
                declared_unit_id=actor.unit_id, declared_unit_name=actor.unit_name or actor.name,
                declared_person_id=actor.person_id, declared_person_name=actor.name,
            )
        )  # fmt: skip
    if not made:
        raise Refusal("reserve.nothing_chosen")
    LibraryEntry.objects.bulk_create(made)
    ledger.append_many(
        [
            record.draft(
                "reserve.select", entry, actor=actor, on=day, reason=reason,
                key=f"{key}:{entry.project_id}" if key else None,
            )
            for entry in made
        ]
    )  # fmt: skip
    for entry in made:
        record.tell("reserve.selected", entry, actor)
    files.refresh([entry.project_id for entry in made], touch=True)
    return made


def _general_of(region_ids: set[int]) -> Mapping[int, Library]:
    rows = Library.objects.unscoped("tested by its keeper").filter(
        region_id__in=region_ids, kind=LibraryKind.GENERAL, closed_on=None
    )
    return {row.region_id: row for row in rows.select_related("keeper", "region")}


@act("reserve.renew", "储备续报")
def renew(
    *, project_id: int, actor: Actor, note: str = "", on: date | None = None, rev: int | None = None
) -> ReserveFile:
    """Renew a project in the reserve (续报): it is still planned, and its file says what is known today.

    The declaring unit, the owner, or the keeper of a library that holds it renews; all its libraries count as renewed.

    :raises NotFound: not in the reserve
    :raises Refusal: no library holds it, or its file is closed
    :raises NotAllowed: another unit's
    """
    day = day_of(on)
    entries = record.lock_entries(project_id)
    file = _file(project_id, rev)
    held = [entry for entry in entries if entry.state == EntryState.IN]
    if not held:
        raise Refusal("reserve.not_held", name=file.name)
    refuse_secret(note)
    project = held[0].project
    own = actor.unit_id is not None and project.owner_unit_id == actor.unit_id
    is_his = own or any(record.is_declarer(actor, e) or record.is_keeper(actor, e.library) for e in held)
    if not is_his or not actor.may("reserve.renew", project.region_key, None, own=own or is_his):
        raise NotAllowed("reserve.not_the_declarer", unit=file.declared_unit_name, actor=actor.name)
    if project.state != State.ACTIVE:
        raise Refusal("projects.not_active", name=project.name, state=State(project.state).label)
    if day <= file.renewed_on:
        raise Refusal("reserve.renewed_already", name=file.name, on=file.renewed_on.isoformat())
    before = {"renewed_on": file.renewed_on.isoformat()}
    asked_on = file.renewal_asked_on
    rows = ReserveFile.objects.unscoped("the act holds it").filter(pk=project_id)
    rows.update(renewed_on=day, renewal_asked_on=None)
    main = held[-1]
    after = {"renewed_on": day.isoformat(), **({"reserve_note": note.strip()[:1000]} if note.strip() else {})}
    record.enter("reserve.renew", main, actor=actor, on=day, topic="reserve.renewed", before=before, after=after)
    files.refresh([project_id], touch=True)
    for entry in held:
        inbox.close_tasks(
            kind=record.LEAVE, subject_kind=record.ENTRY, subject_id=entry.pk, actor=actor, outcome="已续报"
        )
    close_renewal(file, asked_on, actor, "已续报")
    return _file(project_id, None)


@act("reserve.withdraw", "退出储备库")
def withdraw(
    *,
    project_id: int,
    reason: str,
    actor: Actor,
    library_id: int | None = None,
    rev: int | None = None,
    on: date | None = None,
) -> list[LibraryEntry]:
    """Take a project out of one library, or out of all of them, with the reason; the file stays readable.

    Who keeps the library may; the declaring unit may take back what is still examined; the keeper of the general
    library may take it out of all. While the general library holds it, its last source is not taken away.

    :raises NotFound: not in the reserve, or not in that library
    :raises InvalidInput: no reason
    :raises Refusal: the general library holds it
    :raises NotAllowed: names the library that is not his
    """
    day = day_of(on)
    refuse_secret(reason)
    raise_on_reject(check_reason(reason, "reserve_reason"))
    entries = record.lock_entries(project_id)
    file = _file(project_id, rev)
    chosen = [entry for entry in entries if library_id in (None, entry.library_id)]
    if not chosen:
        raise NotFound("reserve.entry_missing")
    general = next((e for e in entries if e.kind == LibraryKind.GENERAL), None)
    is_manager = _keeps_general(actor, entries[0].library)
    for entry in chosen:
        if not actor.may("reserve.withdraw", entry.region_key, None, own=record.is_declarer(actor, entry)):
            raise NotAllowed(
                "rights.not_allowed", act=rights().label("reserve.withdraw"), actor=actor.name, post=actor.post_name
            )
        takes_back = entry.state != EntryState.IN and record.is_declarer(actor, entry)
        if not (is_manager or takes_back or record.is_keeper(actor, entry.library)):
            raise NotAllowed(
                "reserve.not_the_keeper", library=entry.library.name, keeper=entry.library.keeper.name, actor=actor.name
            )
    stay = [e for e in entries if e not in chosen and e.kind in SOURCES and e.state == EntryState.IN]
    if general is not None and general not in chosen and not stay and any(e.kind in SOURCES for e in chosen):
        raise Refusal("reserve.general_holds", name=file.name, library=general.library.name)
    for entry in chosen:
        record.require_order(entry, day)
    for entry in chosen:
        step, was = entry.step, entry.get_state_display()
        entry.state, entry.step, entry.step_since_on = EntryState.WITHDRAWN, "", None
        entry.out_on, entry.reason = day, reason.strip()[:500]
        record.enter(
            "reserve.withdraw", entry, actor=actor, on=day, topic="reserve.withdrawn", reason=reason,
            before={"reserve_state": was},
        )  # fmt: skip
        if step:
            record.close_step(entry, step, actor, "已撤回")
        for kind in (record.SUPPLEMENT, record.LEAVE):
            inbox.close_tasks(
                kind=kind, subject_kind=record.ENTRY, subject_id=entry.pk, actor=actor, outcome="已退出储备库"
            )
    files.refresh([project_id], touch=True)
    if len(chosen) == len(entries):
        close_renewal(file, file.renewal_asked_on, actor, "已退出储备库")
    return chosen


def _keeps_general(actor: Actor, library: Library) -> bool:
    general = _general_of({library.region_id}).get(library.region_id)
    return general is not None and record.is_keeper(actor, general)


def close_renewal(file: ReserveFile, asked_on: date | None, actor: Actor, outcome: str) -> None:
    """Close the renewal task of the unit when nothing that was asked with it is left open."""
    if asked_on is None or file.declared_unit_id is None:
        return
    rest = ReserveFile.objects.unscoped("what was asked together").filter(
        declared_unit_id=file.declared_unit_id, renewal_asked_on=asked_on, attention__in=["RENEWAL", "STALE"]
    )
    if not rest.exists():
        inbox.close_tasks(
            kind=record.RENEW, subject_kind=f"reserve_renewal:{asked_on:%Y%m%d}", subject_id=file.declared_unit_id,
            actor=actor, outcome=outcome,
        )  # fmt: skip


@act("reserve.transfer", "移交储备库")
def transfer(
    *, entry_id: int, library_id: int, reason: str, actor: Actor, rev: int | None = None, on: date | None = None
) -> LibraryEntry:
    """Hand an entry over to another library of the same kind (移交管理单位), with the reason.

    Its keeper, or that of the general library, hands over. What is still examined goes to the new keeper's posts; the
    project's sector follows a sector library.

    :raises Refusal: not of the same kind and county, closed, or the same library
    :raises NotAllowed: another unit keeps it
    """
    day = day_of(on)
    refuse_secret(reason)
    raise_on_reject(check_reason(reason, "reserve_reason"))
    entry = record.lock_entry(entry_id, rev)
    actor.require("reserve.transfer", entry.region_key)
    if not (record.is_keeper(actor, entry.library) or _keeps_general(actor, entry.library)):
        raise NotAllowed(
            "reserve.not_the_keeper", library=entry.library.name, keeper=entry.library.keeper.name, actor=actor.name
        )
    rows = Library.objects.unscoped("tested below").select_related("keeper", "region")
    library = rows.filter(pk=library_id, closed_on=None).first()
    if entry.state not in files.HELD_STATES or library is None or library.pk == entry.library_id:
        raise Refusal("reserve.library_missing", field="reserve_library_id")
    if (library.kind, library.region_id) != (entry.kind, entry.library.region_id) or entry.kind == LibraryKind.GENERAL:
        raise Refusal("reserve.library_other_kind", field="reserve_library_id", library=library.name)
    record.require_order(entry, day)
    before = {"library": entry.library.name}
    if entry.state == EntryState.PENDING:
        record.close_step(entry, entry.step, actor, f"移交{library.name}")
    entry.library, entry.batch_id = library, None
    entry.round += 1
    record.enter(
        "reserve.transfer", entry, actor=actor, on=day, topic="reserve.transferred", before=before, reason=reason
    )
    may_update = actor.may("projects.update", entry.region_key, entry.project.sector or None)
    if entry.kind == LibraryKind.SECTOR and may_update and entry.project.sector != library.scope:
        projects.update_project(
            project_id=entry.project_id, rev=entry.project.rev, changes={"sector": library.scope}, actor=actor, on=on,
            reason=f"移交{library.name}",
        )  # fmt: skip
    if entry.state == EntryState.PENDING:
        record.hand_on(entry, system_of(library.region, day).require(), actor, day)
    files.refresh([entry.project_id], touch=True)
    return entry


def _file(project_id: int, rev: int | None) -> ReserveFile:
    file = ReserveFile.objects.unscoped("rights are tested by the act").filter(pk=project_id).first()
    if file is None:
        raise NotFound("reserve.file_missing")
    if rev is not None and rev != file.rev:
        raise ChangedMeanwhile(
            "reserve.changed_meanwhile", name=file.name, state=file.get_state_display(), rev=file.rev
        )
    return file
