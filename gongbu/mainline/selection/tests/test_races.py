"""Two at once on one round: settle and settle, settle and a sheet, appoint and appoint (PostgreSQL)."""

import threading
from typing import Any

import pytest

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.tests.test_races import both
from gongbu.mainline.selection import queries, services
from gongbu.mainline.selection.models import Round, Scorer, Sheet
from gongbu.mainline.selection.services import record
from gongbu.mainline.selection.tests import factories as make

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def ready(number: int = 2) -> tuple[Round, list[Any], list[Any]]:
    round_, candidates, people = make.scoring(number)
    make.score_all(round_, candidates, people)
    return make.fresh(round_), candidates, people


def settlings(round_: Round) -> int:
    return Entry.objects.filter(kind="selection.settle_round", subject_id=round_.pk).count()


def test_without_the_lock_a_round_would_be_settled_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    round_, _, _ = ready()
    head, met = make.head(), threading.Barrier(2)

    def look(round_id: int, **_: Any) -> Round:
        found = Round.objects.unscoped("test").select_related("region").get(pk=round_id)
        met.wait(10)
        return found

    monkeypatch.setattr(record, "lock_round", look)

    def settle() -> None:
        services.settle_round(round_id=round_.pk, actor=head)

    assert both(settle, settle) == ["done", "done"]
    assert settlings(round_) == 2


@pytest.mark.req("JC-04")
def test_two_who_settle_at_once_settle_once() -> None:
    round_, candidates, people = ready()
    head = make.head()

    def settle() -> None:
        services.settle_round(round_id=round_.pk, actor=head)

    assert both(settle, settle) == ["done", "selection.wrong_state"]
    assert settlings(round_) == 1
    assert Entry.objects.filter(kind="selection.revealed").count() == len(people)
    assert Entry.objects.filter(kind="selection.result").count() == len(candidates)
    assert make.fresh(round_).settlings == 1
    assert services.verify(round_.pk).ok
    with pytest.raises(Refusal) as told:
        settle()
    assert word(told.value.as_finding()).startswith(f"“{round_.name}”的状态是“已定”")


def test_two_who_settle_from_the_same_page_settle_once() -> None:
    round_, _, _ = ready()
    head = make.head()

    def settle() -> None:
        services.settle_round(round_id=round_.pk, actor=head, rev=round_.rev)

    assert both(settle, settle) == ["done", "selection.changed_meanwhile"]
    assert settlings(round_) == 1


@pytest.mark.req("JC-04")
def test_a_correction_at_the_moment_of_settling_counts_or_is_refused() -> None:
    round_, candidates, people = ready()
    head = make.head()

    def settle() -> None:
        services.settle_round(round_id=round_.pk, actor=head)

    def correct() -> None:
        services.correct_score(
            round_id=round_.pk, candidate_id=candidates[0].pk, marks=make.marks(50), actor=people[0],
            reason="看错了项目的投资",
        )  # fmt: skip

    came = both(settle, correct)
    assert came in (["done", "done"], ["done", "selection.wrong_state"])
    sheets = Sheet.objects.filter(candidate=candidates[0], scorer__post_id=people[0].post_id)
    assert sheets.filter(is_standing=True).count() == 1
    assert sheets.count() == came.count("done")
    assert settlings(round_) == 1
    assert services.verify(round_.pk).ok  # what was ranked is what stands and what was sealed


def test_the_last_sheet_and_the_settling_at_once() -> None:
    round_, candidates, people = make.scoring(1)
    for person in people[:-1]:
        make.score(round_, candidates[0], person, 80)
    head = make.head()

    def settle() -> None:
        services.settle_round(round_id=round_.pk, actor=head)

    def hand_in() -> None:
        make.score(round_, candidates[0], people[-1], 70)

    came = both(settle, hand_in)
    assert came in (["done", "done"], ["done", "input.invalid"])  # the sheet is in either way
    assert make.fresh(round_).sheets_in == 5
    assert settlings(round_) == came.count("done") - 1
    if settlings(round_):
        assert queries.get_ranking(round_.pk).rows[0].scorers == 5


def test_two_who_hand_in_one_sheet_at_once_hand_in_one() -> None:
    round_, candidates, people = make.scoring(1)

    def hand_in() -> None:
        make.score(round_, candidates[0], people[0], 80)

    assert both(hand_in, hand_in) == ["done", "selection.sheet_handed_in"]
    assert make.fresh(round_).sheets_in == 1


def test_a_post_is_appointed_once() -> None:
    round_ = make.opened()
    posts, officer, head = make.posts(make.panel()), make.officer(), make.head()

    def appoint(actor: Any) -> Any:
        return lambda: services.appoint_scorers(round_id=round_.pk, post_ids=posts, actor=actor)

    assert both(appoint(officer), appoint(head)) == ["done", "selection.nobody_new"]
    assert Scorer.objects.filter(round=round_).count() == len(posts)
