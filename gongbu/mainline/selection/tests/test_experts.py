"""Experts as scorers: appointed from the draw of the round, sealed like everybody, kept out by unit, relation and own word."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.experts import queries as expert_queries
from gongbu.ground.experts import services as experts
from gongbu.ground.experts.entry import NewDraw, NewExpert, NewRelation
from gongbu.ground.experts.models import Draw, Expert, Seat
from gongbu.ground.experts.rules.drawing import Need
from gongbu.ground.inbox.models import Message, Task
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Person
from gongbu.mainline.reserve.tests import factories as reserve
from gongbu.mainline.reserve.tests.test_pages import browser, text
from gongbu.mainline.selection import queries, services
from gongbu.mainline.selection.choices import RecusalKind
from gongbu.mainline.selection.models import Candidate, Recusal, Round, Scorer, Sheet
from gongbu.mainline.selection.tests import factories as make

pytestmark = pytest.mark.django_db


def account(number: int = 1, role: str = "THIRD_PARTY") -> Actor:
    """The account of an expert, at a firm of his own."""
    return reserve.person(f"云溪咨询{number}所", role, reserve.county(), post="专家")


def expert(
    by: Actor | None, *, name: str = "温某", unit: str = "市规划院", specialty: str = "PLANNING", **more: Any
) -> Expert:
    new = NewExpert(
        name, reserve.county().pk, unit, [specialty], person_id=by.person_id if by is not None else None, **more
    )
    return experts.register_expert(new=new, actor=make.officer())


def drawn(round_: Round, *needs: Need, accept: bool = True) -> tuple[Draw, list[Seat]]:
    """A draw for a round; whoever was drawn as member accepts."""
    new = NewDraw("遴选评分专家", Subject("selection_round", round_.pk, round_.region_key, round_.name), needs)
    draw = experts.draw_experts(new=new, actor=make.officer())
    seats = list(Seat.objects.filter(draw=draw, role="MEMBER").order_by("pk"))
    if accept:
        for seat in seats:
            experts.respond(seat_id=seat.pk, code="ACCEPTED", actor=make.officer())
    return draw, seats


def content(entry: Entry) -> dict[str, Any]:
    return ledger.contents_of([entry.pk])[entry.pk]


def refuses(error: type[Refusal], act: Callable[[], object], code: str) -> str:
    """Assert a refusal that leaves nothing behind; returns what it says."""
    before = make.footprint()
    with pytest.raises(error) as caught:
        act()
    found = list(getattr(caught.value, "findings", [])) or [caught.value.as_finding()]
    assert code in [one.code for one in found]
    assert make.footprint() == before
    return "".join(word(one) for one in found)


def appoint(round_: Round, seats: Sequence[Seat], by: Actor | None = None) -> list[Scorer]:
    return services.appoint_experts(round_id=round_.pk, seat_ids=[s.pk for s in seats], actor=by or make.officer())


@pytest.mark.req("JC-04", "CB-04")
def test_a_drawn_expert_scores_sealed_like_everybody() -> None:
    round_, candidates, people = make.scoring(2)
    who = account()
    found = expert(who)
    draw, seats = drawn(round_, Need("PLANNING", 1))
    (scorer,) = appoint(round_, seats)
    assert (scorer.name, scorer.person_id, scorer.seat_id) == (f"专家{found.code}", who.person_id, seats[0].pk)
    entry = Entry.objects.filter(kind="selection.appoint_experts").get()
    assert content(entry)["after"]["scorers"] == [scorer.name]
    assert content(entry)["after"]["draws"] == [draw.receipt]
    assert found.name not in str(content(entry))  # the book names experts by number
    assert Task.objects.get(person_id=who.person_id, kind="selection.score").state == "OPEN"
    assert make.fresh(round_).sheets_due == 12

    sheet = make.score(round_, candidates[0], who, 80)
    assert "marks" not in content(Entry.objects.get(pk=sheet.ledger_id))["after"]
    with pytest.raises(Refusal):
        queries.list_sheets(make.fresh(round_), candidates[0], make.head())
    make.score(round_, candidates[1], who, 70)
    assert Task.objects.get(person_id=who.person_id, kind="selection.score").state == "DONE"
    make.score_all(round_, candidates, people)
    services.settle_round(round_id=round_.pk, actor=make.head())
    assert {row.scorers for row in queries.get_ranking(round_.pk).rows} == {6}
    assert services.verify(round_.pk).ok


def on_paper(number: int = 2) -> tuple[Round, list[Candidate], list[Actor], Scorer]:
    """A round being scored, in which an expert without an account was appointed."""
    round_, candidates, people = make.scoring(number)
    expert(None)
    _, seats = drawn(round_, Need("PLANNING", 1))
    (scorer,) = appoint(round_, seats)
    return round_, candidates, people, scorer


def enter(scorer: Scorer, candidate: Candidate, by: Actor, *values: Any, **more: Any) -> Sheet:
    given = {"paper_number": "2026-PF-07", **more}
    return services.enter_paper(
        round_id=scorer.round_id, scorer_id=scorer.pk, candidate_id=candidate.pk, marks=make.marks(*values), actor=by,
        **given,
    )  # fmt: skip


@pytest.mark.req("JC-04", "CB-04")
def test_the_signed_paper_of_an_expert_without_an_account_is_entered_sealed_and_marked() -> None:
    round_, candidates, people, scorer = on_paper()
    assert (scorer.person_id, scorer.seat_id is not None) == (None, True)
    task = Task.objects.get(kind="selection.enter_paper")
    assert (task.post_id, task.url) == (
        make.officer().post_id,
        f"/selection/rounds/{round_.pk}/scorers/{scorer.pk}/paper",
    )
    sheet = enter(scorer, candidates[0], make.officer(), 80, comment="可行")
    assert (sheet.person_name, sheet.entered_by, sheet.paper_number) == ("温某", make.officer().name, "2026-PF-07")
    entry = Entry.objects.get(kind="selection.enter_paper")
    said = content(entry)
    assert (said["actor"]["name"], said["after"]["scorers"], said["after"]["paper"]) == (
        make.officer().name, [scorer.name], "2026-PF-07",
    )  # fmt: skip
    assert not {"marks", "comment"} & said["after"].keys()
    assert "代录" in said["public"]["事项"]
    assert make.fresh(round_).sheets_in == 1
    with pytest.raises(Refusal):
        queries.list_sheets(make.fresh(round_), candidates[0], make.head())
    enter(scorer, candidates[1], make.officer(), 70)
    task.refresh_from_db()
    assert task.state == "DONE"
    make.score_all(round_, candidates, people)
    services.settle_round(round_id=round_.pk, actor=make.head())
    assert {row.scorers for row in queries.get_ranking(round_.pk).rows} == {6}
    assert services.verify(round_.pk).ok
    shown = next(s for s in queries.list_sheets(make.fresh(round_), candidates[0], make.head()) if s.entered_by)
    assert shown.marks == sheet.marks
    revealed = [content(e)["after"] for e in Entry.objects.filter(kind="selection.revealed")]
    mine = next(one for one in revealed if one["scorers"] == [scorer.name])
    assert {(one["entered_by"], one["paper"]) for one in mine["sheets"]} == {(make.officer().name, "2026-PF-07")}


@pytest.mark.req("CB-04")
def test_who_may_not_enter_a_paper_and_for_whom() -> None:
    round_, candidates, people, scorer = on_paper()
    row, officer = candidates[0], make.officer()
    said = refuses(NotAllowed, lambda: enter(scorer, row, people[3], 80), "selection.paper_by_scorer")
    assert "不参加评分的经办人" in said
    refuses(NotAllowed, lambda: enter(scorer, row, reserve.department("水利"), 80), "rights.not_allowed")
    refuses(InvalidInput, lambda: enter(scorer, row, officer, 80, paper_number=" "), "selection.paper_missing")
    refuses(InvalidInput, lambda: enter(scorer, row, officer, 101), "scorecard.mark_out_of_scale")
    other = Scorer.objects.filter(round=round_, post__isnull=False)[0]
    refuses(Refusal, lambda: enter(other, row, officer, 80), "selection.paper_needless")
    Recusal.objects.create(scorer=scorer, candidate=row, kind=RecusalKind.RELATED, noted_at=clock.now())
    refuses(NotAllowed, lambda: enter(scorer, row, officer, 80), "selection.expert_kept_out")
    services.cancel_round(round_id=round_.pk, reason="不再遴选", actor=make.head())
    refuses(Refusal, lambda: enter(scorer, candidates[1], officer, 80), "selection.wrong_state")


@pytest.mark.req("CB-04")
def test_a_paper_never_replaces_a_sheet_that_the_expert_handed_in_himself() -> None:
    round_, candidates, _ = make.scoring(2)
    who = account()
    expert(who)
    _, seats = drawn(round_, Need("PLANNING", 1))
    (scorer,) = appoint(round_, seats)
    refuses(Refusal, lambda: enter(scorer, candidates[1], make.officer(), 80), "selection.paper_needless")
    make.score(round_, candidates[0], who, 80)
    Person.objects.filter(pk=who.person_id).update(is_active=False)  # his account is closed meanwhile
    said = refuses(
        Refusal,
        lambda: enter(scorer, candidates[0], make.officer(), 60, reason="按纸质录入"),
        "selection.sheet_by_himself",
    )
    assert "由专家本人更正" in said
    assert enter(scorer, candidates[1], make.officer(), 60).person_id == who.person_id


@pytest.mark.req("CB-04")
def test_what_was_entered_wrongly_is_entered_anew_with_a_reason() -> None:
    _, candidates, _, scorer = on_paper(1)
    first = enter(scorer, candidates[0], make.officer(), 80)
    refuses(InvalidInput, lambda: enter(scorer, candidates[0], make.officer(), 70), "selection.reason_missing")
    again = enter(scorer, candidates[0], make.officer(), 70, reason="抄录时看错一行")
    assert (again.number, again.reason) == (2, "抄录时看错一行")
    assert Entry.objects.get(pk=again.ledger_id).corrects_id == first.ledger_id
    first.refresh_from_db()
    assert not first.is_standing
    assert make.fresh(again.round).sheets_in == 1


@pytest.mark.req("CB-04")
def test_the_pages_of_a_paper_lead_from_the_round_and_never_show_a_mark() -> None:
    round_, candidates, people, scorer = on_paper(1)
    office, where = browser(make.officer()), f"/selection/rounds/{round_.pk}/scorers/{scorer.pk}/paper"
    assert f'href="{where}"' in text(office, f"/selection/rounds/{round_.pk}/")
    assert f'href="{where}"' not in text(browser(people[3]), f"/selection/rounds/{round_.pk}/")
    assert browser(people[3]).get(where).status_code == 403
    assert browser(people[0]).get(where).status_code == 403
    sheet = f"{where}/{candidates[0].pk}"
    assert f'href="{sheet}"' in text(office, where)
    assert text(office, sheet).count('name="score_mark-') == 6
    form = {f"score_mark-{key}": "73" for key in make.KEYS}
    bare = office.post(sheet, form)
    assert bare.status_code == 422
    between = office.post(sheet, {**form, "score_mark-benefit": "73.33", "paper_number": "2026-PF-07"})
    assert between.status_code == 422
    assert 'href="#form-selection-paper_sheet-score_mark-benefit"' in between.content.decode()
    assert not Sheet.objects.filter(scorer=scorer).exists()
    assert office.post(sheet, {**form, "paper_number": "2026-PF-07"}).status_code == 302
    for page in (where, sheet, f"/selection/rounds/{round_.pk}/"):
        shown = text(office, page)
        assert not re.search(r"(?<![\w.-])73(?![\w.-])", re.sub(r"<[^>]*(?:src|href|content)=[^>]*>", "", shown))
        assert "2026-PF-07" in shown
    assert office.post(sheet, {**form, "paper_number": "2026-PF-07"}).status_code == 422, "anew only with a reason"


@pytest.mark.req("CB-04")
def test_an_expert_without_an_account_is_offered_with_what_that_means() -> None:
    round_, _, _ = make.scoring(1)
    expert(None)
    drawn(round_, Need("PLANNING", 1))
    assert "按其签字的纸质评分表代录" in text(browser(make.officer()), f"/selection/rounds/{round_.pk}/scorers")


def test_an_account_that_may_not_score_is_refused() -> None:
    round_, _, _ = make.scoring(1)
    expert(account(role="VIEWER"))
    _, seats = drawn(round_, Need("PLANNING", 1))
    assert "安全保密管理员" in refuses(InvalidInput, lambda: appoint(round_, seats), "selection.expert_may_not")


def test_nobody_scores_twice_as_expert_and_in_his_post() -> None:
    round_, _, people = make.scoring(1)
    expert(people[0])
    _, seats = drawn(round_, Need("PLANNING", 1))
    refuses(InvalidInput, lambda: appoint(round_, seats), "selection.expert_scores_already")


def test_only_accepted_seats_of_this_rounds_draw_by_who_may() -> None:
    round_, _, _ = make.scoring(1)
    expert(account())
    _, asked = drawn(round_, Need("PLANNING", 1), accept=False)
    refuses(InvalidInput, lambda: appoint(round_, asked), "selection.seat_not_accepted")
    other = make.opened()
    expert(account(2), name="沈某", specialty="ECONOMICS")
    _, elsewhere = drawn(other, Need("ECONOMICS", 1))
    refuses(NotFound, lambda: appoint(round_, elsewhere), "selection.seat_missing")
    experts.respond(seat_id=asked[0].pk, code="ACCEPTED", actor=make.officer())
    refuses(NotAllowed, lambda: appoint(round_, asked, reserve.department("水利")), "rights.not_allowed")
    appoint(round_, asked)
    refuses(Refusal, lambda: appoint(round_, asked), "selection.nobody_new")


@pytest.mark.req("CB-04")
def test_unit_relation_and_own_word_keep_an_expert_out() -> None:
    round_, _candidates, _ = make.scoring(3)
    rows = list(Candidate.objects.unscoped("test").filter(round=round_).order_by("pk"))
    rows[0].owner_name, rows[0].owner_unit_id, rows[0].declarer_ids = "云溪水务投资公司", None, []
    rows[1].owner_name, rows[1].owner_unit_id, rows[1].declarer_ids = "云溪  城投（集团）", None, []
    rows[2].owner_name, rows[2].owner_unit_id, rows[2].declarer_ids = "云溪文旅公司", None, []
    for row in rows:
        row.save()
    who = account()
    expert(who, unit="云溪水务投资公司", relations=[NewRelation("SHAREHOLDER", unit_name="云溪城投(集团)")])
    _, seats = drawn(round_, Need("PLANNING", 1))
    (scorer,) = appoint(round_, seats)
    kept = dict(Recusal.objects.filter(scorer=scorer).values_list("candidate_id", "kind"))
    assert kept == {rows[0].pk: RecusalKind.OWNER, rows[1].pk: RecusalKind.RELATED}
    refuses(NotAllowed, lambda: make.score(round_, rows[1], who, 80), "selection.kept_out")
    services.recuse(round_id=round_.pk, candidate_ids=[rows[2].pk], reason="参加过可研编制", actor=who)
    refuses(NotAllowed, lambda: make.score(round_, rows[2], who, 80), "selection.kept_out")
    assert not Sheet.objects.filter(scorer=scorer).exists()


def test_a_candidate_that_comes_later_is_looked_at_too() -> None:
    round_ = make.opened()
    who = account()
    expert(who, relations=[NewRelation("DIRECTOR", unit_name="云溪县水利局")])
    _, seats = drawn(round_, Need("PLANNING", 1))
    (scorer,) = appoint(round_, seats)
    services.add_candidates(round_id=round_.pk, project_ids=[make.held().pk], actor=make.officer())
    assert [row.kind for row in Recusal.objects.filter(scorer=scorer)] == [RecusalKind.RELATED]


def test_in_conflict_with_everything_nobody_is_appointed() -> None:
    round_, _, _ = make.scoring(2)
    expert(account(), relations=[NewRelation("EMPLOYED", unit_name="云溪县水利局")])
    _, seats = drawn(round_, Need("PLANNING", 1))
    refuses(InvalidInput, lambda: appoint(round_, seats), "selection.conflict_with_all")


@pytest.mark.req("CB-04")
def test_who_falls_out_is_released_and_his_replacement_takes_the_place() -> None:
    round_, candidates, _ = make.scoring(1)
    first, second = account(1), account(2)
    expert(first, name="温某"), expert(second, name="沈某", unit="市造价站")
    _, seats = drawn(round_, Need("PLANNING", 1, 1))
    (scorer,) = appoint(round_, seats)
    who, other = (first, second) if scorer.person_id == first.person_id else (second, first)
    make.score(round_, candidates[0], who, 80)
    experts.respond(seat_id=seats[0].pk, code="CONFLICT", reason="参加过编制", actor=make.officer())
    make.tell()
    scorer.refresh_from_db()
    assert (scorer.state, scorer.reason) == ("RELEASED", "专家席位回避")
    assert not Sheet.objects.filter(scorer=scorer, is_standing=True).exists()
    assert make.fresh(round_).sheets_in == 0
    entry = Entry.objects.filter(kind="selection.release_scorer").get()
    assert content(entry)["actor"]["name"] == "系统"
    make.tell()  # twice changes nothing
    assert Entry.objects.filter(kind="selection.release_scorer").count() == 1

    fresh = experts.replace(seat_id=seats[0].pk, actor=make.officer())
    experts.respond(seat_id=fresh.pk, code="ACCEPTED", actor=other)
    make.tell()
    assert Message.objects.filter(title__contains="已应邀").exists()
    (taken,) = appoint(round_, [fresh])
    assert taken.replaces_id == scorer.pk
    make.score(round_, candidates[0], other, 70)


def test_a_voided_draw_lets_its_experts_go_but_a_settled_round_keeps_them() -> None:
    round_, candidates, people = make.scoring(1)
    who = account()
    expert(who)
    draw, seats = drawn(round_, Need("PLANNING", 1))
    appoint(round_, seats)
    make.score(round_, candidates[0], who, 80)
    make.score_all(round_, candidates, people)
    services.settle_round(round_id=round_.pk, actor=make.head())
    experts.void_draw(draw_id=draw.pk, reason="抽取范围有误", actor=make.head())
    make.tell()
    assert Scorer.objects.get(seat_id=seats[0].pk).state == "APPOINTED"
    services.reopen_round(round_id=round_.pk, reason="评分有误需要更正", actor=make.head())
    from gongbu.mainline.selection.services.panel import follow_seats

    assert [row.reason for row in follow_seats(round_.pk)] == ["专家抽取已作废"]


@pytest.mark.req("CB-04")
def test_the_page_offers_the_draw_its_experts_and_why_one_cannot_be_appointed() -> None:
    round_, _, _ = make.scoring(1)
    Candidate.objects.unscoped("test").filter(round=round_).update(owner_name="云溪水务投资公司")
    office = browser(make.officer())
    page = text(office, f"/selection/rounds/{round_.pk}/scorers")
    assert "还没有为本批次抽取专家" in page
    draw = text(office, f"/experts/draws/new?subject=selection_round%3A{round_.pk}")
    assert round_.name in draw
    assert "云溪水务投资公司" in draw  # the owners are proposed for 回避
    who = account()
    expert(who, name="温某"), expert(None, name="沈某", specialty="ECONOMICS")
    _, seats = drawn(round_, Need("PLANNING", 1), Need("ECONOMICS", 1))
    page = text(office, f"/selection/rounds/{round_.pk}/scorers")
    assert "没有可用的平台账号" in page
    experts.respond(seat_id=seats[1].pk, code="DECLINED", reason="出差", actor=make.officer())
    refused = office.post(
        f"/selection/rounds/{round_.pk}/scorers", {"experts": "1", "seats": [str(seat.pk) for seat in seats]}
    )
    assert refused.status_code == 422
    assert not Scorer.objects.filter(seat_id__isnull=False).exists()
    with_account = next(seat for seat in seats if seat.specialty == "PLANNING")
    done = office.post(f"/selection/rounds/{round_.pk}/scorers", {"experts": "1", "seats": [str(with_account.pk)]})
    assert done.status_code == 302
    assert "专家ZJ" in text(office, f"/selection/rounds/{round_.pk}/")
    own = browser(who)
    assert "申报回避" in text(own, f"/selection/scoring/{round_.pk}/")
    assert expert_queries.list_seats_of("selection_round", round_.pk)[0].draw_receipt
