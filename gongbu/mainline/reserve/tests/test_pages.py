"""Pages of the reserve through the whole stack, as the people who use them."""

from datetime import date, time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.inbox.models import Message
from gongbu.ground.meetings import services as meetings
from gongbu.ground.meetings.entry import NewAttendee, NewItem, NewMeeting, Resolution
from gongbu.ground.meetings.queries import list_agenda_of
from gongbu.ground.orgs import middleware
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Person
from gongbu.ground.registers import counting, region_picker
from gongbu.ground.registers.models import FormDraft
from gongbu.mainline.likeness import following as likeness_following
from gongbu.mainline.likeness import queries as likeness
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.projects.tests.factories import YI
from gongbu.mainline.reserve import services
from gongbu.mainline.reserve.models import LibraryEntry, PerformanceTarget, ReserveFile
from gongbu.mainline.reserve.tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    counting.forget()
    region_picker.forget()


def browser(actor: Actor) -> Client:
    """Return a browser in which the person has signed in to his post."""
    person = Person.objects.get(pk=actor.person_id)
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session, now = client.session, clock.now().timestamp()
    session.update({middleware.EPOCH_KEY: person.session_epoch, middleware.STARTED_KEY: now, middleware.SEEN_KEY: now})
    session.save()
    return client


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code, answer.content.decode()[:400])
    return answer.content.decode()


def indicators(**more: str) -> dict[str, str]:
    posted = {f"indicator_{part}-{n}": str(n + 1) for n in range(4) for part in ("baseline", "target")}
    return {**posted, **more}


@pytest.mark.req("JC-01", "JC-03", "GO-14")
def test_a_clerk_declares_by_form_and_the_department_checks() -> None:
    mine = make.libraries()
    clerk, place = make.clerk(), make.township()
    client = browser(clerk)
    page = text(client, "/reserve/declare")
    for words in (
        "归口行业库",
        "水利（云溪县水利局）",
        "资源开发",
        "亩均产出基线值",
        "万元/亩",
        "取自您的岗位",
        "依据",
        "待确认",
    ):
        assert words in page, words
    posted: dict[str, Any] = {
        "name": "松桥镇提水灌溉工程", "competent_region_id": place.pk, "funding_nature": "GOVERNMENT", "early_stage": "PLANNED",
        "reserve_library_id": mine["水利"].pk, "total_investment_fen": "860", "content": "泵站一座", "occurred_on": clock.today(),
        "declared_level": "OPEN", "leading_group_case-1": "1", **indicators(),
    }  # fmt: skip
    answer = client.post("/reserve/declare", {**posted, "total_investment_fen": ""})
    assert answer.status_code == 422
    assert "总投资" in answer.content.decode()
    assert not Project.objects.unscoped("test").exists()
    answer = client.post("/reserve/declare", posted)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    project = Project.objects.unscoped("test").get()
    assert (project.sector, project.early_stage, project.total_investment_fen) == (
        "水利",
        "PLANNED",
        860 * projects.WAN,
    )
    assert PerformanceTarget.objects.filter(project=project).count() == 4
    entry = LibraryEntry.objects.unscoped("test").get(project=project, kind="SECTOR")
    assert entry.cases == ["重大公共利益"]
    page = text(client, answer["Location"])
    for words in (
        "松桥镇储备库",
        "水利行业储备库",
        "初核",
        "领导小组预判预审",
        "依据",
        "1/8" if False else "前期成熟度",
    ):
        assert words in page, words
    assert f"/reserve/entries/{entry.pk}/resubmit" not in page

    officer = browser(make.department())
    assert "储备初核：松桥镇提水灌溉工程" in text(officer, "/inbox/")
    page = text(officer, f"/reserve/entries/{entry.pk}/")
    for words in ("办理初核", "产业政策", "资源禀赋", "县域发展契合度", "5 个工作日"):
        assert words in page, words
    verdict = {"review_verdict": "PASSED", "opinion_text": "符合规划", "occurred_on": clock.today(), "rev": entry.rev}
    answer = officer.post(f"/reserve/entries/{entry.pk}/", {**verdict, "check_result-0": "FIT"})
    assert answer.status_code == 422
    assert "还没有结论" in answer.content.decode()
    answer = officer.post(
        f"/reserve/entries/{entry.pk}/", {**verdict, **{f"check_result-{n}": "FIT" for n in range(3)}}
    )
    assert answer.status_code == 302, answer.content.decode()[-1500:]
    assert make.flat(entry).state == "IN", "the officer unticked the matter for the leading group"
    page = text(officer, f"/projects/{project.pk}/?tab=reserve")
    for words in ("在库", "符合规划", "回执", "4"):
        assert words in page, words
    timeline = text(officer, f"/projects/{project.pk}/?tab=timeline")
    for words in ("申报入库", "储备初核", "水利行业储备库", "乡镇库"):
        assert words in timeline, words


