"""The pool: register, update, relate, suspend, resume, retire experts; erase what is personal."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.serialise import serialise
from gongbu.ground.basics.text import one_line
from gongbu.ground.experts import specialties as lists
from gongbu.ground.experts.entry import NewExpert, NewRelation
from gongbu.ground.experts.models import Expert, ExpertPrivate, ExpertRelation, ExpertSpecialty, Seat, code_of
from gongbu.ground.experts.rules import identity
from gongbu.ground.experts.services.record import (
    EXPERT,
    bump,
    enter_expert,
    expert_draft,
    lock_expert,
    state_of_expert,
)
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Person, Region, Unit
from gongbu.ground.orgs.region_data import pinyin
from gongbu.ground.outbox import services as outbox

State = Expert.State
LENGTHS = {"name": 40, "unit_name": 120, "duty": 60, "title": 60, "qualification": 200}
CHANGEABLE = frozenset(
    {"name", "unit_name", "unit_id", "duty", "title", "qualification", "specialties", "serves_in_id", "valid_from",
     "valid_to", "phone", "id_number", "person_id"}
)  # fmt: skip


@act("experts.register", "专家入库")
def register_expert(*, new: NewExpert, actor: Actor) -> Expert:
    """Let an expert into the pool of a region.

    :raises NotAllowed: no right in this region, or he would serve beyond it
    :raises InvalidInput: name, unit or specialty missing, an unknown specialty, days out of order, a wrong identity number,
        a secrecy rule met
    :raises Refusal: he is in the pool already (same identity number, or same name and unit)
    """
    expert = _create([new], actor, None, "experts.register")[0]
    outbox.add("expert.registered", subject_kind=EXPERT, subject_id=expert.pk, region_key=expert.region_key)
    return expert


@act("experts.import", "导入专家")
def register_many(*, new: Sequence[NewExpert], actor: Actor, batch_id: int) -> list[Expert]:
    """Register one chunk of an import, unseen until :func:`publish_batch`; one entry per expert.

    :raises InvalidInput, Refusal: some row is impossible; nothing of the chunk is saved
    """
    return _create(new, actor, batch_id, "experts.import")


@act("experts.publish_batch", "公布专家导入批次")
def publish_batch(*, batch_id: int, region_id: int, actor: Actor) -> int:
    """Make the experts of an import batch visible at once; returns their number. A repeat does nothing."""
    region = Region.objects.get(pk=region_id)
    actor.require("experts.publish_batch", region.key_lo)
    mine = Expert.objects.unscoped("narrowed to the region below").filter(
        batch_id=batch_id, is_published=False, region_key__gte=region.key_lo, region_key__lt=region.key_hi
    )
    count = mine.update(is_published=True)
    if count:
        ledger.append(
            EntryDraft(
                kind="experts.publish_batch", actor=actor.stamp, occurred_on=clock.today(), after={"experts": count},
                subject=Subject("import_batch", batch_id, region.key_lo, f"批次 {batch_id}"),
            )
        )  # fmt: skip
    return count


def _create(news: Sequence[NewExpert], actor: Actor, batch_id: int | None, act_name: str) -> list[Expert]:
    today = clock.today()
    regions = Region.objects.in_bulk({pk for new in news for pk in (new.region_id, new.serves_in_id) if pk is not None})
    allowed: dict[int, Mapping[str, str]] = {}
    found = []
    for new in news:
        region = regions.get(new.region_id)
        if region is None:
            raise NotFound("experts.region_missing")
        actor.require(act_name, region.key_lo)
        serves = regions.get(new.serves_in_id or new.region_id, region)
        _require_range(actor, act_name, serves, region)
        if region.pk not in allowed:
            serialise("experts.pool", region.pk)
            allowed[region.pk] = lists.list_specialties(region.pk, today)
        raise_on_reject(_check(_facts_of(new), allowed[region.pk]))
        _refuse_double(new.name, new.unit_name, identity.tidy(new.id_number), region, None)
        found.append(_save_new(new, region, serves, batch_id, allowed[region.pk], today))
    ledger.append_many(
        [
            expert_draft(act_name, expert, actor, after=state_of_expert(expert, new.specialties))
            for expert, new in zip(found, news, strict=True)
        ]
    )
    return found


def _require_range(actor: Actor, act_name: str, serves: Region, keeper: Region) -> None:
    """Whoever lets an expert serve in a wider region than the keeper's needs the right there."""
    if not (keeper.key_lo <= serves.key_lo and serves.key_hi <= keeper.key_hi):
        actor.require(act_name, serves.key_lo)
        if not actor.may(act_name, serves.key_hi - 1):
            actor.require(act_name, serves.key_hi - 1)


