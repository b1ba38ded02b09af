"""Numbers, days, title lines and filled templates: what stands on the paper, and what is refused before it is set."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.papers.rules.filling import fill, words_of
from gongbu.ground.papers.rules.layout import (
    BODY_WIDTH_PT,
    MARK_PT,
    NARROWEST,
    count_words,
    day_words,
    document_number,
    fit_mark,
    split_title,
    width_of,
)
from gongbu.ground.policy.loading import load_packs
from gongbu.ground.policy.rules.papers import Kind

DAY = date(2026, 3, 2)
YI, WAN = 10_000_000_000, 1_000_000


def template(key):
    return next(pack.papers[key][-1] for pack in load_packs().values() if key in pack.papers)


def codes(findings):
    return {finding.code for finding in findings}


def test_number_and_day_stand_as_the_standard_asks():
    assert document_number("云发改", 2026, 3) == "云发改〔2026〕3号"
    assert document_number("云发改", 2026, None) == "云发改〔2026〕　　号"
    assert day_words(date(2026, 3, 2)) == "2026年3月2日"
    assert [count_words(n) for n in (1, 10, 11, 20, 21, 99)] == ["一", "十", "十一", "二十", "二十一", "九十九"]
    for number in (0, 100):
        with pytest.raises(ValueError, match=str(number)):
            count_words(number)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("储备项目退回补正通知书", ("储备项目退回补正通知书",)),
        ("关于印发云溪县2026年度重大项目清单的通知", ("关于印发云溪县2026年度", "重大项目清单的通知")),
        (
            "云溪县发展和改革局关于报送储备项目有关情况的通知",
            ("云溪县发展和改革局", "关于报送储备项目有关情况的通知"),
        ),
        (
            "关于印发《云溪县2026年度省市县三级重大项目领导包抓推进工作责任清单》的通知",
            ("关于印发《云溪县2026年度", "省市县三级重大项目领导包抓", "推进工作责任清单》的通知"),
        ),
        ("第一行\n第二行", ("第一行", "第二行")),
    ],
)
def test_a_title_breaks_where_the_sense_does(title, lines):
    assert split_title(title) == lines


@given(st.text(alphabet="云溪县发展改革局关于印发年度重大项目清单的通知《》、2026", min_size=1, max_size=90))
def test_no_title_loses_a_character_or_overflows_its_line(title):
    lines = split_title(title)
    assert "".join(lines) == title
    assert all(width_of(line) <= 19.8 for line in lines)


@given(st.integers(min_value=1, max_value=40))
def test_the_mark_always_fits_its_line(count):
    mark = fit_mark("局" * count)
    assert count * mark.size_pt * mark.squeeze <= BODY_WIDTH_PT + 0.5
    assert NARROWEST <= mark.squeeze <= 1
    assert mark.size_pt <= MARK_PT


def test_values_are_written_as_papers_write_them():
    assert words_of(8_642 * WAN * 100, Kind.YI) == "86.42"
    assert words_of(1_000 * YI, Kind.YI) == "1,000"
    assert words_of(12_345 * WAN + 670_000, Kind.WAN) == "12,345.67"
    assert words_of(Decimal("0.125"), Kind.PERCENT) == "12.5%"
    assert words_of(["甲某", "乙某"], Kind.NAMES) == "甲某、乙某"
    assert words_of(date(2026, 12, 1), Kind.DATE) == "2026年12月1日"
    assert words_of(12_000, Kind.COUNT) == "12,000"
    for value, kind in ((1.5, Kind.WAN), (True, Kind.COUNT), ("2026", Kind.YEAR), (26, Kind.YEAR), (None, Kind.TEXT)):
        assert words_of(value, kind) is None


def test_headings_of_a_written_text_are_known_by_their_numbers():
    notice = template("papers.notice")
    content = "现通知如下：\n一、报送范围\n（一）时间\n（二）方式。各单位通过平台报送。\n1. 其他。"
    fields = {"title": "关于报送的通知", "addressee": "各乡镇：", "content": content}
    words, findings = fill(notice, fields, {}, issuer="云溪县发展和改革局", on=DAY)
    assert findings == []
    assert [(p.style, p.lead, p.text) for p in words.passages] == [
        ("FANGSONG", "", "现通知如下："),
        ("HEI", "一、报送范围", ""),
        ("KAI", "（一）时间", ""),
        ("FANGSONG", "", "（二）方式。各单位通过平台报送。"),
        ("FANGSONG", "", "1. 其他。"),
    ]
    assert words.remark == ""


def test_a_list_repeats_per_row_and_its_stop_is_not_doubled():
    notice = template("county_reserve.return_notice")
    fields = {"applicant": "清河镇人民政府", "project_name": "冷链物流中心", "declared_on": DAY, "library": "行业储备库",
              "supplement_by": date(2026, 3, 20)}  # fmt: skip
    issues = [{"issue": "规模与估算不一致。", "remedy": "补充说明。"}, {"issue": "未附用地意见", "remedy": "补交"}]
    words, _ = fill(notice, fields, {"issues": issues}, issuer="云溪县农业农村局", on=DAY)
    texts = [p.text for p in words.passages]
    assert texts[1:3] == ["1. 规模与估算不一致。请补充说明。", "2. 未附用地意见。请补交。"]
    assert words.addressee == "清河镇人民政府"
    assert words.mark == "云溪县农业农村局"


def test_totals_are_of_the_exact_amounts_and_a_wide_table_turns_the_sheet():
    listing = template("county_reserve.major_list")
    fields = {"year": 2026, "list_name": "清单", "meeting": "联席会议", "meeting_on": DAY, "notice_from": DAY,
              "notice_to": DAY, "project_count": 3, "total": YI, "year_plan": YI, "report_by": DAY}  # fmt: skip
    # Three times 0.004 万元: what is not nothing is not printed as nothing, and the total is of the exact amounts.
    rows = [{"name": f"工程{n}", "owner": "某单位", "total_fen": 4_000, "year_fen": WAN} for n in range(3)]
    words, findings = fill(listing, fields, {"projects": rows}, issuer="云溪县发展和改革局", on=DAY)
    assert findings == []
    annex = words.attachments[0]
    assert annex.is_turned
    assert [h.label for h in annex.headings] == ["序号", "项目名称", "项目单位", "建设内容及规模", "总投资", "年度计划投资", "责任单位"]  # fmt: skip
    assert annex.rows[0][4] == "0.004"
    assert annex.rows[-1] == ("", "合计", "", "", "0.01", "3.00", "")


def test_every_fault_of_the_contents_is_found_at_once():
    notice = template("papers.notice")
    given_ = {"title": "", "addressee": 3, "colour": "红", "content": "好"}
    words, findings = fill(notice, given_, {"rows": []}, issuer="局", on=DAY)
    assert words is None
    assert codes(findings) == {
        "papers.field_missing", "papers.field_type", "papers.field_unknown", "papers.table_unknown",
    }  # fmt: skip
    assert {f.field for f in findings} == {"title", "addressee", "colour", "rows"}
    longest = {"title": "长" * 80, "addressee": "各", "content": "好"}
    assert fill(notice, longest, {}, issuer="局", on=DAY)[1] == []
    assert codes(fill(notice, {**longest, "title": "长" * 81}, {}, issuer="局", on=DAY)[1]) == {"papers.too_long"}


def test_text_that_looks_like_a_field_stays_text():
    notice = template("papers.notice")
    fields = {"title": "关于{addressee}的通知", "addressee": "各乡镇", "content": "{title}与{unknown}"}
    words, _ = fill(notice, fields, {}, issuer="局", on=DAY)
    assert words.title == "关于{addressee}的通知"
    assert words.passages[0].text == "{title}与{unknown}"
