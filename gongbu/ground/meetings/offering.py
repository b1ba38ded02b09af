"""Which prepared meetings another room may put a subject of its own on, as one choice on that subject's page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from gongbu.ground.meetings import queries
from gongbu.ground.meetings.models import AgendaItem, Meeting
from gongbu.ground.meetings.services.record import runs
from gongbu.ground.orgs.actor import Actor

ADD, MOST = "meetings.add_item", 30


@dataclass(frozen=True, slots=True)
class Offer:
    """A meeting not yet begun that the actor runs; ``is_on`` when the subject is on its agenda already."""

    meeting_id: int
    label: str
    held_on: date | None


def list_offers(
    actor: Actor, subject_kind: str, subject_id: int, region_key: int, kinds: Collection[str] | None = None
) -> list[Offer]:  # fmt: skip
    """Return the prepared meetings that the actor runs and whose region holds the subject's, soonest first (2 queries).

    ``kinds``: only meetings of these kinds (None: of any).

    Meetings that have the subject on their agenda are left out.
    """
    if not actor.may(ADD):
        return []
    rows = queries.list_meetings(actor).select_related("region").filter(
        state__in=(Meeting.State.DRAFT, Meeting.State.CALLED), region__key_lo__lte=region_key,
        region__key_hi__gt=region_key,
    )  # fmt: skip
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    items = AgendaItem.objects.unscoped("of a subject that the caller may see")
    taken = items.filter(subject_kind=subject_kind, subject_id=subject_id).exclude(
        resolution=AgendaItem.Resolution.WITHDRAWN
    )
    rows = rows.exclude(pk__in=taken.values("meeting_id")).order_by("held_on", "pk")
    return [
        Offer(m.pk, f"{m.title}（{m.held_on or '日期未定'}，{m.get_state_display()}）", m.held_on)
        for m in rows[:MOST]
        if runs(actor, m) and actor.may(ADD, m.region_key)
    ]
