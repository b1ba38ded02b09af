"""``gongbu match``: two files, UTF-8 or GB18030; what cannot be used is said in one line."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gongbu.mainline.likeness.commands import match
from gongbu.mainline.likeness.lists import Unusable, read_list
from gongbu.mainline.likeness.measuring import run


def write(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def ask(*paths: Path) -> dict:
    done = CliRunner().invoke(match, [*map(str, paths), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


@pytest.mark.req("CM-02")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_two_lists_are_paired_with_reasons(tmp_path: Path, encoding: str) -> None:
    a = write(tmp_path / "a.csv", [{"project_name": n} for n in ("石桥镇污水厂一期", "实验小学教学楼", "东铺镇敬老院")])
    b = write(
        tmp_path / "b.csv",
        [{"序号": "1", "project_name": n} for n in ("石桥镇污水厂二期", "实验小学教学综合楼新建项目")],
        encoding,
    )
    answer = ask(a, b)
    assert [(p["a"], p["b"], p["row_a"], p["row_b"]) for p in answer["pairs"]] == [
        ("实验小学教学楼", "实验小学教学综合楼新建项目", 3, 3)
    ]
    assert answer["pairs"][0]["score"] > 0.9
    assert answer["pairs"][0]["evidence"]
    assert answer["unmatched_a"] == ["石桥镇污水厂一期", "东铺镇敬老院"]
    assert answer["unmatched_b"] == ["石桥镇污水厂二期"]


@pytest.mark.req("CM-02")
def test_a_first_phase_and_a_name_without_phase_are_told_apart_and_named_as_unsure(tmp_path: Path) -> None:
    a = write(
        tmp_path / "a.csv",
        [{"project_name": n} for n in ("石桥镇污水厂一期", "东铺镇敬老院一期工程", "石桥镇标准厂房")],
    )
    b = write(
        tmp_path / "b.csv", [{"project_name": n} for n in ("石桥镇污水厂", "东铺镇敬老院二期工程", "石桥镇标准厂房")]
    )
    answer = ask(a, b)
    assert [(p["a"], p["b"]) for p in answer["pairs"]] == [("石桥镇标准厂房", "石桥镇标准厂房")]
    (pair,) = answer["unsure"]
    assert (pair["a"], pair["b"]) == ("石桥镇污水厂一期", "石桥镇污水厂")
    assert "不能只凭名称确定" in "".join(pair["evidence"])
    assert answer["unmatched_a"] == ["石桥镇污水厂一期", "东铺镇敬老院一期工程"]
    told = CliRunner().invoke(match, [str(a), str(b)]).output
    assert "其中 1 对不能确定，请核对" in told
    # Owner and place together say that they are one; the whole beside its first phase takes its own like.
    more = {"建设单位": "石桥镇人民政府", "建设地点": "石桥镇东街"}
    a = write(tmp_path / "a.csv", [{"project_name": "石桥镇污水厂一期", **more}])
    b = write(tmp_path / "b.csv", [{"project_name": "石桥镇污水厂", **more}])
    answer = ask(a, b)
    assert len(answer["pairs"]) == 1
    assert "只有一方写明“一期”" in "".join(answer["pairs"][0]["evidence"])
    assert answer["unsure"] == []


def test_totals_are_no_projects_and_are_counted_on_the_side(tmp_path: Path) -> None:
    names = ("石桥镇污水厂", "一、小计", "合计", "合计里小学教学楼", "总计（3个）")
    rows = [{"序号": "", "project_name": n, "总投资": str(k)} for k, n in enumerate(names)]
    rows += [{"序号": "9", "project_name": "小计", "总投资": "3"}]
    a, b = write(tmp_path / "a.csv", rows), write(tmp_path / "b.csv", rows[:3])
    done = CliRunner().invoke(match, [str(a), str(b), "--json"])
    assert "a.csv 有 4 行合计、小计（第 3、4、6、7 行），不是项目，没有比对" in done.stderr
    answer = json.loads(done.stdout)
    assert [pair["a"] for pair in answer["pairs"]] == ["石桥镇污水厂"]
    assert answer["unmatched_a"] == ["合计里小学教学楼"]
    assert (answer["total_rows_a"], answer["total_rows_b"]) == ([3, 4, 6, 7], [3, 4])


def test_region_tells_two_projects_of_one_name_apart(tmp_path: Path) -> None:
    rows = [
        {"project_name": "城南污水处理厂", "region": "云溪县"},
        {"project_name": "城南污水处理厂", "region": "松岭县"},
    ]
    a, b = write(tmp_path / "a.csv", rows), write(tmp_path / "b.csv", rows[::-1])
    assert [(p["row_a"], p["row_b"]) for p in ask(a, b)["pairs"]] == [(2, 3), (3, 2)]
    assert ask(write(tmp_path / "a.csv", rows[:1]), write(tmp_path / "b.csv", rows[1:]))["pairs"] == []


def test_the_year_of_the_list_itself_is_no_difference(tmp_path: Path) -> None:
    a = write(tmp_path / "a.csv", [{"year": "2018", "project_name": "石桥镇敬老院"}])
    b = write(tmp_path / "b.csv", [{"year": "2026", "project_name": "石桥镇敬老院"}])
    assert ask(a, b)["pairs"][0]["score"] == 1.0


def test_rows_without_a_name_are_kept_and_match_nothing(tmp_path: Path) -> None:
    a = write(
        tmp_path / "a.csv", [{"project_name": "", "owner": "某局"}, {"project_name": "石桥镇敬老院", "owner": ""}]
    )
    answer = ask(a, a)
    assert len(answer["pairs"]) == 1
    assert answer["unmatched_a"] == answer["unmatched_b"] == [""]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "是空的"), (b"\r\n \r\n", "是空的"), ("序号,单位\n1,某局\n".encode(), "没有 project_name"), (b"PK\x03\x04rest", "另存为 CSV"),
        (b"\x81\x81\x00\xff\xff", "编码"), (b"project_name\n\x00", "编码"),
    ],
)  # fmt: skip
def test_misuse_is_one_chinese_line(tmp_path: Path, content: bytes, said: str) -> None:
    bad, good = tmp_path / "bad.csv", write(tmp_path / "good.csv", [{"project_name": "石桥镇敬老院"}])
    bad.write_bytes(content)
    for pair in ((bad, good), (good, bad)):
        done = CliRunner().invoke(match, [*map(str, pair), "--json"])
        assert done.exit_code == 2
        assert said in done.output
        assert done.output.count("\n") == 1


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="没有文件"):
        read_list(tmp_path / "none.csv")
    with pytest.raises(Unusable, match="目录"):
        read_list(tmp_path)


@pytest.mark.req("CM-02")
def test_the_published_lists_of_two_years_are_matched_as_labelled() -> None:
    """21 of the 26 projects of 2022 stood on the list of 2021; the five new ones are left alone."""
    from gongbu.mainline.likeness.commands import national_limits

    sheet = run.shanghai_sheet()
    limits = national_limits()
    counts, _ = run.count(sheet, run.score_ours(sheet), limits.same_at)
    assert (counts.hit, counts.wrong, counts.missed) == (21, 0, 0)


@pytest.mark.long  # the figures of the docs; the rules have cases of their own
def test_the_measurement_runs_and_the_rules_beat_edit_distance() -> None:
    from gongbu.mainline.likeness.commands import national_limits

    report = run.measure(3, national_limits(), tune=True)
    for part in report["hard_set"].values():
        ours, others = part["methods"][run.OURS], [v for k, v in part["methods"].items() if not k.startswith(run.OURS)]
        assert ours["f1"] > max(row["f1"] for row in others)
        assert ours["f1_95"][0] <= ours["f1"] <= ours["f1_95"][1]
    assert "难例集" in run.in_words(report)
