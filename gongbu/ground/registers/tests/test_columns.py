"""Cells of a register."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.basics.money import as_wan
from gongbu.ground.registers.columns import PHONE_FACTS, Column, compile_cell, phone_places
from gongbu.ground.registers.columns import _wan as fast_wan


@given(st.integers(min_value=-(10**17), max_value=10**17) | st.integers(-20_000, 20_000))
def test_the_fast_amount_is_the_same_as_the_exact_one(fen):
    assert fast_wan(fen) == as_wan(fen)


def cell(column, *values, names=None):
    index = {name: i for i, name in enumerate(names or (column.name,))}
    return compile_cell(column, {"id": 0, **index}, "", None)(values)


def test_names_are_escaped():
    assert "<script>" not in cell(Column("name", "名称"), "<script>alert(1)</script>")


def test_what_show_returns_is_escaped_too():
    column = Column("name", "名称", show=lambda value, row: f"<b>{value}</b>")
    assert "&lt;b&gt;" in cell(column, "甲")


def test_zero_unknown_and_owed_look_different():
    assert ">0.00<" in cell(Column("fen", "总投资", kind="wan"), 0)
    assert ">—<" in cell(Column("fen", "总投资", kind="wan"), None)
    assert "未报" in cell(Column("fen", "总投资", kind="wan", unknown="未报"), None)


def test_a_badge_is_word_and_shape_and_colour():
    html = cell(Column("s", "状态", kind="badge", choices=[("LATE", "滞后")], tones={"LATE": "bad"}), "LATE")
    assert "滞后" in html
    assert "g-bad" in html
    assert "#alert-octagon" in html


def test_dates_are_iso():
    assert ">2026-03-05<" in cell(Column("d", "日期", kind="date"), date(2026, 3, 5))


def test_a_row_without_a_page_is_opened_by_its_name():
    column = Column("name", "名称", title=True)
    html = compile_cell(column, {"id": 0, "name": 1}, "g-title", ("/rows/%s/drawer", ("id",)), in_drawer=True)(
        (7, "甲")
    )
    assert '<a href="/rows/7/drawer" data-drawer>甲</a>' in html


@pytest.mark.parametrize("width", [0, 3, 41, 400])
def test_a_width_without_a_class_is_refused(width):
    with pytest.raises(ValueError, match="width"):
        Column("name", "名称", width=width)


def test_a_cell_of_nothing_says_so_where_nothing_is_to_be_shown():
    cell = compile_cell(Column("why", "作废事由", width=12, unknown=""), {"why": 0, "id": 1}, "g-m-state", None)
    assert cell(("", 1)) == '<td class="g-m-state g-blank"></td>'
    assert cell((None, 1)) == cell(("", 1))
    assert 'data-label="作废事由"' in cell(("写错了", 1))


def letters(*marks):
    return [Column(chr(97 + i), "项", phone=mark) for i, mark in enumerate(marks)]


def test_a_row_on_a_phone_says_name_state_and_the_first_facts():
    columns = [Column("name", "名称", title=True), *letters("", "", "", ""), Column("state", "状态", kind="badge")]
    places = phone_places(columns, opens=True)
    assert places == {"name": "title", "a": "keep", "b": "keep", "c": "keep", "d": "hide", "state": "state"}
    assert list(places.values()).count("keep") == PHONE_FACTS


def test_marked_facts_are_the_facts_and_a_row_that_does_not_open_leaves_out_only_what_is_marked_so():
    columns = letters("", "keep", "", "keep", "hide", "state")
    assert "".join(phone_places(columns, opens=True).values()) == "hidekeephidekeephidestate"
    assert [name for name, place in phone_places(columns, opens=False).items() if place == "hide"] == ["e"]


def test_an_unknown_place_on_a_phone_is_refused():
    with pytest.raises(ValueError, match="half"):
        Column("a", "项", phone="half")
