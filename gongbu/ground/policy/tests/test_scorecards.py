"""Scorecards: what the loader refuses, exact scores, a ranking that does not depend on order, how firm a place is."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy import queries, services
from gongbu.ground.policy.checking import check_folder
from gongbu.ground.policy.diffing import diff_packs
from gongbu.ground.policy.loading import load_pack, load_packs
from gongbu.ground.policy.reading import PackFaults
from gongbu.ground.policy.rules.policy import Policy, card_ref
from gongbu.ground.policy.rules.scorecards import Aggregate, Scorecard, Use
from gongbu.ground.policy.rules.scoring import Sheet, as_hundredths, check_marks, rank

ON = date(2026, 3, 1)
LISTS = """\
section: 评分
parameters:
  - key: sample.dimensions
    label: 评价维度
    unit: texts
    anchor: decided_on
    versions:
      - {from: 2020-01-01, value: [层次, 效益], basis: {instrument: 样例条例, article: 第四条}, confidence: S}
  - key: sample.steps
    label: 前置步骤
    unit: texts
    anchor: decided_on
    versions:
      - {from: 2020-01-01, value: [谋划, 踏勘], basis: {instrument: 样例条例, article: 第五条}, confidence: S}
"""
CARD = """\
key: sample.card
label: 样例评分表
use: SELECTION
from: 2020-01-01
confidence: G
basis: {instrument: 样例条例, article: 第四条}
scale: {lowest: "0", highest: "10", step: "0.5"}
dimensions_of: sample.dimensions
dimensions:
  level:
    label: 层次
    weight: "0.4"
    guide: [{from: "8", level: 优}, {from: "0", level: 差}]
  benefit: {label: 效益, weight: "0.6"}
scorers: {roles: [LEADER], at_least: "3"}
aggregate: {by: TRIMMED_MEAN, trim: "1"}
pass_mark: "6"
ties: [benefit]
steps_of: sample.steps
steps:
  plan: {label: 谋划, form: PLANNING, roles: [LEADER]}
  visit: {label: 踏勘, form: VISIT, roles: [LEADER], need: OPTIONAL}
sensitivity: {vary: "0.5", times: "400", seed: "7"}
"""


def read(write_pack: Any, text: str = CARD) -> Scorecard:
    pack = load_pack(write_pack(files={"parameters/lists.yaml": LISTS, "scorecards/card.yaml": text}))
    return pack.scorecards["sample.card"][0]


def faults(write_pack: Any, old: str, new: str) -> list[tuple[int, str, str, str]]:
    assert old in CARD
    with pytest.raises(PackFaults) as error:
        read(write_pack, CARD.replace(old, new))
    return [(fault.line, fault.key, fault.found, fault.mend) for fault in error.value.faults]


@pytest.fixture
def card(write_pack: Any) -> Scorecard:
    """Two dimensions at 0.4 and 0.6, marks 0 to 10 in halves, three scorers, one off at each end."""
    return read(write_pack)


def sheets(card: Scorecard, marks: dict[int, list[tuple[str, ...]]]) -> list[Sheet]:
    """Return sheets of subjects: subject → one tuple of marks per scorer, in the card's order."""
    return [
        Sheet(subject, scorer, tuple(int(Decimal(text) * 100) for text in row))
        for subject, rows in marks.items()
        for scorer, row in enumerate(rows, 1)
    ]


# --- the loader -----------------------------------------------------------------------------------------------------


