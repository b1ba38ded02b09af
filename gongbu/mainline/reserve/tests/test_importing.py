"""A township's own Excel list: findings, refusals with the clause, nothing lost, one task for the department, fast."""

import io
import time

import openpyxl
import pytest

from gongbu.ground.basics.findings import NotAllowed
from gongbu.ground.inbox.models import Task
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers.importing import commands, kinds, services
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.projects.tests.factories import WAN
from gongbu.mainline.reserve import importing
from gongbu.mainline.reserve import services as reserve
from gongbu.mainline.reserve.models import LibraryEntry, PerformanceTarget
from gongbu.mainline.reserve.tests import factories as make

pytestmark = pytest.mark.django_db
HEAD = ["序号", "项目名称", "行业主管部门", "总投资（万元）", "前期阶段", "建设内容", "须报领导小组的事项"]


@pytest.fixture(autouse=True)
def _nation() -> None:
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})


def book(*rows: list, head: list[str] = HEAD, title: str = "松桥镇2026年谋划项目申报表") -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet["A1"] = title
    sheet.append(head)
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def stage(content: bytes, actor, region=None) -> ImportBatch:
    return services.stage(
        content=content, file_name="申报表.xlsx", kind=kinds.get("reserve"), actor=actor, region=region
    )


def found(batch: ImportBatch) -> list[tuple[int, str]]:
    return [(f["row"], f["code"]) for f in commands.report_of_batch(batch)["findings"]]


@pytest.mark.req("JC-01", "JC-03")
def test_a_township_list_becomes_declarations_with_one_task_for_the_department():
    mine = make.libraries()
    clerk = make.clerk()
    batch = stage(
        book(
            [1, "松桥镇提水灌溉工程", "水利", 860, "策划", "泵站一座", ""],
            [2, "松桥镇骨干水渠改造", "云溪县水利局", "0.15亿元", "正在开展前期工作", "渠道12公里", "涉及重大公共利益"],
            [3, "松桥镇果品冷藏库", "农业农村", 1200, "规划", "冷库", "不涉及"],
            ["合计", "", "", 3560, "", "", ""],
        ),
        clerk,
    )
    assert not LibraryEntry.objects.unscoped("test").exists(), "staging is not of record"
    assert batch.rows_rejected == 0
    batch = services.accept(batch_id=batch.pk, actor=clerk)
    rows = LibraryEntry.objects.unscoped("test").exclude(kind="TOWNSHIP").order_by("pk")
    assert [(e.library_id, e.step, e.declarer) for e in rows] == [
        (mine["水利"].pk, "PRELIMINARY_CHECK", "TOWNSHIP"), (mine["水利"].pk, "PRELIMINARY_CHECK", "TOWNSHIP"),
        (mine["农业农村"].pk, "PRELIMINARY_CHECK", "TOWNSHIP"),
    ]  # fmt: skip
    assert rows[1].cases == ["重大公共利益"]
    assert list(Project.objects.unscoped("test").order_by("pk").values_list("total_investment_fen", "sector", "early_stage")) == [
        (860 * WAN, "水利", "CONCEIVED"), (1500 * WAN, "水利", "PREPARING"), (1200 * WAN, "农业农村", "PLANNED"),
    ]  # fmt: skip
    assert Entry.objects.filter(kind="reserve.declare").count() == 3
    tasks = Task.objects.filter(kind="reserve.preliminary_check", state="OPEN")
    assert {t.post_id for t in tasks} == {make.department().post_id, make.department("农业农村").post_id}
    assert tasks.all().count() == 2
    water = list(rows[:2])
    for target in water:
        reserve.set_targets(project_id=target.project_id, targets=make.targets(), actor=make.officer())
    reserve.preliminary_check(entry_id=water[0].pk, points=make.fit(), actor=make.department())
    assert tasks.all().count() == 2, "the list is not done yet"
    reserve.return_entry(entry_id=water[1].pk, reason="请补充受益范围", actor=make.department())
    assert tasks.all().count() == 1
    again = services.accept(
        batch_id=stage(book([1, "松桥镇提水灌溉工程", "水利", 860, "策划", "泵站一座", ""]), clerk).pk, actor=clerk
    )
    assert found(again).count((3, "reserve.import_already")) == 1
    assert Project.objects.unscoped("test").count() == 3


