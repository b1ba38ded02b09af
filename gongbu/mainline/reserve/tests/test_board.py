"""The board: totals once, targets by the pack, share of 产业类, gap, trend; another county's values give other results."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import pytest
from django.conf import settings as django_settings

from gongbu.ground.basics import clock
from gongbu.ground.policy import queries as policy_queries
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.projects.tests.factories import YI
from gongbu.mainline.reserve import board, marks, queries, services
from gongbu.mainline.reserve.models import LibraryEntry, Snapshot
from gongbu.mainline.reserve.rules.industry import judge_industry, read_divisions
from gongbu.mainline.reserve.rules.targets import Holding, compute_gap, compute_share_gap
from gongbu.mainline.reserve.system import system_of
from gongbu.mainline.reserve.tests import factories as make

pytestmark = pytest.mark.django_db


# --- rules ----------------------------------------------------------------------------------------------------------


def test_divisions_are_read_as_the_pack_writes_them():
    found = read_divisions(("13至43制造", "65信息", "01至05农林牧渔"))
    assert {"13", "43", "65", "01", "05"} <= found
    assert not {"12", "44", "06"} & found
    assert [judge_industry(code, found) for code in ("1391", "4790", "", "7", "65")] == [
        "YES",
        "NO",
        "UNKNOWN",
        "UNKNOWN",
        "YES",
    ]
    assert judge_industry("1391", None) == "UNKNOWN"
    with pytest.raises(ValueError, match="前大后小"):
        read_divisions(("43至13",))


def test_the_gap_is_closed_at_the_target_itself():
    assert compute_gap(100 * YI - 1, 100 * YI).short_fen == 1
    assert compute_gap(100 * YI, 100 * YI).is_met
    assert compute_gap(101 * YI, 100 * YI).short_fen == 0
    half = Decimal("0.50")
    assert compute_share_gap(Holding(2, 10 * YI, 1, 5 * YI), half) == (True, 0)
    # (3 + x) ÷ (10 + x) = 0.5 gives x = 4
    assert compute_share_gap(Holding(2, 10 * YI, 1, 3 * YI), half) == (False, 4 * YI)
    assert compute_share_gap(Holding(), half) == (False, 0)


# --- the board -------------------------------------------------------------------------------------------------------


@pytest.mark.req("JC-01", "JC-02")
def test_figures_count_a_project_once_and_open_their_rows():
    mine = make.libraries()
    clerk, place = make.clerk(), make.township()
    factory = make.admitted(clerk, place, total_investment_fen=6 * YI, industry_code="1391")
    road = make.admitted(make.officer(), total_investment_fen=2 * YI, industry_code="4812")
    blank = make.admitted(make.officer(), total_investment_fen=1 * YI, industry_code="")
    make.declared(make.officer(), total_investment_fen=50 * YI)
    chain = services.declare(library_id=mine["FRUIT_VEGETABLE"].pk, project_id=factory.project_id, actor=make.officer())
    services.preliminary_check(entry_id=chain.pk, points=make.fit(), actor=make.chain_office())
    services.chain_leader_review(entry_id=chain.pk, actor=make.leader())
    chosen = [factory.project_id, road.project_id, blank.project_id]
    services.select(project_ids=chosen, actor=make.officer(), reason="优中选优纳入综合库")
    found = board.get_board(make.officer(), make.county())
    assert found.county is not None
    assert found.general is not None
    assert (found.county.holding.projects, found.county.holding.total_fen) == (3, 9 * YI)
    assert (found.general.holding.total_fen, found.general.gap and found.general.gap.short_fen) == (9 * YI, 991 * YI)
    assert found.general.holding.industry_share == Decimal(6) / 9
    assert (found.general.holding.unknown_projects, found.share_met) == (1, True)
    lines = {line.label: line for group in found.groups for line in group.lines}
    water, townships = lines["水利行业储备库"], lines["松桥镇储备库"]
    assert (water.holding.total_fen, water.gap and water.gap.target_fen) == (9 * YI, 100 * YI)
    assert (townships.holding.total_fen, townships.gap and townships.gap.short_fen) == (6 * YI, 4 * YI)
    group = next(g for g in found.groups if g.kind == "CHAIN")
    assert group.is_together
    assert group.lines[0].gap is None
    assert (group.whole.holding.total_fen, group.whole.gap and group.whole.gap.target_fen) == (6 * YI, 300 * YI)
    assert found.steps == {"PRELIMINARY_CHECK": 1}
    rows = queries.list_files(make.officer())
    assert rows.filter(general_id=mine["GENERAL"].pk, is_counted=True).count() == found.general.holding.projects
    mark = marks.of_value(found.general.target) if found.general.target else {}
    assert (mark["check"]["word"], mark["value"]) == ("待确认", "1,000 亿元")


def test_who_does_not_see_the_county_sees_his_own_libraries_and_no_total():
    make.libraries()
    clerk, place = make.clerk(), make.township()
    make.admitted(clerk, place, total_investment_fen=6 * YI)
    make.admitted(make.officer(), total_investment_fen=2 * YI)
    found = board.get_board(clerk, make.county())
    assert (found.sees_all, found.county, found.general) == (False, None, None)
    assert [line.label for group in found.groups for line in group.lines] == ["松桥镇储备库"]
    found = board.get_board(make.department(), make.county())
    assert [line.label for group in found.groups for line in group.lines] == ["水利行业储备库"]
    assert found.groups[0].lines[0].holding.total_fen == 8 * YI


@pytest.mark.req("JC-01")
def test_monthly_figures_make_the_trend():
    mine = make.libraries()
    entry = make.admitted(total_investment_fen=3 * YI)
    rows = LibraryEntry.objects.unscoped("test").filter(pk=entry.pk)
    rows.update(in_on=date(2026, 2, 10))
    make.libraries()["水利"].__class__.objects.unscoped("test").update(opened_on=date(2026, 1, 1))
    assert board.take_snapshots(date(2026, 1, 31)) == len(mine) + 1
    board.take_snapshots(date(2026, 2, 5))
    board.take_snapshots(date(2026, 2, 28))
    water = Snapshot.objects.unscoped("test").filter(library_id=mine["水利"].pk).order_by("month_on")
    assert list(water.values_list("month_on", "total_fen", "taken_on")) == [
        (date(2026, 1, 1), 0, date(2026, 1, 31)), (date(2026, 2, 1), 3 * YI, date(2026, 2, 28)),
    ]  # fmt: skip
    found = board.get_board(make.officer(), make.county(), date(2026, 3, 15))
    line = next(line for group in found.groups for line in group.lines if line.library == mine["水利"])
    assert [point.total_fen for point in line.trend] == [0, 3 * YI, 3 * YI]
    assert line.change_fen == 0


# --- another county, other values ------------------------------------------------------------------------------------


@pytest.fixture
def other_packs(tmp_path: Path, settings: django_settings) -> Iterator[Path]:
    """The packs with another county's own rules: smaller targets, no chains, hours, the head alone checks."""
    folder = tmp_path / "packs"
    copytree(Path(settings.PACKS_DIR), folder)
    pack = folder / "hill_county"
    (pack / "parameters").mkdir(parents=True)
    (pack / "tables").mkdir()
    (pack / "pack.yaml").write_text(
        """key: hill_county
label: 山区县储备办法（测试）
subjects: [RESERVE]
levels: [COUNTY]
version: "2026.1.1"
over: [county_reserve, national]
basis:
  - {key: 山区办法, name: 山区县项目储备办法（自拟）, effective_on: 2024-01-01}
""",
        "utf-8",
    )
    (pack / "parameters" / "own.yaml").write_text(
        """section: 储备
parameters:
"""
        + "".join(
            f"""  - key: county_reserve.{key}
    label: {label}
    unit: {unit}
    anchor: decided_on
    versions:
      - {{from: 2024-01-01, value: {value}, basis: {{instrument: 山区办法, article: {article}}}, confidence: V2}}
"""
            for key, label, unit, value, article in (
                ("sector_target", "各行业库目标", "fen", '"5亿元"', "第四条"),
                ("step_limit", "初核时限", "hours", '"16"', "第六条"),
                ("check_points", "初核重点", "texts", "[生态红线, 产业政策]", "第五条"),
            )
        ),
        "utf-8",
    )
    text = (folder / "county_reserve" / "tables" / "entry_step.yaml").read_text("utf-8")
    text = text.replace(
        "{instrument: 实施方案, article: 第3条, text_checked_on: null}", "{instrument: 山区办法, article: 第六条}"
    )
    text = text.replace(
        "承办: 行业主管部门经办、行业主管部门负责人、发改经办、发改负责人}}\n  CHAIN",
        "承办: 行业主管部门负责人}}\n  CHAIN",
    )
    (pack / "tables" / "entry_step.yaml").write_text(text.replace("from: 2023-01-01", "from: 2024-01-01"), "utf-8")
    settings.PACKS_DIR = folder
    policy_queries._policy.cache_clear()
    policy_queries._resolved.clear()
    yield folder
    policy_queries._policy.cache_clear()
    policy_queries._resolved.clear()


