"""Pages of selection through the whole stack, as the people who use them; nothing tells a mark too early."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from openpyxl import load_workbook

from gongbu.ground.basics import clock
from gongbu.ground.documents.models import Document
from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.registers import counting, region_picker
from gongbu.ground.registers.models import FormDraft
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve.models import ReserveFile
from gongbu.mainline.reserve.tests import factories as reserve
from gongbu.mainline.reserve.tests.test_pages import browser, text
from gongbu.mainline.selection import queries, services
from gongbu.mainline.selection.models import Candidate, Round, Scorer, Sheet, StepRecord
from gongbu.mainline.selection.services import NewStep
from gongbu.mainline.selection.tests import factories as make

pytestmark = pytest.mark.django_db
TODAY = clock.today


@pytest.fixture(autouse=True)
def _fresh() -> None:
    counting.forget()
    region_picker.forget()


def says(page: str, *words: str) -> None:
    for word in words:
        assert word in page, word


def marked(*values: Any, **more: str) -> dict[str, str]:
    """Marks as posted with the button of the confirmation; ``confirmed=None`` is the first press."""
    posted = {f"score_mark-{key}": str(value) for key, value in make.marks(*values).items()} | {"confirmed": "1"} | more
    return {key: value for key, value in posted.items() if value is not None}


# --- steps ----------------------------------------------------------------------------------------------------------


@pytest.mark.req("JC-04")
def test_each_party_records_its_step_from_the_tab_of_the_project() -> None:
    project = make.held()
    officer, sector = browser(make.officer()), browser(reserve.department("水利"))
    tab = text(officer, f"/projects/{project.pk}/?tab=selection")
    says(tab, "三谋两审一踏勘", "6个重点工作领导小组谋划", "主要领导带队踏勘", "未办", "待确认", "还没有列入遴选批次")
    assert f"/selection/projects/{project.pk}/group_planning" in tab
    assert f"/selection/projects/{project.pk}/sector_planning" not in tab  # the department's
    form = f"/selection/projects/{project.pk}/group_planning"
    says(text(officer, form), "产业转型工作领导小组", "谋划内容", "待确认")
    answer = officer.post(form, {"step_held_on": TODAY(), "step_text": "研究规模", "step_party": ""})
    assert answer.status_code == 422
    assert not StepRecord.objects.unscoped("test").exists()
    answer = officer.post(form, {"step_held_on": TODAY(), "step_text": "研究建设规模", "step_party": "基础设施"})
    assert answer.status_code == 302
    review = f"/selection/projects/{project.pk}/sector_review"
    answer = sector.post(review, {"step_held_on": TODAY(), "step_verdict": "NOT_AGREED", "step_text": ""})
    assert answer.status_code == 422
    assert "请写明意见" in answer.content.decode()
    assert sector.post(review, {"step_held_on": TODAY(), "step_verdict": "AGREED"}).status_code == 302
    tab = text(officer, f"/projects/{project.pk}/?tab=selection")
    says(tab, "已办", "基础设施 云溪县发展和改革局", "回执")
    for stranger in (reserve.department("教育"), reserve.clerk()):
        assert browser(stranger).post(form, {"step_held_on": TODAY(), "step_text": "研究建设规模"}).status_code in (
            403,
            404,
        )


@pytest.mark.req("JC-04")
def test_a_visit_takes_position_and_photographs() -> None:
    project = make.held()
    officer = browser(make.officer())
    address = f"/selection/projects/{project.pk}/site_visit"
    says(text(officer, address), "带队领导", "坐标系", "WGS84（手机定位）", "提交后在记录页上传现场照片")
    posted = {
        "visit_leader": "段宏毅 常务副县长", "step_held_on": TODAY(), "visit_people": "王某、李某", "step_text": "道路通达，场地平整",
        "visit_lon": "107.35210001", "visit_lat": "35.3312", "visit_crs": "",
    }  # fmt: skip
    answer = officer.post(address, posted)
    assert answer.status_code == 422
    assert "请选择坐标系" in answer.content.decode()
    answer = officer.post(address, {**posted, "visit_crs": "WGS84"})
    row = StepRecord.objects.unscoped("test").get()
    assert answer.headers["Location"] == f"/selection/steps/{row.pk}/"
    page = text(officer, f"/selection/steps/{row.pk}/")
    says(page, "经度 107.35210001，纬度 35.3312（WGS84）", "王某、李某", "归档新材料", "踏勘影像")
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db0"
        "0000000049454e44ae426082"
    )
    upload = {
        "kind": "SITE_VISIT", "access": "INTERNAL", "title": "东侧入口", "next": f"/selection/steps/{row.pk}/",
        "files": SimpleUploadedFile("photo.png", png, "image/png"),
    }  # fmt: skip
    where = f"/documents/of/selection_step/{row.pk}/add"
    assert officer.post(where, upload).status_code == 302
    assert Document.objects.unscoped("test").get().subject_kind == "selection_step"
    says(text(officer, f"/selection/steps/{row.pk}/"), "东侧入口")
    viewer = browser(reserve.department("教育"))
    assert viewer.get(f"/selection/steps/{row.pk}/").status_code == 404
    assert viewer.post(where, {**upload, "files": SimpleUploadedFile("b.png", png)}).status_code in (403, 404)


@pytest.mark.req("JC-04")
def test_the_people_named_in_a_visit_add_photographs_and_nobody_else_of_their_role() -> None:
    leader = reserve.leader()
    other = reserve.person("云溪县人民政府", "LEADER", reserve.county(), post="副县长乙", name="别的领导")
    project = make.held()
    new = NewStep(
        "site_visit", clock.today(), "道路通达，场地平整", leader=f"{leader.name} 副县长", people="王某、李某",
        lon=Decimal("107.35"), lat=Decimal("35.33"), crs="WGS84",
    )  # fmt: skip
    row = services.record_visit(project_id=project.pk, new=new, actor=make.officer())
    here, where = f"/selection/steps/{row.pk}/", f"/documents/of/selection_step/{row.pk}/add"
    upload = {"kind": "SITE_VISIT", "access": "INTERNAL", "next": here}
    assert "归档新材料" in text(browser(leader), here)
    assert "归档新材料" not in text(browser(other), here)
    answer = browser(other).post(where, {**upload, "files": SimpleUploadedFile("b.png", make.PNG, "image/png")})
    assert answer.status_code == 403
    assert not Document.objects.unscoped("test").exists()
    answer = browser(leader).post(where, {**upload, "files": SimpleUploadedFile("b.png", make.PNG, "image/png")})
    assert answer.status_code == 302
    assert Document.objects.unscoped("test").get().person_id == leader.person_id
    onto_project = f"/documents/of/project/{project.pk}/add"
    answer = browser(leader).post(onto_project, {**upload, "files": SimpleUploadedFile("c.png", make.PNG, "image/png")})
    assert answer.status_code == 403, "the project's own documents are not his"


@pytest.mark.req("JC-04", "GO-13")
def test_a_position_far_away_or_a_day_before_the_declaration_is_asked_about_once() -> None:
    project = make.held()
    officer = browser(make.officer())
    address = f"/selection/projects/{project.pk}/site_visit"
    says(text(officer, address), "用当前位置", 'data-here="visit_lon visit_lat visit_crs"')
    early = (clock.today() - timedelta(days=400)).isoformat()
    posted = {
        "visit_leader": "段宏毅", "visit_people": "林某", "step_held_on": early, "step_text": "道路通达，场地平整", "visit_lon": "35.3312",
        "visit_lat": "53.3521", "visit_crs": "WGS84",
    }  # fmt: skip
    answer = officer.post(address, posted)
    assert answer.status_code == 422
    asked = answer.content.decode()
    says(asked, "可能把经度和纬度填反了", f"踏勘日期 {early} 早于本项目申报储备的日期", "请再核对")
    assert not StepRecord.objects.unscoped("test").exists()
    tokens = re.findall(r'name="_sure" value="([0-9a-f]+)"', asked)
    assert len(tokens) == 2
    assert officer.post(address, {**posted, "_sure": tokens}).status_code == 302
    assert StepRecord.objects.unscoped("test").get().held_on.isoformat() == early


@pytest.mark.req("JC-04")
def test_a_position_is_held_against_those_on_file_in_the_county() -> None:
    for _ in range(3):
        make.do_steps(make.held())
    project = make.held()
    officer = browser(make.officer())
    address = f"/selection/projects/{project.pk}/site_visit"
    posted = {
        "visit_leader": "段宏毅", "visit_people": "林某", "step_held_on": TODAY(), "step_text": "道路通达，场地平整", "visit_lon": "117.3521",
        "visit_lat": "35.3312", "visit_crs": "WGS84",
    }  # fmt: skip
    asked = officer.post(address, posted)
    assert asked.status_code == 422
    says(asked.content.decode(), "云溪县已有 3 处踏勘位置的附近", "107.35")
    assert officer.post(address, {**posted, "visit_lon": "107.4521"}).status_code == 302


def test_a_record_is_corrected_with_a_reason_and_points_on() -> None:
    project = make.held()
    old = make.do_steps(project)["site_visit"]
    officer = browser(make.officer())
    address = f"/selection/steps/{old.pk}/correct"
    says(text(officer, address), "107.3521", "段县长")
    posted = {
        "visit_leader": "段县长", "step_held_on": TODAY(), "step_text": "现场有高压线", "visit_lon": "107.3521",
        "visit_lat": "35.3312", "visit_crs": "CGCS2000", "visit_people": "王某、李某", "selection_reason": "坐标系记错",
    }  # fmt: skip
    answer = officer.post(address, {**posted, "selection_reason": ""})
    assert answer.status_code == 422
    answer = officer.post(address, posted)
    new = StepRecord.objects.unscoped("test").get(corrects=old)
    assert answer.headers["Location"] == f"/selection/steps/{new.pk}/"
    says(text(officer, f"/selection/steps/{old.pk}/"), "已更正", "坐标系记错", f"/selection/steps/{new.pk}/")


def test_the_meeting_form_offers_what_a_closed_meeting_settled() -> None:
    from gongbu.ground.meetings import services as meetings
    from gongbu.ground.meetings.entry import NewItem, Resolution
    from gongbu.mainline.selection.tests.test_steps import called, close

    project, meeting = make.held(), called()
    meetings.add_item(
        meeting_id=meeting.pk, actor=make.officer(),
        item=NewItem(project.name, subject_kind="project", subject_id=project.pk, region_key=project.region_key),
    )  # fmt: skip
    close(meeting, Resolution("CONDITIONAL", "原则同意。", "先落实用地。"))
    officer = browser(make.officer())
    address = f"/selection/projects/{project.pk}/special_meeting"
    page = text(officer, address)
    says(page, "储备项目审定专题会议：原则同意")
    item = meetings_item(meeting.pk)
    assert officer.post(address, {"step_item_id": item}).status_code == 302
    row = StepRecord.objects.unscoped("test").get()
    assert (row.verdict, row.text) == ("CONDITIONAL", "原则同意。\n条件：先落实用地。")
    says(text(officer, f"/selection/steps/{row.pk}/"), f"/meetings/{meeting.pk}/", "原则同意")


def meetings_item(meeting_id: int) -> int:
    from gongbu.ground.meetings import queries as meetings

    return meetings.list_agenda_of(meeting_id)[0].pk


# --- a round from start to end ----------------------------------------------------------------------------------------


@pytest.mark.req("JC-04", "CB-04")
def test_an_officer_prepares_a_round_scorers_score_and_the_head_settles() -> None:
    projects = [make.held(), make.held("农业农村")]
    for project in projects:
        make.do_steps(project)
    officer = browser(make.officer())
    says(text(officer, "/selection/rounds/"), "还没有遴选批次", "设立批次")
    says(text(officer, "/selection/rounds/new"), "拟选个数", "年度重大项目遴选评分表", "待确认")
    answer = officer.post("/selection/rounds/new", {"round_name": "", "round_year": "2027", "round_places": "1"})
    assert answer.status_code == 422
    answer = officer.post(
        "/selection/rounds/new", {"round_name": "2027年度重大项目第一批", "round_year": "2027", "round_places": "1"}
    )
    round_ = Round.objects.unscoped("test").get()
    here = f"/selection/rounds/{round_.pk}/"
    assert answer.headers["Location"] == here
    page = text(officer, here + "candidates")
    says(page, *(project.name for project in projects))
    says(text(officer, here + "candidates?sector=水利"), projects[0].name)
    assert projects[1].name not in text(officer, here + "candidates?sector=水利")
    assert projects[0].name not in text(officer, here + "candidates?q=查无此名")
    answer = officer.post(here + "candidates", {})
    assert answer.status_code == 422
    assert officer.post(here + "candidates", {"ids": [p.pk for p in projects]}).status_code == 302
    people = [*make.panel(), make.sector_head("水利")]
    page = text(officer, here + "scorers")
    says(page, "须回避 1 个", "至少 5 人", "领导", "行业主管部门负责人")
    assert officer.post(here + "scorers", {"posts": make.posts(people)}).status_code == 302
    page = text(officer, here)
    says(page, "6/6", "所在单位申报了本项目", "产业层次", "20%", "开始评分")
    assert officer.post(here + "start", {"rev": make.fresh(round_).rev}).status_code == 302
    rows = {row.project_id: row for row in Candidate.objects.unscoped("test").all()}
    for n, person in enumerate(people):
        client = browser(person)
        says(text(client, "/selection/scoring/"), "2027年度重大项目第一批")
        for at, project in enumerate(projects):
            address = f"/selection/scoring/{round_.pk}/{rows[project.pk].pk}/"
            if person.unit_name == "云溪县水利局" and at == 0:
                says(text(client, address), "须回避", "所在单位申报了本项目")
                assert client.post(address, marked(80)).status_code == 403
                continue
            says(text(client, address), "产业层次（权重 20%）", "三谋两审一踏勘", "主导产业链的关键环节", "核对后提交")
            assert client.post(address, marked(90 - 10 * at - n)).status_code == 302
        says(
            text(client, f"/selection/scoring/{round_.pk}/"), "已评 1/1" if n == 5 else "已评 2/2", f"{90 - 10 - n}.00"
        )
    head = browser(make.head())
    page = text(head, here)
    says(page, "11/11", "已交齐", "定结果之前")
    says(text(head, here + "settle"), "取前 1 名", "确定结果")
    assert officer.post(here + "settle", {"occurred_on": TODAY()}).status_code == 403
    assert head.post(here + "settle", {"occurred_on": TODAY(), "rev": make.fresh(round_).rev}).status_code == 302
    page = text(officer, here)
    says(page, "入选", "稳定度", "依据", "核对评分", "结果回执", projects[0].name)
    first = queries.get_ranking(round_.pk).rows[0]
    assert first.project_id == projects[0].pk
    says(
        text(officer, here + f"candidates/{first.candidate_id}/"),
        "逐人评分",
        "去掉",
        "与本批平均相比",
        "云溪县发展和改革局",
    )
    says(text(browser(reserve.department("水利")), here), "排名")
    assert "逐人评分" not in text(browser(reserve.department("水利")), here + f"candidates/{first.candidate_id}/")
    says(text(officer, here + "verify"), "一致", "11 份评分")
    tab = text(officer, f"/projects/{projects[0].pk}/?tab=selection")
    says(tab, "2027年度重大项目第一批", "1/2", "入选")
    says(text(officer, f"/policy/decisions/{first.decision_id}"), "入选", "产业层次")
    assert (
        officer.get(f"/selection/candidates/{first.candidate_id}/").headers["Location"]
        == here + f"candidates/{first.candidate_id}/"
    )
    says(text(officer, "/selection/rounds/"), "2027年度重大项目第一批", "已定")


def test_settling_shows_what_is_missing_before_the_button() -> None:
    round_, _candidates, _people = make.scoring(1, ready=False)
    head = browser(make.head())
    page = text(head, f"/selection/rounds/{round_.pk}/settle")
    says(page, "还不能办理", "6个重点工作领导小组谋划", "还有 1 个项目没有评分")
    answer = head.post(f"/selection/rounds/{round_.pk}/settle", {"occurred_on": TODAY()})
    assert answer.status_code == 422
    assert make.fresh(round_).state == "SCORING"
    says(text(head, f"/selection/rounds/{round_.pk}/"), "缺6个重点工作领导小组谋划", "0/6", "0/5")


def test_the_form_keeps_a_draft_of_the_scorer_alone_and_shows_the_total() -> None:
    round_, (candidate,), people = make.scoring(1)
    client = browser(people[0])
    address = f"/selection/scoring/{round_.pk}/{candidate.pk}/"
    page = text(client, address)
    start = page.index('data-draft="') + len('data-draft="')
    draft = page[start : page.index('"', start)].replace("&amp;", "&")
    assert client.post(draft, marked(77)).status_code == 200
    assert FormDraft.objects.get().person_id == people[0].person_id
    page = text(client, address)
    says(page, "77", "保存的草稿")
    sheet = page[page.index('class="g-form"') :]
    assert "_discard" not in sheet[: sheet.index("</form>")], "Enter in a mark must not throw the draft away"
    assert 'value="77"' not in text(browser(people[1]), address)
    says(
        client.post(f"/selection/scoring/{round_.pk}/preview", marked(90, 80, 85, 80, 75, 90)).content.decode(), "84.00"
    )
    says(
        client.post(f"/selection/scoring/{round_.pk}/preview", {"score_mark-benefit": "8x"}).content.decode(),
        "已打 0/6 项",
    )
    assert not Sheet.objects.exists()
    answer = client.post(address, {**marked(77), "score_mark-benefit": "177"})
    assert answer.status_code == 422
    says(answer.content.decode(), "不在 0 至 100 分之间", "有 1 处需要修改")
    assert client.post(address, marked(77)).status_code == 302
    assert not FormDraft.objects.exists()
    page = text(client, address)
    says(page, "我的评分", "更正评分", "77.00", "回执")
    says(text(client, address + "?correct=1"), 'value="77"', "更正")
    answer = client.post(address + "?correct=1", marked(60, selection_reason="看错了材料"))
    assert answer.status_code == 302
    assert [row.number for row in Sheet.objects.filter(is_standing=True)] == [2]


def _first_press(*values: Any, **more: Any) -> dict[str, str]:
    return {key: value for key, value in marked(*values, **more).items() if key != "confirmed"}


@pytest.mark.req("JC-04")
def test_a_sheet_is_handed_in_by_the_button_of_the_confirmation_alone() -> None:
    round_, (candidate,), people = make.scoring(1)
    client = browser(people[0])
    address = f"/selection/scoring/{round_.pk}/{candidate.pk}/"
    page = text(client, address)
    form = page[page.index("data-enter=") :]
    first = form.index("<button")
    says(form[first : first + 60], "disabled hidden")
    answer = client.post(address, _first_press(77, score_comment="材料齐全"))
    assert answer.status_code == 200
    asked = answer.content.decode()
    says(asked, "提交前核对", "77.00", "加权分", "材料齐全", "确认提交", "返回修改")
    assert not Sheet.objects.exists(), "Enter or the first button hands nothing in"
    assert make.fresh(round_).sheets_in == 0
    back = client.post(address, {**_first_press(77), "back": "1"})
    says(back.content.decode(), 'value="77"', "核对后提交")
    wrong = client.post(address, {**_first_press(77), "score_mark-benefit": "177"})
    assert wrong.status_code == 422
    says(wrong.content.decode(), "不在 0 至 100 分之间", "有 1 处需要修改")
    assert client.post(address, marked(77, score_comment="材料齐全")).status_code == 302
    assert Sheet.objects.get().comment == "材料齐全"


def test_a_scorer_declares_a_conflict() -> None:
    round_, (candidate, other), people = make.scoring(2)
    client = browser(people[0])
    address = f"/selection/scoring/{round_.pk}/recuse"
    says(text(client, f"{address}?candidate={candidate.pk}"), candidate.name, other.name, "checked")
    assert client.post(address, {"ids": [candidate.pk], "selection_reason": ""}).status_code == 422
    assert client.post(address, {"ids": [candidate.pk], "selection_reason": "亲属在项目单位任职"}).status_code == 302
    says(text(client, f"/selection/scoring/{round_.pk}/"), "回避", "已评 0/1")
    assert browser(make.officer()).get(address).status_code == 404
    says(text(browser(make.officer()), f"/selection/rounds/{round_.pk}/"), "亲属在项目单位任职")


def test_projects_are_put_to_a_special_meeting_from_the_round() -> None:
    from gongbu.mainline.selection.tests.test_steps import called

    round_, candidates, _ = make.scoring(2, ready=False)
    make.do_steps(candidates[0].project)
    meeting = called()
    officer = browser(make.officer())
    address = f"/selection/rounds/{round_.pk}/meeting"
    page = text(officer, address)
    says(page, "储备项目审定专题会议", candidates[1].name)
    assert candidates[0].name not in page
    answer = officer.post(address, {"meeting_id": meeting.pk, "meeting_question": "是否同意列入2027年清单。"})
    assert answer.headers["Location"] == f"/meetings/{meeting.pk}/"
    says(text(officer, f"/meetings/{meeting.pk}/"), candidates[1].name, "是否同意列入2027年清单")


def test_a_round_is_changed_reopened_cancelled_and_scorers_released_with_a_reason() -> None:
    round_, (candidate,), people = make.scoring(1)
    head, here = browser(make.head()), f"/selection/rounds/{round_.pk}/"
    answer = head.post(
        here + "change",
        {"round_name": "改名批次", "round_places": "2", "round_due_on": "", "selection_reason": "名额调整"},
    )
    assert answer.status_code == 302
    scorer = Scorer.objects.get(round=round_, post_id=people[0].post_id)
    says(text(head, here + f"scorers/{scorer.pk}/release"), scorer.name)
    answer = head.post(here + f"scorers/{scorer.pk}/release", {"selection_reason": "工作调动"})
    assert answer.headers["Location"] == here + f"scorers?replaces={scorer.pk}"
    new = make.leaders(9)[8]
    assert head.post(here + "scorers", {"posts": [new.post_id], "replaces": scorer.pk}).status_code == 302
    make.score_all(round_, [candidate], [new, *people[1:]])
    services.settle_round(round_id=round_.pk, actor=make.head())
    assert head.post(here + "reopen", {"selection_reason": ""}).status_code == 422
    assert head.post(here + "reopen", {"selection_reason": "材料有重大遗漏"}).status_code == 302
    says(text(head, here), "重新评分", "材料有重大遗漏")
    assert head.post(here + f"candidates/{candidate.pk}/remove", {"selection_reason": "不再参加"}).status_code == 302
    says(text(head, here), "不再参加")
    assert head.post(here + "cancel", {"selection_reason": "另行组织"}).status_code == 302
    says(text(head, here), "批次已取消", "另行组织")


# --- nothing too early ------------------------------------------------------------------------------------------------


def addresses(round_: Round, candidate: Candidate, project: Project) -> Iterator[str]:
    """Yield every GET address of the room, and the project's pages that show it, filled in for this round."""
    scorer = Scorer.objects.filter(round=round_).first()
    record = StepRecord.objects.unscoped("test").first()
    assert scorer is not None
    assert record is not None
    values = {
        "pk": round_.pk, "candidate_id": candidate.pk, "scorer_id": scorer.pk, "project_id": project.pk,
        "step_key": "site_visit", "form": "csv",
    }  # fmt: skip

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for one in patterns:
            address = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, address)
            elif "GET" in getattr(one.callback, "methods", ("GET",)):
                yield address

    for address in walk(get_resolver().url_patterns, "/"):
        if not address.startswith("/selection/"):
            continue
        for name, value in values.items():
            for kind in ("int", "str", "slug"):
                filled = record.pk if name == "pk" and address.startswith("/selection/steps/") else value
                address = address.replace(f"<{kind}:{name}>", str(filled))
        yield address
    for tab in ("selection", "timeline", "overview", "reserve"):
        yield f"/projects/{project.pk}/?tab={tab}"
    yield from (f"/projects/{project.pk}/changes", "/inbox/", "/inbox/messages/", "/inbox/region/", "/audit/")


