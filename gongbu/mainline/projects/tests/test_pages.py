"""Pages and API of projects, through the whole stack, as the people who use them."""

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongbu.ground.basics import clock
from gongbu.ground.ledger import sequencer
from gongbu.ground.orgs import middleware
from gongbu.ground.orgs.models import Grant, Person, Region, Unit
from gongbu.ground.registers import counting, region_picker
from gongbu.ground.registers.models import FormDraft
from gongbu.mainline.projects import feed, queries, services
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import WAN, YI
from gongbu.mainline.projects.tests.test_services import adopt_centralized

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    counting.forget()
    region_picker.forget()
    queries._wide.clear()


def signed_in(role: str, at: Region | None = None, *, unit: Unit | None = None, enforce_csrf: bool = False) -> Client:
    """Return a browser in which somebody with this role has signed in."""
    person = Person.objects.create(login_name=f"{role}{Person.objects.count()}", name="岳知行", unit=unit)
    Grant.objects.create(person=person, role=role, region=at or make.region(), valid_from=date(2020, 1, 1))
    client = Client(enforce_csrf_checks=enforce_csrf)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session, now = client.session, clock.now().timestamp()
    session.update({middleware.EPOCH_KEY: person.session_epoch, middleware.STARTED_KEY: now, middleware.SEEN_KEY: now})
    session.save()
    return client


def rev(project: Project) -> int:
    return Project.objects.unscoped("test").get(pk=project.pk).rev


# --- register and file ------------------------------------------------------------------------------------------------


def test_the_register_shows_tabs_with_counts_and_narrows_by_filters() -> None:
    make.reserve_project(name="青石河大桥", total_investment_fen=2 * YI)
    make.approval_project(name="城东小学", total_investment_fen=300 * WAN)
    client = signed_in("INVESTMENT_OFFICER")
    page = client.get("/projects/").content.decode()
    assert "共 2 条" in page
    assert "20,000.00" in page
    assert "青石河大桥" not in client.get("/projects/?tab=APPROVAL").content.decode()
    assert "城东小学" not in client.get("/projects/?q=大桥").content.decode()
    assert "城东小学" not in client.get("/projects/?total_min=1000").content.decode()
    stranger = signed_in("INVESTMENT_OFFICER", make.neighbour())
    assert "青石河大桥" not in stranger.get("/projects/").content.decode()


@pytest.mark.parametrize("url", ["/projects/", "/projects/?q=工程", "/projects/{pk}/", "/projects/{pk}/?tab=timeline"])
def test_pages_ask_as_many_queries_for_thirty_rows_as_for_one(url: str) -> None:
    whole = make.approval_project(name="工程总体")
    client = signed_in("INVESTMENT_OFFICER")
    counts = []
    for more in (1, 29):
        for n in range(more):
            make.approval_project(name=f"工程{more}-{n}", kind="SUBPROJECT", parent_id=whole.pk)
            services.set_annual_investment(
                project_id=whole.pk, year=1990 + more + n, planned_fen=1, actor=make.officer()
            )
        counting.forget()
        client.get(url.format(pk=whole.pk))
        counting.forget()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url.format(pk=whole.pk)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= 26


@pytest.mark.req("GO-01", "CM-08")
def test_the_file_shows_the_grade_with_rule_clause_and_pack() -> None:
    adopt_centralized()
    project = make.reserve_project(total_investment_fen=2 * YI)
    page = signed_in("VIEWER").get(f"/projects/{project.pk}/").content.decode()
    for words in ("A 级", "依据", "总投资", "&gt; 1 亿元", "政府工程集中管理制度", "2023-01-01", "待确认"):
        assert words in page, words
    assert f"/projects/{project.pk}/edit" not in page
    assert signed_in("VIEWER").get(f"/projects/{project.pk}/edit").status_code == 403


@pytest.mark.req("GO-07")
def test_the_timeline_is_the_ledger_and_marks_what_was_recorded_late() -> None:
    project = make.approval_project(on=date(2026, 3, 2))
    services.attach_code(project_id=project.pk, code=make.valid_code(), actor=make.officer(), on=date(2026, 3, 2))
    services.update_project(
        project_id=project.pk, rev=2, changes={"content": "管网 3 公里"}, actor=make.officer(), reason="按批复"
    )
    page = signed_in("AUDITOR").get(f"/projects/{project.pk}/?tab=timeline").content.decode()
    for words in ("2026-03-02", "补录", "回执", "修改项目信息", "管网 3 公里", "按批复"):
        assert words in page, words
    assert signed_in("AUDITOR", make.neighbour()).get(f"/projects/{project.pk}/").status_code == 404


