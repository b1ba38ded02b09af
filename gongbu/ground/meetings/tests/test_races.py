"""Two at once: numbers without gaps or doubles, one meeting per key, one closing (PostgreSQL)."""

import pytest

from gongbu.ground.meetings import services
from gongbu.ground.meetings.models import Meeting
from gongbu.ground.meetings.tests.conftest import called, new_meeting, settled
from gongbu.ground.orgs.tests.test_races import both
from gongbu.ground.outbox.models import OutboxMessage

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_two_meetings_opened_at_once_get_two_numbers(county):
    meetings = [called(county), called(county)]

    def hold(meeting):
        return lambda: services.hold_meeting(meeting_id=meeting.pk, actor=county.officer)

    assert both(*(hold(meeting) for meeting in meetings)) == ["done", "done"]
    numbers = Meeting.objects.unscoped("test").values_list("number", flat=True)
    assert sorted(numbers) == ["2027年第1次", "2027年第2次"]


def test_one_key_calls_one_meeting(county):
    def call(actor):
        return lambda: services.call_meeting(new=new_meeting(county), actor=actor, key="reserve:2027")

    assert both(call(county.officer), call(county.head)) == ["done", "done"]
    assert Meeting.objects.unscoped("test").count() == 1


def test_a_meeting_is_closed_once(county):
    meeting = settled(county)

    def close(actor):
        return lambda: services.close_meeting(meeting_id=meeting.pk, minutes="纪要", actor=actor)

    assert both(close(county.officer), close(county.head)) == ["done", "meetings.wrong_state"]
    assert OutboxMessage.objects.filter(topic="meeting.item_resolved").count() == 2