@pytest.mark.req("JC-04")
def test_no_page_export_timeline_or_receipt_tells_a_mark_before_the_round_is_settled(settings: Any) -> None:
    round_, (candidate,), people = make.scoring(1)
    given = {key: Decimal(97) for key in make.KEYS} | {"benefit": Decimal(13)}
    total = sum(
        (given[one.key] * one.weight for one in queries.card_of(round_).dimensions), Decimal(0)
    )  # 97 × 0.80 + 13 × 0.20
    services.submit_score(
        round_id=round_.pk, candidate_id=candidate.pk, marks=given, actor=people[0], comment="尤其看好这个项目"
    )
    sheet = Sheet.objects.get()
    secrets = ("尤其看好", sheet.salt, f"{total:.2f}")
    make.tell()
    watchers = [make.head(), make.officer(), people[1], reserve.department("水利"), auditor(), reserve.clerk()]
    seen = 0
    for person in watchers:
        client = browser(person)
        for address in addresses(round_, candidate, candidate.project):
            answer = client.get(address, follow=True)
            body = answer.getvalue() if answer.streaming else answer.content
            shown = body.decode("utf-8", "replace")
            seen += answer.status_code == 200
            for secret in secrets:
                assert secret not in shown, (person.name, address, secret)
    assert seen > 40
    for code in (sheet.receipt,):
        shown = Client().get(f"/r/{code}").content.decode()
        says(shown, "评分摘要", sheet.commitment)
        for secret in secrets:
            assert secret not in shown
    own = text(browser(people[0]), f"/selection/scoring/{round_.pk}/{candidate.pk}/")
    says(own, "尤其看好", f"{total:.2f}")