def _facts_of(new: NewExpert) -> dict[str, Any]:
    return {
        "name": new.name, "unit_name": new.unit_name, "duty": new.duty, "title": new.title,
        "qualification": new.qualification, "specialties": new.specialties, "valid_from": new.valid_from,
        "valid_to": new.valid_to, "phone": new.phone, "id_number": new.id_number,
    }  # fmt: skip


def _check(facts: Mapping[str, Any], known: Mapping[str, str]) -> list[Finding]:
    texts = {key: str(facts[key]) for key in LENGTHS if key in facts}
    refuse_secret(*texts.values())
    found: list[Finding] = []

    def reject(code: str, key: str, **data: object) -> None:
        found.append(Finding(code, data, f"experts.{key}", Severity.REJECT))

    for key, text in texts.items():
        if key in ("name", "unit_name") and not text.strip():
            reject(f"experts.{key}_missing", key)
        elif len(text) > LENGTHS[key]:
            reject("experts.too_long", key, limit=LENGTHS[key], length=len(text))
    if "specialties" in facts:
        if not facts["specialties"]:
            reject("experts.specialty_missing", "specialties")
        for code in facts["specialties"]:
            if code not in known:
                reject("experts.specialty_unknown", "specialties", found=code)
    start, end = facts.get("valid_from"), facts.get("valid_to")
    if start is not None and end is not None and end <= start:
        reject("experts.period_reversed", "valid_to", start=start.isoformat(), end=end.isoformat())
    if (number := identity.tidy(str(facts.get("id_number") or ""))) and not identity.is_valid(number):
        reject("experts.id_number_wrong", "id_number")
    if len(one_line(str(facts.get("phone") or ""))) > 20:
        reject("experts.too_long", "phone", limit=20, length=len(str(facts["phone"])))
    return found


def _refuse_double(name: str, unit_name: str, id_number: str, region: Region, own: int | None) -> None:
    """The same person stands in one pool once: by identity number, else by name and unit.

    :raises Refusal: names the number under which he stands
    """
    same = Q(name=one_line(name), unit_name=one_line(unit_name))
    if id_number:
        same |= Q(private__id_number=id_number)
    rows = Expert.objects.unscoped("one person stands in a pool once").filter(
        same, region_key__gte=region.key_lo, region_key__lt=region.key_hi
    )
    rows = rows.exclude(pk=own) if own else rows
    first = rows.exclude(is_erased=True).values_list("pk", flat=True).first()
    if first is not None:
        raise Refusal("experts.on_file", field="experts.name", code=code_of(first))


def _save_new(
    new: NewExpert, region: Region, serves: Region, batch_id: int | None, known: Mapping[str, str], today: date
) -> Expert:
    unit = _unit(new.unit_id)
    codes = list(dict.fromkeys(new.specialties))
    expert = Expert.objects.create(
        region=region, region_key=region.key_lo, serves_in=serves, name=one_line(new.name), sort_pinyin=pinyin(one_line(new.name))[:120],
        unit=unit, unit_name=unit.name if unit else one_line(new.unit_name), duty=one_line(new.duty), title=one_line(new.title),
        qualification=one_line(new.qualification), specialty_text="、".join(known[code] for code in codes)[:300],
        person_id=_person(new.person_id, None), valid_from=new.valid_from or today, valid_to=new.valid_to,
        batch_id=batch_id, is_published=batch_id is None, created_at=clock.now(),
    )  # fmt: skip
    ExpertSpecialty.objects.bulk_create([ExpertSpecialty(expert=expert, code=code) for code in codes])
    if new.phone or new.id_number:
        ExpertPrivate.objects.create(expert=expert, phone=one_line(new.phone), id_number=identity.tidy(new.id_number))
    for relation in new.relations:
        _save_relation(expert, relation)
    return expert


