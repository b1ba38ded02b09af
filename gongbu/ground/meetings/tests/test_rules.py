"""Attendance lists as people write them; what a resolution must say; what must stand before closing."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.meetings import forms
from gongbu.ground.meetings.rules.lines import Line, read_lines, write_line
from gongbu.ground.meetings.rules.settling import ClosingFacts, Settled, check_closing, check_resolution

HELD = date(2027, 3, 5)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("东县水务局", Line("东县水务局")),
        ("1、东县水务局　白志强　副局长", Line("东县水务局", "白志强", "副局长")),
        ("（2）东县财政局\t李某\t副局长\t列席", Line("东县财政局", "李某", "副局长", "OBSERVER")),
        ("主持人，县政府，段宏毅，常务副县长", Line("县政府", "段宏毅", "常务副县长", "CHAIR")),
        ("东县审计局 韩某 投资股 股长", Line("东县审计局", "韩某", "投资股 股长")),
        ("段宏毅", Line("", "段宏毅")),
        ("教育局", Line("教育局")),
        ("4S店协会", Line("4S店协会")),
    ],
)
def test_a_line_is_read_as_written(text, line):
    assert read_lines(text) == [line]


def test_empty_lines_and_repeats_fall_away():
    assert read_lines("\n东县水务局\n\n 东县水务局 \n列席\n") == [Line("东县水务局")]


WORD = st.text(st.sampled_from("东县水务局李某副局长镇"), min_size=2, max_size=8)


@given(st.builds(Line, WORD, WORD, WORD, st.sampled_from(["CHAIR", "MEMBER", "OBSERVER", "RECORDER"])))
def test_what_is_written_is_read_again(line):
    assert read_lines(write_line(line)) == [line]


def test_an_agenda_loses_its_numbers():
    assert [item.title for item in forms.read_agenda("一、听取汇报\n2. 审定清单\n\n（3）其他")] == [
        "听取汇报",
        "审定清单",
        "其他",
    ]


def codes(findings):
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("settled", "found"),
    [
        (Settled("AGREED", "", "", None, False), []),
        (Settled("NOTED", "", "", None, False), []),
        (Settled("", "", "", None, False), ["meetings.resolution_missing"]),
        (Settled("WITHDRAWN", "x", "", None, False), ["meetings.resolution_missing"]),
        (Settled("CONDITIONAL", "同意", "", None, False), ["meetings.conditions_missing"]),
        (Settled("CONDITIONAL", "", "补齐预审", None, False), []),
        (Settled("NOT_AGREED", " ", "", None, False), ["meetings.words_missing"]),
        (Settled("DEFERRED", "", "", None, False), ["meetings.words_missing"]),
        (Settled("DEFERRED", "材料不全", "", None, False), []),
        (Settled("AGREED", "", "", date(2027, 3, 4), True), ["meetings.due_before_meeting"]),
        (Settled("AGREED", "", "", date(2027, 3, 5), True), []),
        (Settled("AGREED", "", "", date(2027, 3, 6), True), []),
        (Settled("AGREED", "", "", date(2027, 4, 1), False), ["meetings.responsible_missing"]),
    ],
)
def test_a_resolution_says_what_it_must(settled, found):
    assert codes(check_resolution(settled, HELD)) == found


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (ClosingFacts(0, 3, [], 2, True), []),
        (ClosingFacts(1, 3, [], 2, True), ["meetings.unmarked"]),
        (ClosingFacts(3, 0, [], 2, True), ["meetings.nobody_came"]),
        (ClosingFacts(0, 3, ["甲"], 2, True), ["meetings.items_open"]),
        (ClosingFacts(0, 3, [], 0, True), ["meetings.no_items"]),
        (ClosingFacts(0, 3, [], 2, False), ["meetings.minutes_missing"]),
        (ClosingFacts(2, 0, ["甲", "乙"], 2, False),
         ["meetings.nobody_came", "meetings.items_open", "meetings.minutes_missing"]),
    ],
)  # fmt: skip
def test_closing_names_everything_that_is_missing(facts, found):
    assert codes(check_closing(facts)) == found