@pytest.mark.req("JC-04")
def test_weights_that_do_not_sum_name_file_line_and_sum(write_pack: Any) -> None:
    found = faults(write_pack, '"0.6"', '"0.5"')
    assert found == [(9, "dimensions", "权重之和是 0.9，不是 1（0.4 + 0.5）", "改正权重，少了 0.1")]
    report = check_folder(
        write_pack(files={"parameters/lists.yaml": LISTS, "scorecards/card.yaml": CARD.replace('"0.6"', '"0.7"')})
    )
    assert [str(fault) for fault in report.faults] == [
        "sample/scorecards/card.yaml 第 9 行 dimensions：权重之和是 1.1，不是 1（0.4 + 0.7）。改法：改正权重，多了 0.1"
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "found"),
    [
        ("  benefit: {label: 效益, weight: \"0.6\"}", "", 9, "缺少维度效益（评价维度，样例条例（第1号令）第四条）"),
        ("label: 效益", "label: 收益", 9, "收益不在评价维度中"),
        ("visit: {label: 踏勘, form: VISIT, roles: [LEADER], need: OPTIONAL}", "visit: {label: 谋划, form: VISIT, roles: [LEADER]}", 20, "步骤“谋划”写了两次"),
        ("visit: {label: 踏勘, form: VISIT, roles: [LEADER], need: OPTIONAL}", "visit: {label: 踏勘, form: REVIEW, roles: [LEADER], holds: [PHOTOS]}",
         22, "只有现场踏勘的步骤可以写 holds"),
        ('highest: "10"', 'highest: "0"', 7, "最高分 0 不高于最低分 0"),
        ('step: "0.5"', 'step: "0.3"', 7, "按 0.3 分一档，走不到最高分 10"),
        ('step: "0.5"', 'step: "0.005"', 7, "0.005 细于百分之一分"),
        ('from: "8"', 'from: "11"', 13, "优自 11 分起，不在 0 至 10 之间"),
        ('{from: "0", level: 差}', '{from: "9", level: 差}', 13, "档次没有从高到低排列"),
        ('{from: "0", level: 差}', '{from: "3", level: 差}', 13, "3 分以下没有档次"),
        ('at_least: "3"', 'at_least: "2"', 15, "2 人评分去掉 1 个最高分和 1 个最低分后没有剩余"),
        ("roles: [LEADER], at_least", "at_least", 15, "没有写明由谁评分"),
        ("by: TRIMMED_MEAN", "by: MEAN", 16, "MEAN 不去最高分和最低分"),
        ('pass_mark: "6"', 'pass_mark: "11"', 17, "及格分 11 不在 0 至 10 之间"),
        ("ties: [benefit]", "ties: [cost]", 18, "没有维度 cost"),
        ('vary: "0.5"', 'vary: "1.5"', 23, "1.5 不在 0 和 1 之间"),
        ("dimensions_of: sample.dimensions", "dimensions_of: sample.other", 8, "本包没有 2020-01-01 起有效的清单参数 sample.other"),
        ("form: PLANNING,", "form: PLANNING, parties_of: sample.groups,", 21, "本包没有参数 sample.groups"),
    ],
)  # fmt: skip
def test_a_card_that_cannot_be_used_is_refused_in_words(
    write_pack: Any, old: str, new: str, line: int, found: str
) -> None:
    listed = faults(write_pack, old, new)
    assert (line, found) in [(at, text) for at, _, text, _ in listed]


def test_a_bare_number_is_refused(write_pack: Any) -> None:
    assert any("数字 0.4 没有引号" in text for _, _, text, _ in faults(write_pack, 'weight: "0.4"', "weight: 0.4"))


def test_a_card_without_a_case_is_noted_and_a_case_is_computed(write_pack: Any) -> None:
    files = {"parameters/lists.yaml": LISTS, "scorecards/card.yaml": CARD}
    assert "没有评分样例" in [note.found for note in check_folder(write_pack(files=files)).notes]
    case = """\
scorecard: sample.card
cases:
  - name: 三人
    on: 2026-03-01
    given: {sheets: [["8", "9"], ["6", "7"], ["2", "3"]]}
    expect: {value: PASSED, score: "%s"}
    arithmetic: 中间一人 6×0.4+7×0.6＝6.6
    source: 自拟
"""
    report = check_folder(write_pack(files={**files, "cases/card.yaml": case % "6.60"}))
    assert (report.ok, report.cases, report.scorecards) == (True, 1, 1)
    wrong = check_folder(write_pack(files={**files, "cases/card.yaml": case % "6.61"}))
    assert "score 应为“6.61”，实际为“6.60”" in wrong.faults[0].found
    outside = check_folder(write_pack(files={**files, "cases/card.yaml": case.replace('"9"', '"11"') % "6.60"}))
    assert "scorecard.mark_out_of_scale" in outside.faults[0].found