@pytest.mark.req("JC-03", "GO-13")
def test_bad_rows_are_found_and_nothing_is_lost():
    make.libraries()
    clerk = make.clerk()
    batch = stage(
        book(
            [1, "甲灌区工程", "水利", 800, "策划", "", ""],
            [2, "甲灌区工程", "水利", 900, "策划", "", ""],
            [3, "乙水库工程", "水利", 9_000_000, "规划", "总投资900万元", ""],
            [4, "丙渠道工程", "水利", -50, "规划", "", ""],
            [5, "丁泵站工程", "水利", "", "规划", "", ""],
            [6, "戊大桥工程", "水利", 700, "已开工", "", ""],
            [7, "己工程", "航天", 700, "规划", "", ""],
            [8, "庚工程", "水利", 600, "", "", ""],
            [9, "辛工程", "水利", 650, "规划", "", "风水"],
            ["合计", "", "", 99, "", "", ""],
        ),
        clerk,
    )
    seen = found(batch)
    for expected in [
        (4, "import.twice_differs"), (5, "import.amount_far_from_others"), (6, "import.amount_negative"),
        (7, "reserve.total_missing"), (8, "reserve.import_started"), (9, "reserve.import_sector_unknown"),
        (10, "reserve.stage_unclear"), (11, "reserve.import_case_unknown"), (12, "import.total_disagrees"),
    ]:  # fmt: skip
        assert expected in seen, (expected, seen)
    report = commands.report_of_batch(batch)
    started = next(f for f in report["findings"] if f["code"] == "reserve.import_started")
    assert "第3条" in started["message"]
    assert (batch.rows_total, batch.rows_rejected) == (9, 5)
    services.accept(batch_id=batch.pk, actor=clerk)
    names = set(Project.objects.unscoped("test").values_list("name", flat=True))
    assert names == {"甲灌区工程", "乙水库工程", "辛工程"}
    kept = ImportRow.objects.filter(batch=batch, state="REJECTED").order_by("number")
    assert [row.number for row in kept] == [6, 7, 8, 9, 10]


@pytest.mark.req("GO-14")
def test_indicators_in_the_list_are_kept_and_the_others_are_asked_for():
    make.libraries()
    head = [
        "项目名称",
        "归口部门",
        "总投资（万元）",
        "前期阶段",
        "亩均产出基线值",
        "亩均产出目标值",
        "单位能耗基线值",
        "单位能耗目标值",
    ]
    batch = stage(book(["丁园区项目", "水利", 900, "规划", "0", "320", "0.5", "好"], head=head), make.clerk())
    assert {(3, "reserve.import_targets_missing"), (3, "reserve.import_number")} <= set(found(batch))
    services.accept(batch_id=batch.pk, actor=make.clerk())
    row = PerformanceTarget.objects.get()
    assert (row.indicator, row.target, row.unit) == ("亩均产出", 320, "万元/亩")


def test_a_department_lists_for_its_own_library_and_an_owner_his_own():
    mine = make.libraries()
    water = make.department()
    head = ["项目名称", "主管区划", "总投资（万元）", "前期阶段"]
    batch = services.accept(batch_id=stage(book(["甲泵站", "云溪县", 900, "规划"], head=head), water).pk, actor=water)
    assert batch.rows_rejected == 0
    entry = LibraryEntry.objects.unscoped("test").get()
    assert (entry.library_id, entry.declarer) == (mine["水利"].pk, "SECTOR")
    owner = make.owner()
    staged = stage(book(["乙厂房", "云溪县", 900, "规划", "农业农村"], head=[*head, "归口部门"]), owner)
    services.accept(batch_id=staged.pk, actor=owner)
    made = Project.objects.unscoped("test").get(name="乙厂房")
    assert (made.owner_unit_id, made.owner_name) == (owner.unit_id, "云溪县城建投资有限公司")
    with pytest.raises(Exception, match="batch_missing"):
        services.get_batch(batch.pk, owner)
    assert services.get_batch(staged.pk, owner).pk == staged.pk
    with pytest.raises(NotAllowed):
        stage(book(["丙", "云溪县", 900, "规划"], head=head), projects.actor("VIEWER"))


