"""Paper templates of a pack: what the loader refuses, in which words; versions by date; what a diff shows."""

from datetime import date

import pytest

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy.diffing import diff_packs
from gongbu.ground.policy.loading import load_pack, load_packs
from gongbu.ground.policy.reading import PackFaults
from gongbu.ground.policy.rules.policy import Policy

TEMPLATE = """\
key: sample.notice
label: 样例通知
genre: 通知
form: RED_HEAD
series: DOCUMENT
from: 2020-01-01
confidence: V1
basis: {instrument: 样例条例, article: 第一条}
fields:
  name: {label: 名称, type: text, max: "40"}
  content: {label: 正文, type: long_text}
tables:
  rows: {label: 清单, columns: {item: {label: 项目}, total_fen: {label: 金额, type: wan}}}
title: 关于{name}的通知
body:
  - "{content}"
annexes:
  - {title: "{name}清单", table: rows, total: [total_fen]}
"""


def faults(folder):
    with pytest.raises(PackFaults) as caught:
        load_pack(folder)
    return [str(fault) for fault in caught.value.faults]


def test_a_whole_template_loads(write_pack):
    pack = load_pack(write_pack(files={"papers/notice.yaml": TEMPLATE}))
    template = pack.papers["sample.notice"][0]
    assert template.mark == "{issuer}文件"
    assert not template.is_by_hand
    assert "sample.notice" in pack.keys
    assert pack.records[template.hash]["kind"] == "paper"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("关于{name}的通知", "关于{nmae}的通知", "title：用了没有声明的字段 nmae。改法：改为：name、content"),
        ("关于{name}的通知", "关于{name的通知", "花括号不成对"),
        ("关于{name}的通知", "关于{no}的通知", "用了没有声明的字段 no"),
        ('- "{content}"', "- 现将{content}", "content 是多段文字，不能与别的文字同段"),
        ('- "{content}"', "- 请落实。", "字段 content 没有用在任何一处"),
        ('- "{content}"', '- {when: nothing, text: "{content}"}', "没有字段 nothing"),
        ('- "{content}"', '- {for_each: lines, text: "{content}"}', "没有表 lines。改法：改为已声明的表（rows）"),
        ('- "{content}"', '- {heading: 一、甲, text: "{content}"}', "heading 与 lead、text 不能并用"),
        ("table: rows, ", "table: list, ", "没有表 list"),
        ("total: [total_fen]", "total: [item]", "item 不是可以合计的列"),
        ("table: rows, total: [total_fen]", "body: [另行公布]", "表 rows 没有用在任何一处"),
        ("form: RED_HEAD", "form: MINUTES", "纪要没有写版头标志"),
        ("form: RED_HEAD", "form: BLUE_HEAD", "“BLUE_HEAD”不在允许的取值中"),
        ("  name: {label: 名称", "  issuer: {label: 名称", "字段名 issuer 由系统给出，不能再声明"),
        ('max: "40"', "max: 40", "数字 40 没有引号"),
        ("type: text, max", "type: date, max", "date 类型没有长度"),
        ("genre: 通知\n", "", "genre：缺少必填的键"),
        ("样例条例, article", "别的条例, article", "不在本包的依据清单中"),
    ],
)
def test_a_template_with_a_fault_is_refused_in_words(write_pack, old, new, said):
    assert old in TEMPLATE
    found = faults(write_pack(files={"papers/notice.yaml": TEMPLATE.replace(old, new, 1)}))
    assert any(said in text for text in found), found
    assert all("papers/notice.yaml 第" in text and "改法：" in text for text in found)


def test_the_version_of_the_day_is_taken_and_two_of_one_day_are_refused(write_pack):
    later = TEMPLATE.replace("from: 2020-01-01", "from: 2024-07-01").replace("关于{name}的通知", "印发{name}的通知")
    pack = load_pack(write_pack(files={"papers/a.yaml": TEMPLATE, "papers/b.yaml": later}))
    policy = Policy([pack])
    titles = [
        policy.paper("sample.notice", day)[1].title for day in (date(2024, 6, 30), date(2024, 7, 1), date(2024, 7, 2))
    ]
    assert titles == ["关于{name}的通知", "印发{name}的通知", "印发{name}的通知"]
    with pytest.raises(Refusal) as refusal:
        policy.paper("sample.notice", date(2019, 12, 31))
    assert refusal.value.code == "policy.no_value"
    assert policy.list_papers(date(2019, 12, 31)) == []
    twice = faults(write_pack(files={"papers/a.yaml": TEMPLATE, "papers/b.yaml": TEMPLATE}))
    assert any("有两个版本都自 2020-01-01 起施行" in text for text in twice)


def test_the_nearer_pack_gives_its_own_template(write_pack):
    far = load_pack(write_pack("far", {"papers/a.yaml": TEMPLATE}))
    near = load_pack(write_pack("near", {"papers/a.yaml": TEMPLATE.replace("关于{name}的通知", "印发{name}的通知")}))
    assert Policy([near, far]).paper("sample.notice", date(2026, 1, 1))[1].title == "印发{name}的通知"
    assert [t.title for t in Policy([near, far]).list_papers(date(2026, 1, 1))] == ["印发{name}的通知"]
    changes = [str(change) for change in diff_packs(far, near)]
    assert any("样例通知（sample.notice）" in text and "“印发{name}的通知”" in text for text in changes)


@pytest.mark.req("GO-01")
def test_the_installed_templates_have_basis_and_confidence():
    found = {key: t for pack in load_packs().values() for key, versions in pack.papers.items() for t in versions}
    assert {
        "papers.notice", "county_reserve.major_list", "county_reserve.public_notice", "county_reserve.meeting_minutes",
        "county_reserve.return_notice",
    } <= set(found)  # fmt: skip
    assert all(str(template.basis) and template.confidence for template in found.values())
    assert {template.form.value for template in found.values()} == {"RED_HEAD", "LETTER", "MINUTES", "PLAIN"}
