"""Forms of the room."""

from collections.abc import Sequence

from django.http import HttpRequest

from gongbu.ground.registers.forms import FormSpec, Step
from gongbu.mainline.lists.queries import list_counties


def _counties(request: HttpRequest) -> Sequence[tuple[str, str]]:
    """Return the counties whose lists the person may draft: a township has none of its own."""
    return [(str(pk), name) for pk, name in list_counties(request.actor)]  # type: ignore[attr-defined]


_WHERE = {"list_region": _counties}
NEW = FormSpec("lists.new", [Step("", ["list_region", "list_kind", "list_year"])], options=_WHERE, keeps_draft=False)
FIVE = FormSpec("lists.five", [Step("", ["list_region", "list_year"])], options=_WHERE, keeps_draft=False)
ADD = FormSpec("lists.add", [Step("", ["list_project", "list_reason"])], wide=["list_reason"], keeps_draft=False)
REASON = FormSpec("lists.reason", [Step("", ["list_reason"])], wide=["list_reason"], keeps_draft=False)
ITEM = FormSpec("lists.item", [Step("", ["list_duty_unit", "list_year_fen"])], keeps_draft=False)
MEETING = FormSpec("lists.meeting", [Step("", ["list_meeting"])], wide=["list_meeting"], keeps_draft=False)
RANKING = FormSpec("lists.ranking", [Step("", ["list_ranking"])], wide=["list_ranking"], keeps_draft=False)
NOTICE = FormSpec("lists.notice", [Step("", ["list_contact", "notice_period"])], keeps_draft=False)
ISSUE = FormSpec("lists.issue", [Step("", ["list_contact", "list_report_by"])], keeps_draft=False)
