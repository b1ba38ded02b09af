"""Acts on units (单位): create, rename, correct, close."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Severity
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Holding, Person, Unit
from gongbu.ground.orgs.queries import in_force
from gongbu.ground.orgs.region_data import pinyin
from gongbu.ground.orgs.rules.credit_code import check_credit_code, normalise
from gongbu.ground.orgs.services.record import AlreadyDone, Conflict, enter, find_region, lock_unit, rights_changed


@act("orgs.create_unit", "新增单位")
def create_unit(
    *,
    actor: Actor,
    name: str,
    kind: str,
    region_id: int,
    credit_code: str | None = None,
    short_name: str = "",
    sector: str = "",
    on: date | None = None,
) -> Unit:
    """Create a unit in a region.

    :param kind: one of :class:`Unit.Kind`
    :param credit_code: 统一社会信用代码; an office without one passes None
    :raises NotAllowed: the region is outside the actor's range
    :raises InvalidInput: no name, or the credit code does not check (GB 32100—2015)
    :raises Conflict: a unit has this credit code, or the same name in the same region
    """
    region = find_region(region_id)
    actor.require("orgs.create_unit", region.key_lo)
    unit = build_unit(
        name=name, kind=kind, region_id=region.pk, credit_code=credit_code, short_name=short_name, sector=sector
    )
    try:
        with transaction.atomic():
            unit.save(force_insert=True)
    except IntegrityError as error:  # somebody else took the code between the look and the write
        raise Conflict("orgs.credit_code_taken", field="credit_code", value=unit.credit_code, name=unit.name) from error
    after = {"name": unit.name, "credit_code": unit.credit_code, "kind": unit.kind, "region_id": region.pk}
    enter("orgs.unit_created", actor=actor, subject=_subject(unit), region_key=region.key_lo, on=on, after=after)
    return unit


def build_unit(
    *, name: str, kind: str, region_id: int, credit_code: str | None, short_name: str = "", sector: str = ""
) -> Unit:
    """Return a checked, unsaved unit; refusals as in :func:`create_unit`."""
    name, code = name.strip(), normalise(credit_code) if credit_code else None
    _check(name, kind, code)
    _refuse_doubles(name, code, region_id, None)
    return Unit(
        name=name,
        kind=kind,
        region_id=region_id,
        credit_code=code,
        short_name=short_name.strip(),
        sector=sector,
        sort_pinyin=pinyin(name),
    )


@act("orgs.rename_unit", "单位更名")
def rename_unit(*, actor: Actor, unit_id: int, name: str, on: date | None = None) -> Unit:
    """Give a unit a new name; the old one stays findable among the former names.

    :raises AlreadyDone: that is its name
    :raises Conflict: another unit of the region has the name
    """
    unit = lock_unit(unit_id)
    actor.require("orgs.rename_unit", unit.region.key_lo)
    name = name.strip()
    _check(name, unit.kind, None)
    if name == unit.name:
        raise AlreadyDone("orgs.same_name", name=name)
    _refuse_doubles(name, None, unit.region_id, unit.pk)
    before = unit.name
    unit.former_names = [*unit.former_names, {"name": before, "until": (on or clock.today()).isoformat()}]
    unit.name, unit.sort_pinyin = name, pinyin(name)
    unit.save(update_fields=["name", "sort_pinyin", "former_names"])
    _staff_look_again(unit)
    enter(
        "orgs.unit_renamed",
        actor=actor,
        subject=_subject(unit),
        region_key=unit.region.key_lo,
        on=on,
        before={"name": before},
        after={"name": name},
    )
    return unit


@act("orgs.correct_unit", "更正单位信息")
def correct_unit(
    *, actor: Actor, unit_id: int, credit_code: str | None, kind: str, short_name: str, sector: str
) -> Unit:
    """Correct what was entered wrongly about a unit (not its name: renaming is an act of its own).

    :raises InvalidInput: the credit code does not check
    :raises AlreadyDone: nothing differs
    """
    unit = lock_unit(unit_id)
    actor.require("orgs.correct_unit", unit.region.key_lo)
    code = normalise(credit_code) if credit_code else None
    _check(unit.name, kind, code)
    _refuse_doubles(None, code, unit.region_id, unit.pk)
    new: dict[str, Any] = {"credit_code": code, "kind": kind, "short_name": short_name.strip(), "sector": sector}
    before = {field: getattr(unit, field) for field in new if getattr(unit, field) != new[field]}
    if not before:
        raise AlreadyDone("orgs.nothing_differs")
    for field, value in new.items():
        setattr(unit, field, value)
    unit.save(update_fields=list(new))
    _staff_look_again(unit)
    enter(
        "orgs.unit_corrected",
        actor=actor,
        subject=_subject(unit),
        region_key=unit.region.key_lo,
        before=before,
        after={field: new[field] for field in before},
    )
    return unit


@act("orgs.close_unit", "停用单位")
def close_unit(*, actor: Actor, unit_id: int, reason: str, on: date | None = None) -> Unit:
    """Close a unit that nobody works in any more. Its records stay.

    :raises AlreadyDone: it is closed
    :raises Conflict: people still hold posts or have accounts in it
    """
    unit = lock_unit(unit_id)
    actor.require("orgs.close_unit", unit.region.key_lo)
    if unit.status == Unit.Status.CLOSED:
        raise AlreadyDone("orgs.unit_is_closed", name=unit.name)
    day = on or clock.today()
    people = Person.objects.filter(unit=unit, is_active=True).count()
    holdings = Holding.objects.filter(in_force(day), post__unit=unit).count()
    if people or holdings:
        raise Conflict("orgs.unit_has_people", name=unit.name, people=people, holdings=holdings)
    unit.status, unit.closed_on = Unit.Status.CLOSED, day
    unit.save(update_fields=["status", "closed_on"])
    enter(
        "orgs.unit_closed",
        actor=actor,
        subject=_subject(unit),
        region_key=unit.region.key_lo,
        on=day,
        after={"reason": reason},
    )
    return unit


def _subject(unit: Unit) -> tuple[str, int, str]:
    return ("unit", unit.pk, unit.name)


def _check(name: str, kind: str, code: str | None) -> None:
    findings = []
    if not name or len(name) > 120:
        findings.append(Finding("orgs.unit_name_missing", {}, "name", Severity.REJECT))
    if kind not in Unit.Kind.values:
        findings.append(Finding("orgs.unit_kind_unknown", {"value": kind}, "kind", Severity.REJECT))
    if code and (wrong := check_credit_code(code)):
        findings.append(wrong)
    if findings:
        raise InvalidInput(findings)


def _refuse_doubles(name: str | None, code: str | None, region_id: int, unit_id: int | None) -> None:
    units = Unit.objects.unscoped("credit codes are unique everywhere").exclude(pk=unit_id or 0)
    if code and (other := units.filter(credit_code=code).first()):
        raise Conflict("orgs.credit_code_taken", field="credit_code", value=code, name=other.name)
    same = units.filter(name=name, region_id=region_id).exclude(status=Unit.Status.CLOSED)
    if name and same.exists():
        raise Conflict("orgs.unit_name_taken", field="name", name=name)


def _staff_look_again(unit: Unit) -> None:
    for person_id in Person.objects.filter(unit=unit).values_list("pk", flat=True):
        rights_changed(person_id=person_id)
    for post_id in unit.posts.values_list("pk", flat=True):
        rights_changed(post_id=post_id)