def test_every_tab_and_the_card_open_for_a_taken_over_project() -> None:
    papers = [services.OldPaper("可研批复", "云发改〔2021〕12号", date(2021, 6, 1))]
    project = make.taken_over_project(papers=papers, completed_fen=100 * WAN, total_investment_fen=YI)
    officer = make.officer()
    work = services.add_work(project_id=project.pk, name="内科楼", level="SINGLE", actor=officer)
    services.add_section(project_id=project.pk, number="A1", name="土建一标", works_ids=[work.pk], actor=officer)
    client = signed_in("LEADER")
    expected = {"overview": "云发改〔2021〕12号", "works": "土建一标", "units": "建设单位", "money": "年度投资",
                "timeline": "历史接入"}  # fmt: skip
    for tab, words in expected.items():
        assert words in client.get(f"/projects/{project.pk}/?tab={tab}").content.decode(), tab
    card = client.get(f"/projects/{project.pk}/card").content.decode()
    assert "<svg" in card
    assert client.get("/projects/999999/card").status_code == 404


def test_the_search_box_opens_a_code_and_lists_anything_else() -> None:
    project = make.approval_project(name="青石河大桥")
    services.attach_code(project_id=project.pk, code=make.valid_code(), actor=make.officer())
    client = signed_in("LEADER")
    assert client.get("/projects/search", {"q": make.valid_code().replace("-", "")}).url == f"/projects/{project.pk}/"
    listed = client.get("/projects/search", {"q": "大桥"}, follow=True).content.decode()
    assert "青石河大桥" in listed
    stranger = signed_in("LEADER", make.neighbour())
    assert "/projects/?q=" in stranger.get("/projects/search", {"q": make.valid_code()}).url


# --- forms ------------------------------------------------------------------------------------------------------------


@pytest.mark.req("GO-12")
def test_a_clerk_creates_a_project_with_the_region_already_filled_in() -> None:
    client = signed_in("TOWNSHIP_CLERK")
    assert "取自您的岗位" in client.get("/projects/new").content.decode()
    posted = {"name": "石桥村污水管网", "funding_nature": "GOVERNMENT", "competent_region_id": make.region().pk,
              "stage": "RESERVE", "early_stage": "PLANNED", "total_investment_fen": "1,234.5",
              "annual_planned_fen": "600", "planned_start_on": f"{clock.today().year + 1}-09-01",
              "declared_level": "OPEN"}  # fmt: skip
    answer = client.post("/projects/new", posted)
    project = Project.objects.unscoped("test").get()
    assert answer.url == f"/projects/{project.pk}/"
    assert (project.total_investment_fen, project.early_stage) == (1_234_500_000, "PLANNED")
    assert project.annual_investments.get().planned_fen == 600 * WAN


def test_a_bad_form_keeps_the_values_and_names_the_fields() -> None:
    client = signed_in("INVESTMENT_OFFICER")
    before = make.footprint()
    posted = {"name": "城西水厂", "funding_nature": "GOVERNMENT", "competent_region_id": make.region().pk,
              "stage": "RESERVE", "project_code": "2603-410300-04-01-123456", "declared_level": "OPEN"}  # fmt: skip
    answer = client.post("/projects/new", posted)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "应为 5" in page
    assert 'value="城西水厂"' in page
    assert make.footprint() == before


@pytest.mark.req("GO-15")
def test_a_secret_text_is_refused_by_the_form_and_never_becomes_a_draft() -> None:
    client = signed_in("INVESTMENT_OFFICER")
    before = make.footprint()
    posted = {"name": "机密★20年 某工程", "funding_nature": "GOVERNMENT", "competent_region_id": make.region().pk,
              "stage": "RESERVE", "declared_level": "OPEN"}  # fmt: skip
    assert client.post("/projects/new", posted).status_code == 422
    assert client.post("/_/drafts/projects.create", posted).status_code == 422
    assert make.footprint() == before
    assert not FormDraft.objects.exists()
    assert client.post("/_/drafts/projects.create", {**posted, "name": "某水厂"}).status_code == 200


def test_an_edit_on_an_old_revision_shows_who_changed_what() -> None:
    project = make.reserve_project(content="旧")
    client = signed_in("INVESTMENT_OFFICER")
    old = rev(project)
    services.update_project(project_id=project.pk, rev=old, changes={"content": "别人改的"}, actor=make.head())
    posted = {"funding_nature": "GOVERNMENT", "content": "我改的", "rev": old}
    answer = client.post(f"/projects/{project.pk}/edit", posted)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "施有恒" in page
    assert "别人改的" in page
    posted["rev"] = rev(project)
    assert client.post(f"/projects/{project.pk}/edit", posted).status_code == 302
    assert Project.objects.unscoped("test").get(pk=project.pk).content == "我改的"


