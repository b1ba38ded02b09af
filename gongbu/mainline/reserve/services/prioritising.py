"""登记优先安排: that a project in the reserve was given one of the packs' priorities, with day and note."""

from datetime import date
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects.services.record import day_of
from gongbu.mainline.reserve import files, priorities
from gongbu.mainline.reserve.choices import EntryState
from gongbu.mainline.reserve.models import LibraryEntry, Priority
from gongbu.mainline.reserve.rules.checks import check_reason
from gongbu.mainline.reserve.services import record
from gongbu.mainline.reserve.system import PRIORITIES, System, system_of

NOTE_LENGTH = 300


@act("reserve.set_priority", "登记优先安排")
def set_priority(
    *, project_id: int, name: str, actor: Actor, is_arranged: bool = True, note: str = "", on: date | None = None
) -> Priority | None:
    """Record that a priority of the packs (入库优先事项) was arranged for a project on a day, or take that back.

    A second record of the same priority takes the place of the first; ``is_arranged=False`` says that nothing is
    arranged after all, with the reason in ``note``, and returns None.

    :raises NotFound: not in the reserve
    :raises InvalidInput: no such priority in the packs; a day before the project entered; no reason to take it back
    :raises Refusal: no library holds it; the packs name none; nothing changes; a room of the platform tells of it
    :raises NotAllowed: not the 发改 office's
    """
    day = day_of(on)
    refuse_secret(note)
    entries = record.lock_entries(project_id)
    held = [entry for entry in entries if entry.state == EntryState.IN]
    if not held:
        raise _not_held(project_id)
    main = held[-1]
    actor.require("reserve.set_priority", main.region_key)
    system = system_of(main.library.region, clock.today())
    _check(system, main, held, name, note, day, is_arranged=is_arranged)
    told = priorities.arranged_of({project_id: [name]})[project_id].get(name)
    rows = Priority.objects.unscoped("the act holds the entries").select_for_update()
    old = rows.filter(project_id=project_id, name=name, is_standing=True).first()
    if told is not None and (old is None or (told.on, told.note) != (old.arranged_on, old.note)):
        raise Refusal("reserve.priority_by_room", priority=name, on=told.on.isoformat())
    if old is None and not is_arranged:
        raise Refusal("reserve.priority_not_set", priority=name)
    if old is not None and is_arranged and (old.arranged_on, old.note) == (day, note.strip()):
        raise Refusal("reserve.priority_same", priority=name, on=day.isoformat())
    if old is not None:
        old.is_standing = False
        old.save(update_fields=["is_standing"])
    new = _put(main, name, note, day, actor) if is_arranged else None
    value = system.value(PRIORITIES)
    written = record.enter(
        "reserve.set_priority", main, actor=actor, on=day if is_arranged else clock.today(), topic="reserve.priority_set",
        before={"priority_state": _said(old)} if old is not None else None, reason="" if is_arranged else note,
        after={"priority": name, "priority_state": _said(new), **({"priority_note": note.strip()} if new and note.strip() else {})},
        policy=[value.ref.as_dict()] if value is not None else [],
    )  # fmt: skip
    if new is not None:
        new.ledger_id, new.receipt = written.pk, written.receipt or ""
        new.save(update_fields=["ledger_id", "receipt"])
    files.refresh([project_id], touch=True)
    return new


def _check(
    system: System, main: LibraryEntry, held: list[LibraryEntry], name: str, note: str, day: date, *, is_arranged: bool
) -> None:
    known = system.texts(PRIORITIES)
    if not known:
        raise Refusal("reserve.no_priorities", region=system.holder.name)
    found: list[Finding] = []

    def reject(code: str, field: str, **data: Any) -> None:
        found.append(Finding(code, data, field, Severity.REJECT))

    if name not in known:
        reject("reserve.priority_unknown", "priority_name", found=name, known="；".join(known))
    in_on = min(entry.in_on for entry in held if entry.in_on is not None)
    if is_arranged and day < in_on:
        data = {"name": main.project.name, "on": day.isoformat(), "in_on": in_on.isoformat()}
        reject("reserve.priority_before_entry", "occurred_on", **data)
    if len(note.strip()) > NOTE_LENGTH:
        reject("projects.field_too_long", "priority_note", limit=NOTE_LENGTH, length=len(note.strip()), label="说明")
    if not is_arranged:
        found += check_reason(note, "priority_note")
    raise_on_reject(found)


def _put(main: LibraryEntry, name: str, note: str, day: date, actor: Actor) -> Priority:
    return Priority.objects.create(
        project_id=main.project_id, region_key=main.region_key, name=name, arranged_on=day, note=note.strip(),
        person_id=actor.person_id, person_name=actor.name, unit_name=actor.unit_name, recorded_at=clock.now(),
    )  # fmt: skip


def _said(row: Priority | None) -> str:
    return f"{row.arranged_on.isoformat()} 安排" if row is not None else priorities.NOT_YET


def _not_held(project_id: int) -> Refusal:
    rows = LibraryEntry.objects.unscoped("says why it is refused").filter(project_id=project_id)
    last = rows.select_related("project").order_by("pk").last()
    if last is None:
        return NotFound("reserve.file_missing")
    return Refusal("reserve.priority_not_held", name=last.project.name, state=last.get_state_display())
