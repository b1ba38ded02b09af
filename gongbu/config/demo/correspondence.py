"""Papers of the demo: number series in use, a notice, a letter that sends back, and one that was voided and issued anew."""

from datetime import date, timedelta
from functools import partial

from gongbu.config.demo import city
from gongbu.config.demo.timeline import Timeline
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs.models import Unit
from gongbu.ground.papers import queries, services

BUREAU, HEAD, OFFICER = "青岚县发展和改革局", "qinglan_fgj_head", "qinglan_fgj"
SERIES = (("青发改", ("DOCUMENT", "LETTER", "PUBLIC"), 31), ("青发改补", ("NOTICE",), 4))
SERIES_DAYS_AGO = 241
CONTACT = "联系人：林晓燕，电话：0000—6620137"


def plan(timeline: Timeline) -> None:
    """Put the papers on the timeline."""
    for back in (SERIES_DAYS_AGO, 62):  # the second is of use where a year has begun in between
        timeline.at(timeline.days_ago(back), "启用文号", partial(open_series, timeline.days_ago(back)))
    timeline.at(timeline.days_ago(45), "印发通知", partial(send_notice, timeline.days_ago(45)))
    timeline.at(timeline.days_ago(20), "退回补正", partial(send_back, timeline.days_ago(20)))
    timeline.at(timeline.days_ago(9), "印发通知", partial(send_wrong_notice, timeline.days_ago(9)))
    timeline.at(timeline.days_ago(8), "作废重发", partial(void_and_send_again, timeline.days_ago(8)))


def _bureau() -> Unit:
    return Unit.objects.unscoped("the demo looks for its own unit").select_related("region").get(name=BUREAU)


def _about(unit: Unit) -> Subject:
    return Subject("unit", unit.pk, unit.region.key_lo, unit.name)


def open_series(day: date) -> None:
    """The bureau goes on with the numbers it has used on paper this year."""
    unit, head = _bureau(), city.acting(HEAD, day)
    if queries.list_series(head).filter(unit=unit, year=day.year).exists():
        return
    for mark, sorts, last_used in SERIES:
        services.open_series(
            unit_id=unit.pk, mark=mark, year=day.year, sorts=sorts, last_used=last_used, actor=head, on=day
        )


def _notice(day: date, title: str, content: str, key: str) -> None:
    unit = _bureau()
    services.issue_paper(
        kind="papers.notice", subject=_about(unit), unit_id=unit.pk, actor=city.acting(OFFICER, day), on=day, key=key,
        fields={"title": title, "addressee": "各乡（镇）人民政府，县直有关部门", "content": content, "contact": CONTACT},
        copies="县委办公室，县政府办公室",
    )  # fmt: skip


def send_notice(day: date) -> None:
    """The call for reserve projects."""
    by = day + timedelta(days=20)
    content = (
        "为做好重大项目谋划储备工作，根据《关于进一步健全完善项目管理机制的实施方案》要求，现就报送储备项目有关事项通知如下：\n"
        "一、报送范围\n"
        "处于策划、规划、拟开展前期工作和正在开展前期工作阶段的项目。已开工建设的项目不报。\n"
        "二、报送程序\n"
        "各乡（镇）按归口报县直行业主管部门初核；产业链项目经链长审核后报送。\n"
        "三、报送时间\n"
        f"请于{by.year}年{by.month}月{by.day}日前通过平台报送。"
    )
    _notice(day, "关于报送储备项目的通知", content, "demo:notice")


def send_back(day: date) -> None:
    """A township's declaration goes back with what is missing."""
    unit = _bureau()
    services.issue_paper(
        kind="county_reserve.return_notice", subject=_about(unit), unit_id=unit.pk, actor=city.acting(OFFICER, day),
        on=day, key="demo:return",
        fields={
            "applicant": "柳林镇人民政府", "project_name": "柳林镇农产品冷链物流项目",
            "declared_on": day - timedelta(days=3), "library": "行业储备库", "supplement_by": day + timedelta(days=14),
            "contact": CONTACT,
        },
        tables={
            "issues": [
                {"issue": "建设规模与投资估算不一致，单方造价明显偏低", "remedy": "补充投资估算表并说明依据"},
                {"issue": "没有说明用地是否涉及永久基本农田", "remedy": "附自然资源部门的查询意见"},
            ]
        },
    )  # fmt: skip


def send_wrong_notice(day: date) -> None:
    """A notice whose day is wrong."""
    content = f"请各责任单位于{day.year}年{day.month}月{day.day}日前报送重大项目推进计划。"
    _notice(day, "关于报送重大项目推进计划的通知", content, "demo:wrong")


def void_and_send_again(day: date) -> None:
    """It is voided with its reason, and issued again under the next number."""
    head = city.acting(HEAD, day)
    wrong = queries.list_papers(head).filter(title="关于报送重大项目推进计划的通知").order_by("number").first()
    if wrong is None or wrong.state == "VOID":
        return
    services.void_paper(paper_id=wrong.pk, reason="报送期限写成了发文当天", actor=head, rev=wrong.rev, on=day)
    by = day + timedelta(days=15)
    content = f"请各责任单位于{by.year}年{by.month}月{by.day}日前报送重大项目推进计划。"
    _notice(day, "关于报送重大项目推进计划的通知", content, "demo:again")
