"""A list that has gone the whole way: drafted, settled by a meeting, laid open, a comment answered, issued with a number."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from gongbu.config.demo import city, desk, publicity, rosters
from gongbu.config.demo.timeline import Timeline
from gongbu.ground.notices import commenting, services
from gongbu.ground.notices.models import Comment, Notice
from gongbu.mainline.lists import services as lists
from gongbu.mainline.lists.models import ProjectList

MEETING = "demo:major-list-issued"
DRAFTED_DAYS_AGO = 240
CONTACT = "青岚县发展和改革局投资股，电话 0000—6620137"
SAID = ("罗青川", "13900000043", "希望公开水厂工程停水改接的时间安排，提前通知沿线住户。")
ANSWER = "停水改接安排在夜间，开工前七日由县水务局在县政府网站和沿线张贴告知。"
State = ProjectList.State


def plan(timeline: Timeline) -> None:
    """Put the steps of the list on the timeline."""
    drafted, held = timeline.days_ago(DRAFTED_DAYS_AGO), timeline.days_ago(DRAFTED_DAYS_AGO - 4)
    year = drafted.year
    timeline.at(drafted, "年度重大项目清单", partial(rosters.draft, year, MEETING, drafted, held))
    timeline.at(held, "清单会商", partial(rosters.settle, MEETING, held))
    for back, what, step in (
        (5, "清单公示", lay_open),
        (7, "公众意见", hear),
        (23, "公示结束", close),
        (24, "印发清单", issue),
    ):
        day = timeline.days_ago(DRAFTED_DAYS_AGO - back)
        timeline.at(day, what, partial(told, step, year, day))


def told(step: Callable[[int, date], None], year: int, on: date) -> None:
    """Take a step after everybody has heard of those before it: the list follows its meeting and its notice."""
    desk.tell_everybody()
    step(year, on)


def _notice(row: ProjectList) -> Notice:
    assert row.notice_id is not None
    return Notice.objects.unscoped("the demo looks for its own").get(pk=row.notice_id)


def lay_open(year: int, on: date) -> None:
    """The settled list is put before the public."""
    row = rosters.major(year)
    if row is not None and row.state == State.SETTLED:
        officer = city.acting(rosters.OFFICER, on)
        lists.put_on_notice(list_id=row.pk, contact=CONTACT, actor=officer, rev=row.rev)
        row.refresh_from_db()
        notice = _notice(row)
        services.open_notice(notice_id=notice.pk, rev=notice.rev, actor=officer)


def hear(year: int, on: date) -> None:
    """One person comments; the office shows it and the head answers."""
    row = rosters.major(year)
    if row is None or row.notice_id is None or Comment.objects.filter(notice_id=row.notice_id).exists():
        return
    said = publicity.comment(row.notice_id, *SAID)
    commenting.review_comment(comment_id=said.pk, shown=True, actor=city.acting(rosters.OFFICER, on))
    commenting.answer_comment(
        comment_id=said.pk, outcome=Comment.Outcome.EXPLAINED, answer=ANSWER, actor=city.acting(publicity.HEAD, on)
    )


def close(year: int, on: date) -> None:
    """The notice is over."""
    row = rosters.major(year)
    if row is not None and row.state == State.ON_NOTICE:
        head = city.acting(publicity.HEAD, on)
        services.close_notice(notice_id=_notice(row).pk, result="收到意见1条，已答复，名单不作调整。", actor=head)


def issue(year: int, on: date) -> None:
    """The list gets its number; the responsible units hand in their plans of work within ten working days."""
    row = rosters.major(year)
    if row is not None and row.state == State.NOTICED:
        report_by = on + timedelta(days=14)
        head = city.acting(publicity.HEAD, on)
        lists.issue(list_id=row.pk, contact=CONTACT, report_by=report_by, actor=head, on=on, rev=row.rev)
