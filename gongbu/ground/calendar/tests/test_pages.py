"""The calendar's pages: the year, pasting a notice, one limit and its acts; rights; query counts."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongbu.ground.calendar import queries, services
from gongbu.ground.calendar.models import Deadline, Notice
from gongbu.ground.calendar.tests.conftest import new_deadline
from gongbu.ground.inbox.tests.conftest import office  # noqa: F401  a small county office
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Grant, Region
from gongbu.ground.registers.tests.conftest import sign_in

pytestmark = pytest.mark.django_db
PASTED = """国务院办公厅关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至12日（周五）放假调休，共8天。1月30日（周六）、2月20日（周六）上班。
"""


@pytest.fixture
def admin(office):  # noqa: F811
    """The deputy is made system administrator of the county."""
    region = Region.objects.get(name="青岚县")
    Grant.objects.create(person=office.deputy, role="SYSTEM_ADMIN", region=region, valid_from=date(2026, 1, 1))
    return office.deputy


def browser(person) -> Client:
    client = Client()
    sign_in(client, person)
    client.get("/calendar/")
    return client


def text(answer) -> str:
    return answer.content.decode()


def test_the_year_shows_signs_totals_and_sources(office, on):  # noqa: F811
    services.load_official()
    with on("2026-11-20"):
        client = browser(office.officer)
        page = text(client.get("/calendar/2026/"))
        assert "全年工作日 248 天" in page
        assert page.count("<sup>班</sup>") == 6
        assert page.count("<sup>休</sup>") == 33
        assert "国办发明电〔2025〕7号" in page
        assert "暂定" not in page
        assert "登记放假通知" not in page
        later = text(client.get("/calendar/2027/"))
        assert "暂定" in later
        assert "g-provisional" in later
        assert client.get("/calendar/2015/").status_code == 404
    assert Client().get("/calendar/").status_code == 302


def given(**changes) -> dict[str, str]:
    values = {
        "kind": "ANNUAL", "year": "2027", "title": "国务院办公厅关于2027年部分节假日安排的通知",
        "document_number": "国办发明电〔2026〕9号", "issued_on": "2026-11-19", "url": "", "region": "", "days": PASTED,
    }  # fmt: skip
    return {**values, **changes}


def test_a_pasted_notice_is_checked_first_and_then_recorded(admin, on):
    services.load_official()
    with on("2026-11-20"):
        client = browser(admin)
        assert client.get("/calendar/notices/new").status_code == 200
        checked = client.post("/calendar/notices/new", given(check="1"))
        assert checked.status_code == 200
        assert "读到 13 天" in text(checked)
        assert not Notice.objects.filter(year=2027).exists()
        done = client.post("/calendar/notices/new", given(record="1"))
        assert done["Location"] == "/calendar/2027/"
        assert queries.get_calendar().is_workday(date(2027, 1, 30))
        twice = client.post("/calendar/notices/new", given(record="1"))
        assert twice.status_code == 422
        assert "已有年度安排" in text(twice)
    assert Notice.objects.filter(year=2027).count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"days": "2027-02-30 休"}, "第 1 行不能识别"),
        ({"days": ""}, "没有读到任何日期"),
        ({"year": "二〇二七"}, "年度请写成四位数字"),
        ({"issued_on": "昨天"}, "不是有效日期"),
        ({"kind": "RUMOUR"}, "请选择通知类别"),
        ({"region": "7"}, "没有找到所选地区"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_recorded(admin, on, changes, said):
    services.load_official()
    with on("2026-11-20"):
        answer = browser(admin).post("/calendar/notices/new", given(record="1", **changes))
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Notice.objects.filter(year=2027).exists()


def test_only_administrators_open_the_notice_form(office, on):  # noqa: F811
    with on("2026-11-20"):
        assert browser(office.head).get("/calendar/notices/new").status_code == 403
        assert browser(office.head).post("/calendar/notices/new", given()).status_code == 403
    assert not Entry.objects.filter(kind="calendar.notice_recorded").exists()


def test_a_limit_is_stopped_resumed_and_closed_from_its_page(office, on):  # noqa: F811
    with on("2026-03-04"):
        actor = office.acting(office.officer)
        limit = services.start_deadline(new=new_deadline("2026-03-02", 5), actor=actor)
        client = browser(office.officer)
        assert "剩 3 个工作日" in text(client.get("/deadlines/"))
        where = f"/deadlines/{limit.pk}/"
        page = text(client.get(where))
        assert "2026-03-09" in page
        assert "延长时限" not in page  # a head extends
        assert client.post(f"{where}stop", {"kind": "SUPPLEMENT", "on": "2026-03-04", "rev": "0"}).status_code == 302
        stale = client.post(f"{where}close", {"on": "2026-03-04", "rev": "0"})
        assert stale.status_code == 409
        assert "刚被他人变更" in text(stale)
        assert "暂停中" in text(client.get("/deadlines/?tab=STOPPED"))
        bad = client.post(f"{where}resume", {"kind": "SUPPLEMENT", "on": "4日"})
        assert bad.status_code == 422
        assert client.post(f"{where}resume", {"kind": "SUPPLEMENT", "on": "2026-03-04"}).status_code == 302
        assert client.post(f"{where}close", {"on": "2026-03-04"}).status_code == 302
        assert "恢复计时" in text(client.get(where))
    assert Deadline.objects.unscoped("test").get().status == "CLOSED"


def test_a_limit_of_another_county_is_not_found(office, on):  # noqa: F811
    with on("2026-03-04"):
        limit = services.start_deadline(new=new_deadline("2026-03-02", 5), actor=office.acting(office.officer))
        Deadline.objects.unscoped("test").update(region_key=110_000_000_000)
        client = browser(office.officer)
        assert client.get(f"/deadlines/{limit.pk}/").status_code == 404
        assert client.post(f"/deadlines/{limit.pk}/close", {"on": "2026-03-04"}).status_code == 404
    assert Deadline.objects.unscoped("test").get().status == "RUNNING"


def test_the_list_of_limits_costs_the_same_for_one_and_for_thirty(office, on):  # noqa: F811
    with on("2026-03-04"):
        actor, client, numbers = office.acting(office.officer), browser(office.officer), []
        client.get("/deadlines/")
        for count in (1, 30):
            for n in range(count):
                services.start_deadline(new=new_deadline("2026-03-02", 5 + n, key=f"{count}:{n}"), actor=actor)
            with CaptureQueriesContext(connection) as caught:
                assert client.get("/deadlines/").status_code == 200
            numbers.append(len(caught))
    assert numbers[0] == numbers[1] <= 10