def auditor() -> Any:
    """审计人员 of the county."""
    return reserve.person("云溪县审计局", "AUDITOR", reserve.county())


def test_before_settling_there_is_no_ranking_to_export_or_verify() -> None:
    round_, (candidate,), _people = make.scoring(1)
    officer, here = browser(make.officer()), f"/selection/rounds/{round_.pk}/"
    for address in ("ranking.xlsx", "verify", f"candidates/{candidate.pk}/"):
        assert officer.get(here + address).status_code == 409, address
    assert not AuditEvent.objects.unscoped("test").filter(kind="EXPORTED").exists()


@pytest.mark.req("JC-04", "GO-15")
def test_the_settled_ranking_goes_to_excel_without_what_meets_a_secrecy_rule() -> None:
    round_, candidates, _ = make.settled(3, places=2)
    officer = browser(make.officer())
    answer = officer.get(f"/selection/rounds/{round_.pk}/ranking.xlsx")
    sheet = load_workbook(io.BytesIO(answer.getvalue())).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:3] == ["排名", "项目名称", "主管区划"]
    assert "产业层次（20%）" in rows[0]
    assert [row[1] for row in rows[1:4]] == [row.name for row in candidates]
    assert rows[1][rows[0].index("结果")] == "入选"
    assert rows[1][rows[0].index("得分")] == 88
    assert "去掉 1 个最高分" in str(rows[-1][0])
    Project.objects.unscoped("test").filter(pk=candidates[0].project_id).update(content="绝密★长期")
    answer = officer.get(f"/selection/rounds/{round_.pk}/ranking.xlsx")
    said = "\n".join(
        str(c.value) for row in load_workbook(io.BytesIO(answer.getvalue())).active.iter_rows() for c in row
    )
    assert candidates[0].name not in said
    assert "另有 1 条触发涉密拦截规则" in said
    assert browser(reserve.clerk()).get(f"/selection/rounds/{round_.pk}/ranking.xlsx").status_code == 403


