"""涉密 rules (GO-15): what each one meets, and that the quick look in front of them changes no answer."""

import re
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gongbu.ground.basics.messages import word
from gongbu.ground.basics.rules import secrecy

# What the patterns are made of, and what stands near it in ordinary texts.
PIECES = (
    "國", "軍", "機", "·", "国家", "定", "是", "杜",
    "绝", "机", "秘", "密", "级", "绝密", "机密", "秘密", "密级", "★", "☆", "*", "涉", "涉密", "不", "非", "未", "无", "不属于", "不涉及", "是否",
    "情况", "：", "无", "否", "内部", "工程", "保密", "代号", "代码", "“", "A12", "309", "7", "军事", "禁区", "设施", "军用", "机场", "码头",
    "国防工程", "国防", "人防", "人防指挥", "所", "中心", "文件", "件", "项目", "（", "）", " ", "\n", "-", "新密市", "道路", "商业",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
SAMPLES = {
    "declared_mark": ["绝密★长期", "★机密", "秘 密*"],
    "declared_level": ["密级：秘密", "密级为绝密", "定密为秘密"],
    "state_secret": ["涉及国家秘密的业务用房工程", "某国家秘密项目", "属于国家秘密", "国家·秘密"],
    "declared_secret": [
        "是否涉密：是",
        "是否涉密项目：是",
        "是否涉及国家秘密: 是",
        "是否涉密：☑是 □否",
        "是否涉密：是√",
        "是否属于国家秘密：是",
    ],
    "level_word": ["（机密）", "绝密件", "机密级", "机·密工程", "绝 密", "机密营房九号", "机-密营房"],
    "secret_project": ["涉密情况：是", "涉密等级 一般涉密", "涉密工程", "涉 密项目", "属于涉密"],
    "inner_codename": ["内部代号：309", "工程代码为A7", "代号“A12”"],
    "military": ["军事设施", "军事基地改造", "军事管理区道路", "国防工程", "军用机场", "人防指挥中心"],
}
OPEN = [
    "不涉密",
    "非涉密工程",
    "无涉密内容",
    "是否涉密",
    "是否涉密：否",
    "本表不含涉密项目",
    "已剔除涉密项目",
    "没有涉密内容",
    "涉密情况",
    "涉密等级：",
    "是否涉密：□是 ☑否",
    "是否涉密：是/否",
    "是否涉及国家秘密：否",
    "不涉及国家秘密",
    "学习保守国家秘密法",
    "国家秘密：无",
    "杜绝密闭空间事故整治",
    "司机密码箱",
    "机密性测评",
    "计算机密集型实验室",
    "军事主题公园",
    "涉密情况：无",
    "商业秘密保护中心",
    "新密市密州路",
    "军民路",
    "人防工程",
    "国防路",
    "工程代码",
]


def plain(said: list[object]) -> str | None:
    """The rules one by one over every text, without the quick look in front."""
    for text in said:
        for pattern in secrecy.PATTERNS:
            if isinstance(text, str) and pattern.expression.search(text.translate(secrecy._PLAIN)):
                return pattern.name
    return None


@settings(max_examples=2_000, deadline=None)
@given(st.lists(texts | st.text(max_size=12) | st.none() | st.integers(), max_size=5))
@example(["保密代码7"])
@example(["内部代码 7", "军用码头"])
def test_the_quick_look_changes_no_answer(said: list[object]) -> None:
    assert secrecy.find_secret_rule(said) == plain(said)


@settings(max_examples=2_000, deadline=None)
@given(texts)
def test_denied_words_are_looked_at_behind_as_before(text: str) -> None:
    denied = "".join(f"(?<!{w})" for w in secrecy._DENIALS)
    before = re.compile(rf"{denied}涉\s*密(?!情况[:：]?无|[:：]?否|{secrecy._ASKS})")
    now = next(p.expression for p in secrecy.PATTERNS if p.name == "secret_project")
    assert bool(now.search(text)) == bool(before.search(text))


@pytest.mark.req("GO-15")
@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, all_ in SAMPLES.items() for text in all_])
def test_every_rule_meets_its_samples(rule: str, text: str) -> None:
    assert secrecy.may_meet_rule(text)
    assert any(p.name == rule and p.expression.search(text) for p in secrecy.PATTERNS)
    assert secrecy.find_secret_rule(["道路改造", text]) is not None


@pytest.mark.req("GO-15")
@pytest.mark.parametrize(
    "text",
    [
        "機密工程",
        "絕密項目",
        "機·密工程",
        "祕密級",
        "涉及國家秘密",
        "軍事禁区",
        "機\u200b密工程",
        "國防工程",
        "军\u00ad事禁区围墙",
        "国防\u200b工程配套路",
        "军\ufe00事基地",
        "密级：机＊密",
        "机－密工程",
    ],
)
def test_the_other_script_and_marks_between_hide_nothing(text: str) -> None:
    assert secrecy.find_secret_rule([text]) is not None


@pytest.mark.parametrize("text", OPEN)
def test_an_ordinary_word_meets_none(text: str) -> None:
    assert secrecy.find_secret_rule([text]) is None


def test_ordinary_words_meet_none() -> None:
    assert secrecy.find_secret_rule(OPEN) is None


@pytest.mark.req("GO-15")
@pytest.mark.parametrize("rule", secrecy.LABELS)
def test_a_refusal_names_its_rule_and_never_the_content(rule: str) -> None:
    if rule == "secret_type_code":
        finding = secrecy.check_secrecy({}, code_type="51")
    else:
        finding = secrecy.check_secrecy({"name": f"南坡 {SAMPLES[rule][0]}"})
    assert finding is not None
    said = word(finding)
    assert f"“{secrecy.LABELS[str(finding.data['rule'])]}”" in said
    assert "南坡" not in said
    assert "涉密渠道" in said
    assert "如属误判" in said


def test_every_rule_has_a_name_in_words() -> None:
    assert set(SAMPLES) | {"secret_type_code"} == set(secrecy.LABELS)


def test_the_refusal_is_worded_here_and_not_by_a_room_above():
    finding = secrecy.check_secrecy({"name": "密级：机密 某工程"})
    said = word(finding)
    assert "涉密拦截规则“注明密级”" in said
    assert "某工程" not in said
    # a process that has loaded no room at all
    code = "from gongbu.ground.basics import messages; assert messages.is_worded('secrecy.refused')"
    subprocess.run([sys.executable, "-c", code], check=True)
