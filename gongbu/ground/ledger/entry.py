"""The canonical ledger entry: what one act leaves behind, as RFC 8785 JSON that can be hashed and replayed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class ActorStamp:
    """Who did it, copied in: later renames and transfers do not change what the entry says."""

    person_id: int | None
    name: str
    unit_id: int | None = None
    unit_name: str = ""
    post_id: int | None = None
    post_name: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the act was done to: kind (``project``, ``approval_paper`` …), id, region order key and a short label."""

    kind: str
    id: int
    region_key: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry before it is written.

    ``public`` holds the whitelisted fields that a receipt page may show without an account (GO-03);
    a draft with ``public`` gets a receipt code. ``policy`` holds references of policy decisions,
    ``documents`` content digests, ``corrects`` the id of the entry that this one corrects.
    ``key`` is the idempotency key: a second entry with the same key is refused (:mod:`request_keys` for
    those of outside callers). ``receipt`` is a fresh code of
    :func:`receipts.new_code` that already stands on a paper whose digest the entry holds.
    """

    kind: str
    subject: Subject
    actor: ActorStamp
    occurred_on: date
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    policy: Sequence[Mapping[str, Any]] = ()
    documents: Sequence[str] = ()
    public: Mapping[str, Any] | None = None
    corrects: int | None = None
    key: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    receipt: str | None = None
