"""Acts on experts, as the people who do them; a refusal leaves nothing."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.experts import queries, services, verifying
from gongbu.ground.experts.entry import AvoidList, NewAppraisal, NewRelation, NewReview
from gongbu.ground.experts.models import Draw, Expert, ExpertPrivate, Seat
from gongbu.ground.experts.rules.drawing import Need
from gongbu.ground.experts.tests.conftest import (
    TODAY,
    drawn,
    enter,
    footprint,
    new_draw,
    new_expert,
    opened,
    seats_of,
)
from gongbu.ground.inbox.models import Task
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db
MARKS = {"DILIGENCE": 5, "COMPETENCE": 4, "FAIRNESS": 5, "DISCIPLINE": 4}


def codes(refusal):
    return [finding.code for finding in refusal.value.findings]


def told(topic):
    return list(OutboxMessage.objects.filter(topic=topic).order_by("pk"))


def fresh(expert):
    return Expert.objects.unscoped("test").get(pk=expert.pk)


# -- the pool ------------------------------------------------------------------------------------------------------


def test_an_expert_enters_the_pool_and_the_book_knows_a_number(county):
    expert = enter(county, name="温若谷", id_number="11010519491231002x", unit_id=county.water_office.pk,
                   unit_name="县水务局", specialties=["WATER", "COST", "WATER"])  # fmt: skip
    assert (expert.unit_name, expert.specialty_text, expert.serves_in) == (
        "东县水务局",
        "水利水电、工程造价",
        county.region,
    )
    assert ExpertPrivate.objects.get(expert=expert).id_number == "11010519491231002X"
    entry = Entry.objects.get(kind="experts.register")
    for secret in ("温若谷", "13800000000", "19491231"):
        assert secret not in entry.canonical
    assert expert.code in entry.canonical
    assert [row.subject_id for row in told("expert.registered")] == [expert.pk]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "experts.name_missing"),
        ({"unit_name": ""}, "experts.unit_name_missing"),
        ({"specialties": []}, "experts.specialty_missing"),
        ({"specialties": ["ASTROLOGY"]}, "experts.specialty_unknown"),
        ({"valid_to": date(2026, 1, 1)}, "experts.period_reversed"),
        ({"id_number": "110105194912310021"}, "experts.id_number_wrong"),
        ({"qualification": "长" * 201}, "experts.too_long"),
        ({"duty": "某军事禁区顾问"}, "secrecy.refused"),
        ({"unit_id": 10**9}, "experts.unit_unknown"),
        ({"person_id": 10**9}, "experts.account_unknown"),
        ({"relations": (NewRelation("KIN"),)}, "experts.relation_empty"),
        ({"relations": (NewRelation("LOVE", unit_name="x"),)}, "experts.relation_kind"),
    ],
)
def test_what_is_not_in_order_is_refused_whole(county, changes, code):
    before = footprint()
    with pytest.raises(InvalidInput) as refusal:
        enter(county, **changes)
    assert code in codes(refusal)
    assert footprint() == before


def test_rights_follow_region_and_range(county):
    before = footprint()
    for name in ("viewer", "water", "clerk", "stranger"):
        with pytest.raises(NotAllowed):
            enter(county, by=getattr(county, name))
    with pytest.raises(NotAllowed):  # a county's officer lets nobody serve the whole city
        enter(county, serves_in_id=county.town.city.pk)
    assert footprint() == before


def test_one_person_stands_in_a_pool_once(county):
    first = enter(county, name="温若谷", unit_name="东县规划院", id_number="11010519491231002X")
    before = footprint()
    for same in ({"name": "温若谷", "unit_name": " 东县规划院"}, {"id_number": "11010519491231002x"}):
        with pytest.raises(Refusal, match="on_file") as refusal:
            enter(county, **same)
        assert refusal.value.data["code"] == first.code
    assert footprint() == before


def test_changing_an_expert_names_what_changed_and_hides_what_is_personal(county):
    expert = enter(county)
    services.update_expert(
        expert_id=expert.pk, rev=1, actor=county.officer,
        changes={"title": "教授", "phone": "13900000001", "specialties": ["COST", "MUNICIPAL"], "unit_name": "东县大学"},
    )  # fmt: skip
    row = fresh(expert)
    assert (row.title, row.specialty_text, row.unit_name, row.rev) == ("教授", "工程造价、市政工程", "东县大学", 2)
    content = ledger.list_for_subject("expert", expert.pk)[0].content
    assert content["after"]["phone_changed"] is True
    assert content["before"]["title"] == "正高级工程师"
    assert "13900000001" not in json.dumps(content)
    before = footprint()
    with pytest.raises(ChangedMeanwhile) as refusal:
        services.update_expert(expert_id=expert.pk, rev=1, actor=county.head, changes={"title": "讲师"})
    assert refusal.value.data["by"] == "林晓燕"
    with pytest.raises(Refusal, match="nothing_changed"):
        services.update_expert(expert_id=expert.pk, rev=2, actor=county.officer, changes={"title": " 教授 "})
    with pytest.raises(InvalidInput):
        services.update_expert(expert_id=expert.pk, rev=2, actor=county.officer, changes={"valid_to": date(2025, 1, 1)})
    assert footprint() == before


def test_suspending_resuming_retiring_and_erasing(county):
    expert = enter(county, name="温若谷")
    for act in ("suspend", "retire"):
        with pytest.raises(NotAllowed):
            getattr(services, f"{act}_expert")(expert_id=expert.pk, reason="x", actor=county.officer)
    services.suspend_expert(
        expert_id=expert.pk, reason="被投诉核查", until=TODAY + timedelta(days=30), actor=county.head
    )
    services.resume_expert(expert_id=expert.pk, reason="核查无误", actor=county.head)
    before = footprint()
    with pytest.raises(InvalidInput):
        services.suspend_expert(expert_id=expert.pk, reason=" ", actor=county.head)
    with pytest.raises(InvalidInput):
        services.suspend_expert(expert_id=expert.pk, reason="x", until=TODAY - timedelta(days=1), actor=county.head)
    with pytest.raises(Refusal, match="wrong_state"):
        services.erase_expert(expert_id=expert.pk, reason="本人申请", actor=county.head)
    assert footprint() == before
    services.retire_expert(expert_id=expert.pk, reason="聘期届满", actor=county.head)
    services.erase_expert(expert_id=expert.pk, reason="本人申请", actor=county.head)
    row = fresh(expert)
    assert (row.name, row.unit_name, row.is_erased) == ("（已删除）", "（已删除）", True)
    assert not ExpertPrivate.objects.filter(expert=expert).exists()
    assert next(r.kind for r in ledger.list_for_subject("expert", expert.pk)) == "experts.erase"


def test_a_relation_ends_on_a_day_with_a_reason(county):
    expert = enter(county)
    row = services.add_relation(
        expert_id=expert.pk,
        relation=NewRelation("EMPLOYED", unit_id=county.firm.pk, person_name="何某"),
        actor=county.officer,
    )
    assert "何某" not in Entry.objects.order_by("-pk").first().canonical
    services.end_relation(relation_id=row.pk, until=date(2027, 1, 31), reason="已离职", actor=county.officer)
    before = footprint()
    with pytest.raises(Refusal, match="relation_over"):
        services.end_relation(relation_id=row.pk, until=TODAY, reason="x", actor=county.officer)
    with pytest.raises(NotFound):
        services.end_relation(relation_id=10**9, until=TODAY, reason="x", actor=county.officer)
    assert footprint() == before


def test_looking_at_a_phone_is_noted(county):
    expert = enter(county)
    assert queries.get_contact(expert, county.officer).phone == "13800000000"
    event = AuditEvent.objects.unscoped("test").get()
    assert (event.data["what"], event.data["filters"]) == ("专家联系方式", {"专家": expert.code})
    with pytest.raises(NotAllowed):
        queries.get_contact(expert, county.viewer)


# -- drawing -------------------------------------------------------------------------------------------------------


@pytest.mark.req("CB-04", "GO-03")
def test_the_seed_is_bound_before_and_anybody_computes_the_draw_after(county, pool):
    draw = opened(county)
    receipt = ledger.get_receipt(draw.opened_receipt)
    assert receipt.public["种子摘要（SM3）"] == draw.commitment
    bound = Entry.objects.get(kind="experts.open_draw")
    assert draw.seed not in bound.canonical
    draw = services.make_draw(draw_id=draw.pk, spoken="清溪 27", witness="郑某", actor=county.officer)
    book = json.loads(Entry.objects.get(kind="experts.draw").canonical)["after"]
    data = verifying.as_data(draw)
    assert verifying.verify(data).is_right
    assert [(c["number"], c["specialties"]) for c in data["pool"]] == [tuple(row) for row in book["pool"]]
    assert (book["seed"], book["word"], book["commitment"]) == (draw.seed, "清溪 27", draw.commitment)
    public = ledger.get_receipt(draw.receipt).public
    assert public["种子"] == draw.seed
    for seat in seats_of(draw):
        assert seat.expert.name not in json.dumps([public, book, data], ensure_ascii=False)
        assert seat.expert.code in public["抽中专家编号"]
    without = [row for row in data["pool"] if row["number"] != data["drawn"][0]["number"]]
    for change in ({"seed": "00" * 32}, {"pool": without}, {"drawn": data["drawn"][1:]}):
        assert not verifying.verify({**data, **change}).is_right
    with pytest.raises(ValueError, match="不是抽取记录"):
        verifying.verify({})


@pytest.mark.req("CB-04")
def test_counts_hold_and_whoever_must_keep_away_is_left_out_with_the_reason(county, pool):
    draw = drawn(county)
    seats = seats_of(draw)
    assert [(s.specialty, s.role, s.state) for s in seats] == [
        ("MUNICIPAL", "MEMBER", "ASKED"), ("MUNICIPAL", "MEMBER", "ASKED"), ("MUNICIPAL", "SUBSTITUTE", "WAITING"),
        ("COST", "MEMBER", "ASKED"), ("COST", "SUBSTITUTE", "WAITING"),
    ]  # fmt: skip
    avoided = {pool.experts[0].pk, pool.experts[2].pk}
    assert not avoided & {seat.expert_id for seat in seats}
    rows = {row.code: row.reasons for row in queries.list_pool(draw)}
    assert len(rows) == 8
    assert rows[pool.experts[0].code] == (
        "在须回避的云溪设计院有限公司工作。依据：政府采购评审专家管理办法（财库〔2016〕198号）第十六条。",
    )
    assert Entry.objects.get(kind="experts.draw").canonical.count('"experts.own_unit":2') == 1
    assert [row.data["seats"] for row in told("expert.drawn")] == [5]
    assert len(told("expert.seat_changed")) == 5
    assert ledger.list_for_subject("bridge", 5)[0].kind == "experts.drawn_for"
    assert {fresh(seat.expert).times_drawn for seat in seats if seat.role == "MEMBER"} == {1}


def test_relations_suspension_and_range_keep_experts_out_too(county, pool):
    services.add_relation(
        expert_id=pool.experts[4].pk, relation=NewRelation("DIRECTOR", unit_id=county.firm.pk), actor=county.officer
    )
    services.suspend_expert(expert_id=pool.experts[5].pk, reason="x", actor=county.head)
    draw = drawn(
        county, needs=(Need("MUNICIPAL", 2), Need("COST", 1)),
        avoid=AvoidList(unit_ids=(county.firm.pk,), unit_names=("云溪设计院有限公司",), people=(pool.experts[6].name,)),
    )  # fmt: skip
    assert {seat.expert_id for seat in seats_of(draw)} <= {pool.experts[n].pk for n in (1, 3, 7)}
    reasons = {row.code: row.reasons for row in queries.list_pool(draw) if row.reasons}
    assert set(reasons) == {pool.experts[n].code for n in (0, 2, 4, 5, 6)}
    with pytest.raises(NotAllowed):  # the township's own subject lies in the county; the neighbour's does not
        opened(county, subject=Subject("bridge", 6, county.town.west.key_lo, "别县的桥"))


def test_a_pool_that_is_too_small_says_where_and_why_and_leaves_the_draw_open(county, pool):
    draw = opened(county, needs=(Need("MUNICIPAL", 6, 2), Need("COST", 1)))
    before = footprint()
    with pytest.raises(InvalidInput) as refusal:
        services.make_draw(draw_id=draw.pk, actor=county.officer)
    (finding,) = [f for f in refusal.value.findings if f.data["specialty"] == "市政工程"]
    assert (finding.data["wanted"], finding.data["pool"], finding.data["out"]) == (8, 6, 1)
    assert footprint() == before
    assert Draw.objects.unscoped("test").get(pk=draw.pk).state == "OPEN"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, "experts.draw_title_missing"),
        ({"needs": ()}, "experts.needs_missing"),
        ({"needs": (Need("MUNICIPAL", 0, 2),)}, "experts.needs_missing"),
        ({"needs": (Need("MUNICIPAL", 1), Need("MUNICIPAL", 2))}, "experts.need_twice"),
        ({"needs": (Need("ASTROLOGY", 1),)}, "experts.specialty_unknown"),
        ({"needs": (Need("MUNICIPAL", 2, -1),)}, "experts.need_wrong"),
        ({"needs": (Need("MUNICIPAL", 61),)}, "experts.too_many_places"),
        ({"avoid": AvoidList(unit_ids=(10**9,))}, "experts.unit_unknown"),
        ({"title": "绝密项目评审"}, "secrecy.refused"),
    ],
)
def test_terms_that_are_not_in_order_open_no_draw(county, pool, changes, code):
    before = footprint()
    with pytest.raises(InvalidInput) as refusal:
        opened(county, **changes)
    assert code in codes(refusal)
    assert footprint() == before


def test_who_may_draw_and_only_once(county, pool):
    draw = opened(county)
    before = footprint()
    for name, error in (("viewer", NotFound), ("water", NotAllowed), ("stranger", NotFound), ("clerk", NotFound)):
        with pytest.raises(error):
            services.make_draw(draw_id=draw.pk, actor=getattr(county, name))
    assert footprint() == before
    services.make_draw(draw_id=draw.pk, actor=county.head)
    before = footprint()
    with pytest.raises(Refusal, match="draw_wrong_state"):
        services.make_draw(draw_id=draw.pk, actor=county.officer)
    assert footprint() == before
    assert drawn(county, by=county.water).unit_name == "东县水务局"


def test_both_steps_at_once_and_the_same_key_draws_once(county, pool):
    first = services.draw_experts(new=new_draw(county), actor=county.officer, key="reserve:round:7")
    before = footprint()
    assert services.draw_experts(new=new_draw(county), actor=county.officer, key="reserve:round:7") == first
    with pytest.raises(InvalidInput):
        services.draw_experts(new=new_draw(county, needs=(Need("MUNICIPAL", 30),)), actor=county.officer)
    assert footprint() == before, "neither the draw nor its opening stays"
    assert len(queries.list_seats_of("bridge", 5)) == 5


# -- answers and replacements --------------------------------------------------------------------------------------


@pytest.mark.req("CB-04")
def test_who_declines_is_replaced_by_the_substitute_then_down_the_line(county, pool):
    enter(county, specialties=["COST"])
    draw = drawn(county)
    member, substitute = seats_of(draw, specialty="COST")
    services.respond(seat_id=member.pk, code="DECLINED", reason="出差", actor=county.officer)
    second = services.replace(seat_id=member.pk, actor=county.officer)
    assert (second.pk, second.role, second.state, second.round) == (substitute.pk, "MEMBER", "ASKED", 2)
    services.respond(seat_id=second.pk, code="CONFLICT", reason="参与过本项目咨询", actor=county.officer)
    third = services.replace(seat_id=second.pk, actor=county.officer)
    line = verifying.verify(verifying.as_data(draw))
    assert line.is_right, "a replacement changes nothing of the draw"
    assert third.rank > second.rank or third.specialty == "COST"
    assert third.drawn_as == ""
    entry = ledger.list_for_subject("expert_draw", draw.pk)[0].content["after"]
    assert (entry["expert"], entry["round"], entry["replaces"]) == (third.expert.code, 3, second.pk)
    before = footprint()
    for seat in (member, second):
        with pytest.raises(Refusal, match="nothing_to_replace"):
            services.replace(seat_id=seat.pk, actor=county.officer)
    with pytest.raises(NotAllowed):
        services.replace(seat_id=member.pk, actor=county.water)
    assert footprint() == before


def test_who_may_no_longer_be_drawn_is_passed_over_with_the_reason(county, pool):
    enter(county, specialties=["COST"])
    draw = drawn(county)
    member, substitute = seats_of(draw, specialty="COST")
    services.suspend_expert(expert_id=substitute.expert_id, reason="核查", actor=county.head)
    services.respond(seat_id=member.pk, code="ABSENT", reason="未到场", actor=county.officer)
    fresh_seat = services.replace(seat_id=member.pk, actor=county.officer)
    assert fresh_seat.expert_id != substitute.expert_id
    substitute.refresh_from_db()
    assert (substitute.state, substitute.reason) == ("CONFLICT", "暂停中。")
    passed = ledger.list_for_subject("expert_draw", draw.pk)[0].content["after"]["passed_over"]
    assert passed == [[substitute.expert.code, ["experts.suspended"]]]
    assert fresh(member.expert).times_missed == 1


def test_when_the_line_is_exhausted_a_supplementary_draw_leaves_out_who_was_drawn(county, pool):
    draw = drawn(county, needs=(Need("COST", 4, 1),))
    member = seats_of(draw)[0]
    services.respond(seat_id=member.pk, code="DECLINED", reason="生病", actor=county.officer)
    second = services.replace(seat_id=member.pk, actor=county.officer)
    services.respond(seat_id=second.pk, code="DECLINED", reason="出差", actor=county.officer)
    before = footprint()
    with pytest.raises(Refusal, match="line_exhausted"):
        services.replace(seat_id=second.pk, actor=county.officer)
    with pytest.raises(InvalidInput):
        opened(county, needs=(Need("COST", 1),), supplements=draw.pk)
    with pytest.raises(NotFound):
        opened(county, needs=(Need("COST", 1),), supplements=10**9, reason="x")
    assert footprint() == before
    newcomer = enter(county, specialties=["COST"])
    more = drawn(county, needs=(Need("COST", 1),), supplements=draw.pk, reason="库内不足，补充入库后再抽")
    assert [seat.expert_id for seat in seats_of(more)] == [newcomer.pk]
    assert sum("此前已为同一事项抽中。" in row.reasons for row in queries.list_pool(more)) == 5


@pytest.mark.parametrize(
    ("code", "reason", "error"),
    [
        ("ACCEPTED", "", None),
        ("DECLINED", "", InvalidInput),
        ("WAITING", "x", InvalidInput),
        ("REVIEWED", "x", InvalidInput),
    ],
)
def test_an_answer_is_one_of_four_and_falling_out_has_a_reason(county, pool, code, reason, error):
    seat = seats_of(drawn(county))[0]
    before = footprint()
    if error is None:
        assert services.respond(seat_id=seat.pk, code=code, reason=reason, actor=county.officer).state == code
        with pytest.raises(Refusal, match="seat_wrong_state"):
            services.respond(seat_id=seat.pk, code="ACCEPTED", actor=county.officer)
        return
    with pytest.raises(error):
        services.respond(seat_id=seat.pk, code=code, reason=reason, actor=county.officer)
    assert footprint() == before
    waiting = seats_of(Draw.objects.unscoped("test").get(), role="SUBSTITUTE")[0]
    with pytest.raises(Refusal):
        services.respond(seat_id=waiting.pk, code="ACCEPTED", actor=county.officer)


@pytest.mark.req("CB-04", "GO-16")
def test_an_expert_with_an_account_answers_for_himself_and_for_nobody_else(county, pool):
    from gongbu.ground.orgs.queries import actor_for

    person = make_person("wen", county.firm, "THIRD_PARTY", county.region, name="温若谷")
    own = enter(county, specialties=["LAW"], person_id=person.pk)
    draw = drawn(county, needs=(Need("LAW", 1), Need("COST", 1)))
    mine, other = seats_of(draw)
    assert mine.expert_id == own.pk
    task = Task.objects.get(person=person)
    assert task.url == f"/experts/seats/{mine.pk}/answer"
    actor = actor_for(person)
    before = footprint()
    with pytest.raises(NotFound):
        services.respond(seat_id=other.pk, code="ACCEPTED", actor=actor)
    with pytest.raises(Refusal):
        services.respond(seat_id=mine.pk, code="ABSENT", reason="x", actor=actor)
    assert footprint() == before
    services.respond(seat_id=mine.pk, code="ACCEPTED", actor=actor)
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("DONE", "应邀")
    assert queries.list_seats_of("bridge", 5)[0].person_id == person.pk


# -- reviews and appraisal -----------------------------------------------------------------------------------------


def accepted(county, draw=None):
    seat = seats_of(draw or drawn(county))[0]
    return services.respond(seat_id=seat.pk, code="ACCEPTED", actor=county.officer)


@pytest.mark.req("CB-04")
def test_a_review_and_its_appraisal_stand_in_the_record_of_the_expert(county, pool):
    seat = accepted(county)
    services.record_review(seat_id=seat.pk, new=NewReview(TODAY, "IF", "补充防洪评价。"), actor=county.officer)
    services.appraise(seat_id=seat.pk, new=NewAppraisal(MARKS, "认真"), actor=county.officer)
    expert = fresh(seat.expert)
    assert (expert.times_reviewed, expert.mark) == (1, Decimal("4.50"))
    (record,) = queries.list_record(expert)
    assert (record.review.conclusion, record.appraisal.average) == ("IF", Decimal("4.50"))
    before = footprint()
    with pytest.raises(Refusal, match="review_stands"):
        services.record_review(seat_id=seat.pk, new=NewReview(TODAY, "FOR"), actor=county.officer)
    with pytest.raises(Refusal, match="appraisal_stands"):
        services.appraise(seat_id=seat.pk, new=NewAppraisal(MARKS), actor=county.officer)
    assert footprint() == before
    services.record_review(seat_id=seat.pk, new=NewReview(TODAY, "FOR"), reason="笔误", actor=county.officer)
    services.appraise(seat_id=seat.pk, new=NewAppraisal({**MARKS, "FAIRNESS": 1}), reason="复核", actor=county.officer)
    assert fresh(seat.expert).mark == Decimal("3.50")
    rows = [row.content for row in ledger.list_for_subject("expert_draw", seat.draw_id)]
    assert [
        (r["before"]["conclusion"], r["after"]["conclusion"])
        for r in rows
        if r["kind"] == "experts.record_review" and r["before"]
    ] == [("IF", "FOR")]


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (NewReview(TODAY, "MAYBE"), "experts.conclusion_missing"),
        (NewReview(TODAY, "AGAINST"), "experts.opinion_missing"),
        (NewReview(TODAY + timedelta(days=1), "FOR"), "experts.day_ahead"),
        (NewReview(TODAY - timedelta(days=1), "FOR"), "experts.before_draw"),
        (NewReview(TODAY, "FOR", "长" * 4001), "experts.too_long"),
        (NewReview(TODAY, "FOR", "密级：机密"), "secrecy.refused"),
    ],
)
def test_a_review_that_is_not_in_order_leaves_nothing(county, pool, new, code):
    seat = accepted(county)
    before = footprint()
    with pytest.raises(InvalidInput) as refusal:
        services.record_review(seat_id=seat.pk, new=new, actor=county.officer)
    assert codes(refusal) == [code]
    with pytest.raises(NotAllowed):
        services.record_review(seat_id=seat.pk, new=NewReview(TODAY, "FOR"), actor=county.water)
    with pytest.raises(Refusal, match="seat_wrong_state"):
        services.appraise(seat_id=seat.pk, new=NewAppraisal(MARKS), actor=county.officer)
    assert footprint() == before


def test_a_draw_is_voided_with_a_reason_until_somebody_has_reviewed(county, pool):
    draw = drawn(county)
    before = footprint()
    with pytest.raises(NotAllowed):
        services.void_draw(draw_id=draw.pk, reason="x", actor=county.officer)
    with pytest.raises(InvalidInput):
        services.void_draw(draw_id=draw.pk, reason=" ", actor=county.head)
    assert footprint() == before
    seat = accepted(county, draw)
    services.record_review(seat_id=seat.pk, new=NewReview(TODAY, "FOR"), actor=county.officer)
    with pytest.raises(Refusal, match="reviewed_already"):
        services.void_draw(draw_id=draw.pk, reason="x", actor=county.head)
    other = drawn(county)
    services.void_draw(draw_id=other.pk, reason="评审取消", actor=county.head)
    assert [row.draw_id for row in queries.list_seats_of("bridge", 5)] == [draw.pk] * 5
    with pytest.raises(Refusal, match="seated"):
        services.retire_expert(expert_id=seats_of(draw)[1].expert_id, reason="x", actor=county.head)


def test_reads_ask_the_same_for_one_and_for_many(county, pool, django_assert_num_queries):
    draw = drawn(county)
    with django_assert_num_queries(3):
        assert len(queries.list_seats_of("bridge", 5)) == 5
    drawn(county, needs=(Need("MUNICIPAL", 4), Need("COST", 1)))
    with django_assert_num_queries(3):
        assert len(queries.list_seats_of("bridge", 5)) == 10
    with django_assert_num_queries(3):
        queries.list_seats(draw)
    with django_assert_num_queries(1):
        assert len(queries.list_draws_of("bridge", 5)) == 2


def test_a_draw_about_nothing_but_itself(county, pool):
    draw = drawn(county, subject=Subject("expert_draw", 0, county.region.key_lo, ""))
    assert (draw.subject_kind, draw.subject_id) == ("expert_draw", draw.pk)
    assert Seat.objects.filter(draw=draw).count() == 5


def test_the_pool_of_the_neighbour_and_of_the_city(county):
    city = enter(county, specialties=["LAW"])
    Expert.objects.unscoped("test").filter(pk=city.pk).update(region=county.town.city, region_key=county.town.city.key_lo,
                                                               serves_in=county.town.city)  # fmt: skip
    assert list(queries.list_experts(county.officer)) == [], "kept by the city"
    assert list(queries.list_experts(county.stranger)) == []
    draw = drawn(county, needs=(Need("LAW", 1),))
    assert [seat.expert_id for seat in seats_of(draw)] == [city.pk], "but he serves the county"
    assert new_expert(county).name