def test_only_what_a_file_lacks_is_asked() -> None:
    make.libraries()
    full = projects.reserve_project(
        sector="水利", total_investment_fen=YI, early_stage="PLANNED", content="泵站", location="城东", industry_code="7610",
        funding_text="财政", planned_start_on=date(2027, 3, 1),
    )  # fmt: skip
    client = browser(make.officer())
    page = text(client, f"/reserve/declare/{full.pk}")
    assert "取自项目档案" in page
    for key in ('name="name"', "total_investment_fen", "early_stage", 'name="content"'):
        assert key not in page, key
    bare = projects.reserve_project(sector="水利")
    page = text(client, f"/reserve/declare/{bare.pk}")
    for key in ("total_investment_fen", 'name="content"'):
        assert key in page, key
    services.set_targets(project_id=full.pk, targets=make.targets(), actor=make.officer())
    assert "indicator_baseline" not in text(client, f"/reserve/declare/{full.pk}")


@pytest.mark.req("JC-03")
def test_returned_and_refused_by_the_same_form() -> None:
    make.libraries()
    entry = make.declared(make.clerk(), make.township())
    officer, address = browser(make.department()), f"/reserve/entries/{entry.pk}/"
    form = {
        "review_verdict": "RETURNED",
        "opinion_text": "",
        "occurred_on": clock.today(),
        "rev": make.fresh(entry).rev,
    }
    assert officer.post(address, form).status_code == 422
    assert officer.post(address, {**form, "opinion_text": "请补充水源论证"}).status_code == 302
    clerk = browser(make.clerk())
    page = text(clerk, f"/projects/{entry.project_id}/?tab=reserve")
    assert "补正后重新报送" in page
    assert "请补充水源论证" in page
    again = {"reserve_note": "已补", "occurred_on": clock.today(), "rev": make.fresh(entry).rev}
    assert clerk.post(f"{address}resubmit", again).status_code == 302
    form |= {
        "rev": make.fresh(entry).rev,
        "review_verdict": "REFUSED",
        "opinion_text": "与产业政策不符",
        "refusal_clause": "第3条",
    }
    assert officer.post(address, form).status_code == 302
    assert "不予入库" in text(clerk, f"/projects/{entry.project_id}/?tab=reserve")
    assert "第3条" in text(clerk, address)


@pytest.mark.req("CM-14")
def test_others_see_and_do_only_what_is_theirs() -> None:
    make.libraries()
    entry = make.declared(make.clerk(), make.township())
    name = make.flat(entry).name
    neighbour = browser(make.person("松岭县发展和改革局", "INVESTMENT_OFFICER", projects.neighbour()))
    assert name not in text(neighbour, "/reserve/")
    text(neighbour, f"/reserve/entries/{entry.pk}/", 404)
    farmers = browser(make.department("农业农村"))
    assert name not in text(farmers, "/reserve/")
    officer = browser(make.officer())
    assert name in text(officer, "/reserve/")
    page = text(officer, f"/reserve/entries/{entry.pk}/")
    assert "云溪县水利局" in page
    assert "review_verdict" not in page
    assert officer.post(f"/reserve/entries/{entry.pk}/", {"review_verdict": "PASSED"}).status_code == 403
    assert name in text(browser(make.clerk()), "/reserve/mine/")
    other_town = make.clerk(make.township("石门镇", 2))
    assert name not in text(browser(other_town), "/reserve/")
    assert name not in text(browser(other_town), "/reserve/mine/")


