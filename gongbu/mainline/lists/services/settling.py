"""From a draft to an issued list: the meeting settles it, the public sees it where that is prescribed, a paper issues it."""

from datetime import date
from typing import Any

from django.urls import reverse

from gongbu.ground.basics import clock, money
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity
from gongbu.ground.meetings import queries as meetings
from gongbu.ground.meetings import services as meeting_services
from gongbu.ground.meetings.entry import NewItem
from gongbu.ground.notices import services as notices
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.papers import services as papers
from gongbu.mainline.lists import rules
from gongbu.mainline.lists.models import LIST, ListItem, ProjectList
from gongbu.mainline.lists.services import record
from gongbu.mainline.lists.system import basis_from

State = ProjectList.State
NOTICED_PAPER, PLAIN_PAPER = "county_reserve.major_list", "county_reserve.project_list"
NOTICE_KIND = "PROJECT_LIST"


@act("lists.send_to_meeting", "提请会商")
def send_to_meeting(*, list_id: int, meeting_id: int, actor: Actor, rev: int | None = None) -> ProjectList:
    """Put a draft on the agenda of a meeting that has not been held; what it settles comes back by itself.

    :raises Refusal: no project is on it
    """
    row = record.lock(list_id, actor, "lists.send_to_meeting", rev=rev)
    if not row.item_count:
        raise Refusal("lists.empty")
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

    :raises Refusal: this list need not be laid open
    :raises InvalidInput: what the notice refuses
    """
    row = record.lock(list_id, actor, "lists.put_on_notice", rev=rev)
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
    :raises Refusal: not noticed where that is prescribed, or the issuer has no number series
    """
    row = record.lock(list_id, actor, "lists.issue", rev=rev)
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
        fields=_fields(row, items, contact, report_by if noticed else None), tables={"projects": [_line(item, noticed) for item in items]},
        actor=actor, on=day, key=f"list:{row.pk}:issue",
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


def _fields(row: ProjectList, items: list[ListItem], contact: str, report_by: date | None) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "year": row.year, "list_name": row.title, "meeting": row.meeting_title,
        "meeting_on": row.meeting_on or row.settled_on, "project_count": len(items), "total": sum(item.total_fen or 0 for item in items),
        "contact": contact,
    }  # fmt: skip
    if report_by is not None:
        fields |= {
            "notice_from": row.notice_from, "notice_to": row.notice_to,
            "year_plan": sum(item.year_fen or 0 for item in items), "report_by": report_by,
        }  # fmt: skip
    return fields


def _line(item: ListItem, noticed: bool) -> dict[str, Any]:
    line: dict[str, Any] = {
        "name": item.name, "owner": item.owner_name or "—", "content": item.content, "total_fen": item.total_fen,
        "duty": item.duty_unit,
    }  # fmt: skip
    return line | ({"year_fen": item.year_fen} if noticed else {})


@act("lists.withdraw", "清单作废")
def withdraw(*, list_id: int, reason: str, actor: Actor, rev: int | None = None) -> ProjectList:
    """Withdraw a list that is not laid open; an issued one is withdrawn together with its paper by voiding that first.

    :raises Refusal: no reason, or it is before the public now
    """
    row = record.lock(list_id, actor, "lists.withdraw", rev=rev)
    row.withdrawn_reason, was = record.need_reason(reason), row.state
    row.state = State.WITHDRAWN
    record.commit(
        "lists.withdraw",
        row,
        actor.stamp,
        before={"state": was},
        after={"state": row.state},
        reason=row.withdrawn_reason,
    )
    record.tell("list.withdrawn", row, was=was)
    return row
