"""What comes in: a new expert, a relation, a draw, an answer, a review. Frozen; services judge it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gongbu.ground.experts.rules.drawing import Need
from gongbu.ground.ledger.entry import Subject


@dataclass(frozen=True, slots=True)
class NewRelation:
    """A relation to a unit (of the register, or by name) or to a person by name; ``until`` is its last day."""

    kind: str
    unit_id: int | None = None
    unit_name: str = ""
    person_name: str = ""
    until: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewExpert:
    """An expert about to enter the pool of a region. ``phone`` and ``id_number`` go to the erasable table alone."""

    name: str
    region_id: int
    unit_name: str
    specialties: Sequence[str]
    unit_id: int | None = None
    duty: str = ""
    title: str = ""
    qualification: str = ""
    serves_in_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    phone: str = ""
    id_number: str = ""
    person_id: int | None = None
    relations: Sequence[NewRelation] = ()


@dataclass(frozen=True, slots=True)
class AvoidList:
    """Whom a draw avoids: units of the register, units by name, persons by name."""

    unit_ids: Sequence[int] = ()
    unit_names: Sequence[str] = ()
    people: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class NewDraw:
    """A draw to be opened. ``supplements`` names an earlier draw whose experts are left out, with a reason."""

    title: str
    subject: Subject
    needs: Sequence[Need]
    avoid: AvoidList = field(default_factory=AvoidList)
    supplements: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewReview:
    """What an expert said: the day, a code of ``Review.Conclusion``, his opinion."""

    reviewed_on: date
    conclusion: str
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class NewAppraisal:
    """Marks by item code of the policy, whole points."""

    marks: Mapping[str, int]
    note: str = ""