def test_the_code_form_checks_while_typing_and_attaches() -> None:
    project = make.approval_project()
    client = signed_in("INVESTMENT_OFFICER")
    live = client.get("/projects/code-check", {"project_code": "2603-410300-04-01-123456"}).content.decode()
    assert "应为 5" in live
    assert "洛阳市" in live
    answer = client.post(f"/projects/{project.pk}/code", {"project_code": make.valid_code(), "rev": rev(project)})
    assert answer.url == f"/projects/{project.pk}/"
    assert signed_in("VIEWER").post(f"/projects/{project.pk}/code", {}).status_code == 403


@pytest.mark.req("GO-20")
def test_a_live_project_is_taken_over_from_pasted_lines() -> None:
    client = signed_in("INVESTMENT_OFFICER")
    posted = {"name": "县医院内科楼", "funding_nature": "GOVERNMENT", "competent_region_id": make.region().pk,
              "stage": "CONSTRUCTION", "old_papers": "可研批复\t云发改〔2021〕12号\t2021-06-01\t县发改局\n施工许可证，9911",
              "opening_completed_fen": "9000", "declared_level": "OPEN"}  # fmt: skip
    assert client.post("/projects/take-over", posted).status_code == 302
    project = Project.objects.unscoped("test").get()
    assert [p["number"] for p in project.take_over.papers] == ["云发改〔2021〕12号", "9911"]
    bad = {**posted, "name": "另一个", "old_papers": "可研批复，云发改〔2021〕13号，某日"}
    assert "无法识别" in client.post("/projects/take-over", bad).content.decode()


def test_ticked_rows_are_merged_and_a_split_takes_pasted_amounts() -> None:
    one, two = make.approval_project(total_investment_fen=YI), make.approval_project(total_investment_fen=2 * YI)
    client = signed_in("INVESTMENT_HEAD")
    step = client.post("/projects/merge", {"ids": [one.pk, two.pk]})
    posted = {"name": "合并工程", "total_investment_fen": "30,000", "reason": "统一建设"}
    assert "30000" in client.get(step.url).content.decode().replace(",", "")
    assert client.post(step.url, posted).status_code == 302
    made = Project.objects.unscoped("test").get(name="合并工程")
    parts = {"split_parts": "一期\t10,000\n二期\t20,000", "reason": "分期", "rev": made.rev}
    assert client.post(f"/projects/{made.pk}/split", parts).status_code == 302
    live = queries.list_statuses(make.head())
    assert {row.name for row in live} == {"一期", "二期"}
    wrong = {"split_parts": "甲，1\n乙，2", "reason": "分", "rev": 1}
    first = live.get(name="一期")
    assert "相差" in client.post(f"/projects/{first.pk}/split", wrong).content.decode()


# --- API --------------------------------------------------------------------------------------------------------------


