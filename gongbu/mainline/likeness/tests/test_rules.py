"""Rules of likeness: names into parts, pairs of names, two lists. Golden cases, then what must hold for any input."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gongbu.mainline.likeness import messages
from gongbu.mainline.likeness.rules import comparing, wording
from gongbu.mainline.likeness.rules.comparing import Limits, Relation, Traits, compare
from gongbu.mainline.likeness.rules.names import grams_of, parse
from gongbu.mainline.likeness.rules.pairing import Lookup, match_lists
from gongbu.mainline.likeness.sounds import sound

LIMITS = Limits(0.80, 0.60)
CASES = yaml.safe_load((Path(__file__).parent / "cases/names.yaml").read_text("utf-8"))
MARKS = ("phases", "sections", "reaches", "ends", "years", "codes", "actions")


def judge(a: str | Traits, b: str | Traits) -> comparing.Judgement:
    one, other = (t if isinstance(t, Traits) else Traits(t) for t in (a, b))
    return compare(one, other, LIMITS, sound)


@pytest.mark.parametrize("case", CASES["parts"], ids=lambda case: case["name"])
def test_a_name_is_taken_apart(case: dict) -> None:
    parts = parse(case["name"])
    for key in MARKS:
        if key in case:
            assert getattr(parts, key) == frozenset(case[key]), key
    if "core" in case:
        assert wording.readable(parts.core) == case["core"]
    if "amounts" in case:
        assert parts.amounts == {(unit, value) for unit, value in case["amounts"]}


@pytest.mark.req("CM-02")
@pytest.mark.parametrize("case", CASES["pairs"], ids=lambda case: f"{case['a']}｜{case['b']}")
def test_a_pair_of_names_is_judged(case: dict) -> None:
    judgement = judge(case["a"], case["b"])
    if "relation" in case:
        assert judgement.relation.value == case["relation"], judgement
    else:
        assert judgement.relation.value != case["not"], judgement


def test_every_reason_has_words_and_every_factor_below_one_is_named() -> None:
    for case in CASES["pairs"]:
        judgement = judge(case["a"], case["b"])
        for evidence in judgement.evidence:
            assert evidence.code in messages.REASONS
            assert "{" not in messages.say(evidence)
        if judgement.score < 0.9:
            assert judgement.evidence, "a low score says why"


@pytest.mark.req("CM-02")
def test_what_stands_beside_the_name_counts() -> None:
    name = "石桥镇卫生院门诊楼建设项目"
    here = Traits(name, region="云溪县", owner="石桥镇人民政府", location="云溪县石桥镇")
    assert judge(here, Traits(name, region="洛州市云溪县")).relation is Relation.SAME
    assert judge(here, Traits(name, region="松岭县")).relation is not Relation.SAME, "the same name in another county"
    renamed_owner = judge(here, Traits(name, owner="云溪县卫生健康局"))
    assert renamed_owner.relation is Relation.SAME, "another owner is no other project"
    assert "likeness.owner_differs" in {e.code for e in renamed_owner.evidence}
    content = "新建门诊楼一栋，地上五层，总建筑面积4200平方米，购置医疗设备36台套"
    far = judge(Traits("便民医疗服务提升工程", content=content), Traits("石桥镇门诊楼", content=content))
    near = judge("便民医疗服务提升工程", "石桥镇门诊楼")
    assert far.score > near.score + 0.3, "equal content lifts names that have little in common"
    years = judge(Traits(name, start=date(2020, 1, 1)), Traits(name, start=date(2026, 1, 1)))
    assert "likeness.start_apart" in {e.code for e in years.evidence}


NAMES = st.lists(
    st.sampled_from(
        wording.words(
            """
            云溪县 石桥镇 李庄村 第二 人民 医院 小学 门诊楼 教学楼 道路 污水处理厂 一期 二期 （三标段） 南段 北段 2023年 新建 改造
            工程 项目 年产5万吨 G107 K0+000~K1+500 有限公司 （EPC） —— 至 1号楼 Ⅱ期 ( ) 《 》 x9 的 及 、
            """
        )
    ),
    max_size=9,
).map("".join)
TEXTS = NAMES | st.text(max_size=30)
TRAITS = st.builds(
    Traits, name=TEXTS, owner=st.sampled_from(["", "云溪县水利局", "石桥镇人民政府"]), location=st.sampled_from(["", "石桥镇", "东铺镇李庄"]),
    region=st.sampled_from(["", "云溪县", "松岭县"]), content=st.sampled_from(["", "新建道路3公里，红线宽24米，配套雨污水管网", "敷设管网12公里"]),
    start=st.sampled_from([None, date(2020, 1, 1), date(2026, 1, 1)]), total_fen=st.sampled_from([None, 0, 123_456_700]),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(TRAITS, TRAITS)
def test_likeness_is_symmetric_and_bounded(one: Traits, other: Traits) -> None:
    there, back = compare(one, other, LIMITS, sound), compare(other, one, LIMITS, sound)
    assert there == back.turned()
    assert 0.0 <= there.score <= 1.0
    assert there.relation is not Relation.SAME or there.score >= LIMITS.same_at
    for evidence in there.evidence:
        assert messages.say(evidence)


@settings(max_examples=300, deadline=None)
@given(TRAITS)
def test_a_project_is_like_itself(one: Traits) -> None:
    judgement = compare(one, one, LIMITS, sound)
    assert judgement.score == 1.0
    assert judgement.relation is Relation.SAME


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_any_text_can_be_taken_apart(text: str) -> None:
    parts = parse(text)
    assert len(parts.core) == len(parts.weights) == len(parts.tags)
    assert all(0 <= w <= 1 for w in parts.weights)
    assert grams_of(parts)


@settings(max_examples=100, deadline=None)
@given(st.lists(TRAITS, max_size=12), st.lists(TRAITS, max_size=12))
def test_lists_are_matched_one_to_one(ours: list[Traits], theirs: list[Traits]) -> None:
    found = match_lists(ours, theirs, LIMITS, sound)
    assert len({m.a for m in found}) == len({m.b for m in found}) == len(found)
    assert all(ours[m.a].name.strip() and theirs[m.b].name.strip() for m in found)
    back = match_lists(theirs, ours, LIMITS, sound)
    assert len(back) == len(found)


def test_equal_names_are_paired_before_likely_ones() -> None:
    ours = [Traits("城南污水处理厂建设工程"), Traits("城南污水处理厂")]
    theirs = [Traits("城南污水处理厂"), Traits("城南污水厂新建项目")]
    assert [(m.a, m.b) for m in match_lists(ours, theirs, LIMITS, sound)] == [(0, 1), (1, 0)]


def test_candidates_hold_the_renamed_one_among_thousands() -> None:
    names = [f"{town}{n}村道路硬化工程" for n in range(500) for town in ("石桥镇", "东铺镇")]
    wanted = "城关镇凤凰岭隧道新建工程"
    lookup = Lookup([*names, wanted])
    assert len(names) in lookup.candidates("凤凰岭隧道建设项目（城关镇）")


@pytest.mark.parametrize(
    ("text", "number"),
    [("十", 10), ("二十三", 23), ("一百零五", 105), ("12", 12), ("iv", 4), ("两", 2), ("x", 10), ("镇", None)],
)
def test_numerals_are_read(text: str, number: int | None) -> None:
    assert wording.read_numeral(text) == number