@pytest.mark.req("JC-02", "JC-01")
def test_ticked_rows_are_selected_and_every_figure_of_the_board_opens_its_rows() -> None:
    make.libraries()
    entries = [make.admitted(total_investment_fen=3 * YI, industry_code="1391") for _ in range(3)]
    make.declared()
    client = browser(make.officer())
    ids = [entry.project_id for entry in entries[:2]]
    answer = client.post("/reserve/select", {"ids": ids})
    assert answer.status_code == 302
    page = text(client, answer["Location"])
    assert "所选项目（2 个）" in page
    answer = client.post(answer["Location"], {"reserve_reason": "前期成熟，优先推荐", "occurred_on": clock.today()})
    assert answer.status_code == 302
    page = text(client, "/reserve/board")
    for words in (
        "综合库总投资",
        "6.00",
        "994.00",
        "100.0%",
        "水利行业储备库",
        "9.00",
        "91.00",
        "待初核",
        "依据",
        "全县在库",
    ):
        assert words in page, words
    import re

    for href, said in re.findall(r'<td class="g-right" data-label="项目数"><a href="([^"]+)">(\d+)</a>', page):
        rows = text(client, href.replace("&amp;", "&"))
        assert f"共 {said} 条" in rows or (said == "0" and "没有符合条件" in rows), (href, said)
    assert "共 3 条" in text(client, "/reserve/?tab=IN&counted=YES")
    assert "共 1 条" in text(client, "/reserve/?step=PRELIMINARY_CHECK")
    assert "共 2 条" in text(client, "/reserve/?kind=GENERAL")
    assert "共 0 条" in text(client, "/reserve/?ready=8") or "没有符合条件" in text(client, "/reserve/?ready=8")


@pytest.mark.req("JC-01")
def test_a_county_without_the_pack_is_told_why_on_every_page() -> None:
    region = projects.neighbour()
    make.adopt(region, ["classified_initiation"], "INITIATION")
    by = make.person("松岭县发展和改革局", "INVESTMENT_OFFICER", region)
    client = browser(by)
    project = projects.reserve_project(by, region)
    for address in ("/reserve/board", "/reserve/declare", f"/reserve/declare/{project.pk}", "/reserve/libraries/"):
        page = text(client, address)
        assert "没有储备库、目标和入库路径的规定" in page, address
        assert "立项三类分级" in page, address
    page = text(client, f"/projects/{project.pk}/?tab=reserve")
    assert "本县没有储备库" in page
    assert "新增就业岗位数" in page
    page = text(client, f"/reserve/projects/{project.pk}/targets")
    assert "群众满意度评分目标值" in page
    answer = client.post(
        f"/reserve/projects/{project.pk}/targets", {"indicator_baseline-0": "0", "indicator_target-0": "60"}
    )
    assert answer.status_code == 302
    assert PerformanceTarget.objects.get().target == 60


def test_libraries_are_opened_and_changed_by_form() -> None:
    region = make.county()
    head = make.head()
    water = make.department()
    client = browser(head)
    page = text(client, "/reserve/libraries/")
    for words in ("综合库", "果蔬产业链库", "待确认"):
        assert words in page, words
    form = {
        "library_kind": "SECTOR",
        "library_sector": "水利",
        "library_keeper_id": water.unit_id,
        "occurred_on": clock.today(),
    }
    assert client.post(f"/reserve/libraries/open?region={region.pk}", form).status_code == 302
    assert client.post(f"/reserve/libraries/open?region={region.pk}", form).status_code == 422
    assert "水利行业储备库" in text(client, "/reserve/libraries/")
    library = make.libraries()["水利"]
    other = make.department("农业农村")
    change = {
        "library_keeper_id": other.unit_id,
        "reserve_reason": "机构改革划转",
        "occurred_on": clock.today(),
        "rev": library.rev,
    }
    assert client.post(f"/reserve/libraries/{library.pk}/keeper", change).status_code == 302
    assert "云溪县农业农村局" in text(client, "/reserve/libraries/")
    close = {"reserve_reason": "机构改革撤销", "occurred_on": clock.today()}
    assert client.post(f"/reserve/libraries/{library.pk}/close", close).status_code == 302
    assert browser(make.officer()).get(f"/reserve/libraries/{library.pk}/keeper").status_code == 403


