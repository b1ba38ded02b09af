"""Rounds: whose, which projects, who scores, who keeps out; secret until settled; settled once everything is in."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gongbu.ground.basics import clock, messages
from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.inbox.models import Message, Task
from gongbu.ground.ledger.models import Entry
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.policy.models import PolicyDecision, PolicyRecord
from gongbu.mainline.projects import timeline
from gongbu.mainline.reserve import services as reserve_services
from gongbu.mainline.reserve.tests import factories as reserve
from gongbu.mainline.selection import queries, services
from gongbu.mainline.selection.models import Candidate, Recusal, Round, Scorer, Sheet
from gongbu.mainline.selection.services import NewRound, NewStep
from gongbu.mainline.selection.tests import factories as make
from gongbu.mainline.selection.tests.test_steps import refuses

pytestmark = pytest.mark.django_db


def said(error: Any) -> list[dict[str, Any]]:
    return [dict(finding.data) for finding in error.value.findings]


# --- opening and candidates -----------------------------------------------------------------------------------------


@pytest.mark.req("JC-04")
def test_a_round_pins_the_card_of_the_day() -> None:
    round_ = make.opened(3, name="2027年度第一批")
    assert (round_.state, round_.card_key, round_.region.name) == ("PREPARING", "county_reserve.selection", "云溪县")
    record = PolicyRecord.objects.get(pk=round_.card_hash)
    assert record.content["kind"] == "scorecard"
    entry = Entry.objects.get(kind="selection.open_round")
    content = json.loads(entry.canonical)
    assert content["policy"][0]["hash"] == round_.card_hash
    assert content["after"]["weights"].startswith("产业层次 20%、")
    assert queries.card_of(round_).label == "年度重大项目遴选评分表"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "selection.name_missing"),
        ({"year": 1999}, "selection.year_wrong"),
        ({"places": 0}, "selection.places_wrong"),
        ({"due_on": clock.today() - timedelta(days=9)}, "selection.due_before"),
        ({"name": "已有的批次"}, "selection.name_taken"),
        ({"name": "绝密★项目批次"}, "secrecy.refused"),
    ],
)
def test_a_round_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    make.opened(name="已有的批次")
    values: dict[str, Any] = {"region_id": reserve.county().pk, "name": "新批次", "year": 2027, "places": 1, **changes}
    refuses(InvalidInput, code, services.open_round, new=NewRound(**values), actor=make.officer())


def test_who_may_open_a_round_and_where() -> None:
    new = NewRound(reserve.county().pk, "新批次", 2027, 1)
    for stranger in (reserve.clerk(), reserve.department("水利"), make.leaders(1)[0], reserve.owner()):
        refuses(NotAllowed, "rights.not_allowed", services.open_round, new=new, actor=stranger)
    refuses(
        NotFound, "policy.region_missing", services.open_round, new=NewRound(0, "新批次", 2027, 1), actor=make.officer()
    )


def test_candidates_come_from_the_reserve_of_the_county_and_one_open_round() -> None:
    first, second = make.opened(), make.opened()
    project, waiting = make.held(), reserve.declared(reserve.department("水利")).project
    made = services.add_candidates(round_id=first.pk, project_ids=[project.pk], actor=make.officer())
    assert [(row.name, row.sector, row.declarer_ids) for row in made] == [
        (project.name, "水利", [reserve.department("水利").unit_id])
    ]
    assert make.fresh(first).candidates_count == 1
    add = services.add_candidates
    refuses(
        InvalidInput, "selection.not_in_reserve", add, round_id=first.pk, project_ids=[waiting.pk], actor=make.officer()
    )
    refuses(
        InvalidInput,
        "selection.in_other_round",
        add,
        round_id=second.pk,
        project_ids=[project.pk],
        actor=make.officer(),
    )
    refuses(Refusal, "selection.all_in", add, round_id=first.pk, project_ids=[project.pk], actor=make.officer())
    refuses(Refusal, "selection.nothing_chosen", add, round_id=first.pk, project_ids=[], actor=make.officer())
    refuses(NotAllowed, "rights.not_allowed", add, round_id=first.pk, project_ids=[project.pk], actor=reserve.clerk())
    services.remove_candidate(round_id=first.pk, candidate_id=made[0].pk, reason="另行研究", actor=make.officer())
    assert make.fresh(first).candidates_count == 0
    services.add_candidates(round_id=second.pk, project_ids=[project.pk], actor=make.officer())
    refuses(
        InvalidInput, "selection.in_other_round", add, round_id=first.pk, project_ids=[project.pk], actor=make.officer()
    )
    services.cancel_round(round_id=second.pk, reason="不再单独评选", actor=make.head())
    assert services.add_candidates(round_id=first.pk, project_ids=[project.pk], actor=make.officer())
    assert Candidate.objects.unscoped("test").filter(round=first).count() == 1  # it came back, with its reason gone


def test_somebody_elses_change_is_seen() -> None:
    round_, project = make.opened(), make.held()
    services.change_round(
        round_id=round_.pk, name="改名批次", places=2, due_on=None, reason="名额调整", actor=make.officer()
    )
    refuses(
        ChangedMeanwhile, "selection.changed_meanwhile", services.add_candidates, round_id=round_.pk, project_ids=[project.pk],
        actor=make.officer(), rev=round_.rev,
    )  # fmt: skip
    changed = make.fresh(round_)
    assert (changed.name, changed.places) == ("改名批次", 2)
    refuses(
        Refusal,
        "selection.nothing_changed",
        services.change_round,
        round_id=round_.pk,
        name="改名批次",
        places=2,
        due_on=None,
        reason="再改一次",
        actor=make.officer(),
    )


# --- scorers and 回避 -------------------------------------------------------------------------------------------------


def prepared(number: int = 2) -> tuple[Round, list[Candidate]]:
    round_ = make.opened()
    ids = [make.held().pk for _ in range(number)]
    return round_, services.add_candidates(round_id=round_.pk, project_ids=ids, actor=make.officer())


@pytest.mark.req("JC-04")
def test_scorers_hold_a_role_of_the_card_in_the_county() -> None:
    round_, _ = prepared()
    made = services.appoint_scorers(round_id=round_.pk, post_ids=make.posts(make.panel()), actor=make.officer())
    assert {row.role for row in made} == {"LEADER", "INVESTMENT_HEAD", "SECTOR_HEAD"}
    appoint = services.appoint_scorers
    for stranger in (reserve.clerk(), make.officer(), reserve.owner()):
        refuses(
            InvalidInput,
            "selection.role_wrong",
            appoint,
            round_id=round_.pk,
            post_ids=[stranger.post_id],
            actor=make.officer(),
        )
    refuses(
        Refusal,
        "selection.nobody_new",
        appoint,
        round_id=round_.pk,
        post_ids=make.posts(make.panel()),
        actor=make.officer(),
    )
    refuses(
        NotAllowed,
        "rights.not_allowed",
        appoint,
        round_id=round_.pk,
        post_ids=make.posts(make.leaders(4)),
        actor=reserve.clerk(),
    )


@pytest.mark.req("CB-04")
def test_whose_unit_declared_or_owns_a_project_keeps_out_of_it() -> None:
    round_ = make.opened()
    water, farm = make.held("水利"), make.held("农业农村")
    services.add_candidates(round_id=round_.pk, project_ids=[water.pk], actor=make.officer())
    head = make.sector_head("水利")
    refuses(
        InvalidInput,
        "selection.conflict_with_all",
        services.appoint_scorers,
        round_id=round_.pk,
        post_ids=[head.post_id],
        actor=make.officer(),
    )
    services.add_candidates(round_id=round_.pk, project_ids=[farm.pk], actor=make.officer())
    services.appoint_scorers(round_id=round_.pk, post_ids=make.posts([head, *make.panel()]), actor=make.officer())
    assert [(row.scorer.unit_name, row.candidate.name, row.kind) for row in queries.list_recusals(round_)] == [
        ("云溪县水利局", water.name, "DECLARER")
    ]
    assert make.fresh(round_).sheets_due == 6 * 2 - 1
    services.start_scoring(round_id=round_.pk, actor=make.officer())
    mine = {row.project_id: row for row in Candidate.objects.unscoped("test").filter(round=round_)}
    refuses(
        NotAllowed,
        "selection.kept_out",
        services.submit_score,
        round_id=round_.pk,
        candidate_id=mine[water.pk].pk,
        marks=make.marks(80),
        actor=head,
    )
    assert make.score(round_, mine[farm.pk], head, 80).is_standing


def test_an_owner_known_by_name_alone_keeps_out_too() -> None:
    round_ = make.opened()
    ids = [make.held(owner_name="云溪县教育局").pk, make.held().pk]
    services.add_candidates(round_id=round_.pk, project_ids=ids, actor=make.officer())
    services.appoint_scorers(round_id=round_.pk, post_ids=make.posts([make.sector_head("教育")]), actor=make.officer())
    assert [row.kind for row in queries.list_recusals(round_)] == ["OWNER"]


def test_a_candidate_that_comes_later_brings_its_conflicts() -> None:
    round_, _ = prepared(1)
    people = [make.sector_head("农业农村"), *make.panel()]
    services.appoint_scorers(round_id=round_.pk, post_ids=make.posts(people), actor=make.officer())
    assert queries.list_recusals(round_) == []
    services.add_candidates(round_id=round_.pk, project_ids=[make.held("农业农村").pk], actor=make.officer())
    assert [row.scorer.unit_name for row in queries.list_recusals(round_)] == ["云溪县农业农村局"]


def test_scoring_begins_when_every_candidate_has_enough_scorers() -> None:
    round_, _ = prepared(1)
    refuses(InvalidInput, "selection.too_few_scorers", services.start_scoring, round_id=round_.pk, actor=make.officer())
    services.appoint_scorers(round_id=round_.pk, post_ids=make.posts(make.leaders(4)), actor=make.officer())
    with pytest.raises(InvalidInput) as error:
        services.start_scoring(round_id=round_.pk, actor=make.officer())
    assert [(row["left"], row["at_least"]) for row in said(error)] == [(4, 5)]
    services.appoint_scorers(round_id=round_.pk, post_ids=make.posts([make.head()]), actor=make.officer())
    services.start_scoring(round_id=round_.pk, actor=make.officer())
    tasks = Task.objects.filter(kind="selection.score", state="OPEN")
    assert set(tasks.values_list("post_id", flat=True)) == set(make.posts([*make.leaders(4), make.head()]))
    assert {task.title for task in tasks} == {f"遴选评分：{round_.name}（1 个项目）"}
    empty = make.opened()
    refuses(InvalidInput, "selection.no_candidates", services.start_scoring, round_id=empty.pk, actor=make.officer())
    refuses(Refusal, "selection.wrong_state", services.start_scoring, round_id=round_.pk, actor=make.officer())


def test_a_declared_conflict_takes_the_sheet_away_and_tells_the_office() -> None:
    round_, (candidate, other), people = make.scoring(2)
    make.score(round_, candidate, people[0], 95)
    recuse = services.recuse
    refuses(
        InvalidInput,
        "selection.reason_missing",
        recuse,
        round_id=round_.pk,
        candidate_ids=[candidate.pk],
        reason="亲",
        actor=people[0],
    )
    refuses(
        Refusal,
        "selection.not_a_scorer",
        recuse,
        round_id=round_.pk,
        candidate_ids=[candidate.pk],
        reason="亲属任职",
        actor=make.officer(),
    )
    refuses(
        NotFound,
        "selection.candidate_missing",
        recuse,
        round_id=round_.pk,
        candidate_ids=[0],
        reason="亲属任职",
        actor=people[0],
    )
    recuse(round_id=round_.pk, candidate_ids=[candidate.pk], reason="亲属在项目单位任职", actor=people[0])
    assert not Sheet.objects.get().is_standing
    assert Recusal.objects.get().reason == "亲属在项目单位任职"
    now = make.fresh(round_)
    assert (now.sheets_in, now.sheets_due) == (0, 9)
    assert Message.objects.filter(title__contains="申报回避").exists()
    refuses(
        NotAllowed,
        "selection.kept_out",
        services.submit_score,
        round_id=round_.pk,
        candidate_id=candidate.pk,
        marks=make.marks(80),
        actor=people[0],
    )
    refuses(
        Refusal,
        "selection.nothing_chosen",
        recuse,
        round_id=round_.pk,
        candidate_ids=[candidate.pk],
        reason="亲属在项目单位任职",
        actor=people[0],
    )
    make.score(round_, other, people[0], 80)
    assert Task.objects.get(kind="selection.score", post_id=people[0].post_id).state == "DONE"


def test_a_released_scorer_is_replaced_and_his_sheets_do_not_count() -> None:
    round_, (candidate,), people = make.scoring(1)
    make.score(round_, candidate, people[0], 95)
    scorer = Scorer.objects.get(round=round_, post_id=people[0].post_id)
    release = services.release_scorer
    refuses(
        NotAllowed,
        "rights.not_allowed",
        release,
        round_id=round_.pk,
        scorer_id=scorer.pk,
        reason="工作调动",
        actor=make.officer(),
    )
    refuses(
        InvalidInput,
        "selection.reason_missing",
        release,
        round_id=round_.pk,
        scorer_id=scorer.pk,
        reason="",
        actor=make.head(),
    )
    release(round_id=round_.pk, scorer_id=scorer.pk, reason="工作调动", actor=make.head())
    assert make.fresh(round_).sheets_in == 0
    refuses(
        Refusal,
        "selection.not_a_scorer",
        services.submit_score,
        round_id=round_.pk,
        candidate_id=candidate.pk,
        marks=make.marks(80),
        actor=people[0],
    )
    new = make.leaders(9)[8]
    made = services.appoint_scorers(
        round_id=round_.pk, post_ids=[new.post_id or 0], actor=make.officer(), replaces=scorer.pk
    )
    assert made[0].replaces_id == scorer.pk
    assert Task.objects.filter(kind="selection.score", post_id=new.post_id, state="OPEN").exists()
    assert not Task.objects.filter(kind="selection.score", post_id=people[0].post_id, state="OPEN").exists()
    refuses(
        NotFound,
        "selection.scorer_missing",
        services.appoint_scorers,
        round_id=round_.pk,
        post_ids=make.posts(make.leaders(8)[7:]),
        actor=make.officer(),
        replaces=scorer.pk,
    )


# --- scoring --------------------------------------------------------------------------------------------------------


@pytest.mark.req("JC-04")
def test_a_sheet_is_final_and_a_correction_is_a_new_one() -> None:
    round_, (candidate,), people = make.scoring(1)
    sheet = make.score(round_, candidate, people[0], 90, 80, 85, 80, 75, 90, comment="要素基本落实")
    assert sheet.marks == dict(zip(make.KEYS, ["90", "80", "85", "80", "75", "90"], strict=True))
    assert len(sheet.receipt) == 12
    refuses(
        Refusal,
        "selection.sheet_handed_in",
        services.submit_score,
        round_id=round_.pk,
        candidate_id=candidate.pk,
        marks=make.marks(80),
        actor=people[0],
    )
    correct = services.correct_score
    same = make.marks(90, 80, 85, 80, 75, 90)
    refuses(
        Refusal,
        "selection.nothing_changed",
        correct,
        round_id=round_.pk,
        candidate_id=candidate.pk,
        marks=same,
        comment="要素基本落实",
        reason="看错了材料",
        actor=people[0],
    )
    refuses(
        InvalidInput,
        "selection.reason_missing",
        correct,
        round_id=round_.pk,
        candidate_id=candidate.pk,
        marks=make.marks(60),
        reason="",
        actor=people[0],
    )
    refuses(
        Refusal,
        "selection.no_sheet",
        correct,
        round_id=round_.pk,
        candidate_id=candidate.pk,
        marks=make.marks(60),
        reason="看错了材料",
        actor=people[1],
    )
    again = correct(
        round_id=round_.pk, candidate_id=candidate.pk, marks=make.marks(60), reason="看错了材料", actor=people[0]
    )
    sheet.refresh_from_db()
    assert (sheet.is_standing, again.is_standing, again.number) == (False, True, 2)
    assert Entry.objects.get(pk=again.ledger_id).corrects_id == sheet.ledger_id
    assert make.fresh(round_).sheets_in == 1
    assert Task.objects.get(kind="selection.score", post_id=people[0].post_id).state == "DONE"


@pytest.mark.parametrize(
    ("marks", "more", "code"),
    [
        ({"benefit": None}, {}, "scorecard.mark_missing"),
        ({"benefit": Decimal(101)}, {}, "scorecard.mark_out_of_scale"),
        ({"benefit": Decimal("80.5")}, {}, "scorecard.mark_off_step"),
        ({"luck": Decimal(80)}, {}, "scorecard.dimension_unknown"),
        ({}, {"comment": "x" * 501}, "selection.too_long"),
        ({}, {"comment": "秘密★10年"}, "secrecy.refused"),
    ],
)
def test_marks_that_are_wrong_are_told_and_nothing_is_kept(
    marks: dict[str, Any], more: dict[str, Any], code: str
) -> None:
    round_, (candidate,), people = make.scoring(1)
    refuses(
        InvalidInput, code, services.submit_score, round_id=round_.pk, candidate_id=candidate.pk, actor=people[0],
        marks={**make.marks(80), **marks}, **more,
    )  # fmt: skip


def test_nobody_scores_before_it_begins_or_without_being_appointed() -> None:
    round_, (candidate,) = prepared(1)
    people = make.panel()
    services.appoint_scorers(round_id=round_.pk, post_ids=make.posts(people), actor=make.officer())
    refuses(
        Refusal,
        "selection.wrong_state",
        services.submit_score,
        round_id=round_.pk,
        candidate_id=candidate.pk,
        marks=make.marks(80),
        actor=people[0],
    )
    services.start_scoring(round_id=round_.pk, actor=make.officer())
    for stranger in (make.officer(), make.leaders(9)[8], reserve.department("水利")):
        refuses(
            Refusal,
            "selection.not_a_scorer",
            services.submit_score,
            round_id=round_.pk,
            candidate_id=candidate.pk,
            marks=make.marks(80),
            actor=stranger,
        )
    refuses(
        NotAllowed,
        "rights.not_allowed",
        services.submit_score,
        round_id=round_.pk,
        candidate_id=candidate.pk,
        marks=make.marks(80),
        actor=reserve.owner(),
    )
    refuses(
        NotFound,
        "selection.candidate_missing",
        services.submit_score,
        round_id=round_.pk,
        candidate_id=0,
        marks=make.marks(80),
        actor=people[0],
    )


def test_the_successor_in_the_post_scores() -> None:
    from gongbu.ground.orgs.actor import Actor

    round_, (candidate,), people = make.scoring(1)
    old = people[0]
    successor = Actor(
        None, "新任副县长", old.post_id, old.post_name, old.unit_id, old.unit_name, old.unit_kind, old.grants
    )
    sheet = make.score(round_, candidate, successor, 80)
    assert (sheet.person_name, sheet.scorer.post_id) == ("新任副县长", old.post_id)


# --- secret until settled -------------------------------------------------------------------------------------------


@pytest.mark.req("JC-04")
def test_the_book_and_the_outbox_hold_no_mark_before_the_round_is_settled() -> None:
    round_, (candidate,), people = make.scoring(1)
    before = Entry.objects.count()
    make.score(round_, candidate, people[0], 97, 13, 29, 31, 41, 53, comment="尤其看好这个项目")
    entries = list(Entry.objects.order_by("pk")[before:])
    assert [entry.kind for entry in entries] == ["selection.submit_score"]
    content = json.loads(entries[0].canonical)
    assert set(content["after"]) == {"scorers", "candidates", "sheet", "commitment", "algorithm"}
    assert content["public"].keys() == {"事项", "批次", "评分摘要（SM3）"}
    told = json.dumps(
        [
            [message.data for message in OutboxMessage.objects.all()],
            [[task.title, task.outcome] for task in Task.objects.all()],
            [[message.title, message.text] for message in Message.objects.all()],
        ],
        ensure_ascii=False,
    )
    for secret in ("尤其看好", Sheet.objects.get().salt, '"97"'):
        assert secret not in json.dumps([content["after"], content["public"], content["extra"]], ensure_ascii=False)
    for secret in ("尤其看好", Sheet.objects.get().salt, '"97"'):
        assert secret not in told
    # The digest tells nothing without the salt: the same marks give another digest for another scorer.
    second = make.score(round_, candidate, people[1], 97, 13, 29, 31, 41, 53, comment="尤其看好这个项目")
    assert second.commitment != content["after"]["commitment"]


def test_no_read_gives_a_score_before_the_round_is_settled() -> None:
    round_, candidates, people = make.scoring(2)
    make.score_all(round_, candidates, people)
    for actor in (make.head(), make.officer(), people[0], None):
        with pytest.raises(Refusal, match=r"selection.not_settled"):
            queries.get_ranking(round_.pk, actor)
    with pytest.raises(Refusal, match=r"selection.not_settled"):
        queries.list_sheets(round_, candidates[0], make.head())
    with pytest.raises(Refusal, match=r"selection.not_settled"):
        services.verify(round_.pk)
    assert queries.list_settled(round_.region_key) == []
    assert {(row.score, row.rank) for row in queries.list_candidates(round_)} == {(None, None)}
    taking = queries.list_takings(candidates[0].project_id)[0]
    assert (taking.score, taking.rank, taking.is_chosen) == (None, None, False)
    mine = queries.list_own(round_, Scorer.objects.get(round=round_, post_id=people[1].post_id))
    assert {own.sheet.person_name for own in mine if own.sheet} == {people[1].name}


# --- settling -------------------------------------------------------------------------------------------------------


@pytest.mark.req("JC-04")
def test_settling_ranks_chooses_and_says_why() -> None:
    round_, candidates, people = make.scoring(3, places=2)
    for person in people:
        make.score(round_, candidates[0], person, 60, 60, 60, 60, 60, 90)
        make.score(round_, candidates[1], person, 90, 80, 80, 80, 80, 90)
        make.score(round_, candidates[2], person, 50)
    services.settle_round(round_id=round_.pk, actor=make.head())
    ranking = queries.get_ranking(round_.pk, make.officer())
    assert [(row.candidate_id, row.rank, row.score, row.is_chosen, row.passes) for row in ranking.rows] == [
        (candidates[1].pk, 1, Decimal("84.00"), True, True),
        (candidates[0].pk, 2, Decimal("66.00"), True, True),
        (candidates[2].pk, 3, Decimal("50.00"), False, False),
    ]
    first = ranking.rows[0]
    assert first.means["产业层次"] == Decimal("90.00")
    assert (first.strongest, ranking.rows[1].strongest) == ("产业层次", "经济社会效益")
    assert first.firm == 1
    assert len(ranking.chosen) == 2
    assert [row.id for row in queries.list_settled(round_.region_key, year=2027)] == [round_.pk]
    assert queries.list_settled(round_.region_key, year=2026) == []
    decision = PolicyDecision.objects.get(pk=first.decision_id)
    assert (decision.value, decision.label, decision.record_id) == ("CHOSEN", "入选", round_.card_hash)
    assert decision.facts["得分"] == "84"
    assert "产业层次 90.00×20%" in decision.content["explanation"]
    now = make.fresh(round_)
    assert (now.state, now.settlings, ranking.receipt) == ("SETTLED", 1, now.receipt)
    event = timeline.list_events(candidates[1].project_id, reserve.county().pk)[0]
    assert event.title == "遴选结果"
    assert {c.label: c.new for c in event.changes}["排名"] == "1/3"
    assert OutboxMessage.objects.filter(topic="selection.settled", subject_id=round_.pk).count() == 1
    assert not Task.objects.filter(kind="selection.score", state="OPEN").exists()
    assert Message.objects.filter(title__startswith="遴选结果已定").exists()


def test_settling_reveals_every_sheet_and_anybody_can_compute_it_again() -> None:
    round_, candidates, people = make.settled(2)
    revealed = Entry.objects.filter(kind="selection.revealed")
    assert revealed.count() == len(people)
    content = json.loads(revealed.order_by("pk").first().canonical)  # type: ignore[union-attr]
    shown = content["after"]["sheets"][0]
    from gongbu.ground.ledger.hashing import digest_of
    from gongbu.mainline.selection.rules.sealing import commitment_of, sealed_text

    text = sealed_text(
        round_id=round_.pk, project_id=int(shown["project"]), scorer_id=int(content["after"]["scorer"]),
        number=shown["number"], marks=shown["marks"], comment=shown["comment"], salt=shown["salt"],
    )  # fmt: skip
    sealed = [
        json.loads(e.canonical)["after"]["commitment"] for e in Entry.objects.filter(kind="selection.submit_score")
    ]
    assert commitment_of(text, digest_of(shown["algorithm"])) in sealed
    found = services.verify(round_.pk)
    assert (found.ok, found.sheets, found.changed) == (True, 10, ())
    sheet = Sheet.objects.filter(round=round_).first()
    assert sheet is not None
    sheet.marks["benefit"] = "99"
    sheet.save(update_fields=["marks"])
    tampered = services.verify(round_.pk)
    assert not tampered.ok
    assert len(tampered.changed) == 1
    assert len(queries.list_sheets(round_, candidates[0], make.officer())) == 5
    with pytest.raises(NotAllowed):
        queries.list_sheets(round_, candidates[0], reserve.department("水利"))


def test_a_result_changed_behind_the_book_is_found() -> None:
    round_, _candidates, _ = make.settled(2)
    Round.objects.unscoped("test").filter(pk=round_.pk).update(places=2)
    assert not services.verify(round_.pk).is_same_result


@pytest.mark.req("JC-04")
def test_a_visit_without_photographs_keeps_it_from_being_settled() -> None:
    round_, candidates, people = make.scoring(1, ready=False)
    visit = make.do_steps(candidates[0].project, but=("photos",))["site_visit"]
    make.score_all(round_, candidates, people)
    with pytest.raises(InvalidInput) as error:
        services.settle_round(round_id=round_.pk, actor=make.head())
    (finding,) = error.value.findings
    assert finding.code == "selection.photos_missing"
    assert "第4条" in messages.word(finding)
    make.photograph(visit)
    assert services.settle_round(round_id=round_.pk, actor=make.head()).state == "SETTLED"


@pytest.mark.req("JC-04")
def test_missing_steps_and_sheets_keep_it_from_being_settled() -> None:
    round_, candidates, people = make.scoring(2, ready=False)
    make.do_steps(candidates[0].project)
    make.do_steps(candidates[1].project, but=("site_visit", "special_meeting"))
    make.score(round_, candidates[0], people[0], 80)
    before = make.footprint()
    with pytest.raises(InvalidInput) as error:
        services.settle_round(round_id=round_.pk, actor=make.head())
    assert make.footprint() == before
    codes = [finding.code for finding in error.value.findings]
    assert codes == ["selection.steps_missing"] + ["selection.sheets_missing"] * 5
    assert said(error)[0]["steps"] == "县委县政府专题会议审定、主要领导带队踏勘"
    assert [row["left"] for row in said(error)[1:]] == [1, 2, 2, 2, 2]
    refuses(NotAllowed, "rights.not_allowed", services.settle_round, round_id=round_.pk, actor=make.officer())
    make.do_steps(candidates[1].project, but=make.STEPS[:4])
    no = NewStep("sector_review", clock.today(), "选址不妥", verdict="NOT_AGREED")
    services.record_review(project_id=candidates[1].project_id, new=no, actor=reserve.department("水利"))
    make.score(round_, candidates[0], people[1], 80)
    with pytest.raises(InvalidInput) as error:
        services.settle_round(round_id=round_.pk, actor=make.head())
    assert error.value.findings[0].code == "selection.steps_against"
    services.remove_candidate(
        round_id=round_.pk, candidate_id=candidates[1].pk, reason="部门不同意", actor=make.officer()
    )
    for person in people[2:]:
        make.score(round_, candidates[0], person, 80)
    services.settle_round(round_id=round_.pk, actor=make.head())
    assert [row.rank for row in queries.get_ranking(round_.pk).rows] == [1]


def test_a_settled_round_is_closed_until_it_is_opened_again_with_a_reason() -> None:
    round_, candidates, people = make.settled(2)
    receipt, entry_id = round_.receipt, round_.entry_id
    more = make.marks(70)
    refuses(
        Refusal,
        "selection.wrong_state",
        services.correct_score,
        round_id=round_.pk,
        candidate_id=candidates[0].pk,
        marks=more,
        reason="想改一改",
        actor=people[0],
    )
    refuses(Refusal, "selection.wrong_state", services.settle_round, round_id=round_.pk, actor=make.head())
    reopen = services.reopen_round
    refuses(NotAllowed, "rights.not_allowed", reopen, round_id=round_.pk, reason="材料有重大遗漏", actor=make.officer())
    refuses(InvalidInput, "selection.reason_missing", reopen, round_id=round_.pk, reason="", actor=make.head())
    reopen(round_id=round_.pk, reason="材料有重大遗漏", actor=make.head())
    assert {(row.score, row.rank, row.decision_id) for row in queries.list_candidates(round_)} == {(None, None, None)}
    with pytest.raises(Refusal, match=r"selection.not_settled"):
        queries.get_ranking(round_.pk)
    assert Entry.objects.get(kind="selection.reopen_round").corrects_id == entry_id
    assert OutboxMessage.objects.filter(topic="selection.reopened", subject_id=round_.pk).count() == 1
    services.correct_score(
        round_id=round_.pk, candidate_id=candidates[1].pk, marks=make.marks(100), reason="补看了材料", actor=people[0]
    )
    services.settle_round(round_id=round_.pk, actor=make.head())
    now = make.fresh(round_)
    assert now.settlings == 2
    assert now.receipt != receipt
    assert services.verify(round_.pk).ok
    assert Entry.objects.filter(kind="selection.settle_round").count() == 2


def test_a_cancelled_round_ends_its_tasks() -> None:
    round_, (candidate,), people = make.scoring(1)
    refuses(
        NotAllowed,
        "rights.not_allowed",
        services.cancel_round,
        round_id=round_.pk,
        reason="另行组织",
        actor=make.officer(),
    )
    services.cancel_round(round_id=round_.pk, reason="另行组织", actor=make.head())
    assert not Task.objects.filter(kind="selection.score", state="OPEN").exists()
    assert OutboxMessage.objects.filter(topic="selection.cancelled").exists()
    refuses(
        Refusal,
        "selection.wrong_state",
        services.submit_score,
        round_id=round_.pk,
        candidate_id=candidate.pk,
        marks=make.marks(80),
        actor=people[0],
    )


def test_rounds_of_other_counties_do_not_exist() -> None:
    round_, _, people = make.scoring(1)
    assert queries.get_round(round_.pk, reserve.department("水利")).pk == round_.pk
    for stranger in (reserve.clerk(), reserve.owner()):
        with pytest.raises(NotFound):
            queries.get_round(round_.pk, stranger)
    assert [row.pk for row in queries.list_to_score(people[0])] == [round_.pk]
    assert queries.list_to_score(make.officer()) == []
    with pytest.raises(NotFound):
        queries.get_own_round(round_.pk, make.officer())


def test_reads_do_not_grow_with_the_rows(django_assert_num_queries: Any) -> None:
    small, _, _ = make.settled(1)
    large, _, _ = make.settled(5)
    for round_ in (small, large):
        with django_assert_num_queries(2):
            queries.get_ranking(round_.pk)
        candidates, scorers = queries.list_candidates(round_), queries.list_scorers(round_)
        with django_assert_num_queries(2):
            queries.get_progress(round_, candidates, scorers, [])


def test_who_selected_into_the_general_library_has_no_interest_in_the_project() -> None:
    project = make.held()
    reserve_services.select(project_ids=[project.pk], reason="列入综合库", actor=make.officer())
    round_ = make.opened()
    services.add_candidates(round_id=round_.pk, project_ids=[project.pk], actor=make.officer())
    row = Candidate.objects.unscoped("test").get(round=round_)
    assert row.declarer_ids == [reserve.department("水利").unit_id]
    services.appoint_scorers(round_id=round_.pk, post_ids=make.posts([make.head()]), actor=make.officer())
    assert not Recusal.objects.exists()