def test_pages_do_not_ask_more_with_more_rows() -> None:
    def ask(client: Client, address: str) -> int:
        client.get(address)
        counting.forget()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200, address
        return len(captured)

    officer = browser(make.officer())
    small, few, people = make.settled(1)
    large, many, _ = make.settled(8)
    open_small, one, _ = make.scoring(1)
    open_large, eight, _ = make.scoring(8)
    for less, more in (
        (f"/selection/rounds/{small.pk}/", f"/selection/rounds/{large.pk}/"),
        (f"/selection/rounds/{open_small.pk}/", f"/selection/rounds/{open_large.pk}/"),
        (f"/selection/rounds/{open_small.pk}/scorers", f"/selection/rounds/{open_large.pk}/scorers"),
        (
            f"/selection/rounds/{small.pk}/candidates/{few[0].pk}/",
            f"/selection/rounds/{large.pk}/candidates/{many[0].pk}/",
        ),
    ):
        assert ask(officer, less) == ask(officer, more), less
    scorer = browser(people[0])
    assert ask(scorer, f"/selection/scoring/{open_small.pk}/") == ask(scorer, f"/selection/scoring/{open_large.pk}/")
    assert ask(scorer, f"/selection/scoring/{open_small.pk}/{one[0].pk}/") == ask(
        scorer, f"/selection/scoring/{open_large.pk}/{eight[0].pk}/"
    )


