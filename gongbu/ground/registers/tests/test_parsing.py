"""What people type: amounts, dates, months, numbers."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.registers.catalogue import Field
from gongbu.ground.registers.parsing import BadValue, parse_amount, parse_date, parse_month, parse_number
from gongbu.ground.registers.reading import as_text, read

WAN = 1_000_000


@pytest.mark.parametrize(
    ("text", "fen", "is_about"),
    [
        ("8200", 8_200 * WAN, False),
        ("8,200.5", 8_200 * WAN + WAN // 2, False),
        ("８２００", 8_200 * WAN, False),
        ("约8亿元", 80_000 * WAN, True),  # a unit in the text wins over the field's 万元
        ("8亿", 80_000 * WAN, False),
        ("1.23元", 123, False),
        ("120万元左右", 120 * WAN, True),
        (" 逾 3.5 亿元 ", 35_000 * WAN, True),
        ("0", 0, False),
    ],
)
def test_amounts_as_people_write_them(text, fen, is_about):
    amount = parse_amount(text, WAN)
    assert (amount.fen, amount.is_about) == (fen, is_about)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("八亿", "forms.not_an_amount"),
        ("1.2.3", "forms.not_an_amount"),
        ("", "forms.not_an_amount"),
        ("1e9", "forms.not_an_amount"),
        ("0.00000001", "forms.finer_than_fen"),
        ("99999999999999", "forms.amount_too_large"),
        ("12,34", "forms.comma_misplaced"),
        ("1200,5", "forms.comma_misplaced"),
        (",500", "forms.comma_misplaced"),
        ("1,2345万元", "forms.comma_misplaced"),
        ("8,200,.5", "forms.comma_misplaced"),
    ],
)
def test_amounts_that_cannot_be_read(text, code):
    with pytest.raises(BadValue) as caught:
        parse_amount(text, WAN)
    assert caught.value.code == code


@given(st.integers(min_value=-(10**14), max_value=10**14))
def test_an_amount_shown_in_a_form_reads_back_to_the_same_fen(fen):
    spec = Field("total", "总投资", "money", "wan")
    assert read(spec, as_text(spec, fen) or "0", is_required=False).value == fen


@pytest.mark.parametrize("text", ["2026-03-05", "2026.3.5", "2026/3/5", "2026年3月5日", "20260305", "２０２６-３-５"])
def test_days_as_people_write_them(text):
    assert parse_date(text) == date(2026, 3, 5)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "2026.3", "五月", "26-3-5", ""])
def test_days_that_do_not_exist(text):
    with pytest.raises(BadValue):
        parse_date(text)


@pytest.mark.parametrize("text", ["2026-05", "2026.5", "2026年5月", "202605"])
def test_months(text):
    assert parse_month(text) == date(2026, 5, 1)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e99", "一", "--1"])
def test_numbers_that_are_none(text):
    with pytest.raises(BadValue):
        parse_number(text)


def test_thousands_separators_are_read():
    assert parse_number("1,200.50") == Decimal("1200.50")


@pytest.mark.parametrize(
    ("spec", "text", "value"),
    [
        (Field("n", "名称"), "  示例   工程 ", "示例 工程"),
        (Field("c", "代码", "code"), "２６１１-990102-77-01-204513 ", "2611-990102-77-01-204513"),
        (Field("y", "年度", "year"), "2026年", 2026),
        (Field("i", "户数", "integer"), "1,200", 1200),
        (Field("b", "确认", "bool"), "", False),
        (Field("k", "性质", "choice", choices={"NEW": "新建"}), "NEW", "NEW"),
        (Field("d", "日期", "date"), "", None),
        (Field("r", "涉及区划", "regions"), "3, 5", [3, 5]),
    ],
)
def test_values_of_each_type(spec, text, value):
    result = read(spec, text, is_required=False)
    assert (result.value, result.findings) == (value, [])


@pytest.mark.parametrize(
    ("spec", "text", "code"),
    [
        (Field("n", "名称", max_length=3), "四个字啊", "forms.too_long"),
        (Field("n", "名称"), "坏\u202e名", "forms.control_character"),
        (Field("k", "性质", "choice", choices={"NEW": "新建"}), "OLD", "forms.not_a_choice"),
        (Field("i", "户数", "integer"), "1.5", "forms.not_whole"),
        (Field("d", "面积", "decimal", places=2), "1.234", "forms.too_many_places"),
        (Field("d", "面积", "decimal", places=2), "-1,000,000,000,000", "forms.number_too_large"),
        (Field("u", "链接", "url"), "javascript:alert(1)", "forms.not_an_address"),
        (Field("r", "区划", "region"), "x", "forms.not_a_region"),
    ],
)
def test_values_that_are_refused(spec, text, code):
    assert [f.code for f in read(spec, text, is_required=False).findings] == [code]


def test_an_approximate_amount_is_taken_and_said():
    result = read(Field("total", "总投资", "money", "wan"), "约8亿元", is_required=True)
    assert result.value == 80_000 * WAN
    assert [(f.code, f.severity) for f in result.findings] == [("forms.amount_approximate", "NOTE")]
    assert result.findings[0].data["shown"] == "80,000"
