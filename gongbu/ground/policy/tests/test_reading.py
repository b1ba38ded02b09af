"""What the loader refuses, and that every message names file, line, key and mend."""

import pytest

from gongbu.ground.policy.loading import load_pack, load_packs
from gongbu.ground.policy.reading import PackFaults
from gongbu.ground.policy.tests.conftest import parameter, table


def faults_of(folder):
    with pytest.raises(PackFaults) as caught:
        load_pack(folder)
    return caught.value.faults


@pytest.mark.parametrize(
    ("text", "line", "key", "found", "mend"),
    [
        (parameter(value="20"), 8, "versions[1].value", "数字 20 没有引号", '写成 "20"'),
        (parameter(value="0.10", unit="ratio"), 8, "versions[1].value", "数字 0.10 没有引号", '"0.10"'),
        (parameter(value="no", unit="flag"), 8, "versions[1].value", "no 会被 YAML 读成是或否", '"no"'),
        (parameter(value='"二十"'), 8, "versions[1].value", "“二十”不是整数", "带引号的整数"),
        (parameter(value='"10%"', unit="ratio"), 8, "versions[1].value", "“10%”不是十进制小数", '"0.10"'),
        (parameter(value='"5百万"', unit="fen"), 8, "versions[1].value", "不是金额", '"500万元"'),
        (parameter(value='"0.001元"', unit="fen"), 8, "versions[1].value", "小于一分", "按单位 fen"),
        (parameter(value="[]", unit="texts"), 8, "versions[1].value", "应为非空列表", "按单位"),
        (parameter(since="2020-02-30"), 7, "versions[1].from", "“2020-02-30”不是一个存在的日期", "2026-03-01"),
        (
            parameter(since="2019-12-31"),
            9,
            "versions[1].basis.instrument",
            "自 2020-01-01 起施行，晚于本条的 2019-12-31",
            "核对施行日期",
        ),
        (parameter(unit="furlongs"), 3, "unit", "“furlongs”不在允许的取值中", "workdays"),
        (parameter(more="colour: red"), 5, "colour", "不认识的键 colour", "direction"),
        (parameter(more="label: 又一个"), 5, "label", "键“label”写了两次", "删去重复"),
        (parameter(key="Limit"), 1, "key", "格式不对", "应符合"),
        (
            parameter().replace("    confidence: V1\n", ""),
            7,
            "versions[1].confidence",
            "缺少必填的键",
            "补上 confidence",
        ),
        (
            parameter().replace("样例条例, article", "别的条例, article"),
            9,
            "versions[1].basis.instrument",
            "不在本包的依据清单中",
            "样例条例",
        ),
        (parameter(unit="codes", value="[A]"), 3, "unit", "没有写 choices", "choices"),
        (
            parameter(unit="codes", value="[B]", more="choices: {A: 甲}"),
            8,
            "versions[1].value[1]",
            "代码 B 不在 choices 中",
            "A",
        ),
        (parameter(unit="text", value="甲", more="direction: floor"), 5, "direction", "没有高低之分", "exact"),
        ("key: [oops", 2, "", "不是合法的 YAML", "检查该行"),
    ],
)
def test_a_parameter_fault_names_line_key_and_mend(write_pack, text, line, key, found, mend):
    folder = write_pack(files={"parameters/limit.yaml": text})
    matching = [f for f in faults_of(folder) if f.key == key and found in f.found]
    assert matching, [str(f) for f in faults_of(folder)]
    fault = matching[0]
    assert (fault.file, fault.line) == ("sample/parameters/limit.yaml", line)
    assert mend in fault.mend
    assert f"第 {line} 行" in str(fault)
    assert "改法：" in str(fault)


SECOND = """\
  - from: {since}
    value: "30"
    {only}
    basis: {{instrument: 样例条例, article: 第三条}}
    confidence: V1
"""


def test_versions_must_not_overlap(write_pack):
    text = parameter(version_more=SECOND.format(since="2020-01-01", only=""))
    found = [str(f) for f in faults_of(write_pack(files={"parameters/limit.yaml": text}))]
    assert found == [
        "sample/parameters/limit.yaml 第 11 行 versions[2].from：sample.limit 有两个版本都自 2020-01-01 起施行，"
        "适用对象重叠（另一个在第 7 行）。改法：改正施行日期，或用 only_for 分开适用对象"
    ]


def test_versions_for_different_persons_may_begin_on_one_day(write_pack):
    text = parameter(version_more=SECOND.format(since="2020-01-01", only="only_for: [GOVERNMENT]")).replace(
        "    confidence: V1\n  - from", "    confidence: V1\n    only_for: [ENTERPRISE]\n  - from"
    )
    pack = load_pack(write_pack(files={"parameters/limit.yaml": text}))
    assert [v.value for v in pack.parameters["sample.limit"].versions] == [20, 30]


def test_versions_are_written_in_order(write_pack):
    text = parameter(since="2021-01-01", version_more=SECOND.format(since="2020-06-01", only=""))
    assert any("没有按施行日期先后排列" in f.found for f in faults_of(write_pack(files={"parameters/l.yaml": text})))