# --- scored again ---------------------------------------------------------------------------------------------------


@pytest.mark.req("JC-04", "CB-04")
def test_while_a_round_is_scored_again_the_first_result_is_closed_to_its_scorers() -> None:
    round_, (first, _other), people = make.settled()
    decision, project = first.decision_id, first.project_id
    scorer, looker = browser(people[0]), browser(make.officer())
    other_head = reserve.person("云溪县发展和改革局", "INVESTMENT_HEAD", reserve.county(), post="副局长")
    assert make.head().person_id in {one.person_id for one in people}, "the head scores in this round himself"
    head = browser(other_head)
    address, here = f"/policy/decisions/{decision}", f"/selection/rounds/{round_.pk}/"
    score = f"{first.score:.2f}"
    for client in (head, looker):
        says(text(client, address), score)
    services.reopen_round(round_id=round_.pk, reason="材料有重大遗漏", actor=make.head())
    answer = looker.get(address)
    assert answer.status_code == 403
    says(answer.content.decode(), "正在重新评分", "第一次的得分、排名", "重新定结果之后可以查看")
    assert score not in answer.content.decode()
    assert scorer.get(address).status_code in (403, 404)
    says(text(head, address), score)
    page = text(looker, here)
    says(page, "定过一次结果", "当时的得分、排名和逐人评分曾经公开", "重新评分期间")
    assert "任何人都不显示" not in page
    assert score not in page
    assert "入选：" not in page[page.index("办理记录") :]
    timeline = text(looker, f"/projects/{project}/?tab=timeline")
    says(timeline, "正在重新评分，原结果重新定结果之前不显示")
    assert score not in timeline
    assert browser(make.head()).get(address).status_code == 403, "who settles but scores as well is kept out"
    services.settle_round(round_id=round_.pk, actor=make.head())
    says(text(looker, address), score)
    says(text(looker, f"/projects/{project}/?tab=timeline"), score)


