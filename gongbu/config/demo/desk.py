"""A living desk for the demo people: things that wait, run out, were handed over, and will be lent next week.

Each through the act that a user would call, on the day it happened; the tasks come from the outbox and the daily job,
as in daily use. Everything is found again when it exists.
"""

from datetime import date, timedelta
from functools import partial
from io import BytesIO

import xlsxwriter
from django.db import transaction

from gongbu.config.demo import city, story
from gongbu.config.demo.timeline import Timeline
from gongbu.ground.basics import clock
from gongbu.ground.calendar import queries as calendar
from gongbu.ground.calendar import services as calendar_services
from gongbu.ground.calendar.deadlines import NewDeadline
from gongbu.ground.calendar.rules.counting import Limit
from gongbu.ground.calendar.rules.counting import Unit as LimitUnit
from gongbu.ground.inbox import services as inbox
from gongbu.ground.inbox import urging
from gongbu.ground.inbox.models import Delegation
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs.actor import ANONYMOUS
from gongbu.ground.orgs.models import Holding, Person, Post, Registration
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.orgs.rules.credit_code import compute_check_character, compute_organisation_check
from gongbu.ground.orgs.services import people, posts, registrations
from gongbu.ground.outbox import services as outbox
from gongbu.ground.policy.queries import policy_for
from gongbu.ground.registers.importing import kinds
from gongbu.ground.registers.importing import services as importing
from gongbu.ground.registers.importing.models import ImportBatch
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.rules.code import compute_check_digit

FIRM = "青岚县青禾生物科技有限公司"
WORKBOOK = "青岚县下一年度谋划项目（各乡镇汇总）.xlsx"
LEAVER = {"login": "qinglan_song", "name": "宋明礼", "unit": "青岚县发展和改革局", "post": "综合股经办",
          "role": "VIEWER", "region": "990121"}  # fmt: skip
LIMIT_KEY = "licences.decision_limit"
DUE_IN_WORKDAYS = (2, -3)  # of the two limits of each county: one about to end, one overdue


def plan(timeline: Timeline) -> None:
    """Put what happened lately on the timeline; dates follow today."""
    founded = timeline.days_ago(city.FOUNDED_DAYS_AGO)
    timeline.at(founded, LEAVER["name"], partial(city.ensure_person, LEAVER, founded))
    left = timeline.days_ago(120)
    timeline.at(left, "岗位交接", partial(hand_over, left))
    for county in story.COUNTIES:
        for workdays, life in zip(DUE_IN_WORKDAYS, _under_approval(county, timeline.today), strict=False):
            started = calendar.add_workdays(calendar.add_workdays(timeline.today, workdays), -20)
            timeline.at(started, "起算时限", partial(start_limit, life, started))
    timeline.at(timeline.days_ago(2), "单位注册", apply_for_registration)
    timeline.at(timeline.days_ago(1), "导入核对", stage_messy_workbook)
    timeline.at(timeline.days_ago(1), "委托", partial(lend_next_week, timeline.today))


def settle() -> None:
    """Tell everybody what has happened and remind of the limits, as the worker does in daily use."""
    with transaction.atomic():  # one sync of the disk for all messages
        tell_everybody()
        urging.urge_deadlines(clock.today())
        outbox.dispatch()


def tell_everybody() -> None:
    """Deliver what has been said so far."""
    while outbox.dispatch(limit=5_000):
        pass


def hand_over(on: date) -> None:
    """宋明礼 retires; 周敏 takes over his post with what is open."""
    post = Post.objects.get(unit__name=LEAVER["unit"], name=LEAVER["post"])
    leaver = Person.objects.get(login_name=LEAVER["login"])
    if not Holding.objects.filter(post=post, person=leaver, valid_to=None).exists():
        return
    unit = city.ensure_unit(LEAVER["unit"], city.region_of(LEAVER["region"]))
    successor = Person.objects.filter(login_name="qinglan_zonghe").first() or people.create_person(
        actor=console_actor(), unit_id=unit.pk, login_name="qinglan_zonghe", name="周敏", is_demo=True
    )
    posts.hand_over(
        actor=city.acting("sys", on),
        post_id=post.pk,
        from_person_id=leaver.pk,
        to_person_id=successor.pk,
        reason="到龄退休，已移交在手事项和资料",
        on=on,
    )


def _under_approval(county: str, today: date) -> list[story.Life]:
    """Return the projects of a county under approval, longest there first; then those in design, 概算 being approved."""
    lives = [life for life in story.lives(today) if life.row["county"] == county and not life.is_taken_over]
    first = [life for life in lives if life.stage == Stage.APPROVAL]
    then = [life for life in lives if life.stage == Stage.DESIGN]
    return sorted(first, key=lambda life: life.day_of(life.stage), reverse=True)[:2] + then


