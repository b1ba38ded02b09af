"""Sheets as offices keep them: titles, merged headers, sections, subtotals, footnotes."""

import io

import openpyxl
import pytest

from gongbu.ground.basics.findings import Severity
from gongbu.ground.registers.importing import reader
from gongbu.ground.registers.importing.columns import Field, Matcher, Type, split_unit
from gongbu.ground.registers.importing.table import find_table

FIELDS = [
    Field("name", "项目名称", Type.NAME, ("名称",), required=True),
    Field("total", "总投资", Type.AMOUNT, ("概算总投资",), unit="万元"),
    Field("planned", "年度计划投资", Type.AMOUNT, (), unit="万元"),
    Field("start", "开工时间", Type.DATE),
]


def table_of(rows, merge=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merge:
        book.active.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return find_table(reader.read(out.getvalue()).sheets[0], Matcher(FIELDS))


def codes(table):
    return [(f.row, f.finding.code) for f in table.findings]


def test_heading_units():
    assert split_unit("总投资（万元）") == ("总投资", "万元")
    assert split_unit("总投资/亿元") == ("总投资", "亿元")
    assert split_unit("总投资(单位：元)") == ("总投资", "元")
    assert split_unit("total_wan") == ("total_wan", "万元")
    assert split_unit("公元") == ("公元", "")


def test_titles_and_table_unit_above_the_header():
    table = table_of(
        [["某县重点项目表"], ["单位：亿元"], [], ["序号", "项目名称", "总投资"], [1, "甲", 2.5]], ["A1:C1"]
    )
    assert table.header_row == 4
    assert table.unit == "亿元"
    assert [(r.number, r.cells[1]) for r in table.rows] == [(5, "甲")]


def test_merged_header_over_two_rows():
    rows = [
        ["序号", "项目名称", "投资（万元）", None, "备注"],
        [None, None, "总投资", "年度计划投资", None],
        [1, "甲", 100, 40, ""],
    ]
    table = table_of(rows, ["A1:A2", "B1:B2", "C1:D1", "E1:E2"])
    assert {c.field.key: (c.index, c.unit) for c in table.columns if c.field} == {
        "name": (1, ""), "total": (2, "万元"), "planned": (3, "万元"),
    }  # fmt: skip
    assert [r.number for r in table.rows] == [3]


def test_sections_footnotes_and_blank_rows_are_left_aside_and_named():
    rows = [
        ["项目名称", "总投资（万元）", "开工时间"], ["一、交通类"], ["甲", 100, "2026.5"], [], ["二、水利类"], ["乙", 50, ""],
        ["注：投资为估算数"],
    ]  # fmt: skip
    table = table_of(rows)
    assert [r.cells[0] for r in table.rows] == ["甲", "乙"]
    assert codes(table) == [(2, "import.row_section"), (5, "import.row_section"), (7, "import.row_footnote")]


def test_subtotals_are_checked_against_their_rows_not_imported():
    head = ["项目名称", "总投资（万元）"]
    good = table_of([head, ["甲", 100.5], ["乙", 50], ["小计", 150.5], ["丙", 10], ["合计（3个）", 160.5]])
    assert len(good.rows) == 3
    assert codes(good) == [(4, "import.row_total"), (6, "import.row_total")]
    bad = table_of([head, ["甲", 100], ["乙", 50], ["合计（3个）", 170]])
    assert codes(bad) == [(4, "import.row_total"), (4, "import.total_disagrees"), (4, "import.total_count_disagrees")]
    assert bad.findings[1].finding.data["difference"] == "20"


def test_a_project_whose_name_speaks_of_totals_is_a_project():
    table = table_of([["项目名称", "开工时间"], ["合计", "2026年5月"], ["城市总计量中心工程", "2026.5"]])
    assert [r.cells[0] for r in table.rows][-1] == "城市总计量中心工程"


def test_unmatched_doubled_and_unitless_headings_are_reported():
    table = table_of([["项目名称", "名称", "总投资", "本地编号"], ["甲", "甲", 5, "X"]])
    assert [(f.column, f.finding.code) for f in table.findings] == [
        ("名称", "import.column_doubled"), ("总投资", "import.unit_assumed"), ("本地编号", "import.column_unmatched"),
    ]  # fmt: skip


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(
    "head",
    [
        ["名称", "项目名称", "概算总投资（万元）", "总投资（万元）"],
        ["项目名称", "名称", "总投资（万元）", "概算总投资（万元）"],
    ],
)
def test_a_fields_own_name_beats_a_synonym_whatever_their_order(head):
    table = table_of([head, ["甲", "乙", 5, 6]])
    assert {c.heading for c in table.columns if c.field} == {"项目名称", "总投资（万元）"}
    told = {f.column: (f.finding.code, f.finding.severity.value) for f in table.findings}
    assert told == {
        "名称": ("import.column_doubled", "NOTE"), "概算总投资（万元）": ("import.column_doubled", "FLAG"),
    }, "an amount left aside is asked about"  # fmt: skip


def test_no_header_is_no_table():
    assert table_of([["甲", 1], ["乙", 2]]) is None
    assert table_of([["总投资", "开工时间"], [1, "2026"]]) is None  # the required name is missing


@pytest.mark.req("GO-13")
@pytest.mark.parametrize("merge", [["A1:C1"], ["A1:B1"], []])
def test_a_title_right_above_the_header_is_no_part_of_the_column_names(merge):
    rows = [
        ["某县2026年政府投资项目台账", None, None],
        ["项目名称", "总投资（亿元）", "开工时间"],
        ["甲", 2.5, "2026年3月"],
    ]
    table = table_of(rows, merge)
    assert [c.heading for c in table.columns] == ["项目名称", "总投资（亿元）", "开工时间"]
    assert (table.header_row, [(r.number, r.cells[0]) for r in table.rows]) == (2, [(3, "甲")])


def test_one_merged_heading_beside_the_name_still_joins_the_row_below():
    rows = [[None, "投资（亿元）", None], ["项目名称", "总投资", "年度计划投资"], ["甲", 2.5, 1]]
    table = table_of(rows, ["B1:C1"])
    assert {c.field.key: c.unit for c in table.columns if c.field} == {"name": "", "total": "亿元", "planned": "亿元"}


TOP = [["项目名称", "总投资（万元）", "区划"]]


def disagreements(*rows) -> list[tuple[int, str]]:
    table = table_of(list(rows))
    return [(f.row, str(f.finding.data.get("compared", ""))) for f in table.findings
            if f.finding.code == "import.total_disagrees"]  # fmt: skip


A, B, C = ["甲路一段", 1000, "1"], ["乙路二段", 2000, "1"], ["丙渠", 500, "1"]


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(
    "rows",
    [
        [*TOP, ["合计", 3000, ""], A, B],
        [*TOP, A, B, ["合计", 3000, ""]],
        [["合计", 3000, ""], *TOP, A, B],
        [*TOP, ["一、市政类小计", 3000, ""], A, B, ["二、水利类小计", 500, ""], C, ["合计", 3500, ""]],
        [*TOP, ["合计", 3500, ""], ["一、市政类小计", 3000, ""], A, B, ["二、水利类小计", 500, ""], C],
        [*TOP, ["一、市政类", "", ""], A, B, ["小计", 3000, ""], ["二、水利类", "", ""], C, ["小计", 500, ""]],
        [*TOP, ["一、市政类", "", ""], ["小计", 3000, ""], A, B, ["二、水利类", "", ""], ["小计", 500, ""], C],
        [*TOP, ["一、城建小计", 3500, ""], ["（一）市政小计", 3000, ""], A, B, ["（二）水利小计", 500, ""], C],
        [*TOP, ["（一）市政类", "", ""], A, B, ["（一）小计", 3000, ""], ["（二）水利类", "", ""], C,
         ["（二）小计", 500, ""], ["一、城建小计", 3500, ""]],
    ],
)  # fmt: skip
def test_totals_above_and_below_their_rows_agree(rows):
    assert disagreements(*rows) == []


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*TOP, ["合计", 3100, ""], A, B], [(2, "下方 2 行")]),
        ([*TOP, A, B, ["合计", 3100, ""]], [(4, "上方 2 行")]),
        ([["合计", 3100, ""], *TOP, A, B], [(1, "下方 2 行")]),
        ([*TOP, ["一、小计", 3000, ""], A, B, ["二、小计", 510, ""], C], [(5, "下方 1 行")]),
        ([*TOP, ["一、类", "", ""], A, B, ["小计", 3100, ""], ["二、类", "", ""], C, ["小计", 500, ""]],
         [(5, "上方 2 行")]),
    ],
)  # fmt: skip
def test_a_total_that_no_reading_makes_right_is_told_with_what_it_was_compared_to(rows, said):
    assert disagreements(*rows) == said