def test_the_version_of_the_day_is_found_and_changes_are_told(write_pack: Any) -> None:
    later = (
        CARD.replace("from: 2020-01-01\nconf", "from: 2026-01-01\nconf")
        .replace('"0.4"', '"0.5"')
        .replace('"0.6"', '"0.5"')
    )
    files = {"parameters/lists.yaml": LISTS, "scorecards/card.yaml": CARD}
    old = load_pack(write_pack(files=files))
    new = load_pack(write_pack(files={**files, "scorecards/later.yaml": later}))
    policy = Policy([new])
    assert policy.scorecard("sample.card", date(2025, 12, 31))[1].weights_words == "层次 40%、效益 60%"
    assert policy.scorecard("sample.card", date(2026, 1, 1))[1].weights_words == "层次 50%、效益 50%"
    assert [card.key for _, card in policy.list_scorecards(Use.SELECTION, ON)] == ["sample.card"]
    assert policy.list_scorecards(Use.SELECTION, date(2019, 12, 31)) == []
    with pytest.raises(Refusal, match=r"policy.no_value"):
        policy.scorecard("sample.card", date(2019, 12, 31))
    with pytest.raises(Refusal, match=r"policy.unknown_key"):
        policy.scorecard("sample.other", ON)
    changes = diff_packs(old, new)
    assert [(c.kind, c.what, c.effective_from) for c in changes] == [("added", "scorecard", "2026-01-01")]
    assert "层次 50%" in changes[0].after
    assert "sample.card" in new.keys
    ref = card_ref(new, policy.scorecard("sample.card", ON)[1])
    assert new.records[ref.hash]["kind"] == "scorecard"


@pytest.mark.req("JC-04")
def test_the_county_card_has_the_six_dimensions_and_the_steps_of_the_source() -> None:
    pack = load_packs()["county_reserve"]
    card = pack.scorecards["county_reserve.selection"][-1]
    assert [one.label for one in card.dimensions] == list(
        pack.parameters["county_reserve.selection_dimensions"].versions[-1].value or ()
    )
    assert [step.label for step in card.steps] == list(
        pack.parameters["county_reserve.selection_steps"].versions[-1].value or ()
    )
    assert [step.form.value for step in card.steps] == ["PLANNING"] * 3 + ["REVIEW", "MEETING", "VISIT"]
    assert card.confidence.mark == "待确认"


# --- one sheet ------------------------------------------------------------------------------------------------------


def test_a_sheet_is_taken_only_when_every_mark_is_right(card: Scorecard) -> None:
    assert check_marks(card, {"level": Decimal("9.5"), "benefit": Decimal(0)}) == []
    assert as_hundredths(card, {"benefit": Decimal(1), "level": Decimal("9.5")}) == (950, 100)
    found = check_marks(card, {"level": Decimal("10.5"), "benefit": Decimal("3.2"), "cost": Decimal(1)})
    assert [(f.code, f.field) for f in found] == [
        ("scorecard.mark_out_of_scale", "level"), ("scorecard.mark_off_step", "benefit"),
        ("scorecard.dimension_unknown", "cost"),
    ]  # fmt: skip
    missing = check_marks(card, {"level": None, "benefit": Decimal("NaN")})
    assert [f.code for f in missing] == ["scorecard.mark_missing"] * 2
    assert [f.code for f in check_marks(card, {"level": Decimal("-0.5"), "benefit": Decimal(1)})] == [
        "scorecard.mark_out_of_scale"
    ]


# --- the ranking ----------------------------------------------------------------------------------------------------


def test_highest_and_lowest_go_off_and_the_rest_counts_exactly(card: Scorecard) -> None:
    found = rank(card, [1], sheets(card, {1: [("8", "9"), ("6", "7"), ("2", "3")]}), places=1).standings[0]
    assert (found.score, found.rank, found.left_out, found.scorers) == (Decimal("6.60"), 1, (1, 3), 3)
    assert found.means == (Decimal("6.00"), Decimal("7.00"))
    assert found.spread == Decimal("8.6") - Decimal("2.6")
    assert found.passes
    assert found.is_chosen


