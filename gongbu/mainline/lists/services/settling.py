"""From a draft to an issued list: the meeting settles it, the public sees it where that is prescribed, a paper issues it."""

from datetime import date
from typing import Any

from django.urls import reverse

from gongbu.ground.basics import clock, money
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotAllowed, NotFound, Refusal, Severity
from gongbu.ground.meetings import queries as meetings
from gongbu.ground.meetings import services as meeting_services
from gongbu.ground.meetings.entry import NewItem
from gongbu.ground.notices import services as notices
from gongbu.ground.notices.queries import NoticeLine, list_about
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.papers import services as papers
from gongbu.ground.papers.queries import list_for_subject as list_papers
from gongbu.mainline.lists import rules
from gongbu.mainline.lists.models import LIST, ListItem, ProjectList
from gongbu.mainline.lists.services import ranking, record
from gongbu.mainline.lists.system import basis_from
from gongbu.mainline.selection import queries as selection

State = ProjectList.State
NOTICED_PAPER, PLAIN_PAPER = "county_reserve.major_list", "county_reserve.project_list"
NOTICE_KIND = "PROJECT_LIST"
REASON_LENGTH = 300


@act("lists.send_to_meeting", "提请会商")
def send_to_meeting(*, list_id: int, meeting_id: int, actor: Actor, rev: int | None = None) -> ProjectList:
    """Put a draft on the agenda of a meeting that has not been held; what it settles comes back by itself.

    :raises Refusal: no project is on it; the ranking that it follows no longer stands
    """
    row = record.lock(list_id, actor, "lists.send_to_meeting", rev=rev)
    if not row.item_count:
        raise Refusal("lists.empty")
    ranking.require_current(row, "提请会商")
    meeting = meetings.get_meeting(meeting_id, actor)
    total = f"，总投资 {money.as_yi(row.total_fen)} 亿元" if row.total_fen is not None else ""
    meeting_services.add_item(
        meeting_id=meeting_id,
        item=NewItem(
            title=f"审定{row.title}", question=f"拟列入 {row.item_count} 个项目{total}。是否同意？", subject_kind=LIST,
            subject_id=row.pk, region_key=row.region_key, subject_label=row.title, presenter_unit_id=actor.unit_id,
            key=f"list:{row.pk}:{row.rev}",
        ),
        actor=actor,
    )  # fmt: skip
    row.state, row.meeting_id, row.meeting_title = State.IN_MEETING, meeting.pk, meeting.title
    after = {"state": row.state, "meeting": meeting.title, "items": row.item_count}
    record.commit("lists.send_to_meeting", row, actor.stamp, after=after)
    return row


@act("lists.put_on_notice", "清单公示")
def put_on_notice(
    *, list_id: int, contact: str, actor: Actor, period: int | None = None, rev: int | None = None
) -> ProjectList:
    """Draft the public notice of a settled list; it is opened on its own page, by whoever may open notices.

    :raises Refusal: this list need not be laid open; one notice of it stands; its ranking no longer stands
    :raises InvalidInput: what the notice refuses
    """
    row = record.lock(list_id, actor, "lists.put_on_notice", rev=rev)
    _refuse_second_notice(row)
    ranking.require_current(row, "公示")
    items = list(row.lines.filter(state=ListItem.State.ON).order_by("position"))
    basis = basis_from(row.notice_basis)
    body = (
        f"根据{basis}，{row.title}经{row.meeting_title}审定，共 {row.item_count} 个项目，现予公示。\n\n"
        "公示期内如有意见，请在本页面填写，或按联系方式反映。"
    )
    notice = notices.draft_notice(
        kind=NOTICE_KIND, region_id=row.region_id, actor=actor, period=period,
        about=notices.About(LIST, row.pk, reverse("lists:show", args=[row.pk])),
        content=notices.Content(
            title=f"{row.title}公示", body=body, contact=contact,
            columns=["序号", "项目名称", "项目单位", "建设内容及规模", "总投资（万元）"],
            rows=[
                [str(n), item.name, item.owner_name or "—", item.content or "—",
                 money.as_wan(item.total_fen) if item.total_fen is not None else "未报"]
                for n, item in enumerate(items, 1)
            ],
        ),
    )  # fmt: skip
    row.notice_id = notice.pk
    record.commit("lists.put_on_notice", row, actor.stamp, after={"notice": notice.pk, "items": row.item_count})
    return row