def test_a_total_over_the_header_is_no_part_of_the_headings():
    table = table_of(
        [["合计", "", 3000], ["项目名称", "建设单位", "总投资（万元）"], ["甲", "某局", 1000], ["乙", "某局", 2000]]
    )
    assert [c.heading for c in table.columns] == ["项目名称", "建设单位", "总投资（万元）"]
    assert [(f.row, f.finding.code) for f in table.findings if "total" in f.finding.code] == [(1, "import.row_total")]


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(
    "above",
    [
        [["", "", "单位：亿元"]],
        [["单位：亿元"]],
        [["青岚县项目表"], ["", "", "单位:亿元"]],
        [["青岚县项目表（单位：亿元）"]],
        [["青岚县项目表", "", "（单位：亿元）"]],
        [["单位：个、亿元"]],
        [["填报单位：发改局", "", "金额单位：亿元"]],
    ],
)
def test_a_line_with_the_unit_above_the_header_is_read_and_is_no_heading(above):
    table = table_of([*above, ["序号", "项目名称", "总投资"], [1, "甲工程", 3.5], [2, "乙工程", 2]])
    assert table.unit == "亿元"
    assert [c.heading for c in table.columns] == ["序号", "项目名称", "总投资"]
    assert [code for _, code in codes(table) if code == "import.unit_assumed"] == []
    assert [r.cells[1] for r in table.rows] == ["甲工程", "乙工程"]


