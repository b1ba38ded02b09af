"""Documents of a meeting: who may see and file them."""

from gongbu.ground.documents import access
from gongbu.ground.meetings.models import Meeting
from gongbu.ground.meetings.queries import VIEW
from gongbu.ground.meetings.services.record import runs
from gongbu.ground.orgs.actor import Actor


def find(meeting_id: int) -> tuple[int, str] | None:
    """Return region key and title of a meeting."""
    rows = Meeting.objects.unscoped("the documents' rule is asked next")
    return rows.filter(pk=meeting_id).values_list("region_key", "title").first()


def may(actor: Actor, act: str, meeting_id: int) -> bool:
    """Return whether the actor may do ``act`` with documents of a meeting: seeing follows the meeting, filing who runs it."""
    meeting = Meeting.objects.unscoped("judged here").filter(pk=meeting_id).first()
    if meeting is None or not actor.may(VIEW, meeting.region_key) or not actor.may(act, meeting.region_key):
        return False
    return act in (access.VIEW, access.VIEW_RESTRICTED) or runs(actor, meeting)
