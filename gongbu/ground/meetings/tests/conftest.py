"""A county with its offices: who runs meetings, who is asked, who may only look."""

from datetime import date, time
from types import SimpleNamespace

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.ledger.models import Entry
from gongbu.ground.meetings import services
from gongbu.ground.meetings.entry import Mark, NewAttendee, NewItem, NewMeeting, Resolution
from gongbu.ground.meetings.models import AgendaItem, Attendee, Meeting
from gongbu.ground.orgs.models import Unit
from gongbu.ground.orgs.queries import actor_for
from gongbu.ground.orgs.tests.conftest import make_person, make_region, town  # noqa: F401  fixtures of the room below
from gongbu.ground.outbox.models import OutboxMessage

TODAY = date(2027, 3, 5)


@pytest.fixture
def county(town):  # noqa: F811
    """东县 with 发改局, 水务局 (sector-bound), a township and an owner; each with a person who can sign in."""
    water = Unit.objects.create(name="东县水务局", kind="GOVERNMENT", region=town.east)
    township_region = make_region("河口镇", "990121100", town.east, "TOWNSHIP", 1000)
    township = Unit.objects.create(name="河口镇人民政府", kind="GOVERNMENT", region=township_region)
    people = {
        "officer": make_person("officer", town.bureau, "INVESTMENT_OFFICER", town.east, name="林晓燕"),
        "head": make_person("head", town.bureau, "INVESTMENT_HEAD", town.east, name="乔建平"),
        "water": make_person("water", water, "SECTOR_OFFICER", town.east, sector="水利", name="白志强"),
        "clerk": make_person("clerk", township, "TOWNSHIP_CLERK", township_region, name="马小军"),
        "owner": make_person("owner", town.firm, "OWNER_UNIT", town.east, name="何志远"),
        "viewer": make_person("viewer", town.bureau, "VIEWER", town.east, name="方静仪"),
        "stranger": make_person("stranger", town.other, "INVESTMENT_OFFICER", town.west, name="苏婉清"),
    }
    return SimpleNamespace(
        town=town, region=town.east, bureau=town.bureau, water_office=water, township=township, firm=town.firm,
        township_region=township_region, people=people, **{name: actor_for(row) for name, row in people.items()},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    """The tests' day, without a simulated clock: the book of a test is no demo edition."""
    real = clock.now

    def now():
        return real().replace(year=TODAY.year, month=TODAY.month, day=TODAY.day)

    monkeypatch.setattr(clock, "now", now)
    monkeypatch.setattr(clock, "today", lambda: TODAY)


def new_meeting(county, **changes):
    given = {
        "kind": "SPECIAL", "title": "储备项目审定专题会", "region_id": county.region.pk, "held_on": TODAY,
        "begins_at": time(9, 0), "place": "县政府二楼会议室", "chair": "段宏毅 常务副县长",
        "attendees": (
            NewAttendee(unit_id=county.water_office.pk), NewAttendee(unit_id=county.township.pk, role="OBSERVER"),
            NewAttendee(unit_name="县人大财经工委", name="沈某", duty="主任"),
        ),
        "items": (
            NewItem("河口镇污水管网延伸工程", subject_kind="bridge", subject_id=5, region_key=county.township_region.key_lo,
                    subject_label="污水管网", presenter_unit_id=county.township.pk),
            NewItem("下一步工作安排"),
        ),
    }  # fmt: skip
    return NewMeeting(**{**given, **changes})


def called(county, by=None, **changes):
    return services.call_meeting(new=new_meeting(county, **changes), actor=by or county.officer)


def held(county, by=None, **changes):
    meeting = called(county, by, **changes)
    return services.hold_meeting(meeting_id=meeting.pk, actor=by or county.officer)


def attended(county, by=None, **changes):
    meeting = held(county, by, **changes)
    return services.attend(meeting_id=meeting.pk, marks={}, rest="PRESENT", actor=by or county.officer)


def items_of(meeting):
    return list(AgendaItem.objects.unscoped("test").filter(meeting=meeting))


def attendees_of(meeting):
    return list(Attendee.objects.filter(meeting=meeting))


def settled(county, by=None, **changes):
    """A sitting meeting in which everything is entered but the minutes."""
    meeting = attended(county, by, **changes)
    first, second = items_of(meeting)
    actor = by or county.officer
    services.resolve_item(
        item_id=first.pk, actor=actor,
        settled=Resolution("CONDITIONAL", "原则同意入库", "补充用地预审意见", date(2027, 4, 30), county.township.pk),
    )  # fmt: skip
    services.resolve_item(item_id=second.pk, settled=Resolution("NOTED"), actor=actor)
    meeting.refresh_from_db()
    return meeting


def closed(county, by=None, **changes):
    meeting = settled(county, by, **changes)
    return services.close_meeting(
        meeting_id=meeting.pk, minutes="会议听取了汇报，逐项研究。", actor=by or county.officer
    )


def footprint():
    """Return what a refused act must leave untouched."""
    return (
        Entry.objects.count(), OutboxMessage.objects.count(),
        list(Meeting.objects.unscoped("test").order_by("pk").values()),
        list(Attendee.objects.order_by("pk").values()), list(AgendaItem.objects.unscoped("test").order_by("pk").values()),
    )  # fmt: skip


__all__ = ["Mark", "NewAttendee", "NewItem", "NewMeeting", "Resolution"]
