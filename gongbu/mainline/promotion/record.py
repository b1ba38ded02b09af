"""What the acts of this room share: lock with the right, revision, texts at the door, the entry in the book."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import ChangedMeanwhile, Finding, NotFound, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import check_secrecy, refuse_secret
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.queries import find_entry, find_last_act
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.projects.models import Project
from gongbu.mainline.promotion.models import ASSET, LEAD, OFFER, CapitalOffer, IdleAsset, Lead

T = TypeVar("T", Lead, IdleAsset, CapitalOffer)
KIND_OF: dict[type[models.Model], str] = {Lead: LEAD, IdleAsset: ASSET, CapitalOffer: OFFER}


def region_for(region_id: int, actor: Actor, act: str) -> Region:
    """Return the region of a new record after testing the right there.

    :raises NotFound: no such region
    :raises NotAllowed: the actor may not do this there
    """
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise NotFound("promotion.not_found")
    actor.require(act, region.key_lo)
    return region


def lock(
    model: type[T], pk: int, actor: Actor, act: str, *states: str, rev: int | None = None,
    shown: Mapping[str, str] | None = None,
) -> T:  # fmt: skip
    """Lock a record and make sure that the actor may do this to it in its present state.

    :param shown: field → key of the form that shows it, for the page that sets both values side by side
    :raises NotFound: no such record, or out of sight
    :raises ChangedMeanwhile: ``rev`` is no longer the present one
    :raises Refusal: it is in none of ``states``
    """
    rows = model.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))  # type: ignore[attr-defined]
    row: T | None = rows.select_related("region").filter(pk=pk).first()
    if row is None or not actor.may("promotion.view", row.region_key):
        raise NotFound("promotion.not_found")
    actor.require(act, row.region_key)
    if rev is not None and rev != row.rev:
        last = find_last_act(KIND_OF[model], row.pk)
        current: dict[str, Any] = (
            {} if shown is None else {"current": {key: getattr(row, name) for name, key in shown.items()}}
        )
        raise ChangedMeanwhile(
            "promotion.changed_meanwhile", who=last.by, name=str(row), by=last.by, at=last.at, rev=row.rev, **current
        )
    if states and row.state not in states:
        raise Refusal("promotion.not_in_state", name=str(row), state=row.get_state_display())
    return row


def take_corrections(
    row: Lead | IdleAsset, changes: Mapping[str, Any], open_fields: Collection[str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """Set on the record what differs, unsaved, and return what stood there before.

    :param changes: field → right value; texts are trimmed
    :param open_fields: what a record in this state says, and may therefore have said wrongly
    :raises Refusal: nothing differs, or a field differs that the record does not have yet
    """
    trimmed = {name: " ".join(v.split()) if name == "name" else _trim(v) for name, v in changes.items()}
    new = {name: value for name, value in trimmed.items() if value != getattr(row, name)}
    if not new:
        raise Refusal("promotion.nothing_corrected", name=str(row))
    if absent := [labels[name] for name in labels if name in new and name not in open_fields]:
        raise Refusal(
            "promotion.not_correctable", name=str(row), state=row.get_state_display(), fields="、".join(absent)
        )
    before = {name: getattr(row, name) for name in new}
    for name, value in new.items():
        setattr(row, name, value)
    return before


def _trim(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def as_said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as the book holds them: days in ISO, decimals as texts, a project by its name and id."""
    said: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, date):
            said[name] = value.isoformat()
        elif isinstance(value, Decimal):
            said[name] = format(value, "f")
        elif isinstance(value, Project):
            said |= {name: value.name, f"{name}_id": value.pk}
        else:
            said[name] = value
    return said


def check_texts(texts: Mapping[str, tuple[str, str, int, bool]]) -> list[Finding]:
    """Test texts at the door: ``field → (label, text, longest, required)``; secrecy over all of them."""
    found = []
    for field, (label, text, most, required) in texts.items():
        if required and not text.strip():
            found.append(Finding("promotion.field_missing", {"label": label}, field, Severity.REJECT))
        elif len(text) > most:
            data = {"label": label, "length": len(text), "most": most}
            found.append(Finding("promotion.too_long", data, field, Severity.REJECT))
    if secret := check_secrecy({field: text for field, (_label, text, _most, _required) in texts.items()}):
        found.append(secret)
    return found


def check_amount(field: str, label: str, fen: int | None) -> list[Finding]:
    """Test an amount in fen."""
    if fen is None or fen >= 0:
        return []
    data = {"label": label, "found": f"{fen / 100:,.2f} 元"}
    return [Finding("promotion.amount_negative", data, field, Severity.REJECT)]


def check_day(field: str, label: str, on: date, *, after: tuple[str, date] | None = None) -> list[Finding]:
    """Test a day: not ahead of today, and not before ``after`` (label, day)."""
    today = clock.today()
    if on > today:
        data = {"label": label, "on": on.isoformat(), "today": today.isoformat()}
        return [Finding("promotion.day_ahead", data, field, Severity.REJECT)]
    if after is not None and on < after[1]:
        data = {"label": label, "on": on.isoformat(), "earlier_label": after[0], "earlier": after[1].isoformat()}
        return [Finding("promotion.day_before", data, field, Severity.REJECT)]
    return []


def need_reason(reason: str) -> str:
    """Return the reason, trimmed.

    :raises Refusal: there is none
    :raises InvalidInput: a secrecy rule is met
    """
    if not reason.strip():
        raise Refusal("promotion.reason_missing", field="reason")
    refuse_secret(reason)
    return reason.strip()[:300]


def commit(
    kind: str,
    row: Lead | IdleAsset | CapitalOffer,
    actor: Actor,
    *,
    on: date | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    public: Mapping[str, Any] | None = None,
    key: str | None = None,
    corrects: Sequence[str] = (),
    **extra: Any,
) -> Entry:
    """Count the revision, save, enter the book and tell others.

    :param corrects: kinds of entries of this record; the newest of them is what the new entry corrects
    """
    row.rev += 1
    row.save()
    subject = Subject(KIND_OF[type(row)], row.pk, row.region_key, str(row))
    entry = ledger.append(
        EntryDraft(
            kind=kind, subject=subject, actor=actor.stamp, occurred_on=on or clock.today(), before=before, after=after,
            public=public, key=key, corrects=find_entry(subject.kind, row.pk, corrects), extra={"rev": row.rev, **extra},
        )
    )  # fmt: skip
    outbox.add(kind, subject_kind=subject.kind, subject_id=row.pk, region_key=row.region_key, by_person=actor.person_id)
    return entry