@pytest.mark.req("JC-04")
def test_each_scorers_weighted_score_stands_with_what_was_dropped() -> None:
    round_, (first, _other), _people = make.settled()
    page = text(browser(make.officer()), f"/selection/rounds/{round_.pk}/candidates/{first.pk}/")
    table = page[page.index("逐人评分") :]
    says(table, "加权分", "90.00", "86.00", "去掉最高", "去掉最低", "计入 3 份")
    assert table.count("sl-out") == 2


@pytest.mark.req("JC-04")
def test_a_project_chosen_this_year_is_told_when_it_is_put_into_another_round() -> None:
    round_, (chosen, other), _people = make.settled()
    again = make.opened(1)
    officer = browser(make.officer())
    address = f"/selection/rounds/{again.pk}/candidates"
    says(text(officer, address), "本年度已入选", round_.name)
    answer = officer.post(address, {"ids": [chosen.project_id]})
    assert answer.status_code == 409 or answer.status_code == 422
    says(answer.content.decode(), f"“{chosen.name}”已在“{round_.name}”入选（第 1 名）", "已核对，仍列入")
    assert make.fresh(again).candidates_count == 0
    assert officer.post(address, {"ids": [other.project_id]}).status_code == 302, "one that was not chosen is no matter"
    assert officer.post(address, {"ids": [chosen.project_id], "again": "1"}).status_code == 302
    assert make.fresh(again).candidates_count == 2
    next_year = make.opened(1, year=2028)
    assert "本年度已入选" not in text(officer, f"/selection/rounds/{next_year.pk}/candidates")


@pytest.mark.req("JC-02")
def test_the_steps_of_selection_make_a_project_ready() -> None:
    project, idea = make.held(), make.held()
    make.do_steps(project, but=["special_meeting"])
    make.tell()
    row = ReserveFile.objects.unscoped("test").get(pk=project.pk)
    done = {"selection.planning", "selection.review", "selection.visit"}
    assert done <= set(row.ready)
    assert "selection.meeting" not in row.ready
    assert row.ready_count == 3
    assert row.ready_order > ReserveFile.objects.unscoped("test").get(pk=idea.pk).ready_order
    round_ = make.opened()
    page = text(browser(make.officer()), f"/selection/rounds/{round_.pk}/candidates")
    assert page.index(project.name) < page.index(idea.name)
