"""The pages as the people concerned see them: the register, a paper, drafting by hand, number series, voiding."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.papers import services
from gongbu.ground.papers.models import NumberSeries, Paper
from gongbu.ground.papers.tests.conftest import NOTICE
from gongbu.ground.registers.tests.conftest import sign_in

pytestmark = pytest.mark.django_db
FORM = {
    **NOTICE,
    "papers.issued_on": "2026-03-02",
    "papers.access": "INTERNAL",
    "papers.copies": "县委办公室",
    "contact": "",
}


@pytest.fixture
def browser(county):
    """Return a maker of signed-in browsers by role."""

    def make(role, region=None):
        client = Client()
        sign_in(client, make_person(role.lower(), county.bureau, role, region or county.region))
        return client

    return make


def papers():
    return Paper.objects.unscoped("test")


def test_the_register_shows_numbers_states_and_the_reason_of_a_gap(county, issue, browser):
    issue()
    void = issue(access="PUBLIC")
    services.void_paper(paper_id=void.pk, reason="附表金额抄录有误", actor=county.head, rev=1)
    page = browser("AUDITOR").get(reverse("papers:list")).text
    for text in ("云发改〔2026〕12号", "云发改〔2026〕13号", "已印发", "已作废", "附表金额抄录有误"):
        assert text in page
    sheet = browser("VIEWER").get(reverse("papers:export", args=["csv"]))
    assert "附表金额抄录有误" in b"".join(sheet.streaming_content).decode("utf-8-sig")
    assert browser("OWNER_UNIT").get(reverse("papers:list")).status_code == 403


def test_the_register_asks_no_more_for_thirty_papers(county, issue, browser):
    client = browser("INVESTMENT_OFFICER")

    def statements():
        client.get(reverse("papers:list"))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("papers:list")).status_code == 200
        return len(captured)

    first = issue()
    few = statements()
    rows = [Paper(**{**{f.attname: getattr(first, f.attname) for f in Paper._meta.fields if f.name != "id"}, "number": n})
            for n in range(100, 129)]  # fmt: skip
    Paper.objects.bulk_create(rows)
    assert statements() == few


@pytest.mark.req("GO-03")
def test_a_paper_page_shows_the_sheets_the_number_and_the_receipt(county, issue, browser):
    paper = issue(addressee="各有关单位")
    client = browser("INVESTMENT_HEAD")
    page = client.get(reverse("papers:paper", args=[paper.pk])).text
    assert "云发改〔2026〕12号" in page
    assert reverse("ledger:receipt", args=[re.sub(r"(....)(....)(....)", r"\1-\2-\3", paper.receipt)]) in page
    assert "公文处理工作条例" in page, "依据"
    assert "待确认" in page
    picture = client.get(reverse("documents:preview", args=[paper.pdf_id, 1]))
    assert picture["Content-Type"] == "image/png"
    for name, start in (("pdf_id", b"%PDF"), ("docx_id", b"PK")):
        file = client.get(reverse("documents:file", args=[getattr(paper, name)]))
        assert b"".join(file.streaming_content).startswith(start)
    assert "作废事由" in page
    assert "作废事由" not in browser("INVESTMENT_OFFICER").get(reverse("papers:paper", args=[paper.pk])).text
    assert Client().get(reverse("documents:file", args=[paper.pdf_id])).status_code == 404, "内部文书不公开"


def test_the_head_voids_on_the_page(county, issue, browser):
    paper = issue()
    address = reverse("papers:void", args=[paper.pk])
    officer = browser("INVESTMENT_OFFICER")
    assert officer.post(address, {"reason": "错", "rev": "1"}).status_code == 403
    head = browser("INVESTMENT_HEAD")
    assert head.post(address, {"reason": "", "rev": "1"}).status_code == 409
    assert papers().get().state == "ISSUED"
    assert head.post(address, {"reason": "附表有误", "rev": "1"}).status_code == 302
    page = head.get(reverse("papers:paper", args=[paper.pk])).text
    assert "已作废" in page
    assert "附表有误" in page


def test_an_officer_drafts_looks_and_issues(county, browser):
    client = browser("INVESTMENT_OFFICER")
    listed = client.get(reverse("papers:templates")).text
    assert "通知（通用）" in listed
    assert "年度重大项目清单印发通知" in listed
    assert "随业务签发" in listed
    address = reverse("papers:draft", args=["papers.notice"])
    assert f'value="{county.bureau.pk}"' in client.get(address).text
    posted = {**FORM, "papers.unit": str(county.bureau.pk)}
    before = Entry.objects.count()
    shown = client.post(address, {**posted, "_preview": "1"})
    assert shown.status_code == 200
    assert "data:image/png;base64," in shown.text
    assert NOTICE["title"] in shown.text, "填写的内容还在"
    assert (papers().count(), Entry.objects.count()) == (0, before), "预览不留任何记录"
    bad = client.post(address, {**posted, "title": "", "_preview": "1"})
    assert bad.status_code == 422
    assert "请填写“标题”" in bad.text or "标题" in bad.text
    answer = client.post(address, posted)
    assert answer.status_code == 302
    paper = papers().get()
    assert (paper.doc_no, paper.access, paper.person_name) == ("云发改〔2026〕12号", "INTERNAL", "investment_officer某")
    assert answer["Location"] == reverse("papers:paper", args=[paper.pk])


def test_what_cannot_be_issued_is_said_beside_the_field(county, browser):
    client = browser("INVESTMENT_OFFICER")
    address = reverse("papers:draft", args=["papers.notice"])
    posted = {**FORM, "papers.unit": str(county.bureau.pk)}
    for change, said in (
        ({"papers.issued_on": "2999-01-01"}, "晚于今天"),
        ({"content": "本项目密级：机密。"}, "涉密"),
        ({"title": "长" * 81}, "80"),
        ({"papers.unit": "987654"}, "请"),
    ):
        answer = client.post(address, {**posted, **change})
        assert answer.status_code == 422, change
        assert said in answer.text
    NumberSeries.objects.unscoped("test").update(sorts=["LETTER"])
    answer = client.post(address, posted)
    assert answer.status_code == 422
    assert "还没有启用“文件”类的文号" in answer.text
    assert papers().count() == 0
    assert client.get(reverse("papers:draft", args=["county_reserve.major_list"])).status_code == 404
    assert browser("VIEWER").get(address).status_code == 403


def test_the_head_opens_a_series_on_the_page(county, browser):
    head = browser("INVESTMENT_HEAD")
    address = reverse("papers:open_series")
    assert "机关代字" in head.get(address).text
    given = {
        "papers.unit": str(county.bureau.pk),
        "papers.mark": "云发改审",
        "papers.year": "2027",
        "papers.sorts": "LETTER",
        "papers.last_used": "0",
    }
    refused = head.post(address, {**given, "papers.mark": "云发改审〔2027〕"})
    assert refused.status_code == 422
    assert "不能作机关代字" in refused.text
    assert head.post(address, given).status_code == 302
    page = head.get(reverse("papers:series")).text
    assert "云发改审" in page
    assert "函" in page
    clash = head.post(address, {**given, "papers.mark": "云发改函"})
    assert clash.status_code == 422
    assert "已用 云发改审〔2027〕 编号" in clash.text
    assert browser("INVESTMENT_OFFICER").get(address).status_code == 403
