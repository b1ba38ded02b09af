"""What comes in: a new meeting, its attendees and items, what was settled. Frozen; services judge it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time


@dataclass(frozen=True, slots=True)
class NewAttendee:
    """Somebody asked to come: a unit of the register, or a unit by name; a person of the register, or a name, or none.

    ``role`` is a code of ``Attendee.Role``; ``duty`` the person's office as written (副局长).
    """

    unit_id: int | None = None
    unit_name: str = ""
    person_id: int | None = None
    name: str = ""
    duty: str = ""
    role: str = "MEMBER"


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item (议题). Without a subject it is about itself. ``key`` makes adding idempotent for the calling room."""

    title: str
    question: str = ""
    subject_kind: str = ""
    subject_id: int | None = None
    region_key: int | None = None
    subject_label: str = ""
    presenter_unit_id: int | None = None
    presenter_name: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """A meeting to be prepared or called. Without ``host_unit_id`` the actor's own unit calls it."""

    kind: str
    title: str
    region_id: int
    held_on: date | None = None
    begins_at: time | None = None
    place: str = ""
    chair: str = ""
    host_unit_id: int | None = None
    attendees: Sequence[NewAttendee] = ()
    items: Sequence[NewItem] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was settled about an item: a code of ``AgendaItem.Resolution``, words, conditions, who does what until when."""

    code: str
    text: str = ""
    conditions: str = ""
    due_on: date | None = None
    responsible_unit_id: int | None = None
    responsible_name: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """How an attendee came: PRESENT, PROXY (with the name of who came instead) or ABSENT."""

    code: str
    proxy_name: str = ""