def _standing_notices(row: ProjectList) -> list[NoticeLine]:
    return [one for one in list_about(LIST, row.pk) if one.state != "WITHDRAWN"]


def _refuse_second_notice(row: ProjectList) -> None:
    """Keep a list to one notice; one that was withdrawn may be followed by another."""
    if standing := _standing_notices(row):
        raise Refusal("lists.notice_standing", title=row.title, notice=standing[0].title, state=standing[0].state_label)


@act("lists.issue", "印发清单")
def issue(
    *,
    list_id: int,
    contact: str,
    actor: Actor,
    report_by: date | None = None,
    on: date | None = None,
    rev: int | None = None,
) -> ProjectList:
    """Issue a settled (and, where prescribed, noticed) list as a numbered paper with a receipt.

    ``report_by``: by when the responsible units hand in their plans of work, for lists that were laid open.

    :raises InvalidInput: a line without a responsible unit, or what the paper refuses
    :raises Refusal: not noticed where that is prescribed, the issuer has no number series, its ranking no longer stands
    """
    row = record.lock(list_id, actor, "lists.issue", rev=rev)
    ranking.require_current(row, "印发")
    items = list(row.lines.filter(state=ListItem.State.ON).order_by("position"))
    facts = [rules.ItemFacts(item.name, item.total_fen, item.year_fen, item.duty_unit) for item in items]
    noticed = row.state == State.NOTICED
    findings = rules.check_issue(facts)
    day = on or clock.today()
    if noticed and (report_by is None or report_by < day):
        findings.append(Finding("lists.report_by_missing", {}, "list_report_by", Severity.REJECT))
    if findings:
        raise InvalidInput(findings)
    paper = papers.issue_paper(
        kind=NOTICED_PAPER if noticed else PLAIN_PAPER, subject=record.subject_of(row), unit_id=actor.unit_id or 0,
        fields=_fields(row, items, contact, report_by if noticed else None, day), tables={"projects": [_line(item, noticed) for item in items]},
        actor=actor, on=day, key=f"list:{row.pk}:issue:{row.rev}",
    )  # fmt: skip
    row.state, row.issued_on, row.paper_id = State.ISSUED, day, paper.pk
    row.doc_no, row.receipt = paper.doc_no, paper.receipt
    after = {
        "state": row.state, "doc_no": paper.doc_no, "paper": paper.pk,
        "items": [{"project": item.project_id, "name": item.name, "total_fen": item.total_fen, "year_fen": item.year_fen,
                   "duty_unit": item.duty_unit} for item in items],
    }  # fmt: skip
    record.commit("lists.issue", row, actor.stamp, on=day, after=after)
    record.tell("list.issued", row, projects=[item.project_id for item in items], doc_no=paper.doc_no)
    return row


def _fields(row: ProjectList, items: list[ListItem], contact: str, report_by: date | None, on: date) -> dict[str, Any]:
    """Return what the paper says; that projects went through 三谋两审一踏勘 it says of those alone that did.

    The order of ranked projects is said in words; ranks and scores of a round stay with those who may read the round.
    """
    fields: dict[str, Any] = {
        "year": row.year, "list_name": row.title, "meeting": row.meeting_title,
        "meeting_on": row.meeting_on or row.settled_on, "project_count": len(items), "total": sum(item.total_fen or 0 for item in items),
        "contact": contact, "ranking": row.ranking_name if any(item.rank for item in items) else None,
    }  # fmt: skip
    if report_by is not None:
        fields |= {
            "notice_from": row.notice_from, "notice_to": row.notice_to,
            "year_plan": sum(item.year_fen or 0 for item in items), "report_by": report_by,
        }  # fmt: skip
        stepped = len(selection.list_stepped([item.project_id for item in items], row.region, on))
        fields |= {"all_stepped": stepped} if stepped == len(items) else {"some_stepped": stepped or None}
    return fields