def _unit(unit_id: int | None) -> Unit | None:
    if unit_id is None:
        return None
    unit = Unit.objects.unscoped("named by an expert").filter(pk=unit_id).first()
    if unit is None:
        raise_on_reject([Finding("experts.unit_unknown", {}, "experts.unit_name", Severity.REJECT)])
    return unit


def _person(person_id: int | None, own: int | None) -> int | None:
    """Return an account's id after testing that it exists and belongs to no other expert."""
    if person_id is None:
        return None
    taken = Expert.objects.unscoped("one account, one expert").filter(person_id=person_id).exclude(pk=own or 0)
    if not Person.objects.filter(pk=person_id, is_active=True).exists() or taken.exists():
        raise_on_reject([Finding("experts.account_unknown", {}, "experts.login_name", Severity.REJECT)])
    return person_id


@act("experts.update", "更新专家信息")
def update_expert(*, expert_id: int, rev: int, changes: Mapping[str, Any], actor: Actor) -> Expert:
    """Change facts of an expert. Phone and identity number change in the erasable table; the entry says only that they did.

    :raises ChangedMeanwhile: somebody changed him since ``rev``
    :raises InvalidInput: see :func:`register_expert`
    :raises Refusal: nothing changed, he left the pool, or another one is the same person
    """
    expert = lock_expert(expert_id, actor=actor, act="experts.update", rev=rev, states=[State.ACTIVE, State.SUSPENDED])
    if unknown := set(changes) - CHANGEABLE:
        raise TypeError(f"not to be changed: {sorted(unknown)}")
    codes = list(expert.specialties.order_by("pk").values_list("code", flat=True))
    private = ExpertPrivate.objects.filter(expert=expert).first() or ExpertPrivate(expert=expert)
    given = {key: one_line(value) if isinstance(value, str) else value for key, value in changes.items()}
    changed = {key: value for key, value in given.items() if _present(expert, private, codes, key) != value}
    if not changed:
        raise Refusal("experts.nothing_changed")
    known = {**{code: lists.label(code) for code in codes}, **lists.list_specialties(expert.region_id)}
    merged = {"valid_from": expert.valid_from, "valid_to": expert.valid_to, **changed}
    raise_on_reject(_check({key: merged[key] for key in (*changed, "valid_from", "valid_to")}, known))
    if {"name", "unit_name", "id_number"} & changed.keys():
        number = identity.tidy(changed.get("id_number", private.id_number))
        _refuse_double(
            changed.get("name", expert.name),
            changed.get("unit_name", expert.unit_name),
            number,
            expert.region,
            expert.pk,
        )
    before = state_of_expert(expert, codes)
    codes = _apply(expert, private, changed, codes, known, actor)
    bump(expert, "name", "sort_pinyin", "unit", "unit_name", "duty", "title", "qualification", "specialty_text",
         "serves_in", "valid_from", "valid_to", "person")  # fmt: skip
    after = state_of_expert(expert, codes)
    moved = {key: value for key, value in after.items() if before.get(key) != value}
    moved |= {key: "" for key in before if key not in after}
    moved |= {f"{key}_changed": True for key in ("name", "phone", "id_number") if key in changed}
    enter_expert(
        "experts.update",
        expert,
        actor,
        before={key: before.get(key, "") for key in moved if key in before},
        after=moved,
    )
    return expert


def _present(expert: Expert, private: ExpertPrivate, codes: Sequence[str], key: str) -> Any:
    if key == "specialties":
        return list(codes)
    if key in ("phone", "id_number"):
        return getattr(private, key)
    return getattr(expert, key)