def test_one_third_is_rounded_half_up_once(card: Scorecard) -> None:
    plain = replace(card, aggregate=Aggregate.MEAN, trim=0)
    found = rank(plain, [1], sheets(card, {1: [("1", "1"), ("1", "1"), ("0", "0")]})).standings[0]
    assert found.score == Decimal("0.67")
    half = replace(plain, places=0)
    two = rank(replace(half, at_least=2), [1], sheets(card, {1: [("1", "1"), ("0", "0")]})).standings[0]
    assert two.score == 1  # 0.5


def test_too_few_scorers_leave_a_subject_without_rank(card: Scorecard) -> None:
    ranking = rank(card, [1, 2], sheets(card, {1: [("9", "9")] * 3, 2: [("10", "10")] * 2}), places=2)
    first, last = ranking.standings
    assert (first.subject, first.rank) == (1, 1)
    assert (last.subject, last.rank, last.score, last.scorers, last.is_chosen) == (2, None, None, 2, False)
    assert rank(card, [3], []).standings[0].scorers == 0
    assert rank(card, [], []).standings == ()


def test_equal_scores_are_told_apart_by_the_named_dimension_or_share_a_rank(card: Scorecard) -> None:
    same = {1: [("9", "4")] * 3, 2: [("6", "6")] * 3, 3: [("6", "6")] * 3, 4: [("1", "1")] * 3}
    ranking = rank(card, same, sheets(card, same), places=2)
    assert [(one.subject, one.rank, one.is_chosen) for one in ranking.standings] == [
        (2, 1, True), (3, 1, True), (1, 3, False), (4, 4, False),
    ]  # fmt: skip
    assert all(ranking.by_subject()[n].score == Decimal("6.00") for n in (1, 2, 3))


def test_who_does_not_pass_is_not_chosen(card: Scorecard) -> None:
    low = {1: [("5.5", "6")] * 3, 2: [("5", "6")] * 3}
    ranking = rank(card, low, sheets(card, low), places=5)
    assert [(one.score, one.passes, one.is_chosen) for one in ranking.standings] == [
        (Decimal("5.80"), False, False), (Decimal("5.60"), False, False),
    ]  # fmt: skip


def test_strongest_and_weakest_are_told_against_all(card: Scorecard) -> None:
    given_marks = {1: [("10", "7")] * 3, 2: [("8", "9")] * 3}
    first = rank(card, given_marks, sheets(card, given_marks)).by_subject()[1]
    assert (first.strongest, first.weakest, first.relative) == (0, 1, (Decimal("1.00"), Decimal("-1.00")))
    alone = rank(card, [1], sheets(card, {1: [("9", "4")] * 3})).standings[0]
    assert (alone.strongest, alone.weakest) == (0, 1)


def test_a_place_that_hangs_on_the_weights_is_less_firm(card: Scorecard) -> None:
    given_marks = {1: [("10", "6.5")] * 3, 2: [("6", "9")] * 3, 3: [("7", "6")] * 3}  # 7.9, 7.8, 6.4
    ranking = rank(card, given_marks, sheets(card, given_marks), places=1)
    firm = {one.subject: one.firm for one in ranking.standings}
    assert firm[3] == 0
    assert firm[1] is not None
    assert firm[2] is not None
    assert Decimal("0.4") < firm[1] < 1
    assert firm[1] + firm[2] == 1
    assert rank(card, given_marks, sheets(card, given_marks), places=1) == ranking  # the seed is fixed
    all_in = rank(card, given_marks, sheets(card, given_marks), places=9)
    assert {one.firm for one in all_in.standings} == {Decimal(1)}
    assert {one.firm for one in rank(card, given_marks, sheets(card, given_marks)).standings} == {None}


