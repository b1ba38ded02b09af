"""The commands as a person on a terminal meets them: output, exit codes, messages; no database is touched."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from gongbu.ground.policy.commands import classify, pack
from gongbu.ground.policy.loading import PACKS_DIR
from gongbu.ground.policy.tests.conftest import parameter, table

ARGS = ["--json", "--pack", "centralized", "--on", "2026-03-01"]


def run(items, *args, command=classify):
    return CliRunner().invoke(
        command, list(args or ARGS), input=json.dumps(items) if not isinstance(items, str) else items
    )


@pytest.mark.req("CM-08", "CM-05")
def test_classify_prints_value_row_basis_and_facts():
    items = [{"id": "p1", "total_investment_fen": 10**10}, {"id": 2, "total_investment_fen": 10**10 + 1}]
    result = run(items, *ARGS, "--all")
    assert result.exit_code == 0
    first, second = json.loads(result.stdout)
    assert (first["id"], first["value"], first["row"]) == ("p1", "B", "B")
    assert first["basis"]["article"] == "第三步分类分级"
    assert first["facts"] == {"total_investment_fen": 10**10}
    assert (second["id"], second["value"]) == (2, "A")
    assert second["further"][0]["table"] == "centralized.catalogue"
    plain = json.loads(run(items).stdout)[0]
    assert list(plain)[:5] == ["id", "value", "row", "basis", "facts"]
    assert "further" not in plain


def test_another_table_may_be_chosen_and_old_names_are_understood():
    result = run(
        [{"id": 1, "annual_investment_fen": 500_000_001, "plan_year": 2026}], *ARGS, "--table", "centralized.catalogue"
    )
    assert [item["value"] for item in json.loads(result.stdout)] == ["IN_CATALOGUE"]


@pytest.mark.parametrize(
    ("items", "part"),
    [
        (
            [{"id": 7, "total_wan": 5}],
            "有不认识的字段：total_wan。本制度包用到的字段：total_investment_fen（总投资）",
        ),
        ([{"id": 7, "total_investment_fen": "5"}], "字段 total_investment_fen（总投资）的值 '5' 不对，应为整数（分）"),
        ([{"id": 7, "total_investment_fen": [5]}], "应为整数（分）"),
        ([{"id": 7, "total_investment_fen": "5亿"}], "应为整数（分）"),
        ([{"id": 7, "total_investment_fen": -1}], "应为不小于 0 的整数（分）"),
        ([{"total_investment_fen": 5}], "应为带 id 的对象"),
        ([5], "应为带 id 的对象"),
    ],
)
def test_a_wrong_item_is_answered_in_its_place_and_the_others_are_decided(items, part):
    result = run([*items, {"id": "good", "total_investment_fen": 1}])
    wrong, good = json.loads(result.stdout)
    assert (wrong["value"], good["id"], good["value"]) == (None, "good", "C")
    assert part in wrong["error"]
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "2 项中有 1 项不能判定" in result.stderr


@pytest.mark.parametrize(("items", "part"), [("{oops", "读不出 JSON"), ("5", "应为 JSON 数组")])
def test_unusable_input_is_explained_and_exits_two(items, part):
    result = run(items)
    assert result.exit_code == 2
    assert part in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["--pack", "nowhere"], "没有制度包“nowhere”。可直接分类的制度包：centralized（"),
        (
            ["--pack", "national"],
            "“国家基础包”（national）没有声明分类表，不能直接分类。可直接分类的制度包：centralized（",
        ),
        (
            ["--pack", "national"],
            "例如 gongbu classify --pack centralized。要用本包的某张决策表，加 --table，例如 --table assessments.",
        ),
        (["--pack", "works_bureau"], "例如 gongbu classify --pack centralized。"),
        (["--pack", "national", "--table", "centralized.grade"], "它在另一个制度包，请用 --pack centralized。"),
        (["--pack", "centralized", "--table", "x.y"], "没有决策表“x.y”。可用的有：centralized"),
        (["--pack", "centralized", "--on", "2026-13-01"], "不是日期"),
        (["--pack", "centralized", "--on", "2020-01-01"], "尚未施行"),
    ],
)
def test_wrong_options_are_explained_and_exit_two(args, part):
    result = run([{"id": 1}], *args)
    assert (result.exit_code, part in result.stderr) == (2, True), result.stderr


def test_keys_of_the_field_catalogue_that_no_table_uses_are_ignored():
    assert run([{"id": 1, "total_investment_fen": 1, "name": "某路", "location": "某处"}]).exit_code == 0


def test_pack_check_passes_for_the_installed_packs_and_fails_on_a_fault(write_pack):
    good = CliRunner().invoke(pack, ["check"])
    assert good.exit_code == 0
    assert good.stdout.startswith("通过：6 个制度包")
    folder = write_pack(
        files={
            "parameters/a.yaml": parameter(value="20"),
            "tables/t.yaml": table(['{amount_fen: {above: "5"}, then: A}']),
        }
    )
    bad = CliRunner().invoke(pack, ["check", str(folder)])
    assert bad.exit_code == 1
    assert "错误 sample/parameters/a.yaml 第 8 行 versions[1].value：数字 20 没有引号" in bad.stdout
    as_json = json.loads(CliRunner().invoke(pack, ["check", str(folder), "--json"]).stdout)
    assert as_json["ok"] is False
    assert as_json["faults"][0]["line"] == 8


def test_pack_check_of_a_missing_folder_exits_two(tmp_path):
    assert CliRunner().invoke(pack, ["check", str(tmp_path / "none")]).exit_code == 2


def test_pack_diff_names_value_day_and_row(write_pack, tmp_path):
    rows = ['{id: 低, amount_fen: {up_to: "5"}, then: A}', '{id: 高, amount_fen: {above: "5"}, then: B}']
    old = write_pack(files={"parameters/a.yaml": parameter(), "tables/t.yaml": table(rows)})
    old = old.rename(tmp_path / "old")
    (old / "pack.yaml").write_text((old / "pack.yaml").read_text().replace("key: sample", "key: old"))
    new = write_pack(
        files={
            "parameters/a.yaml": parameter(value='"30"'),
            "tables/t.yaml": table([row.replace('"5"', '"7"') for row in rows]),
        }
    )
    result = CliRunner().invoke(pack, ["diff", str(old), str(new), "--json"])
    changes = json.loads(result.stdout)["changes"]
    shown = {(c["what"], c["key"], c["from"]): (c["before"].split("（")[0], c["after"].split("（")[0]) for c in changes}
    assert shown["parameter", "sample.limit", "2020-01-01"] == ("20 个工作日", "30 个工作日")
    assert shown["row", "sample.grade#高", "2020-01-01"] == ("金额 > 0.05 元 → 乙", "金额 > 0.07 元 → 乙")
    assert "共 " in CliRunner().invoke(pack, ["diff", "centralized", "centralized"]).stdout


def test_pack_diff_warns_when_one_version_number_means_two_contents(tmp_path):
    copy = shutil.copytree(PACKS_DIR / "centralized", tmp_path / "centralized")
    assert CliRunner().invoke(pack, ["diff", "centralized", str(copy)]).stderr == ""
    grade = copy / "tables" / "grade.yaml"
    grade.write_text(grade.read_text("utf-8").replace('"500万元"', '"5000万元"'), "utf-8")
    changed = CliRunner().invoke(pack, ["diff", "centralized", str(copy)])
    assert "版本号相同" in changed.stderr
    assert "总投资 ≥ 5,000 万元" in changed.stdout
    assert json.loads(CliRunner().invoke(pack, ["diff", "centralized", str(copy), "--json"]).stdout)["warning"]
    head = copy / "pack.yaml"
    head.write_text(re.sub(r'version: ".*"', 'version: "2099.1.1"', head.read_text("utf-8")), "utf-8")
    assert CliRunner().invoke(pack, ["diff", "centralized", str(copy)]).stderr == ""


def test_pack_diff_speaks_in_words_and_names_a_change_of_certainty(tmp_path):
    copy = shutil.copytree(PACKS_DIR / "county_reserve", tmp_path / "county_reserve")
    reserve = copy / "parameters" / "reserve.yaml"
    reserve.write_text(reserve.read_text("utf-8").replace("confidence: G", "confidence: S"), "utf-8")
    said = CliRunner().invoke(pack, ["diff", "county_reserve", str(copy)]).stdout
    assert "待确认，一般知识，未核实" in said
    assert "待确认，由需求材料转述" in said
    other = CliRunner().invoke(pack, ["diff", "centralized", "county_reserve"]).stdout
    assert "原：省级、市级、县级" in other
    assert not re.search(r"\b(UNIQUE|FIRST|MONTH|COUNTY|GRADING|V[123])\b", other)


@pytest.mark.parametrize(
    ("file", "right", "wrong", "found"),
    [
        ("tables/grade.yaml", "then: B}", "then: BB}", "结果“BB”没有在 outputs 中声明"),
        ("tables/grade.yaml", "up_to:", "upto:", "不认识的条件词 upto"),
        ("tables/grade.yaml", "basis: {", "basis: [", "不是合法的 YAML"),
        ("pack.yaml", "centralized.grade", "centralized.grad", "分类表 centralized.grad 不在本包中"),
    ],
)
def test_one_slip_is_one_fault(tmp_path, file, right, wrong, found):
    folder = shutil.copytree(PACKS_DIR / "centralized", tmp_path / "centralized")
    text = (folder / file).read_text("utf-8")
    assert right in text
    (folder / file).write_text(text.replace(right, wrong, 1), "utf-8")
    faults = json.loads(CliRunner().invoke(pack, ["check", str(folder), "--json"]).stdout)["faults"]
    assert [fault["found"][: len(found)] for fault in faults] == [found]


def test_a_code_list_that_cannot_be_read_does_not_accuse_the_tables(tmp_path):
    shutil.copytree(PACKS_DIR, tmp_path / "packs")
    codes = tmp_path / "packs" / "classified_initiation" / "choices" / "works_type.yaml"
    codes.write_text(codes.read_text("utf-8").replace("  BUILDING: 房屋建筑", "  BUILDING: 1"), "utf-8")
    faults = json.loads(CliRunner().invoke(pack, ["check", str(tmp_path / "packs"), "--json"]).stdout)["faults"]
    assert {fault["file"] for fault in faults} == {"classified_initiation/choices/works_type.yaml"}


def test_classify_starts_without_the_rooms():
    code = (
        "import sys; from gongbu.ground.policy.commands import classify;"
        "assert not any(m.startswith('django.db') or m == 'django.apps' for m in sys.modules), 'django loaded'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