def _apply(
    expert: Expert,
    private: ExpertPrivate,
    changed: Mapping[str, Any],
    codes: list[str],
    known: Mapping[str, str],
    actor: Actor,
) -> list[str]:
    for key in ("duty", "title", "qualification", "valid_from", "valid_to", "unit_name"):
        if key in changed:
            setattr(expert, key, changed[key])
    if "name" in changed:
        expert.name, expert.sort_pinyin = changed["name"], pinyin(changed["name"])[:120]
    if "unit_id" in changed or "unit_name" in changed:
        expert.unit = _unit(changed.get("unit_id", expert.unit_id if "unit_name" not in changed else None))
        expert.unit_name = expert.unit.name if expert.unit else expert.unit_name
    if "person_id" in changed:
        expert.person_id = _person(changed["person_id"], expert.pk)
    if "serves_in_id" in changed:
        serves = Region.objects.filter(pk=changed["serves_in_id"]).first()
        if serves is None:
            raise NotFound("experts.region_missing")
        _require_range(actor, "experts.update", serves, expert.region)
        expert.serves_in = serves
    if "specialties" in changed:
        codes = list(dict.fromkeys(changed["specialties"]))
        ExpertSpecialty.objects.filter(expert=expert).exclude(code__in=codes).delete()
        kept = set(ExpertSpecialty.objects.filter(expert=expert).values_list("code", flat=True))
        ExpertSpecialty.objects.bulk_create([ExpertSpecialty(expert=expert, code=c) for c in codes if c not in kept])
        expert.specialty_text = "、".join(known[code] for code in codes)[:300]
    if "phone" in changed or "id_number" in changed:
        private.phone = changed.get("phone", private.phone)
        private.id_number = identity.tidy(changed.get("id_number", private.id_number))
        private.save()
    return codes


# -- relations -----------------------------------------------------------------------------------------------------


@act("experts.relate", "登记回避关系")
def add_relation(*, expert_id: int, relation: NewRelation, actor: Actor) -> ExpertRelation:
    """Record a relation that means 回避.

    :raises InvalidInput: an unknown kind, neither unit nor person, a unit that does not exist, too long
    """
    expert = lock_expert(expert_id, actor=actor, act="experts.relate", states=[State.ACTIVE, State.SUSPENDED])
    row = _save_relation(expert, relation)
    bump(expert)
    enter_expert("experts.relate", expert, actor, after=_state_of_relation(row))
    return row


def _save_relation(expert: Expert, new: NewRelation) -> ExpertRelation:
    unit_name, person_name, note = one_line(new.unit_name), one_line(new.person_name), one_line(new.note)
    refuse_secret(unit_name, person_name, note)
    found = []
    if new.kind not in ExpertRelation.Kind.values:
        found.append(Finding("experts.relation_kind", {}, "experts.relation_kind", Severity.REJECT))
    if not (new.unit_id or unit_name or person_name):
        found.append(Finding("experts.relation_empty", {}, "experts.relation_unit", Severity.REJECT))
    for key, text, limit in (
        ("relation_unit", unit_name, 120),
        ("relation_person", person_name, 40),
        ("note", note, 200),
    ):
        if len(text) > limit:
            data = {"limit": limit, "length": len(text)}
            found.append(Finding("experts.too_long", data, f"experts.{key}", Severity.REJECT))
    raise_on_reject(found)
    unit = _unit(new.unit_id)
    return ExpertRelation.objects.create(
        expert=expert, kind=new.kind, unit=unit, unit_name=unit.name if unit else unit_name, person_name=person_name,
        until=new.until, note=note, added_at=clock.now(),
    )  # fmt: skip


def _state_of_relation(row: ExpertRelation) -> dict[str, Any]:
    facts = {
        "relation": row.pk, "kind": row.kind, "unit": row.unit_name, "to_person": bool(row.person_name),
        "until": row.until.isoformat() if row.until else "",
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value != ""}


@act("experts.end_relation", "解除回避关系")
def end_relation(*, relation_id: int, until: date, reason: str, actor: Actor) -> ExpertRelation:
    """Say on which day a relation ended; bonds to a unit still count for the years of the policy.

    :raises InvalidInput: no reason, or a day ahead
    :raises Refusal: it ended before
    """
    row = ExpertRelation.objects.select_related("expert").filter(pk=relation_id).first()
    if row is None:
        raise NotFound("experts.relation_missing")
    expert = lock_expert(row.expert_id, actor=actor, act="experts.end_relation")
    if row.until is not None:
        raise Refusal("experts.relation_over", until=row.until.isoformat())
    reason = _reason(reason)
    if until > clock.today():
        data = {"on": until.isoformat(), "today": clock.today().isoformat()}
        raise_on_reject([Finding("experts.day_ahead", data, "experts.until", Severity.REJECT)])
    row.until = until
    row.save(update_fields=["until"])
    bump(expert)
    enter_expert("experts.end_relation", expert, actor, after={**_state_of_relation(row), "reason": reason})
    return row


