"""数据质量门 (GO-13) where a project is declared: asked once more on the form, shown to who checks, told in a list."""

import re
from typing import Any

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers.importing import services as importing
from gongbu.mainline.likeness import following as likeness_following
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.services import update_project
from gongbu.mainline.projects.tests.factories import WAN
from gongbu.mainline.reserve import files, services
from gongbu.mainline.reserve.board import get_board, take_snapshots
from gongbu.mainline.reserve.models import LibraryEntry, ReserveFile, Snapshot
from gongbu.mainline.reserve.tests import factories as make
from gongbu.mainline.reserve.tests.test_importing import book, found, stage
from gongbu.mainline.reserve.tests.test_pages import browser, indicators, text

pytestmark = pytest.mark.django_db
NEXT_YEAR = f"{clock.today().year + 1}年3月"


@pytest.fixture(autouse=True)
def _nation() -> None:
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})


def declaration(**more: Any) -> dict[str, Any]:
    mine = make.libraries()
    return {
        "name": "松桥镇米面加工厂", "competent_region_id": make.township().pk, "funding_nature": "ENTERPRISE",
        "early_stage": "PLANNED", "reserve_library_id": mine["水利"].pk, "total_investment_fen": "1200",
        "content": "日加工稻谷五十吨", "planned_start_on": NEXT_YEAR, "occurred_on": clock.today(), "declared_level": "OPEN",
        **indicators(), **more,
    }  # fmt: skip


def boxes(page: str) -> list[str]:
    return re.findall(r'name="_sure" value="(\w+)"', page)


@pytest.mark.req("GO-13", "JC-03")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"total_investment_fen": "12000000"}, "大得少见"),
        ({"total_investment_fen": "1200", "funding_text": "申请上级资金1200元"}, "恰好差一万倍"),
        ({"total_investment_fen": "1.2"}, "可能是按亿元填写的"),
        ({"content": "一期已开工建设，本次申报二期"}, "阶段却是谋划储备"),
        ({"planned_start_on": "2019年3月"}, "计划开工 2019年3月 已过"),
    ],
)
def test_what_is_out_of_proportion_is_asked_once_and_then_taken(typed: dict[str, str], said: str) -> None:
    client, posted = browser(make.clerk()), declaration(**typed)
    answer = client.post("/reserve/declare", posted)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert 'value="松桥镇米面加工厂"' in page, "nothing typed is lost"
    assert not Project.objects.unscoped("test").exists()
    answer = client.post("/reserve/declare", {**posted, "_sure": boxes(page)})
    assert answer.status_code == 302
    entry = LibraryEntry.objects.unscoped("test").get(kind="SECTOR")
    assert said in text(browser(make.department()), f"/reserve/entries/{entry.pk}/"), "who checks it sees the doubt"


@pytest.mark.req("GO-13")
def test_a_figure_changed_after_it_was_confirmed_is_asked_again() -> None:
    client, posted = browser(make.clerk()), declaration(total_investment_fen="12000000")
    sure = boxes(client.post("/reserve/declare", posted).content.decode())
    again = client.post("/reserve/declare", {**posted, "total_investment_fen": "13000000", "_sure": sure})
    assert again.status_code == 422
    assert boxes(again.content.decode()) != sure


@pytest.mark.req("GO-13")
def test_one_project_above_the_whole_target_of_its_library_is_doubted() -> None:
    """The pack wants 100 亿元 of a sector's library (实施方案 第1条); 123.45 亿 for one project is a slip of the unit."""
    posted = declaration(total_investment_fen="1234567")
    page = browser(make.clerk()).post("/reserve/declare", posted).content.decode()
    assert "超过整个行业库的目标 100 亿元" in page


@pytest.mark.req("GO-13")
def test_ordinary_declarations_are_not_asked() -> None:
    assert browser(make.clerk()).post("/reserve/declare", declaration()).status_code == 302


@pytest.mark.req("GO-13")
def test_a_total_of_nought_is_refused_by_form_and_list() -> None:
    page = browser(make.clerk()).post("/reserve/declare", declaration(total_investment_fen="0"))
    assert page.status_code == 422
    batch = stage(book([1, "甲灌区工程", "水利", 0, "策划", "", ""]), make.clerk())
    assert (3, "reserve.total_zero") in found(batch)
    assert batch.rows_rejected == 1


@pytest.mark.req("GO-13")
def test_a_list_written_in_yuan_is_doubted_row_by_row() -> None:
    """Rows that are all × 10,000 have no odd one among them; the library's target tells."""
    make.libraries()
    rows = [
        [n, f"{word}灌区工程", "水利", (300 + n) * 10_000, "策划", "", ""] for n, word in enumerate("甲乙丙丁戊", 1)
    ]
    seen = found(stage(book(*rows), make.clerk()))
    assert [row for row, code in seen if code in ("import.amount_above_whole", "import.amount_maybe_slip")] == [
        3, 4, 5, 6, 7,
    ]  # fmt: skip


