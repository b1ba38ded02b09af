"""How values stand in exported files: exact amounts, days, texts that are no formulas and no markup."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.orgs.trace import Trace
from gongbu.ground.registers import exports
from gongbu.ground.registers.columns import Column

TRACE = Trace("00A7-K3QX9B", "林晓燕", "", datetime(2026, 3, 4, tzinfo=UTC), "表", 3, {})
COLUMNS = [
    Column("name", "名称"), Column("code", "代码", "code"), Column("kind", "类别", "choice", {"A": "甲", "B": "=乙"}),
    Column("fen", "总投资", "wan"), Column("share", "比例", "percent"), Column("on", "日期", "date"),
    Column("at", "时间", "datetime"), Column("is_open", "公开", "bool"), Column("n", "数量", "int"),
]  # fmt: skip
INDEX = {column.name: i for i, column in enumerate(COLUMNS)}
MOMENT = datetime(2026, 3, 4, 17, 30, tzinfo=UTC)  # the fifth in China
ROWS = [
    ("=1+1", "2603-990121", "A", 123_456_789, Decimal("0.125"), date(2026, 3, 4), MOMENT, True, 0),
    ("<r><t>坏</r>", None, "B", -5, None, MOMENT, None, False, -3),
    (None, "", "", None, None, None, None, None, None),
]


def as_csv(note: str = "") -> list[list[str]]:
    body = b"".join(exports.stream_csv(COLUMNS, INDEX, ROWS, "x.csv", note, trace=TRACE).streaming_content)
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def as_xlsx(note: str = "") -> list[tuple[object, ...]]:
    body = b"".join(exports.send_xlsx(COLUMNS, INDEX, ROWS, "x.xlsx", "表", note, trace=TRACE).streaming_content)
    return list(openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))


def test_csv_is_exact_and_holds_no_formula() -> None:
    assert as_csv("另有 1 条") == [
        ["名称", "代码", "类别", "总投资（万元）", "比例", "日期", "时间", "公开", "数量"],
        ["'=1+1", "2603-990121", "甲", "123.456789", "0.125", "2026-03-04", "2026-03-05 01:30", "是", "0"],
        ["<r><t>坏</r>", "", "'=乙", "-0.000005", "", "2026-03-05", "", "否", "-3"],
        ["", "", "", "", "", "", "", "", ""],
        ["另有 1 条"],
    ]


def test_a_workbook_holds_typed_cells_and_text_that_looks_like_markup() -> None:
    rows = as_xlsx("另有 1 条")
    assert rows[1] == (
        "=1+1", "2603-990121", "甲", 123.456789, 0.125, datetime(2026, 3, 4), datetime(2026, 3, 5, 1, 30), "是", 0,
    )  # fmt: skip
    assert rows[2][0] == " <r><t>坏</r>"
    assert rows[2][5] == datetime(2026, 3, 5)
    assert rows[-1][0] == "另有 1 条"


def test_an_empty_register_gives_headings_only() -> None:
    body = b"".join(exports.stream_csv(COLUMNS, INDEX, [], "x.csv", trace=TRACE).streaming_content)
    assert body.decode("utf-8-sig").splitlines() == [",".join(exports.headings(COLUMNS))]


@given(st.integers(-(10**17), 10**17), st.sampled_from([100, 1_000_000, 10_000_000_000]))
def test_exact_text_is_what_decimal_says(amount: int, scale: int) -> None:
    said = exports.exact_text(amount, scale)
    assert Decimal(said) == Decimal(amount) / scale
    assert said == format(Decimal(amount) / scale, "f")


@pytest.mark.parametrize("text", ["", "a", "+1,000.5", "-3", "1=1"])
def test_ordinary_text_stays(text: str) -> None:
    assert exports.safe_text(text) == text