def test_a_county_without_libraries_refuses_each_row_with_the_reason():
    region = projects.neighbour()
    make.adopt(region, ["classified_initiation"], "INITIATION")
    by = make.person("松岭县发展和改革局", "INVESTMENT_OFFICER", region)
    batch = stage(book([1, "甲工程", "水利", 800, "策划", "", ""]), by, region)
    report = commands.report_of_batch(batch)
    assert batch.rows_rejected == 1
    assert "立项三类分级" in next(f["message"] for f in report["findings"] if f["code"] == "reserve.no_system")


@pytest.mark.req("GO-15")
def test_a_secret_row_leaves_its_number_and_the_rule_alone():
    make.libraries()
    batch = stage(
        book([1, "机密★工程", "水利", 800, "策划", "", ""], [2, "乙工程", "水利", 800, "策划", "", ""]), make.clerk()
    )
    row = ImportRow.objects.get(batch=batch, number=3)
    assert (row.state, row.cells, row.plan) == ("REJECTED", "[]", "{}")


@pytest.mark.req("JC-01")
def test_three_hundred_rows_come_back_checked_in_three_seconds():
    make.libraries()
    rows = [
        [n, f"松桥镇{n}号谋划工程", "水利" if n % 2 else "农业农村", 500 + n, "规划", f"内容{n}", ""]
        for n in range(1, 301)
    ]
    content = book(*rows, ["合计", "", "", sum(r[3] for r in rows), "", "", ""])
    clerk = make.clerk()
    stage(book(rows[0]), clerk)  # the packs and readings of characters are loaded once per process
    started = time.process_time()
    batch = stage(content, clerk)
    spent = time.process_time() - started
    assert (batch.rows_total, batch.rows_rejected) == (300, 0)
    assert spent <= 3, f"{spent:.2f} s of processor time"


@pytest.mark.req("JC-03")
@pytest.mark.parametrize(
    ("words", "stage", "early"),
    [
        ("前期工作，计划2027年开工建设", "RESERVE", "PREPARING"), ("尚未开工建设", "RESERVE", ""),
        ("施工图设计", "DESIGN", ""), ("已完成施工图审查", "DESIGN", ""), ("施工招标", "PROCUREMENT", ""),
        ("拟于明年竣工", "RESERVE", ""), ("已开工", "CONSTRUCTION", ""), ("正在施工", "CONSTRUCTION", ""),
        ("主体施工，计划年底竣工", "CONSTRUCTION", ""), ("续建", "CONSTRUCTION", ""), ("已建成投用", "CONSTRUCTION", ""),
    ],
)  # fmt: skip
def test_what_has_not_begun_is_not_taken_for_begun(words, stage, early):
    assert importing.stage_of(words) == (stage, early)


@pytest.mark.req("JC-03")
def test_everyday_short_forms_of_departments_are_read():
    assert importing._shortens("住建", "住房城乡建设")
    assert importing._shortens("文旅", "文化旅游")
    assert not importing._shortens("水利", "农业农村")
    assert not importing._shortens("住", "住房城乡建设")
    make.libraries(sectors=("住房城乡建设", "水利"))
    batch = stage(book([1, "甲供水管网改造", "住建", 800, "策划", "", ""]), make.clerk())
    row = ImportRow.objects.get(batch=batch)
    assert row.state != "REJECTED", row.findings
    assert '"sector":"住房城乡建设"' in row.plan


@pytest.mark.req("GO-13")
def test_a_note_or_content_longer_than_the_form_takes_is_refused_and_stays_whole():
    make.libraries()
    head = [*HEAD, "申报说明"]
    batch = stage(
        book(
            [1, "松桥镇提水灌溉工程", "水利", 860, "策划", "泵站一座", "", "长" * 1001],
            [2, "松桥镇骨干水渠改造", "水利", 150, "策划", "长" * 4001, "", ""],
            head=head,
        ),
        make.clerk(),
    )
    told = {f["row"]: f["message"] for f in commands.report_of_batch(batch)["findings"] if "too_long" in f["code"]}
    assert told == {3: "申报说明最多 1000 字，现有 1001 字。", 4: "建设内容最多 4000 字，现有 4001 字。"}
    assert batch.rows_rejected == 2
