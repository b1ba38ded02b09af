"""Cells as people write them: amounts, dates, codes, words."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.basics.findings import Severity
from gongbu.ground.registers.importing import sums, values

WAN, YI = 1_000_000, 10_000_000_000


@pytest.mark.parametrize(
    ("cell", "unit", "fen", "half_fen"),
    [
        ("约8亿元", "万元", 8 * YI, YI // 2),
        ("8.2亿元", "万元", 82 * YI // 10, YI // 20),
        ("7354万元", "", 7354 * WAN, WAN // 2),
        ("1,234.5", "万元", 1_234_500_000, 50_000),
        ("71.27元", "万元", 7127, 0),
        ("2960", "万元", 2960 * WAN, WAN // 2),
        (2960.0, "万元", 2960 * WAN, WAN // 2),
        (0.1 + 0.2, "万元", 300_000, 50_000),
        ("147849.134", "万元", 147_849_134_000, 500),
        ("11668.1551", "万元", 11_668_155_100, 50),
        ("２９６０．５", "万元", 2_960_500_000, 50_000),
        (" 8.2 亿 元 ", "万元", 82 * YI // 10, YI // 20),
        ("八亿元", "万元", 8 * YI, YI // 2),
        ("三千二百万元", "元", 3200 * WAN, WAN // 2),
        ("总投资3.7亿元左右", "万元", 37 * YI // 10, YI // 20),
    ],
)
def test_amount_as_written(cell, unit, fen, half_fen):
    amount = values.read_amount(cell, "total", unit).value
    assert (amount.fen, amount.half_fen) == (fen, half_fen)


@pytest.mark.parametrize(
    ("cell", "code", "severity"),
    [
        ("待定", "import.not_stated", Severity.NOTE),
        ("/", "import.not_stated", Severity.NOTE),
        ("—", "import.not_stated", Severity.NOTE),
        ("****", "import.masked", Severity.FLAG),
        ("(略)", "import.masked", Severity.FLAG),
        ("-5", "import.amount_negative", Severity.REJECT),
        ("（1,234）", "import.amount_negative", Severity.REJECT),
        ("1,23.5", "import.amount_grouping", Severity.REJECT),
        ("若干", "import.amount_unreadable", Severity.REJECT),
        ("1200\n800", "import.amount_unreadable", Severity.REJECT),
        ("300\n500", "import.amount_unreadable", Severity.REJECT),
        ("80\t00", "import.amount_unreadable", Severity.REJECT),
        ("1000.00 2", "import.amount_unreadable", Severity.REJECT),
        ("1200 800", "import.amount_unreadable", Severity.REJECT),
        ("1.5万亿元", "import.amount_unreadable", Severity.REJECT),
        ("1000万万元", "import.amount_unreadable", Severity.REJECT),
        ("1234)", "import.amount_unreadable", Severity.REJECT),
        ("(1234", "import.amount_unreadable", Severity.REJECT),
        (date(2026, 3, 4), "import.amount_unreadable", Severity.REJECT),
    ],
)
def test_amount_that_cannot_be_known_is_said_not_guessed(cell, code, severity):
    reading = values.read_amount(cell, "total", "万元")
    assert reading.value is None
    assert [(f.code, f.severity) for f in reading.findings] == [(code, severity)]


def test_blanks_between_thousands_are_read_and_told():
    reading = values.read_amount("1 234 567.5", "total", "元")
    assert reading.value.fen == 123_456_750
    assert [(f.code, f.severity) for f in reading.findings] == [("import.amount_blank_inside", Severity.FLAG)]
    assert values.read_amount("1E+05", "total", "万元").value.fen == 100_000 * WAN


@pytest.mark.parametrize("cell", ["2026年第二季度", "2026上半年", "2026年底前", "2026年初"])
def test_a_period_that_is_kept_as_its_year_is_told(cell):
    reading = values.read_date(cell, "start")
    assert (reading.value.on, reading.value.precision) == (date(2026, 1, 1), "YEAR")
    assert [(f.code, f.severity) for f in reading.findings] == [("import.date_coarser", Severity.NOTE)]
    assert values.read_date("2026年", "start").findings == ()


def test_amount_without_any_unit_is_unknown_and_blank_is_silent():
    assert values.read_amount("2960", "total", "").findings[0].code == "import.unit_unknown"
    assert values.read_amount("  ", "total", "万元") == values.NOTHING


def test_cell_unit_wins_over_the_heading_and_is_told():
    reading = values.read_amount("8.2亿元", "total", "万元")
    assert reading.value.unit == "亿元"
    assert [f.code for f in reading.findings] == ["import.unit_mixed"]


@given(st.decimals(min_value=0, max_value=10**8, places=4))
def test_amount_keeps_every_fen_and_the_half_of_the_last_place(number):
    amount = values.read_amount(f"{number:f}", "total", "万元").value
    assert amount.fen == int(number * WAN)
    assert amount.half_fen == int(Decimal(WAN) / (2 * 10**4))


@given(st.text(max_size=30))
def test_no_text_breaks_a_reader(text):
    for read in (values.read_amount, values.read_date, values.read_name, values.read_code_text, values.read_bool):
        reading = read(text, "key")
        assert reading.value is not None or isinstance(reading.findings, tuple)


@pytest.mark.parametrize(
    ("cell", "on", "precision"),
    [
        ("2026.5", date(2026, 5, 1), "MONTH"),
        (2026.5, date(2026, 5, 1), "MONTH"),
        ("2026年3月", date(2026, 3, 1), "MONTH"),
        ("2026/3/4", date(2026, 3, 4), "DAY"),
        ("2026-03-04 10:00:00", date(2026, 3, 4), "DAY"),
        ("2010", date(2010, 1, 1), "YEAR"),
        (2010.0, date(2010, 1, 1), "YEAR"),
        ("20260504", date(2026, 5, 4), "DAY"),
        ("二〇二六年三月十二日", date(2026, 3, 12), "DAY"),
        (46085.0, date(2026, 3, 4), "DAY"),
        (datetime(2026, 3, 4, 9), date(2026, 3, 4), "DAY"),
        ("2026年3月上旬", date(2026, 3, 1), "MONTH"),
    ],
)
def test_date_as_written(cell, on, precision):
    stated = values.read_date(cell, "day").value
    assert (stated.on, stated.precision) == (on, precision)


@pytest.mark.parametrize("cell", ["2026-13-01", "2026-02-30", "2026年13月", "2025-02-29", "20261301"])
def test_impossible_day_is_rejected(cell):
    reading = values.read_date(cell, "day")
    assert reading.value is None
    assert reading.findings[0].code == "import.date_impossible"
    assert reading.findings[0].severity is Severity.REJECT


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(
    ("cell", "on"),
    [
        ("44927", date(2023, 1, 1)), ("４４９２７", date(2023, 1, 1)), ("17899", date(1949, 1, 1)),
        ("73415", date(2100, 12, 31)),
    ],
)  # fmt: skip
def test_a_serial_written_as_text_is_read_as_its_day_with_a_note(cell, on):
    reading = values.read_date(cell, "day")
    assert (reading.value.on, reading.value.precision) == (on, "DAY")
    assert [(f.code, f.severity) for f in reading.findings] == [("import.date_serial", Severity.NOTE)]


@pytest.mark.parametrize("cell", ["17898", "73416", "20263", "44927.5", "4492700"])
def test_what_is_no_plausible_serial_is_not_guessed(cell):
    reading = values.read_date(cell, "day")
    assert reading.value is None
    assert reading.findings[0].severity is Severity.REJECT


def test_a_number_cannot_tell_january_from_october():
    reading = values.read_date(2026.1, "day")
    assert reading.value.on == date(2026, 1, 1)
    assert reading.findings[0].code == "import.date_month_ambiguous"
    assert values.read_date("2026.10", "day").value.on == date(2026, 10, 1)


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_back_in_every_manner(day):
    for text in (day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日",
                 day.strftime("%Y%m%d"), f"{day.year}.{day.month}.{day.day}"):  # fmt: skip
        assert values.read_date(text, "day").value == values.StatedDate(day, "DAY", text)


def test_code_ruined_by_a_spreadsheet_is_said():
    for cell in (4.10302199001011234e17, "2.41035E+19"):
        reading = values.read_code_text(cell, "code")
        assert reading.value is None
        assert reading.findings[0].code == "import.code_ruined"
    assert values.read_code_text("2410-350121-04-01-136129", "code").value == "2410-350121-04-01-136129"


def test_traditional_characters_are_named_and_kept():
    reading = values.read_name("縣城污水處理廠", "name")
    assert reading.value == "縣城污水處理廠"
    assert reading.findings[0].data["found"] == "".join(sorted("縣處廠"))
    assert values.read_name("南山村污水处理厂", "name").findings == ()


def _amount(text: str) -> values.Amount:
    return values.read_amount(text, "x", "万元").value


@pytest.mark.parametrize(
    ("total", "parts", "verdict"),
    [
        ("9383.63", ["7378.04", "1484.06", "443.11", "78.42"], "EXACT"),
        ("632.99", ["531.58", "71.27", "30.15"], "ROUNDING"),  # 0.01 off; 4 figures × 0.005 = 0.02 allowed
        ("632.99", ["531.58", "71.27", "30.16"], "ROUNDING"),  # 0.02 off: the point itself
        ("632.99", ["531.58", "71.27", "30.17"], "DISAGREES"),  # 0.03 off
        ("2.79亿元", ["25000", "2890"], "ROUNDING"),  # 8.2亿元-like totals are known to half of their last place
    ],
)
def test_sums_reconcile_within_what_was_published(total, parts, verdict):
    result = sums.compare(_amount(total), {str(n): _amount(p) for n, p in enumerate(parts)})
    assert result.verdict == verdict


def test_a_missing_wan_is_recognised_as_a_slip():
    result = sums.compare(_amount("632.99"), {"a": _amount("531.58"), "b": _amount("71.27元"), "c": _amount("30.14")})
    assert (result.verdict, result.slip_key) == ("DISAGREES", "b")


@pytest.mark.parametrize("cell", ["约8亿元", "8亿元左右", "约八亿元"])
def test_an_approximate_amount_is_kept_as_written_and_said_to_be_one(cell):
    reading = values.read_amount(cell, "total", "亿元")
    assert (reading.value.fen, reading.value.raw, reading.value.is_approximate) == (80_000_000_000, cell, True)
    assert [(f.code, f.severity) for f in reading.findings] == [("import.amount_approximate", Severity.NOTE)]
    other = values.read_amount(cell, "total", "万元").findings
    assert "import.amount_approximate" in [f.code for f in other]
    assert values.read_amount("8亿元", "total", "亿元").findings == ()


def test_a_code_of_digits_cut_off_after_the_fifteenth_is_said():
    for cell in ("241035012104010000", "24103501210401100000"):
        reading = values.read_code_text(cell, "code")
        assert (reading.value, reading.findings[0].code) == (None, "import.code_cut_off")
    for kept in ("24103501210401136129", "410302199001011234", "100000"):
        assert values.read_code_text(kept, "code") == values.Reading(kept)