def post(client: Client, url: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json", headers=headers)


@pytest.mark.req("GO-18")
def test_a_system_creates_codes_and_follows_changes_without_gap_or_double() -> None:
    client = signed_in("INVESTMENT_OFFICER")
    body = {"name": "接口水厂", "competent_region_id": make.region().pk, "funding_nature": "GOVERNMENT"}
    made = post(client, "/api/projects", body, **{"Idempotency-Key": "k1"})
    again = post(client, "/api/projects", dict(reversed(body.items())), **{"Idempotency-Key": "k1"})
    assert (made.status_code, again.json()["id"]) == (201, made.json()["id"])
    pk = made.json()["id"]
    coded = post(client, f"/api/projects/{pk}/codes", {"project_code": make.valid_code()})
    assert coded.json()["codes"][0]["project_code"] == make.valid_code()
    make.reserve_project(by=make.officer(make.neighbour()), at=make.neighbour())
    sequencer.run()
    seen, after = [], feed.START
    while True:
        page = client.get("/api/changes", {"after": after, "limit": 1}).json()
        seen += [(item["kind"], item["project_id"]) for item in page["items"]]
        after = page["watermark"]
        if not page["has_more"]:
            break
    assert seen == [("project.created", pk), ("project.code_attached", pk)]
    assert client.get("/api/changes", {"after": after}).json()["items"] == []


@pytest.mark.req("GO-18")
def test_a_key_used_for_another_request_is_refused_and_loses_nothing() -> None:
    client = signed_in("INVESTMENT_OFFICER")
    body = {"name": "接口水厂", "competent_region_id": make.region().pk, "funding_nature": "GOVERNMENT"}
    key = {"Idempotency-Key": "k" * 150}
    pk = post(client, "/api/projects", body, **key).json()["id"]
    other = make.approval_project()
    attach = {"project_code": make.valid_code()}
    before = make.footprint()
    for url, sent in (
        ("/api/projects", {**body, "name": "接口水厂二"}),
        (f"/api/projects/{pk}/codes", attach),
    ):
        answer = post(client, url, sent, **key)
        assert answer.status_code == 422
        assert "已用于另一个请求" in answer.json()["findings"][0]["message"]
    for bad in ("", " ", "k" * 201):
        answer = post(client, "/api/projects", {**body, "name": "接口水厂三"}, **{"Idempotency-Key": bad})
        assert (answer.status_code, "应为 1–200" in answer.content.decode()) == (422, True)
    assert make.footprint() == before

    first = post(client, f"/api/projects/{pk}/codes", attach, **{"Idempotency-Key": "k" * 149})
    second = post(client, f"/api/projects/{pk}/codes", attach, **{"Idempotency-Key": "k" * 149})
    assert first.json()["codes"] == second.json()["codes"] != []
    taken = post(client, f"/api/projects/{other.pk}/codes", attach, **{"Idempotency-Key": "k" * 148})
    assert taken.status_code in {409, 422}  # a true refusal is told, not covered by an earlier answer
    assert post(client, "/api/projects", body, **key).json()["id"] == pk


@pytest.mark.parametrize("number", [2**63, 10**30])
def test_a_number_wider_than_any_column_is_not_found(number: int) -> None:
    client = signed_in("INVESTMENT_OFFICER")
    paper = {"doc_type": "可行性研究报告批复", "issuer": "云溪县发展和改革局"}
    for path, body in (("papers", paper), ("codes", {"project_code": make.valid_code()})):
        answer = post(client, f"/api/projects/{number}/{path}", body)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
        assert "没有这个编号" in answer.content.decode()


def test_the_api_refuses_in_words_and_changes_nothing() -> None:
    project = make.approval_project()
    officer, viewer = signed_in("INVESTMENT_OFFICER"), signed_in("VIEWER")
    before = make.footprint()
    wrong = post(officer, f"/api/projects/{project.pk}/codes", {"project_code": "2603-410300-04-01-123456"})
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (422, "application/problem+json")
    assert "应为 5" in wrong.json()["findings"][0]["message"]
    assert post(viewer, f"/api/projects/{project.pk}/codes", {"project_code": make.valid_code()}).status_code == 403
    assert Client().get("/api/projects").status_code in (401, 403)
    assert signed_in("VIEWER", make.neighbour()).get(f"/api/projects/{project.pk}").status_code == 404
    body = {"name": "接口水厂", "competent_region_id": make.region().pk, "funding_nature": "GOVERNMENT"}
    for amount in (True, "1200", 1.5):
        answer = post(officer, "/api/projects", {**body, "total_investment_fen": amount})
        assert (answer.status_code, answer.json()["findings"][0]["message"][:4]) == (422, "不是整数")
    guarded = signed_in("INVESTMENT_OFFICER", enforce_csrf=True)
    assert post(guarded, f"/api/projects/{project.pk}/codes", {"project_code": make.valid_code()}).status_code == 403
    assert make.footprint() == before


@pytest.mark.req("GO-01")
def test_the_api_gives_the_decision_with_its_record() -> None:
    adopt_centralized()
    project = make.reserve_project(total_investment_fen=2 * YI)
    client = signed_in("VIEWER")
    rows = client.get(f"/api/projects/{project.pk}/decisions").json()
    assert rows[0]["value"] == "A"
    assert rows[0]["decision"]["ref"]["hash"]
    first = client.get("/api/projects", {"limit": 1}).json()
    assert first["items"][0]["grade"] == "A"
    assert client.get(f"/api/projects/{project.pk + 999}/decisions").status_code == 404


@pytest.mark.req("LY-01", "GO-01")
def test_the_initiation_class_follows_the_declared_nature_and_shows_the_law() -> None:
    from gongbu.ground.policy import services as policy_services

    policy_services.adopt_packs(
        region_id=make.region().pk, subject="INITIATION", packs=["classified_initiation"],
        effective_from=date(2024, 1, 1), actor=make.head(),
    )  # fmt: skip
    project = make.reserve_project(works_type="COMMUNITY_RENEWAL", total_investment_fen=300 * WAN)
    page = signed_in("LEADER").get(f"/projects/{project.pk}/").content.decode()
    assert "三类（一般性民生类）" in page
    assert "立项决策路径" in page
    assert signed_in("LEADER", make.neighbour()).get(f"/projects/{project.pk}/").status_code == 404