def test_renewal_leaving_and_handing_over_by_form() -> None:
    mine = make.libraries()
    entry = make.admitted()
    keeper = browser(make.department())
    page = text(keeper, f"/projects/{entry.project_id}/?tab=reserve")
    for words in ("退出储备库", "移交（水利行业储备库）"):
        assert words in page, words
    move = {
        "reserve_library_id": mine["农业农村"].pk,
        "reserve_reason": "归口调整移交",
        "occurred_on": clock.today(),
        "rev": make.fresh(entry).rev,
    }
    assert keeper.post(f"/reserve/entries/{entry.pk}/transfer", move).status_code == 302
    assert make.flat(entry).sector_id == mine["农业农村"].pk
    officer = browser(make.officer())
    answer = officer.post(
        f"/reserve/projects/{entry.project_id}/renew", {"occurred_on": clock.today(), "rev": make.flat(entry).rev}
    )
    assert answer.status_code == 422
    assert "今天不必再办" in answer.content.decode()
    leave = {"reserve_reason": "业主放弃，不再谋划", "occurred_on": clock.today(), "rev": make.flat(entry).rev}
    answer = officer.post(f"/reserve/projects/{entry.project_id}/withdraw", leave)
    assert answer.status_code == 422, "which library it leaves is said, never assumed"
    assert "退出的库" in answer.content.decode()
    assert make.flat(entry).state == "IN"
    leave["reserve_library_id"] = mine["农业农村"].pk
    assert officer.post(f"/reserve/projects/{entry.project_id}/withdraw", leave).status_code == 302
    assert make.flat(entry).state == "WITHDRAWN"


@pytest.mark.req("JC-03")
def test_leaving_all_libraries_is_a_choice_of_its_own() -> None:
    make.libraries()
    entry = make.admitted(make.clerk(), make.township())
    services.select(project_ids=[entry.project_id], reason="前期工作成熟", actor=make.officer())
    officer, address = browser(make.officer()), f"/reserve/projects/{entry.project_id}/withdraw"
    page = text(officer, address)
    assert "全部退出（云溪县综合储备库、水利行业储备库、松桥镇储备库）" in page, page[page.index("退出的库") :][:900]
    leave = {"reserve_reason": "业主放弃，不再谋划", "occurred_on": clock.today(), "rev": make.flat(entry).rev}
    assert officer.post(address, {**leave, "reserve_library_id": ""}).status_code == 422
    assert make.flat(entry).state == "IN"
    assert officer.post(address, {**leave, "reserve_library_id": "ALL"}).status_code == 302
    assert make.flat(entry).state == "WITHDRAWN"


def test_a_draft_keeps_what_is_asked_for_each_indicator() -> None:
    make.libraries()
    client = browser(make.clerk())
    address = reverse("registers:draft", kwargs={"key": "reserve.declare"})
    client.post(address, {"name": "半截", "indicator_target-2": "0.4", "unknown-3": "x"})
    assert FormDraft.objects.get().data == {"name": "半截", "indicator_target-2": "0.4"}
    assert 'value="0.4"' in text(client, "/reserve/declare")


