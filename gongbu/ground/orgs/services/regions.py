"""Acts on regions: take in a new one (a development zone, a demo city), register a change of code."""

from datetime import date

from django.db import IntegrityError, transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Severity
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region, RegionCode
from gongbu.ground.orgs.region_data import pinyin
from gongbu.ground.orgs.rules.region_build import PLACEHOLDERS, free_key
from gongbu.ground.orgs.services.record import AlreadyDone, Conflict, enter, find_region

SIZES = {"PROVINCE": 10**10, "CITY": 10**8, "COUNTY": 10**6, "TOWNSHIP": 10**3}
LENGTHS = {"PROVINCE": 6, "CITY": 6, "COUNTY": 6, "TOWNSHIP": 9}
OWN_EDITION = "本地登记"


@act("orgs.create_region", "新增区划或开发区")
def create_region(
    *,
    actor: Actor,
    code: str,
    name: str,
    parent_id: int,
    level: str,
    kind: str = Region.Kind.ADMINISTRATIVE,
    edition: str = OWN_EDITION,
    on: date | None = None,
    is_demo: bool = False,
) -> Region:
    """Take in a region below another one. Its order key comes from the code, or is the next free of the parent.

    :param code: six digits, nine for a township
    :param level: PROVINCE, CITY, COUNTY or TOWNSHIP
    :raises InvalidInput: code or name do not fit the level
    :raises Conflict: the code belongs to a region, or the parent has no room left
    """
    parent = Region.objects.select_for_update().get(pk=find_region(parent_id).pk)
    actor.require("orgs.create_region", parent.key_lo)
    code, name = code.strip(), name.strip()
    if level not in SIZES or not code.isascii() or not code.isdigit() or len(code) != LENGTHS[level] or not name:
        raise InvalidInput([Finding("orgs.region_form", {"code": code, "level": level}, "code", Severity.REJECT)])
    if other := RegionCode.objects.filter(code=code).select_related("region").first():
        raise Conflict("orgs.region_code_taken", field="code", value=code, name=other.region.name)
    size = SIZES[level]
    taken = list(parent.children.values_list("key_lo", "key_hi"))
    try:
        key = free_key(int(code.ljust(12, "0")), size, (parent.key_lo, parent.key_hi), taken)
        with transaction.atomic():
            region = Region.objects.create(
                parent=parent,
                name=name,
                level=level,
                kind=kind,
                key_lo=key,
                key_hi=key + size,
                sort_pinyin=pinyin(name),
                valid_from=on,
                is_demo=is_demo,
            )
    except (ValueError, IntegrityError) as error:
        raise Conflict("orgs.region_no_room", parent=parent.name) from error
    _add_code(region, code, name, edition, on)
    enter(
        "orgs.region_created",
        actor=actor,
        subject=("region", region.pk, name),
        region_key=key,
        on=on,
        after={"code": code, "name": name, "level": level, "kind": str(kind), "parent_id": parent.pk},
    )
    return region


@act("orgs.renumber_region", "登记区划代码变更")
def renumber_region(
    *, actor: Actor, region_id: int, code: str, name: str, on: date, edition: str = OWN_EDITION
) -> Region:
    """Register that a region has a new code and name from a day on (撤县设区 and the like). Its id and key stay.

    :raises AlreadyDone: it has this code
    :raises Conflict: the code belongs to another region
    """
    region = Region.objects.select_for_update().get(pk=find_region(region_id).pk)
    actor.require("orgs.renumber_region", region.key_lo)
    code, name = code.strip(), name.strip()
    if not (code.isascii() and code.isdigit() and len(code) in {6, 9}) or not name:
        raise InvalidInput(
            [Finding("orgs.region_form", {"code": code, "level": region.level}, "code", Severity.REJECT)]
        )
    other = RegionCode.objects.filter(code=code).select_related("region").first()
    if other is not None and other.region_id == region.pk:
        raise AlreadyDone("orgs.region_has_code", value=code, name=region.name)
    if other is not None:
        raise Conflict("orgs.region_code_taken", field="code", value=code, name=other.region.name)
    standing = region.codes.filter(valid_to=None).exclude(name__in=PLACEHOLDERS)  # 市辖区等占位码不随之变更
    before = {"name": region.name, "codes": list(standing.values_list("code", flat=True))}
    standing.update(valid_to=on, is_exact=True)
    _add_code(region, code, name, edition, on)
    region.name, region.sort_pinyin = name, pinyin(name)
    region.save(update_fields=["name", "sort_pinyin"])
    enter(
        "orgs.region_renumbered",
        actor=actor,
        subject=("region", region.pk, name),
        region_key=region.key_lo,
        on=min(on, clock.today()),
        before=before,
        after={"name": name, "code": code, "from": on.isoformat()},
    )
    return region


def _add_code(region: Region, code: str, name: str, edition: str, on: date | None) -> None:
    RegionCode.objects.create(
        region=region, code=code, name=name, edition=edition, last_edition=edition, valid_from=on, is_exact=bool(on)
    )