@pytest.mark.req("GO-13")
def test_a_list_tells_twins_and_other_faults_in_one_go() -> None:
    make.libraries()
    rows = [
        [1, "甲灌区工程", "水利", "", "策划", "", ""], [2, "甲灌区工程", "水利", "", "策划", "", ""],
        [3, "乙水库工程", "水利", 500, "规划", "坝体已开工", ""], [4, "丙渠道工程", "水利", -50, "规划", "", ""],
        ["合计", "", "", 450, "", "", ""],
    ]  # fmt: skip
    seen = found(stage(book(*rows), make.clerk()))
    for expected in [
        (3, "reserve.total_missing"), (3, "import.twice_in_file"), (4, "import.twice_in_file"),
        (5, "quality.started_in_text"), (6, "import.amount_negative"),
    ]:  # fmt: skip
        assert expected in seen, seen
    assert "import.total_disagrees" not in {code for _row, code in seen}, "500 − 50 is what the sheet says"


@pytest.mark.req("JC-02", "JC-03")
def test_another_phase_of_a_project_on_file_is_told_at_entry() -> None:
    make.libraries()
    make.declared(make.clerk(), make.township(), name="松桥镇污水处理厂一期工程", total_investment_fen=900 * WAN)
    likeness_following.mark_missing()
    likeness_following.catch_up()
    posted = declaration(name="松桥镇污水处理厂二期工程")
    page = browser(make.clerk()).post("/reserve/declare", posted).content.decode()
    assert "松桥镇污水处理厂一期工程" in page
    assert "其他期" in page
    seen = found(stage(book([1, "松桥镇污水处理厂二期工程", "水利", 800, "策划", "", ""]), make.clerk()))
    assert (3, "likeness.import_other_part") in seen


def doubted_list() -> list[LibraryEntry]:
    """Four rows of a township's list, two of them written in 元 under a head of 万元."""
    make.libraries()
    make.township()
    rows = [
        [1, "松桥镇甲灌区工程", "水利", 800, "策划", "", ""], [2, "松桥镇乙水库工程", "水利", 9_000_000, "规划", "总投资900万元", ""],
        [3, "松桥镇丙渠道工程", "水利", 50_000, "规划", "总投资5万元", ""], [4, "松桥镇丁泵站工程", "水利", 700, "规划", "", ""],
    ]  # fmt: skip
    batch = stage(book(*rows), make.clerk())
    importing.accept(batch_id=batch.pk, actor=make.clerk())
    rows_of = LibraryEntry.objects.unscoped("test").exclude(kind="TOWNSHIP").select_related("project", "library")
    return list(rows_of.order_by("pk"))


@pytest.mark.req("JC-02", "GO-13")
def test_an_amount_of_a_list_that_may_be_off_by_ten_thousand_counts_once_somebody_has_looked() -> None:
    sound, slip, other, _ = doubted_list()
    officer = make.officer()
    township = next(row for row in make.libraries().values() if row.kind == "TOWNSHIP")

    def held() -> tuple[int, int, int, int]:
        board = get_board(officer, make.county())
        (group,) = [one for one in board.groups if one.kind == "TOWNSHIP"]
        (line,) = [one for one in group.lines if one.library is not None and one.library.pk == township.pk]
        return line.holding.projects, line.holding.total_fen, board.doubted.projects, board.doubted.total_fen

    assert held() == (2, 1500 * WAN, 2, 9_050_000 * WAN)
    client = browser(officer)
    page = text(client, "/reserve/board")
    assert "2 个项目的总投资可能差一万倍，没有计入" in page
    assert "905.00 亿元" in page
    rows = text(client, "/reserve/?doubted=YES")
    assert "共 2 条" in rows
    assert slip.project.name in rows
    assert sound.project.name not in rows
    take_snapshots(clock.today())
    assert Snapshot.objects.unscoped("test").get(library_id=township.pk).total_fen == 1500 * WAN
    # The department sees the doubt, and passes it: what was examined counts.
    department = make.department()
    assert "可能差一万倍，还没有人核实" in text(browser(department), f"/reserve/entries/{slip.pk}/")
    services.set_targets(project_id=slip.project_id, targets=make.targets(), actor=department)
    services.preliminary_check(entry_id=slip.pk, points=make.fit(), actor=department)
    assert held() == (3, 9_001_500 * WAN, 1, 50_000 * WAN)
    # The other is put right: the doubt was about the old figure.
    project = Project.objects.unscoped("test").get(pk=other.project_id)
    update_project(
        project_id=project.pk,
        rev=project.rev,
        changes={"total_investment_fen": 500 * WAN},
        actor=officer,
        reason="单位写错",
    )
    make.tell()
    assert held() == (4, 9_002_000 * WAN, 0, 0)
    assert "没有计入" not in text(client, "/reserve/board")
    before = list(ReserveFile.objects.unscoped("test").order_by("pk").values_list("pk", "is_counted", "is_doubted"))
    files.rebuild()
    rows_now = ReserveFile.objects.unscoped("test").order_by("pk").values_list("pk", "is_counted", "is_doubted")
    assert list(rows_now) == before
