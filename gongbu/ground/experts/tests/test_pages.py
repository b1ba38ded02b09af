"""Pages of experts, as keeper, drawing office, the expert himself and visitors."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gongbu.ground.experts import services
from gongbu.ground.experts.entry import NewReview
from gongbu.ground.experts.models import Draw, Expert, ExpertPrivate, Seat
from gongbu.ground.experts.rules.drawing import Need
from gongbu.ground.experts.tests.conftest import TODAY, drawn, enter, footprint, opened, seats_of
from gongbu.ground.inbox.models import Task
from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.registers import counting, subjects
from gongbu.ground.registers.tests.conftest import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_desk(county):
    def browser(who):
        client = Client()
        sign_in(client, county.people[who] if isinstance(who, str) else who)
        return client

    return browser


def only(model):
    return model.objects.unscoped("test").get()


def expert_form(county, **changes):
    given = {
        "experts.name": "温若谷", "experts.unit_name": "东县水务局", "experts.duty": "", "experts.title": "正高级工程师",
        "experts.qualification": "", "orgs.region_id": str(county.region.pk), "experts.serves_in": "",
        "experts.valid_from": "2027-01-01", "experts.valid_to": "", "experts.phone": "13800000001",
        "experts.id_number": "", "experts.login_name": "", "rev": "", "specialties": ["WATER", "COST"],
    }  # fmt: skip
    return {**given, **changes}


def test_the_keeper_enters_changes_relates_and_suspends(county, at_desk):
    client = at_desk("head")
    assert "取自您的岗位" in client.get("/experts/new").text
    answer = client.post("/experts/new", expert_form(county))
    expert = only(Expert)
    assert answer.headers["Location"] == f"/experts/{expert.pk}/"
    assert (expert.unit, expert.specialty_text) == (county.water_office, "水利水电、工程造价")
    page = client.get(f"/experts/{expert.pk}/").text
    for said in ("温若谷", expert.code, "东县水务局", "水利水电、工程造价"):
        assert said in page
    assert "13800000001" not in page
    form = client.get(f"/experts/{expert.pk}/update").text
    assert 'value="13800000001"' in form
    changed = {**expert_form(county), "experts.phone": "13900000001", "specialties": ["COST"], "rev": "1",
               "experts.valid_from": "2027-01-01"}  # fmt: skip
    assert client.post(f"/experts/{expert.pk}/update", changed).status_code == 302
    expert.refresh_from_db()
    assert (expert.specialty_text, ExpertPrivate.objects.get(expert=expert).phone) == ("工程造价", "13900000001")
    relation = {"experts.relation_kind": "EMPLOYED", "experts.relation_unit": "云城建设有限公司", "experts.until": "",
                "experts.relation_person": "", "experts.note": "兼职顾问"}  # fmt: skip
    assert client.post(f"/experts/{expert.pk}/relations/new", relation).status_code == 302
    row = expert.relations.get()
    assert row.unit == county.firm
    assert client.post(f"/experts/relations/{row.pk}/end", {"until": "2027-02-01", "reason": "到期"}).status_code == 302
    assert "2027-02-01 截止" in client.get(f"/experts/{expert.pk}/").text
    suspend = {
        "experts.reason": "核查",
        "experts.suspended_until": "",
        "rev": str(Expert.objects.unscoped("t").get().rev),
    }
    assert client.post(f"/experts/{expert.pk}/suspend", suspend).status_code == 302
    for act in ("resume", "retire", "erase"):
        rev = str(Expert.objects.unscoped("t").get().rev)
        assert client.post(f"/experts/{expert.pk}/{act}", {"experts.reason": "x", "rev": rev}).status_code == 302, act
    assert "温若谷" not in client.get(f"/experts/{expert.pk}/").text
    log = client.get(f"/experts/{expert.pk}/?tab=log").text
    for said in ("专家入库", "更新专家信息", "登记回避关系", "暂停专家", "删除专家个人信息"):
        assert said in log


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"experts.name": ""}, "请填写姓名"),
        ({"specialties": []}, "至少选择一个专业"),
        ({"experts.id_number": "123"}, "校验位"),
        ({"experts.login_name": "nobody"}, "没有这个登录名"),
        ({"experts.valid_to": "2026-01-01"}, "应晚于"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(county, at_desk, changes, said):
    client, before = at_desk("officer"), footprint()
    answer = client.post("/experts/new", expert_form(county, **changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert footprint() == before


@pytest.mark.req("CB-04")
def test_neither_list_drawer_nor_export_holds_what_is_personal(county, at_desk):
    expert = enter(county, name="温若谷", phone="13812345678", id_number="11010519491231002X")
    client = at_desk("officer")
    for path in ("/experts/", f"/experts/{expert.pk}/drawer", f"/experts/{expert.pk}/", "/experts/export.csv"):
        answer = client.get(path)
        text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.text
        assert "温若谷" in text, path
        assert "13812345678" not in text, path
        assert "19491231" not in text, path
    assert "没有符合条件" in client.get("/experts/?specialty=COST").text
    assert "温若谷" in client.get("/experts/?specialty=MUNICIPAL").text
    assert at_desk("viewer").get("/experts/").status_code == 403
    assert "温若谷" not in at_desk("stranger").get("/experts/").text


def test_looking_at_a_phone_leaves_a_line_in_the_audit(county, at_desk):
    expert = enter(county, phone="13812345678")
    assert "13812345678" in at_desk("officer").get(f"/experts/{expert.pk}/contact").text
    event = AuditEvent.objects.unscoped("test").get(kind="EXPORTED")
    assert event.data["filters"] == {"专家": expert.code}
    assert at_desk("stranger").get(f"/experts/{expert.pk}/contact").status_code == 404
    assert at_desk("clerk").get(f"/experts/{expert.pk}/contact").status_code == 403


@pytest.mark.req("CB-04", "GO-01")
def test_an_office_draws_asks_replaces_reviews_and_appraises(county, pool, at_desk, monkeypatch):
    monkeypatch.setattr(subjects, "_KINDS", {})
    bridge = subjects.Found("bridge", 5, county.region.key_lo, "清溪大桥")
    subjects.offer("bridge", "桥梁", route="experts:expert", find=lambda _a, words: [bridge],
                   get=lambda _a, pk: bridge if pk == 5 else None, readable=lambda _a, ids: {5} & set(ids))  # fmt: skip
    enter(county, specialties=["COST"])
    client = at_desk("officer")
    page = client.get("/experts/draws/new").text
    assert "在库 7 人" in page  # 工程造价
    terms = {
        "experts.draw_title": "储备项目遴选评分", "orgs.region_id": str(county.region.pk), "subject": "bridge:5",
        "experts.avoid_units": "云溪设计院有限公司\n", "experts.avoid_people": "", "members_MUNICIPAL": "2",
        "members_COST": "1", "substitutes_COST": "1",
    }  # fmt: skip
    bad = client.post("/experts/draws/new", {**terms, "members_COST": "很多"})
    assert bad.status_code == 422
    assert "“很多”不是人数" in bad.text
    assert 'value="2"' in bad.text
    answer = client.post("/experts/draws/new", terms)
    draw = only(Draw)
    here = f"/experts/draws/{draw.pk}/"
    assert answer.headers["Location"] == here
    page = client.get(here).text
    assert draw.seed not in page
    assert pool.experts[0].name not in page, "the pool is not shown before the draw"
    assert "种子封存回执" in page
    client.post(f"{here}make", {"experts.spoken": "清溪 27", "experts.witness": "郑某", "rev": draw.rev})
    page = client.get(here).text
    member, substitute = seats_of(draw, specialty="COST")
    assert member.expert.name in page
    proof = client.get(f"{here}?tab=proof").text
    assert "重算一致" in proof
    pool_page = client.get(f"{here}?tab=pool").text
    assert "在须回避的云溪设计院有限公司工作" in pool_page
    assert "财库〔2016〕198号" in pool_page
    data = json.loads(client.get(f"{here}record.json").content)
    assert data["format"] == "gongbu-draw/1"
    assert member.expert.name not in json.dumps(data, ensure_ascii=False)

    decline = client.post(f"/experts/seats/{member.pk}/respond", {"answer": "DECLINED", "reason": ""})
    assert decline.status_code == 422
    client.post(f"/experts/seats/{member.pk}/respond", {"answer": "DECLINED", "reason": "出差", "rev": member.rev})
    assert "递补下一位" in client.get(here).text
    client.post(f"/experts/seats/{member.pk}/replace")
    substitute.refresh_from_db()
    assert substitute.state == "ASKED"
    assert "递补下一位" not in client.get(here).text
    client.post(f"/experts/seats/{substitute.pk}/respond", {"answer": "ACCEPTED", "rev": substitute.rev})
    form = {
        "experts.conclusion": "IF",
        "experts.reviewed_on": "2027-03-05",
        "experts.opinion": "",
        "experts.reason": "",
    }
    bad = client.post(f"/experts/seats/{substitute.pk}/review", form)
    assert "请写明意见" in bad.text
    client.post(f"/experts/seats/{substitute.pk}/review", {**form, "experts.opinion": "补充防洪评价。"})
    again = client.post(
        f"/experts/seats/{substitute.pk}/review", {**form, "experts.opinion": "补充防洪评价和占补平衡。"}
    )
    assert again.status_code == 422, "a correction says why"
    assert "更正须写明事由" in again.text
    marks = {"mark_DILIGENCE": "2", "mark_COMPETENCE": "3", "mark_FAIRNESS": "2", "mark_DISCIPLINE": "9", "note": ""}
    bad = client.post(f"/experts/seats/{substitute.pk}/appraise", marks)
    assert "0 至 5" in bad.text
    client.post(f"/experts/seats/{substitute.pk}/appraise", {**marks, "mark_DISCIPLINE": "2"})
    page = client.get(here).text
    for said in ("修改后同意", "补充防洪评价。", "2.25"):
        assert said in page
    expert_page = client.get(f"/experts/{substitute.expert_id}/").text
    assert "履职评价应予关注" in expert_page
    assert "待确认" in expert_page, "the floor is the platform's own"
    log = client.get(f"{here}?tab=log").text
    for said in ("发起专家抽取", "抽取专家", "登记专家答复", "递补专家", "登记评审意见", "评价专家履职"):
        assert said in log


def test_a_pool_too_small_is_said_on_the_page(county, pool, at_desk):
    draw = opened(county, needs=(Need("COST", 9),))
    answer = at_desk("officer").post(f"/experts/draws/{draw.pk}/make", {"experts.spoken": "", "experts.witness": ""})
    assert answer.status_code == 422
    assert "工程造价需要 9 人，还差" in answer.text


def test_a_supplementary_draw_begins_from_the_first(county, pool, at_desk):
    draw = drawn(county)
    client = at_desk("officer")
    page = client.get(f"/experts/draws/new?supplements={draw.pk}").text
    assert "云溪设计院有限公司" in page
    enter(county, specialties=["LAW"])
    form = {"experts.draw_title": "补充", "orgs.region_id": str(county.region.pk), "experts.avoid_units": "",
            "experts.avoid_people": "", "members_LAW": "1", "reason": ""}  # fmt: skip
    bad = client.post(f"/experts/draws/new?supplements={draw.pk}", form)
    assert "请写明原因" in bad.text
    client.post(f"/experts/draws/new?supplements={draw.pk}", {**form, "reason": "需要法律专业"})
    assert Draw.objects.unscoped("test").get(title="补充").supplements == draw


@pytest.mark.req("GO-16")
def test_an_expert_answers_from_his_task(county, pool, at_desk):
    person = make_person("wen", county.firm, "THIRD_PARTY", county.region, name="温若谷")
    enter(county, specialties=["LAW"], person_id=person.pk)
    draw = drawn(county, needs=(Need("LAW", 1), Need("COST", 1)))
    mine, other = seats_of(draw)
    client = at_desk(person)
    page = client.get(client.get(reverse("inbox:open", args=[Task.objects.get(person=person).pk])).headers["Location"])
    assert "云溪设计院有限公司" in page.text
    assert client.get(f"/experts/seats/{other.pk}/answer").status_code == 404
    assert client.get(f"/experts/draws/{draw.pk}/").status_code == 403
    sent = {"answer": "CONFLICT", "reason": "曾参与可研编制", "rev": mine.rev, "own": "1"}
    assert client.post(f"/experts/seats/{mine.pk}/respond", sent).status_code == 302
    mine.refresh_from_db()
    assert (mine.state, mine.reason) == ("CONFLICT", "曾参与可研编制")


def test_others_see_no_draw_and_do_nothing(county, pool, at_desk):
    draw = drawn(county)
    seat = seats_of(draw)[0]
    services.respond(seat_id=seat.pk, code="ACCEPTED", actor=county.officer)
    services.record_review(seat_id=seat.pk, new=NewReview(TODAY, "FOR"), actor=county.officer)
    before = footprint()
    for who in ("stranger", "water", "viewer", "clerk", "owner"):
        client = at_desk(who)
        posts = [f"draws/{draw.pk}/make", f"draws/{draw.pk}/void", f"seats/{seat.pk}/respond", f"seats/{seat.pk}/replace",
                 f"seats/{seat.pk}/review", f"seats/{seat.pk}/appraise", f"{seat.expert_id}/suspend",
                 f"{seat.expert_id}/update", f"{seat.expert_id}/relations/new"]  # fmt: skip
        for path in posts:
            sent = {"answer": "DECLINED", "reason": "x", "experts.reason": "x", "experts.conclusion": "FOR"}
            assert client.post(f"/experts/{path}", sent).status_code in (403, 404), (who, path)
    assert at_desk("stranger").get(f"/experts/draws/{draw.pk}/").status_code == 404
    assert Client().get(f"/experts/draws/{draw.pk}/").status_code == 302
    assert footprint() == before


@pytest.mark.parametrize("path", ["/experts/", "/experts/draws/", "/experts/{expert}/", "/experts/draws/{draw}/",
                                  "/experts/draws/{draw}/?tab=pool", "/experts/draws/{draw}/?tab=proof"])  # fmt: skip
def test_pages_ask_as_many_queries_for_thirty_rows_as_for_one(county, pool, at_desk, path):
    client = at_desk("officer")
    small = drawn(county, needs=(Need("COST", 1),))
    for _ in range(30):
        enter(county, specialties=["LAW"])
    big = drawn(county, needs=(Need("LAW", 30),))
    expert = seats_of(big)[0].expert_id
    for _ in range(4):
        drawn(county, needs=(Need("LAW", 30),))

    def count(draw, expert_id):
        address = path.format(draw=draw.pk, expert=expert_id)
        client.get(address)
        counting.forget()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    few = count(small, seats_of(small)[0].expert_id)
    assert count(big, expert) == few
    assert few <= 14
    assert Seat.objects.filter(expert_id=expert).count() == 5


def test_the_command_computes_a_draw_again_from_its_file(county, pool, at_desk, tmp_path):
    from click.testing import CliRunner

    from gongbu.ground.experts.commands import draw as command

    draw = drawn(county)
    content = at_desk("officer").get(f"/experts/draws/{draw.pk}/record.json").content
    file = tmp_path / "draw.json"
    file.write_bytes(content)
    right = CliRunner().invoke(command, ["verify", str(file)])
    assert (right.exit_code, "一致" in right.output) == (0, True)
    data = json.loads(content)
    data["drawn"][0]["number"] += 1
    file.write_text(json.dumps(data))
    wrong = CliRunner().invoke(command, ["verify", str(file), "--json"])
    assert (wrong.exit_code, json.loads(wrong.output)["same"]) == (1, False)
    file.write_text("[]")
    assert CliRunner().invoke(command, ["verify", str(file)]).exit_code == 2
