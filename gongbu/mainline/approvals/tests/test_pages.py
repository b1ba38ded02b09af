"""Correcting a paper, and the judgement of 概算 against 可研估算, as the people concerned see them."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from gongbu.ground.ledger import queries as ledger
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.approvals import forms, queries, rules, services
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.projects.tests import factories

pytestmark = pytest.mark.django_db
WAN = 1_000_000


@pytest.fixture
def county(db):
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    return factories.region()


@pytest.fixture
def paper(county):
    return record(factories.approval_project(), "可行性研究报告批复", 1, date(2026, 3, 4), 10_000)


def record(project, doc_type, number, day, total_wan, **more):
    return services.record_paper(
        project_id=project.pk, actor=factories.head(), doc_type=doc_type, doc_no=f"云发改审〔2026〕{number}号",
        issuer="云溪县发展和改革局", issued_on=day, issued_precision="DAY",
        total_fen=None if total_wan is None else int(Decimal(total_wan) * WAN), **more,
    )  # fmt: skip


def browser(role, at=None):
    region = at or factories.region()
    unit = factories.unit("云溪县发展和改革局" if at is None else "松岭县发展和改革局", "GOVERNMENT", region)
    client = Client()
    sign_in(client, make_person(f"{role.lower()}{region.pk}", unit, role, region))
    return client


def posted(paper, **changes):
    return {**forms.texts_of(paper), "rev": str(paper.rev), "reason": "抄录有误", **changes}


def address(paper):
    return reverse("approvals:correct", args=[paper.pk])


def footprint():
    papers = ApprovalPaper.objects.unscoped("test").order_by("pk")
    return Entry.objects.count(), OutboxMessage.objects.count(), list(papers.values())


@pytest.mark.req("GO-03", "GO-16")
def test_the_head_corrects_a_paper_and_the_old_receipt_says_so(paper):
    head = browser("INVESTMENT_HEAD")
    page = head.get(reverse("approvals:paper", args=[paper.pk])).text
    assert address(paper) in page
    assert 'value="10000"' in head.get(address(paper)).text
    old = paper.receipt
    answer = head.post(address(paper), posted(paper, approved_total_fen="10,500", issuer="云溪县人民政府"))
    assert answer.status_code == 302
    paper.refresh_from_db()
    assert (paper.total_fen, paper.issuer, paper.rev) == (10_500 * WAN, "云溪县人民政府", 2)
    assert paper.issued_on == date(2026, 3, 4), "what was not touched stays"
    entry = ledger.list_for_subject(services.SUBJECT, paper.pk)[0]
    assert set(entry.content["after"]) == {"total_fen", "issuer", "total_text", "total_precision_fen"}
    assert entry.content["extra"]["reason"] == "抄录有误"
    visitor = Client()
    assert "已被更正" in visitor.get(reverse("ledger:receipt", args=[old])).text
    assert "已被更正" not in visitor.get(reverse("ledger:receipt", args=[paper.receipt])).text
    assert "已更正" in head.get(reverse("approvals:paper", args=[paper.pk])).text


@pytest.mark.parametrize("role", ["INVESTMENT_OFFICER", "VIEWER", "AUDITOR", "LEADER"])
def test_others_neither_see_the_button_nor_correct(paper, role):
    client, before = browser(role), footprint()
    assert address(paper) not in client.get(reverse("approvals:paper", args=[paper.pk])).text
    assert client.post(address(paper), posted(paper, issuer="别的机关")).status_code == 403
    assert footprint() == before


def test_the_head_next_door_finds_no_such_paper(paper):
    client, before = browser("INVESTMENT_HEAD", factories.neighbour()), footprint()
    assert client.post(address(paper), posted(paper, issuer="别的机关")).status_code == 404
    assert footprint() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"issuer": "别的机关", "reason": " "}, "更正须写明事由"),
        ({}, "没有改动"),
        ({"issued_on": "2999-01-01"}, "晚于今天"),
        ({"approved_total_fen": "约莫"}, "金额"),
        ({"issuer": ""}, "批复机关"),
        ({"content": "密级：机密"}, "涉密"),
    ],
)
def test_what_is_not_in_order_is_said_and_leaves_nothing(paper, change, said):
    client, before = browser("INVESTMENT_HEAD"), footprint()
    answer = client.post(address(paper), posted(paper, **change))
    assert answer.status_code == 422
    assert said in answer.text
    assert footprint() == before


@pytest.mark.req("GO-07")
def test_who_corrects_second_is_told_who_and_what(paper):
    client = browser("INVESTMENT_HEAD")
    mine = posted(paper, issuer="我写的机关", approved_total_fen="9000")
    services.correct_paper(
        paper_id=paper.pk, rev=1, changes={"issuer": "先改的机关"}, reason="先改", actor=factories.head()
    )
    before = footprint()
    answer = client.post(address(paper), mine)
    assert answer.status_code == 409
    for text in ("施有恒", "批复机关", "先改的机关", "我写的机关"):
        assert text in answer.text
    assert footprint() == before
    assert client.post(address(paper), {**mine, "rev": "2"}).status_code == 302, "knowingly, over the other's"


def test_the_form_gives_back_what_it_shows(county):
    """A form that is only opened and sent changes nothing, whatever the paper holds."""
    project = factories.approval_project()
    odd = record(
        project,
        "初步设计概算批复",
        7,
        date(2026, 4, 1),
        "632.9912",
        engineering_fen=531_580_000,
        total_text="约632.99万元",
    )
    odd.issued_precision = "MONTH"
    assert forms.texts_of(odd)["issued_on"] == "2026年4月"
    odd.issued_precision = "DAY"
    values, _findings = forms.read(forms.texts_of(odd))
    assert forms.changes_of(odd, values) == {}


# --- 概算 against 可研估算 -----------------------------------------------------------------------------------------------


def chain(*papers):
    return [rules.ChainPaper(n, *paper) for n, paper in enumerate(papers, 1)]


def test_the_estimate_is_compared_with_the_last_feasibility_before_it():
    first = ("FEASIBILITY", False, date(2026, 1, 1), 1000)
    again = ("FEASIBILITY", True, date(2026, 2, 1), 1200)
    late = ("FEASIBILITY", True, date(2026, 9, 1), 5000)
    estimate = ("ESTIMATE", False, date(2026, 3, 1), 1320)
    found = rules.find_overrun(chain(first, again, late, estimate))
    assert (found.estimate_id, found.feasibility_id, found.ratio) == (4, 2, Decimal("0.1"))  # 1320 ÷ 1200 − 1


@pytest.mark.parametrize(
    "papers",
    [
        [],
        [("FEASIBILITY", False, None, 1000)],
        [("ESTIMATE", False, None, 1000)],
        [("FEASIBILITY", False, None, None), ("ESTIMATE", False, None, 1000)],
        [("FEASIBILITY", False, None, 1000), ("ESTIMATE", True, None, 2000)],  # an adjustment: 第二十三条, not judged
    ],
)
def test_without_both_there_is_no_judgement(papers):
    assert rules.find_overrun(chain(*papers)) is None


@pytest.mark.req("CM-05", "GO-01")
@pytest.mark.parametrize(
    ("estimate_wan", "percent", "label"),
    [
        (10_999, "+9.99%", "正常审批概算"),
        (11_000, "+10.00%", "正常审批概算"),  # “超过”不含本数
        ("11000.0001", "+10.00%", "向投资主管部门报告"),  # one yuan over is over
        (11_001, "+10.01%", "向投资主管部门报告"),
    ],
)
def test_the_panel_shows_the_judgement_with_its_clause(county, estimate_wan, percent, label):
    project = factories.approval_project()
    record(project, "可行性研究报告批复", 1, date(2026, 3, 4), 10_000)
    record(project, "初步设计概算批复", 2, date(2026, 5, 6), estimate_wan)
    text = browser("VIEWER").get(reverse("projects:show", args=[project.pk]) + "?tab=papers").text
    for said in (percent, label, "第十二条第二款", "概算较批准的可研估算", "2019-07-01 起施行，按 2026-05-06 适用"):
        assert said in text


def test_before_the_regulation_there_is_nothing_to_judge_by(county):
    project = factories.approval_project()
    record(project, "可行性研究报告批复", 1, date(2018, 3, 4), 10_000)
    record(project, "初步设计概算批复", 2, date(2019, 6, 30), 12_000)
    mark = queries.judge_overrun(queries.list_chain(project.pk), project.competent_region_id)
    assert mark.label == "没有可适用的规定"