def _line(item: ListItem, noticed: bool) -> dict[str, Any]:
    line: dict[str, Any] = {
        "name": item.name, "owner": item.owner_name or "—", "content": item.content, "total_fen": item.total_fen,
        "duty": item.duty_unit,
    }  # fmt: skip
    return line | ({"year_fen": item.year_fen} if noticed else {})


@act("lists.withdraw", "清单作废")
def withdraw(*, list_id: int, reason: str, actor: Actor, rev: int | None = None) -> ProjectList:
    """Withdraw a list that is not laid open, with all that hangs on it, so that no second valid one stands beside it.

    Its paper is voided, its item taken off the agenda, a notice that nobody has seen yet dropped, in this transaction.

    :raises Refusal: no reason; it is before the public now; the meeting has said its word already; its paper or its item
        is not the actor's to take back
    """
    row = record.lock(list_id, actor, "lists.withdraw", rev=rev)
    row.withdrawn_reason, was = record.need_reason(reason), row.state
    after: dict[str, Any] = {"state": State.WITHDRAWN.value}
    if was == State.IN_MEETING:
        after["agenda"] = _take_off_agenda(row, actor)
    if dropped := _drop_drafted_notice(row, actor):
        after["notices"] = dropped
    if voided := _void_papers(row, actor):
        after["papers"] = voided
    row.state = State.WITHDRAWN
    record.commit("lists.withdraw", row, actor.stamp, before={"state": was}, after=after, reason=row.withdrawn_reason)
    record.tell("list.withdrawn", row, was=was)
    return row


def _because(row: ProjectList) -> str:
    return f"清单作废：{row.withdrawn_reason}"[:REASON_LENGTH]


def _take_off_agenda(row: ProjectList, actor: Actor) -> list[str]:
    """Take the list off the agenda of its meeting, and return the titles of the items."""
    taken = []
    for item in meetings.list_agenda_of(row.meeting_id or 0):
        if (item.subject_kind, item.subject_id) != (LIST, row.pk) or item.resolution == "WITHDRAWN":
            continue
        if item.resolution:  # said, and only waiting for the minutes
            raise Refusal("lists.said_in_meeting", title=row.title, meeting=row.meeting_title)
        try:
            meeting_services.withdraw_item(item_id=item.pk, reason=_because(row), actor=actor)
        except (NotAllowed, NotFound):
            raise Refusal("lists.on_agenda", title=row.title, meeting=row.meeting_title) from None
        taken.append(item.title)
    return taken


def _drop_drafted_notice(row: ProjectList, actor: Actor) -> list[str]:
    """Withdraw a notice that was drafted and never opened; one that is over stays what it was."""
    drafted = [one for one in _standing_notices(row) if one.state == "DRAFT"]
    if drafted and not actor.may("notices.withdraw", row.region_key):
        raise Refusal("lists.notice_not_yours", title=row.title, notice=drafted[0].title)
    for one in drafted:
        notices.withdraw_notice(notice_id=one.id, reason=_because(row), actor=actor)
    return [one.title for one in drafted]


def _void_papers(row: ProjectList, actor: Actor) -> list[str]:
    """Void whatever paper of the list is valid, and return the numbers."""
    valid = [paper for paper in list_papers(LIST, row.pk) if not paper.is_void]
    if valid and not actor.may("papers.void", row.region_key):
        raise Refusal("lists.paper_not_yours", title=row.title, doc_no=valid[0].doc_no)
    for paper in valid:
        papers.void_paper(paper_id=paper.id, reason=_because(row), actor=actor, rev=None)
    return [paper.doc_no for paper in valid]
