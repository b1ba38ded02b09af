"""Write to the book. Acts call :func:`append` once, inside their own transaction."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from gongbu.ground.basics import bulk, clock
from gongbu.ground.basics.serialise import serialise
from gongbu.ground.ledger import hashing, kinds, leaf, receipts, request_keys
from gongbu.ground.ledger.canonical import VERSION, canonical_json
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.refusals import (
    AlreadyRecorded,
    BookNotEmpty,
    KeyReused,
    SimulatedClockRefused,
    UnknownCorrection,
)

DEMO_EDITION = "ledger.demo_edition"


def append(draft: EntryDraft) -> Entry:
    """Write one entry and return it. It gets its place in the tree from the sequencer, within a minute.

    :raises RuntimeError: called outside a transaction
    :raises AlreadyRecorded: an entry with the same idempotency key exists; the act must be rolled back
    :raises KeyReused: the key was used for another request; the act must be rolled back
    :raises SimulatedClockRefused: the clock is simulated and this is not a demo edition
    :raises UnknownCorrection: ``corrects`` names no entry
    :raises TypeError, ValueError: the draft holds a value without one canonical form (a float, a huge integer)
    """
    return append_many([draft])[0]


def append_many(drafts: Sequence[EntryDraft]) -> list[Entry]:
    """Write several entries in the given order (importers, batches); same refusals as :func:`append`."""
    if not connection.in_atomic_block:
        raise RuntimeError("ledger.append() outside a transaction would record things that may not happen")
    if not drafts:
        return []
    _require_honest_clock()
    corrected = _corrected({draft.corrects for draft in drafts if draft.corrects is not None})
    keys = [draft.key for draft in drafts if draft.key is not None]
    if keys:
        _require_new(keys)
    entries = [_build(draft, corrected) for draft in drafts]
    if not keys:
        return _insert(entries)
    try:
        with transaction.atomic():  # a savepoint: PostgreSQL needs it to answer after the unique index refused
            return _insert(entries)
    except IntegrityError:
        _require_new(keys)
        raise


def mark_demo_edition() -> Entry:
    """Declare, as the first entry of an empty book, that this installation is a demo edition (演示版).

    Only a demo edition takes entries stamped with a simulated clock. There is no way back and no later moment.

    :raises BookNotEmpty: the book has an entry
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE ledger_entry IN SHARE ROW EXCLUSIVE MODE")
        if Entry.objects.exists():
            raise BookNotEmpty
        draft = EntryDraft(
            kind=DEMO_EDITION,
            subject=Subject("installation", 1, 0, "演示版"),
            actor=ActorStamp(None, "系统"),
            occurred_on=clock.today(),
            key=DEMO_EDITION,
        )
        return _insert([_build(draft, {})])[0]


def _require_honest_clock() -> None:
    if clock.kind() == "SYSTEM":
        return
    first = Entry.objects.order_by("pk").values_list("kind", flat=True).first()
    if first != DEMO_EDITION:
        raise SimulatedClockRefused


def _require_new(keys: Sequence[str]) -> None:
    if len(set(keys)) != len(keys):
        raise ValueError("one batch uses an idempotency key twice")
    names = sorted({name for key in keys if (name := request_keys.name_of(key))})
    serialise("ledger.key", *names)
    known = Entry.objects.filter(key__in=keys).order_by("pk").first()
    if known is not None:
        raise AlreadyRecorded(known)
    if any(request_keys.is_used(name) for name in names):
        raise KeyReused


def _corrected(ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    found: dict[int, str] = dict(Entry.objects.filter(pk__in=ids).values_list("pk", "leaf_hash"))
    for missing in ids - found.keys():
        raise UnknownCorrection(missing)
    return found


def _build(draft: EntryDraft, corrected: dict[int, str]) -> Entry:
    algorithm = getattr(settings, "LEDGER_ALGORITHM", hashing.DEFAULT)
    recorded_at, clock_kind = clock.now(), clock.kind()
    receipt = (draft.receipt or receipts.new_code()) if draft.public is not None else None
    content: dict[str, Any] = {
        "v": VERSION,
        "kind": draft.kind,
        "subject": {
            "kind": draft.subject.kind,
            "id": draft.subject.id,
            "region": draft.subject.region_key,
            "label": draft.subject.label,
        },
        "actor": {
            "person": draft.actor.person_id,
            "name": draft.actor.name,
            "unit": draft.actor.unit_id,
            "unit_name": draft.actor.unit_name,
            "post": draft.actor.post_id,
            "post_name": draft.actor.post_name,
        },
        "occurred_on": draft.occurred_on,
        "recorded_at": recorded_at,
        "clock": clock_kind,
        "before": draft.before,
        "after": draft.after,
        "policy": list(draft.policy),
        "documents": list(draft.documents),
        "public": draft.public,
        "receipt": receipt,
        "corrects": None if draft.corrects is None else {"entry": draft.corrects, "leaf": corrected[draft.corrects]},
        "key": draft.key,
        "extra": draft.extra,
        "kind_label": None if draft.public is None else kinds.label(draft.kind),
        "salt": leaf.new_salt(),
    }
    canonical = canonical_json(content)
    digest = hashing.digest_of(algorithm)
    inner = leaf.entry_hash(canonical.encode(), digest)
    return Entry(
        canonical=canonical,
        leaf_hash=leaf.bound(inner, leaf.statement(content), digest).hex(),
        algorithm=algorithm,
        kind=draft.kind,
        subject_kind=draft.subject.kind,
        subject_id=draft.subject.id,
        region_key=draft.subject.region_key,
        occurred_on=draft.occurred_on,
        recorded_at=recorded_at,
        person_id=draft.actor.person_id,
        clock=clock_kind,
        key=draft.key,
        receipt=receipt,
        corrects_id=draft.corrects,
    )


def _insert(entries: list[Entry]) -> list[Entry]:
    bulk.insert(entries)
    return entries