@pytest.mark.parametrize(
    ("name", "found", "mend"),
    [
        ("colours/a.yaml", "不认识的目录 colours", "只放"),
        ("readme.txt", "不认识的文件 readme.txt", "只放"),
        ("processes/a.yaml", "processes 是保留名称", "升级后再放入"),
        ("parameters/notes.txt", "不认识的文件", "只放 .yaml"),
    ],
)
def test_unknown_folders_and_files_are_refused(write_pack, name, found, mend):
    faults = faults_of(write_pack(files={name: "key: x\n"}))
    assert any(found in f.found and mend in f.mend for f in faults)


def test_a_key_is_given_once(write_pack):
    faults = faults_of(write_pack(files={"parameters/a.yaml": parameter(), "parameters/b.yaml": parameter()}))
    assert [f.found for f in faults] == ["键 sample.limit 已在 sample/parameters/a.yaml 中给出"]


@pytest.mark.parametrize(
    ("rows", "inputs", "found"),
    [
        (["{amount_fen: {over: '5'}, then: A}"], None, "不认识的条件词 over"),
        (["{colour: {is: A}, then: A}"], None, "colour 不是本表的输入"),
        (["{amount_fen: {up_to: '5'}, then: Z}"], None, "结果“Z”没有在 outputs 中声明"),
        (["{amount_fen: {up_to: '5', below: '6'}, then: A}"], None, "同一端写了两个界限"),
        (["{amount_fen: {above: '6', up_to: '5'}, then: A}"], None, "下界不小于上界"),
        (["{amount_fen: {one_of: [A]}, then: A}"], None, "不能用 one_of"),
        (["{amount_fen: {is: UNKNOWN}, then: A}"], None, "行中不能再写 UNKNOWN"),
        (["{amount_fen: 5 > 3, then: A}"], None, "条件不是映射"),
        (
            ["{kind: {is: X}, then: A}"],
            "  kind: {type: choice, label: 类, choices: {X: CLASS_1}}",
            "“CLASS_1”是代码，不是名称",
        ),
        (["{amount_fen: {up_to: '5'}, then: A}"], "  amount_fen: {type: fen, label: amount}", "“amount”是代码"),
        (["{kind: {up_to: '5'}, then: A}"], "  kind: {type: choice, label: 类, choices: {X: 甲}}", "没有大小"),
        (["{kind: {is: Q}, then: A}"], "  kind: {type: choice, label: 类, choices: {X: 甲}}", "类没有代码 Q"),
        (
            ["{kind: {is: Q}, then: A}"],
            "  kind: {type: choice, label: 类, choices: nowhere}",
            "没有名为 nowhere 的代码表",
        ),
        (["{amount_fen: {up_to: '5'}, then: UNDETERMINED}"], None, "待人工认定没有写明理由"),
    ],
)
def test_a_table_fault_says_what_is_wrong(write_pack, rows, inputs, found):
    text = table(rows, **({"inputs": inputs} if inputs else {}))
    assert any(
        found in f.found and f.file == "sample/tables/t.yaml"
        for f in faults_of(write_pack(files={"tables/t.yaml": text}))
    )


def test_a_misspelled_anchor_is_found(write_pack):
    text = table(["{amount_fen: {up_to: '5'}, then: A}", "{amount_fen: {above: '5'}, then: B}"])
    faults = faults_of(write_pack(files={"tables/t.yaml": text.replace("decided_on", "decided_onn")}))
    assert [(f.key, f.found) for f in faults] == [("anchor", "“decided_onn”不是已知的基准日")]
    assert "decided_on" in faults[0].mend


def test_two_outcomes_of_one_name_are_found(write_pack):
    text = table(["{amount_fen: {up_to: '5'}, then: A}"], outputs="{A: 甲, B: 甲}")
    faults = faults_of(write_pack(files={"tables/t.yaml": text}))
    assert "A 和 B 的名称都是“甲”" in [f.found for f in faults]


def test_an_outcome_is_named_in_words(write_pack):
    text = table(["{amount_fen: {up_to: '5'}, then: A}"], outputs="{A: CLASS_A, B: 乙}")
    faults = faults_of(write_pack(files={"tables/t.yaml": text}))
    assert [(f.key, f.found) for f in faults] == [("outputs.A", "“CLASS_A”是代码，不是名称")]


def test_all_faults_of_all_packs_are_listed(write_pack, tmp_path):
    write_pack("one", {"parameters/a.yaml": parameter(key="one.a", value="20")})
    write_pack("two", {"parameters/a.yaml": parameter(key="two.a", value="30")})
    with pytest.raises(PackFaults) as caught:
        load_packs(tmp_path / "packs")
    assert [f.file for f in caught.value.faults] == ["one/parameters/a.yaml", "two/parameters/a.yaml"]


def test_installed_packs_have_unit_anchor_and_basis_everywhere():
    packs = load_packs()
    assert next(iter(packs)) == "national"
    for pack in packs.values():
        for parameter_ in pack.parameters.values():
            assert parameter_.unit
            assert parameter_.anchor
            assert all(version.basis.instrument for version in parameter_.versions)
        assert all(one.basis.instrument for versions in pack.tables.values() for one in versions)
