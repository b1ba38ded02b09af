"""What the acts of this room share: state, revision, counts, the entry in the book, the word to others."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import F

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.notices.models import NOTICE, Notice
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox


def require_state(notice: Notice, state: str, code: str) -> None:
    """Raise the refusal ``code`` unless the notice is in the state."""
    if notice.state != state:
        raise Refusal(code, title=notice.title, state=notice.get_state_display())


def save(notice: Notice) -> None:
    """Save a notice with its next revision."""
    notice.rev, notice.changed_at = notice.rev + 1, clock.now()
    notice.save()


def count(notice: Notice, **change: int) -> None:
    """Add steps to counters of a notice, in the database."""
    rows = Notice.objects.unscoped("counted by its own act").filter(pk=notice.pk)
    rows.update(**{name: F(name) + step for name, step in change.items()})


def keep_receipt(notice: Notice, entry: Entry) -> None:
    """Keep the entry and the receipt of the latest public act."""
    notice.entry_id, notice.receipt = entry.pk, entry.receipt or ""
    notice.save(update_fields=["entry_id", "receipt"])


def enter(
    kind: str,
    notice: Notice,
    actor: Actor,
    *,
    on: date | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    policy: Sequence[Mapping[str, Any]] = (),
    public: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> Entry:
    """Write one entry about a notice."""
    about = {"kind": notice.subject_kind, "id": notice.subject_id} if notice.subject_kind else {}
    return ledger.append(
        EntryDraft(
            kind=kind, subject=Subject(NOTICE, notice.pk, notice.region_key, notice.title), actor=actor.stamp,
            occurred_on=on or clock.today(), before=before, after=after, policy=policy, public=public, key=key,
            extra={"rev": notice.rev, **({"about": about} if about else {})},
        )
    )  # fmt: skip


def tell(topic: str, notice: Notice, actor: Actor) -> None:
    """Tell other rooms, on the subject that the notice is about."""
    outbox.add(
        topic, subject_kind=notice.subject_kind or NOTICE, subject_id=notice.subject_id or notice.pk,
        region_key=notice.region_key, notice=notice.pk, title=notice.title, kind=notice.kind,
        by_person=actor.person_id, by_name=actor.name,
    )  # fmt: skip
