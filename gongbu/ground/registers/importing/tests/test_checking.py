"""Reading a file by columns, each repeated cell once, finds in every row what reading that row alone finds."""

from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.registers.importing import checking
from gongbu.ground.registers.importing.columns import Field, Matcher, Type
from gongbu.ground.registers.importing.kinds import CheckedRow, ImportKind

FIELDS = [
    Field("name", "项目名称", Type.NAME, required=True),
    Field("code", "项目代码", Type.CODE),
    Field("total", "总投资", Type.AMOUNT, unit="万元"),
    Field("start", "开工时间", Type.DATE),
    Field("count", "数量", Type.INTEGER),
    Field("urgent", "是否应急", Type.BOOL),
    Field("nature", "性质", Type.CHOICE, choices={"新建": "NEW", "改建": "REBUILD"}),
    Field("note", "说明"),
]
COLUMNS = Matcher(FIELDS).columns([*(f.label for f in FIELDS), "绿化迁移费（万元）"])


def secrecy(texts):
    rule = next((text for text in texts if "绝密" in text), None)
    return Finding("secrecy.refused", {"rule": "level_word"}, None, Severity.REJECT) if rule else None


KIND = ImportKind("t", "试", "t.import", lambda: FIELDS, lambda *_: None, lambda *_: [], lambda *_: None, secrecy)
# 1, 1.0 and True are equal and have one hash, but are three different cells.
SEEN = [
    None, "", " ", 1, 1.0, True, 0, 0.0, False, "1", "是", "新建", "待定", "****", "约8亿元", "2960", 2960.0, -5, "1,23.5", "8.2亿元",
    "2026.5", 2026.5, 2026.1, "2026年3月", "2026-13-01", 46085.0, 4.1e17, "2.41E+19", "绝密工程", "县城污水厂\n二期", "縣城",
    date(2026, 3, 4), datetime(2026, 3, 4, 9, 30),
]  # fmt: skip
CELLS = st.sampled_from(SEEN)
ROWS = st.lists(st.tuples(*[CELLS] * len(COLUMNS)), min_size=1, max_size=12)


def read(rows):
    made = [CheckedRow(n, "", tuple(cells), stated=frozenset(f.key for f in FIELDS)) for n, cells in enumerate(rows)]
    checking.read_rows(made, COLUMNS, "", KIND)
    return [
        (r.cells, {k: (type(v), v) for k, v in r.values.items()}, r.findings, r.secret_rule, r.left_amounts)
        for r in made
    ]


@given(ROWS)
def test_rows_read_together_are_read_as_each_alone(rows):
    assert read(rows) == [read([row])[0] for row in rows]


def test_a_secret_row_is_emptied_and_its_neighbours_are_not():
    (secret, other) = read([("绝密工程", *[None] * 8), ("甲工程", None, 5, *[None] * 5, 3)])
    assert secret == ((), {}, [KIND.secrecy(["绝密工程"])], "level_word", ())
    assert (other[0][0], other[1]["name"][1], other[3], other[4]) == ("甲工程", "甲工程", "", ("绿化迁移费（万元）",))