GROUPED = [
    [["一", "农业水利（2个）", 300], ["二", "交通", 700]],
    [["一、", "农业水利类", 300], ["二、", "交通类", None]],
    [["（一）", "水利项目", 300], ["（二）", "交通项目", 700]],
    [["A", "续建项目", 300], ["B", "新建项目", 700]],
    [["其中：", "续建", 300], ["其中：", "新建", 700]],
    [["", "其中：续建", 300], ["", "其中：新建", 700]],
    [["", "续建（2个）", 300], ["", "新建（2个）", 700]],
]


@pytest.mark.req("GO-13")
@pytest.mark.parametrize("groups", GROUPED)
def test_a_row_that_names_a_group_is_no_project(groups):
    first, second = groups
    rows = [
        ["", "总计（4个）", 1000],
        first,
        [1, "甲水库", 100],
        [2, "乙水库", 200],
        second,
        [3, "丙公路", 300],
        [4, "丁公路", 400],
    ]
    table = table_of([["序号", "项目名称", "总投资（万元）"], *rows])
    assert [r.cells[1] for r in table.rows] == ["甲水库", "乙水库", "丙公路", "丁公路"]
    assert not [f for f in table.findings if f.finding.severity != Severity.NOTE]


@pytest.mark.req("GO-13")
def test_what_only_looks_like_a_group_stays_a_record_and_is_told():
    rows = [["一", "农业水利", 8000], [1, "甲水库", 100], [2, "乙水库", 200]]
    table = table_of([["序号", "项目名称", "总投资（万元）"], *rows])
    assert [r.cells[1] for r in table.rows] == ["农业水利", "甲水库", "乙水库"]
    assert (2, "import.row_like_group") in codes(table)


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(
    "part",
    [
        ["", "其中：甲水库大坝", 60],
        [2, "其中:甲水库大坝", 60],
        ["其中", "甲水库大坝", 60],
        ["", "（其中）甲水库大坝", 60],
    ],
)
@pytest.mark.parametrize("total", [300, 360])
def test_a_part_of_the_row_above_stays_a_record_and_is_told(part, total):
    rows = [[1, "甲水库", 100], part, [3, "乙水库", 200], ["", "合计", total]]
    table = table_of([["序号", "项目名称", "总投资（万元）"], *rows])
    assert len(table.rows) == 3, "never dropped"
    (flag,) = [f for f in table.findings if f.finding.severity is not Severity.NOTE]
    assert (flag.row, flag.finding.code) == (3, "import.row_part_of_above"), "and the total may leave it out or not"
    assert flag.finding.data["above"] == "甲水库"
    bare = table_of(
        [["序号", "项目名称", "总投资（万元）"], [1, "甲水库", 100], ["", "其中：甲水库大坝", ""], [3, "乙水库", 200]]
    )
    assert "import.row_part_of_above" not in [code for _, code in codes(bare)], "without an amount nothing counts twice"


def test_a_list_that_numbers_its_projects_in_words_has_no_groups():
    rows = [["一", "甲水库", 100], ["二", "乙水库", 200], ["三", "丙公路", 300]]
    table = table_of([["序号", "项目名称", "总投资（万元）"], *rows])
    assert len(table.rows) == 3
    assert "import.row_like_group" not in [code for _, code in codes(table)]


@pytest.mark.req("GO-13")
def test_a_total_behind_a_number_of_its_own_is_a_total():
    head = ["序号", "项目名称", "地点", "总投资（万元）"]
    rows = [[1, "甲", "青岚县", 100], [2, "乙", "青岚县", 200], [3, "小计", "青岚县", 300], ["四", "合计", "", 300]]
    table = table_of([head, *rows])
    assert [row.cells[1] for row in table.rows] == ["甲", "乙"]
    assert not [f for f in table.findings if f.finding.severity is not Severity.NOTE], "and its sum agrees"
    wrong = table_of([head, *rows[:2], [3, "合计", "", 900]])
    assert any(f.finding.severity is Severity.FLAG for f in wrong.findings)
    assert [row.cells[1] for row in table_of([head, [1, "合计里小学教学楼", "青岚县", 100]]).rows] == [
        "合计里小学教学楼"
    ]


@pytest.mark.req("GO-13")
def test_a_list_whose_only_money_is_under_an_unknown_heading_is_flagged():
    table = table_of([["序号", "项目名称", "投资（万元）", None], [1, "甲", 100, 40]], ["C1:D1"])
    lost = {f.column: f.finding.severity for f in table.findings if f.finding.code == "import.column_unmatched"}
    assert [column for column, severity in lost.items() if severity is Severity.FLAG] == ["投资（万元）"]
    beside = table_of([["项目名称", "总投资（万元）", "其中中央资金（万元）"], ["甲", 100, 40]])
    assert {f.finding.severity for f in beside.findings if f.finding.code == "import.column_unmatched"} == {
        Severity.NOTE
    }