def start_limit(life: story.Life, on: date) -> None:
    """Accept the matter: the limit of the law runs from this day."""
    project = Project.objects.unscoped("the demo looks for its own project").get(name=life.row["name"])
    limit = policy_for(project.competent_region_id, on).at(LIMIT_KEY, on)
    subject = Subject("project", project.pk, project.region_key, project.name)
    calendar_services.start_deadline(
        new=NewDeadline(
            key=f"demo:{life.number}:decision",
            title="初步设计概算审批" if life.stage == Stage.DESIGN else "项目审批决定",
            subject=subject,
            started=on,
            limit=Limit(int(str(limit.value)), LimitUnit.WORKDAY),
            url=f"/projects/{project.pk}/",
            extension_max=10,
            policy_ref=limit.ref.as_dict(),
        ),
        actor=life.officer(on),
    )


def apply_for_registration() -> None:
    """A firm of 青岚县 hands in its registration with a letter; the officer finds it in his tasks."""
    body = "91990121MA0DEM00"
    body += compute_organisation_check(body[8:16])
    code = body + compute_check_character(body)
    if Registration.objects.unscoped("the demo looks for its own").filter(credit_code=code).exists():
        return
    form = registrations.Application(
        credit_code=code,
        unit_name=FIRM,
        unit_kind="ENTERPRISE",
        region_id=city.region_of("990121").pk,
        contact_name="冯青禾",
        contact_phone="13800000000",
        login_name="qinghe",
        password="Bamboo-Shade-2026",  # noqa: S106 — the demo's own; nobody can sign in before approval
    )
    registrations.register(
        actor=ANONYMOUS, application=form, letter=BytesIO(blank_page("Letter of authorisation (demo)")),
        letter_name="企业授权书.pdf",
    )  # fmt: skip


def blank_page(text: str) -> bytes:
    """Return a one-page PDF with one line of Latin text."""
    stream = f"BT /F1 18 Tf 72 740 Td ({text}) Tj ET".encode("ascii")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, table)
    return bytes(out)


def stage_messy_workbook() -> None:
    """林晓燕 uploads the townships' summary as they sent it: it waits with rows sent back and rows flagged."""
    on = clock.today()
    actor = city.acting("qinglan_fgj", on)
    if ImportBatch.objects.filter(file_name=WORKBOOK, person_id=actor.person_id).exists():
        return
    importing.stage(
        content=messy_workbook(on + timedelta(days=1)),
        file_name=WORKBOOK,
        kind=kinds.get("projects"),
        actor=actor,
        region=city.region_of("990121"),
    )


def messy_workbook(today: date) -> bytes:
    """Return a clerk's summary: a title, a unit line, mixed units, a subtotal, a ruined code, a month that is none."""
    year = today.year + 1
    body = f"{today:%y}099901210101{today.year:05d}"
    misread = f"{body[:4]}-990121-01-01-{body[-5:]}{'1' if compute_check_digit(body) != 1 else '2'}"
    rows = [
        (1, "柳林镇集镇污水管网延伸工程", "柳林镇人民政府", "政府投资", "860", f"{year}.5", ""),
        (2, "城关镇东关社区服务中心新建项目", "城关镇人民政府", "政府投资", "约0.12亿元", f"{year}年3月", ""),
        (3, "青岚县云雾茶精深加工项目", "青岚县云雾茶业有限公司", "企业投资", "1.35亿元", f"{year}年下半年", ""),
        (4, "荔坡镇高标准农田提升项目", "荔坡镇人民政府", "政府投资", "2,150", f"{year}-06", misread),
        (5, "", "王坪镇人民政府", "政府投资", "430", f"{year}.9", ""),
        (6, "东山镇康养步道项目", "东山镇人民政府", "待定", "680", f"{year}年4月", ""),
        (
            7,
            "石桥乡卫生院发热门诊改造",
            "石桥乡人民政府",
            "政府投资",
            "265",
            f"{year}年2月",
            "2603-990121-**-**-******",
        ),
    ]
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("汇总")
    sheet.merge_range("A1:G1", f"青岚县{year}年度谋划项目汇总表（各乡镇上报）")
    sheet.write("A2", "填报单位：各乡镇人民政府　　单位：万元")
    for column, text in enumerate(
        ["序号", "项目名称", "建设单位", "资金性质", "总投资（万元）", "计划开工", "项目代码"]
    ):
        sheet.write(2, column, text)
    for line, row in enumerate(rows, start=3):
        for column, value in enumerate(row):
            sheet.write(line, column, value)
    sheet.write_row(3 + len(rows), 0, ["合计", "", "", "", "", "", ""])
    book.close()
    return buffer.getvalue()


def lend_next_week(today: date) -> None:
    """乔建平 is away next week and lends his post to 林晓燕."""
    on = clock.today()
    giver, taker = city.acting("qinglan_fgj_head", on), Person.objects.get(login_name="qinglan_fgj")
    monday = today + timedelta(days=7 - today.weekday())
    if giver.post_id is None or Delegation.objects.filter(post_id=giver.post_id, to_person=taker).exists():
        return
    inbox.delegate(
        post_id=giver.post_id,
        to_person_id=taker.pk,
        valid_from=monday,
        valid_to=monday + timedelta(days=5),
        reason="赴省发展改革委参加项目评审",
        actor=giver,
    )