# -- states --------------------------------------------------------------------------------------------------------


def _reason(text: str) -> str:
    text = text.strip()
    refuse_secret(text)
    if not text:
        raise_on_reject([Finding("experts.reason_missing", {}, "experts.reason", Severity.REJECT)])
    return text[:300]


def _set_state(expert: Expert, state: str, reason: str, until: date | None, act_name: str, actor: Actor) -> Expert:
    before = {"state": expert.state}
    expert.state, expert.state_reason, expert.state_until = state, reason, until
    bump(expert, "state", "state_reason", "state_until")
    after = {"state": state, "reason": reason, **({"until": until.isoformat()} if until else {})}
    enter_expert(act_name, expert, actor, before=before, after=after)
    outbox.add(
        "expert.state_changed", subject_kind=EXPERT, subject_id=expert.pk, region_key=expert.region_key, state=state
    )
    return expert


@act("experts.suspend", "暂停专家")
def suspend_expert(
    *, expert_id: int, reason: str, actor: Actor, until: date | None = None, rev: int | None = None
) -> Expert:
    """Keep an expert out of draws, up to and including ``until`` or until he is resumed.

    :raises InvalidInput: no reason, or a last day that is past
    """
    expert = lock_expert(expert_id, actor=actor, act="experts.suspend", rev=rev, states=[State.ACTIVE])
    if until is not None and until < clock.today():
        data = {"on": until.isoformat(), "today": clock.today().isoformat()}
        raise_on_reject([Finding("experts.day_past", data, "experts.suspended_until", Severity.REJECT)])
    return _set_state(expert, State.SUSPENDED, _reason(reason), until, "experts.suspend", actor)


@act("experts.resume", "恢复专家")
def resume_expert(*, expert_id: int, reason: str, actor: Actor, rev: int | None = None) -> Expert:
    """Let a suspended expert be drawn again."""
    expert = lock_expert(expert_id, actor=actor, act="experts.resume", rev=rev, states=[State.SUSPENDED])
    return _set_state(expert, State.ACTIVE, _reason(reason), None, "experts.resume", actor)


@act("experts.retire", "专家出库")
def retire_expert(*, expert_id: int, reason: str, actor: Actor, rev: int | None = None) -> Expert:
    """Take an expert out of the pool for good; his record stays.

    :raises Refusal: he sits in a draw that is not over
    """
    expert = lock_expert(expert_id, actor=actor, act="experts.retire", rev=rev, states=[State.ACTIVE, State.SUSPENDED])
    _refuse_seated(expert)
    return _set_state(expert, State.RETIRED, _reason(reason), None, "experts.retire", actor)


def _refuse_seated(expert: Expert) -> None:
    open_seats = Seat.objects.filter(
        expert=expert, state__in=[Seat.State.ASKED, Seat.State.ACCEPTED], draw__state="DRAWN"
    )
    if (seat := open_seats.select_related("draw").first()) is not None:
        raise Refusal("experts.seated", code=expert.code, title=seat.draw.title)


@act("experts.erase", "删除专家个人信息")
def erase_expert(*, expert_id: int, reason: str, actor: Actor) -> Expert:
    """Erase name, phone, identity number and relations of an expert who left the pool (个人信息保护法 第四十七条).

    His number, his draws and what the book says stay.

    :raises Refusal: he is still in the pool, or erased already
    """
    expert = lock_expert(expert_id, actor=actor, act="experts.erase", states=[State.RETIRED])
    if expert.is_erased:
        raise Refusal("experts.erased", code=expert.code)
    reason = _reason(reason)
    expert.name, expert.sort_pinyin, expert.is_erased = "（已删除）", "", True
    expert.unit, expert.unit_name, expert.duty, expert.title, expert.qualification = None, "（已删除）", "", "", ""
    expert.person_id = None
    bump(expert, "name", "sort_pinyin", "is_erased", "unit", "unit_name", "duty", "title", "qualification", "person")
    ExpertPrivate.objects.filter(expert=expert).delete()
    ExpertRelation.objects.filter(expert=expert).delete()
    enter_expert("experts.erase", expert, actor, after={"erased": True, "reason": reason})
    return expert