def test_two_sheets_of_one_scorer_or_of_a_stranger_are_an_error_of_the_caller(card: Scorecard) -> None:
    twice = [Sheet(1, 1, (100, 100)), Sheet(1, 1, (200, 200))]
    with pytest.raises(ValueError, match="two sheets"):
        rank(card, [1], twice)
    with pytest.raises(ValueError, match="not ranked"):
        rank(card, [2], twice[:1])
    with pytest.raises(ValueError, match="number of marks"):
        rank(card, [1], [Sheet(1, 1, (100,))])


FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
marks_of = st.tuples(*[st.integers(0, 20).map(lambda n: n * 50)] * 2)
matrix = st.integers(2, 6).flatmap(
    lambda scorers: st.lists(st.lists(marks_of, min_size=scorers, max_size=scorers), min_size=1, max_size=8)
)


@FEW
@given(rows=matrix, data=st.data())
def test_the_order_of_subjects_scorers_and_sheets_does_not_matter(card: Scorecard, rows: Any, data: Any) -> None:
    listed = [Sheet(s, c, marks) for s, row in enumerate(rows, 1) for c, marks in enumerate(row, 1)]
    subjects = list(range(1, len(rows) + 1))
    small = replace(card, sensitivity=replace(card.sensitivity, times=20))
    first = rank(small, subjects, listed, places=2)
    again = rank(small, data.draw(st.permutations(subjects)), data.draw(st.permutations(listed)), places=2)
    assert again == first
    renamed = data.draw(st.permutations(range(1, len(rows[0]) + 1)))
    swapped = rank(small, subjects, [replace(sheet, scorer=renamed[sheet.scorer - 1]) for sheet in listed], places=2)
    assert [replace(one, left_out=()) for one in swapped.standings] == [
        replace(one, left_out=()) for one in first.standings
    ]


@FEW
@given(rows=matrix, data=st.data())
def test_a_higher_mark_never_lowers_a_score(card: Scorecard, rows: Any, data: Any) -> None:
    listed = [Sheet(s, c, marks) for s, row in enumerate(rows, 1) for c, marks in enumerate(row, 1)]
    at = data.draw(st.integers(0, len(listed) - 1))
    which = data.draw(st.integers(0, 1))
    raised = list(listed[at].marks)
    raised[which] = data.draw(st.integers(raised[which] // 50, 20)) * 50
    better = [replace(sheet, marks=tuple(raised)) if n == at else sheet for n, sheet in enumerate(listed)]
    subjects = range(1, len(rows) + 1)
    before, after = rank(card, subjects, listed).by_subject(), rank(card, subjects, better).by_subject()
    subject = listed[at].subject
    assert (after[subject].score or 0) >= (before[subject].score or 0)
    others = [pk for pk in subjects if pk != subject]
    assert [after[pk].score for pk in others] == [before[pk].score for pk in others]


@FEW
@given(rows=matrix)
def test_scores_equal_fractions_computed_by_hand(card: Scorecard, rows: Any) -> None:
    listed = [Sheet(s, c, marks) for s, row in enumerate(rows, 1) for c, marks in enumerate(row, 1)]
    found = rank(card, range(1, len(rows) + 1), listed).by_subject()
    for subject, row in enumerate(rows, 1):
        if len(row) < 3:
            assert found[subject].score is None
            continue
        totals = sorted(Fraction(a, 100) * Fraction(2, 5) + Fraction(b, 100) * Fraction(3, 5) for a, b in row)[1:-1]
        exact = sum(totals) / len(totals)
        assert found[subject].score == Decimal((exact * 100 + Fraction(1, 2)).__floor__()) / 100


@pytest.mark.django_db
def test_a_pinned_card_is_read_from_the_archive_when_the_pack_moved_on(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = load_packs()["county_reserve"]
    card = pack.scorecards["county_reserve.selection"][-1]
    services.keep_records([card_ref(pack, card)])
    services.keep_records([card_ref(pack, card)])
    monkeypatch.setattr(queries, "packs", lambda: {})
    kept = queries.scorecard_of(card.hash)
    assert kept == replace(card, basis=kept.basis, file="", line=1)
    assert str(kept.basis) == "实施方案第4条"
    with pytest.raises(Refusal, match=r"policy.decision_missing"):
        queries.scorecard_of("sha256:0")