@pytest.mark.req("JC-01", "JC-03")
def test_another_county_with_other_values_gets_other_results_with_its_reason(other_packs: Path):
    hill = projects.region("岭头县", 991104)
    make.adopt(hill, ["hill_county", "county_reserve"])
    system = system_of(hill, clock.today())
    plain = system_of(make.county(), clock.today())
    assert (system.target("SECTOR").words, plain.target("SECTOR").words) == ("5 亿元", "100 亿元")
    assert str(system.target("SECTOR").basis) == "山区县项目储备办法（自拟）第四条"
    assert system.target("GENERAL").words == "1,000 亿元"
    assert str(system.step_limit[0]) == "16 小时（工作时间）"
    assert system.texts("county_reserve.check_points") == ("生态红线", "产业政策")
    by = make.person("岭头县发展和改革局", "INVESTMENT_OFFICER", hill)
    clerk = make.person("岭头县水务局", "SECTOR_OFFICER", hill, sector="水利")
    chief = make.person("岭头县水务局", "SECTOR_HEAD", hill, sector="水利", post="局长")
    library = services.open_libraries(
        region_id=hill.pk, libraries=[services.NewLibrary("SECTOR", clerk.unit_id or 0, "水利")], actor=by
    )[0]
    entry = services.declare(
        library_id=library.pk, new=make.new_project(hill, total_investment_fen=5 * YI), actor=by, targets=make.targets()
    )
    from gongbu.ground.inbox.models import Task

    task = Task.objects.get(kind="reserve.preliminary_check")
    assert task.post_id == chief.post_id
    points = [services.Point("生态红线", "FIT"), services.Point("产业政策", "FIT")]
    with pytest.raises(Exception, match="not_the_one"):
        services.preliminary_check(entry_id=entry.pk, points=points, actor=clerk)
    services.preliminary_check(entry_id=entry.pk, points=points, actor=chief)
    line = board.get_board(by, hill).groups[0].lines[0]
    assert line.gap is not None
    assert line.gap.is_met