@pytest.mark.req("GO-15")
def test_a_county_without_chain_libraries_declares_by_form() -> None:
    by = make.officer()
    keeper = make.department().unit_id or 0
    new = [services.NewLibrary("SECTOR", keeper, "水利")]
    library = services.open_libraries(region_id=make.county().pk, libraries=new, actor=by)[0]
    form = {
        "name": "云溪县河道治理工程", "competent_region_id": make.county().pk, "funding_nature": "GOVERNMENT",
        "early_stage": "PLANNED", "reserve_library_id": library.pk, "total_investment_fen": "3200",
    }  # fmt: skip
    assert browser(by).post("/reserve/declare", form).status_code == 302
    assert ReserveFile.objects.unscoped("test").get().step_library_id == library.pk


def test_the_last_day_for_renewal_is_told_with_its_basis() -> None:
    make.libraries()
    entry, waiting = make.admitted(), make.declared()
    client = browser(make.officer())
    day = make.flat(entry).renew_by_on
    assert day is not None
    for address in (f"/reserve/entries/{entry.pk}/", f"/projects/{entry.project_id}/?tab=reserve"):
        said = client.get(address).content.decode()
        for word in ("续报期限", day.isoformat(), "实施方案（泾川县2023年", "12 个月", "待确认"):
            assert word in said, (address, word)
    assert "续报期限" not in client.get(f"/reserve/entries/{waiting.pk}/").content.decode()
    assert day.isoformat() in client.get("/reserve/").content.decode()
    answer = client.get("/reserve/export.csv")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert "续报期限" in body.decode("utf-8-sig")
    assert day.isoformat() in body.decode("utf-8-sig")


def test_an_export_leaves_out_what_meets_a_secrecy_rule() -> None:
    make.libraries()
    entry, plain = make.declared(), make.declared()
    Project.objects.unscoped("test").filter(pk=entry.project_id).update(content="军用机场")
    client = browser(make.officer())
    answer = client.get("/reserve/export.csv")
    body = (
        b"".join(answer.streaming_content).decode("utf-8-sig")
        if answer.streaming
        else answer.content.decode("utf-8-sig")
    )
    assert make.flat(plain).name in body
    assert make.flat(entry).name not in body


@pytest.mark.parametrize(
    "address",
    [
        "/reserve/",
        "/reserve/mine/",
        "/reserve/board",
        "/reserve/libraries/",
        "/projects/{pk}/?tab=reserve",
        "/reserve/entries/{entry}/",
    ],
)
def test_pages_ask_as_many_queries_for_thirty_rows_as_for_one(address: str) -> None:
    make.libraries()
    clerk, place = make.clerk(), make.township()
    entry = make.admitted(clerk, place)
    client = browser(make.officer())
    counts = []
    for more in (0, 29):
        for _ in range(more):
            made = make.admitted(clerk, place)
        if more:
            entry = made
        url = address.format(pk=entry.project_id, entry=entry.pk)
        client.get(url)
        counting.forget()
        with CaptureQueriesContext(connection) as captured:
            text(client, url)
        counts.append(len(captured))
    assert counts[0] == counts[1], counts
    assert counts[0] <= 30


