"""The API of the inbox: the numbers of the badges, for a desktop client or the 政务微信 workbench."""

from django.http import HttpRequest
from ninja import Router, Schema

from gongbu.ground.inbox import queries
from gongbu.ground.registers.api import Right

router = Router(tags=["工作台"])


class CountsOut(Schema):
    """Open tasks, of which overdue and due today, and unread messages."""

    open: int
    overdue: int
    today: int
    unread: int


@router.get(
    "/inbox/counts", response=CountsOut, summary="待办和消息数", operation_id="inbox_counts", auth=Right("inbox.view")
)
def counts(request: HttpRequest) -> queries.Counts:
    """Return the caller's own numbers (1 query)."""
    return queries.counts(request.actor.person_id)  # type: ignore[attr-defined]
