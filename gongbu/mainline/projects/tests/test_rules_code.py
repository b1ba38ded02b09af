"""项目代码 (regulations §2.1): real published codes, hypothesis over all single-digit errors, messy spellings."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gongbu_processes import CHECKOUT, environment_of_processes
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.basics.findings import Severity
from gongbu.mainline.projects import commands
from gongbu.mainline.projects.region_names import region_name
from gongbu.mainline.projects.rules.code import compute_check_digit, read_project_code

REAL_2020 = [
    "2603-141124-89-05-346948", "2509-140602-89-05-864976", "2411-130202-89-01-637015", "2509-320193-89-01-544060",
    "2412-640106-17-01-140662", "2305-430300-04-01-837653", "2603-431200-04-01-774725", "2105-440000-04-01-757270",
    "2505-350203-06-05-557569", "2011-330109-04-01-108756", "2206-441624-04-01-569676", "2411-340104-04-01-881552",
]  # fmt: skip
REAL_2016 = ["2020-330327-48-01-167360", "2020-451421-88-03-016343", "2018-411122-83-03-055281",
             "2019-611102-48-01-068707", "2018-341171-48-01-030318"]  # fmt: skip


def found(text: object) -> list[str]:
    return [f.code for f in read_project_code(text).findings if f.code != "project_code.region_unknown"]


@st.composite
def codes_2020(draw: st.DrawFn) -> str:
    year, month = draw(st.integers(20, 26)), draw(st.integers(1, 12))
    rest = draw(st.text("0123456789", min_size=15, max_size=15))
    first = f"{year:02d}{month:02d}{rest}"
    return first + str(compute_check_digit(first))


@pytest.mark.parametrize("code", REAL_2020)
def test_real_codes_of_2020_pass(code: str) -> None:
    reading = read_project_code(code)
    assert (reading.is_valid, reading.form, reading.code) == (True, "2020", code)


@pytest.mark.parametrize("code", REAL_2016)
def test_real_codes_of_2016_pass_without_a_check_digit(code: str) -> None:
    reading = read_project_code(code)
    assert (reading.is_valid, reading.form) == (True, "2016")
    assert "check" not in reading.parts


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("2508-331126-04-01-309363", "project_code.check_digit"),
        ("2607-440300-04-01-000001", "project_code.check_digit"),
        ("2603-410300-04-01-123456", "project_code.check_digit"),
        ("2613-410300-04-01-123455", "project_code.bad_time"),
        ("2600-410300-04-01-123455", "project_code.bad_time"),
        ("2014-410300-04-01-123455", "project_code.year_before_codes"),
        ("2603-410300-04-01-12345", "project_code.wrong_length"),
        ("2603-410300-04-01-12345A", "project_code.wrong_characters"),
        ("", "project_code.empty"),
        (2.60341030004011e19, "project_code.ruined_by_spreadsheet"),
        ("2.60341030004011E+19", "project_code.ruined_by_spreadsheet"),
        (26034103000401100000, "project_code.ruined_by_spreadsheet"),
        ("26034103000401100000", "project_code.ruined_by_spreadsheet"),
    ],
)
def test_faulty_codes_are_refused_with_the_reason(code: object, problem: str) -> None:
    reading = read_project_code(code)
    assert not reading.is_valid
    assert problem in [f.code for f in reading.findings if f.severity is Severity.REJECT]


@given(codes_2020())
def test_every_code_with_its_check_digit_passes(digits: str) -> None:
    if not digits.endswith("00000"):
        assert read_project_code(digits).is_valid


@given(codes_2020(), st.integers(4, 19), st.integers(1, 9))
def test_every_single_wrong_digit_after_the_date_is_found(digits: str, place: int, shift: int) -> None:
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    assert not read_project_code(wrong).is_valid


@given(codes_2020(), st.integers(0, 3), st.integers(1, 9))
def test_a_wrong_digit_in_the_date_is_found_or_makes_it_a_2016_code(digits: str, place: int, shift: int) -> None:
    """2015 … 2020 in front says 2016 form, which has no check digit: the one hole the standard leaves."""
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    reading = read_project_code(wrong)
    assert not reading.is_valid or reading.form == "2016"


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.none()))
def test_reading_never_fails_and_never_calls_rubbish_valid(value: object) -> None:
    reading = read_project_code(value)
    if reading.is_valid:
        assert sum(c.isdigit() for c in str(value)) >= 20


@pytest.mark.parametrize(
    ("written", "finding"),
    [
        ("２６０３－４１０３００－０４－０１－１２３４５５", "project_code.characters_normalised"),
        ("26034103000401123455", "project_code.hyphens_added"),
        ("2603—410300—04—01—123455", "project_code.characters_normalised"),
        (" 2603-410300-04-01-123455\u200b", "project_code.characters_normalised"),
        ("项目代码：2603-410300-04-01-123455", "project_code.characters_normalised"),
        ("2603-410300-0401-123455", "project_code.hyphens_added"),
    ],
)
def test_messy_spellings_are_read_and_said_so(written: str, finding: str) -> None:
    reading = read_project_code(written)
    assert (reading.is_valid, reading.code) == (True, "2603-410300-04-01-123455")
    assert finding in found(written)


def test_an_old_code_with_a_trailing_serial_keeps_the_extra_as_a_finding() -> None:
    reading = read_project_code("2016-331082-78-01-024330-000")
    assert (reading.is_valid, reading.form, reading.code) == (True, "2016", "2016-331082-78-01-024330")
    assert found("2016-331082-78-01-024330-000") == ["project_code.trailing_extra"]


@pytest.mark.parametrize("masked", ["2302-*-17-01-*", "2305-*-04-01-*", "****", "2305－＊－04－01－＊"])
def test_masked_codes_are_neither_valid_nor_rejected(masked: str) -> None:
    reading = read_project_code(masked)
    assert reading.is_masked
    assert not reading.is_valid
    assert [f.severity for f in reading.findings] == [Severity.FLAG]


def test_the_industry_segment_of_an_old_code_names_the_edition_of_its_day() -> None:
    """83 was 卫生 in GB/T 4754-2011 and 教育 in 2017; a hospital of 2018 carries 83."""
    assert read_project_code("2016-331082-78-01-024330").parts["industry_edition"] == "GB/T 4754-2011"
    assert "须核对" in read_project_code("2018-411122-83-03-055281").parts["industry_edition"]


def test_unknown_regions_are_flagged_and_abolished_ones_are_known() -> None:
    assert region_name("410300") == "洛阳市"
    assert region_name("410322") == "孟津县"  # abolished in 2021; old codes keep it
    assert region_name("410000") == "河南省"
    assert region_name("341171") == "中新苏滁高新技术产业开发区"  # a zone of the statistical edition
    assert region_name("611102") is None  # 杨陵 in a code of its own
    reading = read_project_code("2019-611102-48-01-068707", region_name)
    assert reading.is_valid
    assert [(f.code, f.severity) for f in reading.findings] == [("project_code.region_unknown", Severity.FLAG)]


def test_a_month_of_coding_still_to_come_is_refused() -> None:
    reading = read_project_code("2603-410300-04-01-123455", today_yymm=2602)
    assert "project_code.time_ahead" in [f.code for f in reading.findings if f.severity is Severity.REJECT]
    assert not reading.is_valid
    assert reading.first_day == date(2026, 3, 1)
    assert read_project_code("2019-611102-48-01-068707").first_day == date(2019, 1, 1)
    assert not read_project_code("2019-611102-48-01-068707", today_yymm=1812).is_valid
    assert "project_code.time_ahead" not in [
        f.code for f in read_project_code("2603-410300-04-01-123455", today_yymm=2603).findings
    ]


def test_the_command_prints_the_agreed_json_and_exit_code() -> None:
    good = CliRunner().invoke(commands.code, ["check", "2603-410300-04-01-123455", "--json"])
    bad = CliRunner().invoke(commands.code, ["check", "2603-410300-04-01-123456", "--json"])
    answer = json.loads(good.stdout)
    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert {"valid", "form", "parts", "findings"} <= set(answer)
    assert answer["parts"]["region_name"] == "洛阳市"
    finding = json.loads(bad.stdout)["findings"][0]
    assert finding["code"] == "project_code.check_digit"
    assert "应为 5" in finding["message"]


def _in_home(home: Path, text: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "gongbu", "--home", str(home), "code", "check", text, "--json"], cwd=CHECKOUT,
        env=environment_of_processes(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout), done.stderr


def test_the_command_knows_the_regions_of_the_home(own_home: Path, tmp_path: Path) -> None:
    text = "2603-990102-04-01-12345"
    text += str(next(n for n in range(10) if read_project_code(f"{text}{n}").is_valid))
    unknown = ["project_code.region_unknown"]
    assert [f["code"] for f in _in_home(tmp_path / "none", text)[1]["findings"]] == unknown
    assert not (tmp_path / "none").exists()
    with closing(sqlite3.connect(own_home / "gongbu.sqlite3")) as file, file:
        (region,) = file.execute("SELECT region_id FROM orgs_region_code WHERE code = '410300'").fetchone()
        file.execute(
            "INSERT INTO orgs_region_code (region_id, code, name, edition, last_edition, is_exact)"
            " VALUES (?, '990102', '青岚县', '演示', '演示', 1)",
            (region,),
        )
    code, answer, said = _in_home(own_home, text)
    assert (code, answer["findings"], said) == (0, [], "")
    assert answer["parts"]["region_name"] == "青岚县"
    with closing(sqlite3.connect(own_home / "gongbu.sqlite3")) as file, file:
        file.execute("ALTER TABLE orgs_region_code RENAME TO older")
    code, answer, said = _in_home(own_home, text)
    assert (code, [f["code"] for f in answer["findings"]]) == (0, unknown)
    assert "gongbu migrate" in said