@pytest.mark.req("JC-02", "CM-02")
def test_a_declaration_is_answered_for_each_like_project_and_the_answers_are_kept() -> None:
    mine = make.libraries()
    one = make.declared(make.clerk(), make.township(), name="松桥镇提水灌溉工程").project
    other = make.declared(make.clerk(), make.township(), name="松桥镇提水灌溉工程二期").project
    likeness_following.mark_missing()
    likeness_following.catch_up()
    client = browser(make.clerk())
    posted: dict[str, Any] = {
        "name": "松桥镇提水灌溉项目", "competent_region_id": make.township().pk, "funding_nature": "GOVERNMENT",
        "early_stage": "PLANNED", "reserve_library_id": mine["水利"].pk, "total_investment_fen": "900",
        "occurred_on": clock.today(), "declared_level": "OPEN", **indicators(),
    }  # fmt: skip
    answer = client.post("/reserve/declare", posted)
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in (
        "有 2 个相似项目",
        "松桥镇提水灌溉工程",
        "疑似同一项目",
        f'name="likeness-{one.pk}"',
        f'name="likeness-{other.pk}"',
    ):
        assert words in page, words
    question = page.index(f'name="likeness-{one.pk}"')
    assert page.index('name="name"') < question < page.index('name="competent_region_id"'), "behind the name"
    answer = client.post("/reserve/declare", {**posted, "not_the_same": "1"})
    assert answer.status_code == 422, "one tick does not answer for all of them"
    said = {f"likeness-{one.pk}": "DIFFERENT", f"likeness-{one.pk}-reason": "灌区在河对岸"}
    answer = client.post("/reserve/declare", {**posted, **said})
    assert answer.status_code == 422
    assert "有 1 个相似项目尚未说明" in answer.content.decode()
    assert "灌区在河对岸" in answer.content.decode(), "what was answered is still there"
    assert Project.objects.unscoped("test").count() == 2, "nothing is entered before each was answered"
    assert client.post("/reserve/declare", {**posted, **said, f"likeness-{other.pk}": "OTHER_PHASE"}).status_code == 302
    new = Project.objects.unscoped("test").latest("pk")
    kept = {pair.a_id: (pair.state, pair.verdict, pair.reason) for pair in likeness.pairs_of(new.pk)}
    assert kept == {one.pk: ("STATED", "DIFFERENT", "灌区在河对岸"), other.pk: ("STATED", "OTHER_PHASE", "")}


@pytest.mark.req("JC-03", "JC-04")
def test_what_the_leading_group_settled_comes_to_the_entry_and_to_the_desk() -> None:
    make.libraries()
    entry = make.declared(make.clerk(), make.township())
    services.preliminary_check(
        entry_id=entry.pk, points=make.fit(), actor=make.department(), cases=["重大公共利益"], text="涉及跨乡镇供水"
    )
    officer = make.officer()
    client = browser(officer)
    address = f"/reserve/entries/{entry.pk}/"
    assert "还没有列入会议" in text(client, address)
    project = entry.project
    item = NewItem(project.name, subject_kind="project", subject_id=project.pk, region_key=project.region_key)
    new = NewMeeting(
        kind="LEADING_GROUP", title="县重大项目领导小组会议", region_id=make.county().pk, held_on=clock.today(),
        begins_at=time(9, 0), place="二楼会议室", chair="常务副县长", attendees=(NewAttendee(unit_name="县水利局"),), items=(item,),
    )  # fmt: skip
    meeting = meetings.call_meeting(new=new, actor=officer)
    assert "县重大项目领导小组会议" in text(client, address)
    meetings.hold_meeting(meeting_id=meeting.pk, actor=officer)
    meetings.attend(meeting_id=meeting.pk, marks={}, rest="PRESENT", actor=officer)
    (on_agenda,) = list_agenda_of(meeting.pk)
    settled = Resolution("CONDITIONAL", "同意开展前期工作", "先办用地预审")
    meetings.resolve_item(item_id=on_agenda.pk, actor=officer, settled=settled)
    page = text(client, address)
    assert "由会议议定" in page, "while it is on an open agenda the meeting settles it"
    assert 'name="review_verdict"' not in page
    posted = {
        "review_verdict": "PASSED", "review_document": "电话会议", "opinion_text": "同意", "occurred_on": clock.today(),
        "rev": make.fresh(entry).rev,
    }  # fmt: skip
    answer = client.post(address, posted)
    assert answer.status_code == 409
    assert "已列入县重大项目领导小组会议" in answer.content.decode()
    meetings.close_meeting(meeting_id=meeting.pk, actor=officer, minutes="会议审议了储备项目。")
    make.tell()
    assert Message.objects.filter(person_id=officer.person_id, title__contains="会议已议定").exists()
    page = text(client, address)
    for words in ("同意开展前期工作。先办用地预审", f"县重大项目领导小组会议{meeting.number}", "系统（会议议定）"):
        assert words in page, words
    assert make.fresh(entry).step == "ADMISSION"
