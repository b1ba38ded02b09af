"""The platform's own export of the reserve comes back: nothing is made, nothing is changed, what was edited is said."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongbu.ground.calendar.models import Deadline
from gongbu.ground.inbox.models import Task
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.registers.importing import commands, kinds, queries, services, workbook
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.ground.registers.tests.test_stamping import TRACE
from gongbu.mainline.projects import services as project_services
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.reserve import services as reserve
from gongbu.mainline.reserve.models import LibraryEntry
from gongbu.mainline.reserve.tests import factories as make
from gongbu.mainline.reserve.tests.test_pages import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def townships() -> dict[str, Region]:
    """Townships of 云溪县; the county next door has a 城关镇 too, as every second county has."""
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    make.township("城关镇", 3, at=projects.neighbour())
    return {name: make.township(name, n) for n, name in enumerate(("松桥镇", "城关镇", "柳河乡"), 1)}


@pytest.fixture
def files(townships: dict[str, Region]) -> dict[str, LibraryEntry]:
    """Declared, in a library, refused, withdrawn, and closed projects of the townships and of the county itself."""
    rows = {
        "城关镇地下停车场": make.declared(
            at=townships["城关镇"], name="城关镇地下停车场", owner_name="云溪县城建投资有限公司"
        ),
        "松桥镇提水工程": make.admitted(at=townships["松桥镇"], name="松桥镇提水工程"),
        "柳河乡冷库": make.declared(at=townships["柳河乡"], sector="农业农村", name="柳河乡冷库"),
        "城关镇排涝站": make.declared(at=townships["城关镇"], name="城关镇排涝站"),
        "县城供水管网": make.declared(name="县城供水管网"),
        "柳河乡灌区": make.declared(at=townships["柳河乡"], name="柳河乡灌区"),
    }
    reserve.refuse(
        entry_id=rows["城关镇排涝站"].pk, reason="与在建泵站重复", clause="实施方案第六条", actor=make.department()
    )
    reserve.withdraw(project_id=rows["县城供水管网"].project_id, reason="并入二期一起谋划", actor=make.officer())
    gone = Project.objects.unscoped("test").get(name="柳河乡灌区")
    project_services.withdraw(project_id=gone.pk, rev=gone.rev, reason="不再建设", actor=make.head())
    make.tell()
    return rows


def export() -> openpyxl.Workbook:
    answer = browser(make.officer()).get("/reserve/export.xlsx")
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def stage(book: openpyxl.Workbook, region: Region | None = None, **more: Any) -> ImportBatch:
    out = io.BytesIO()
    book.save(out)
    return services.stage(
        content=out.getvalue(), file_name="储备项目.xlsx", kind=kinds.get("reserve"), actor=make.officer(), region=region, **more
    )  # fmt: skip


def edit(book: openpyxl.Workbook, name: str, heading: str, change: Callable[[Any], Any]) -> None:
    sheet = book.active
    headings = [cell.value for cell in sheet[1]]
    row = next(r for r in sheet.iter_rows(min_row=2) if r[headings.index("项目名称")].value == name)
    cell = row[headings.index(heading)]
    cell.value = change(cell.value)


def standing() -> tuple[Any, ...]:
    """All of record: projects, declarations with their revisions, and every entry of the book."""
    entries = LibraryEntry.objects.unscoped("test").order_by("pk").values_list("pk", "state", "step", "rev")
    facts = (
        Project.objects.unscoped("test").order_by("pk").values_list("pk", "rev", "region_key", "total_investment_fen")
    )
    return list(entries), list(facts), Entry.objects.count()


def said(batch: ImportBatch, name: str) -> dict[str, str]:
    row = ImportRow.objects.get(batch=batch, match_key__endswith=f"|{name}")
    return {f["code"]: f["message"] for f in commands.report_of_batch(batch)["findings"] if f["row"] == row.number}


@pytest.mark.req("JC-01", "CM-02")
@pytest.mark.parametrize("for_the_county", [False, True])
def test_an_export_that_comes_back_unedited_makes_and_changes_nothing(
    files: dict[str, LibraryEntry], for_the_county: bool
) -> None:
    before = standing()
    batch = stage(export(), projects.region() if for_the_county else None)
    assert (batch.rows_total, batch.rows_rejected) == (6, 0), commands.report_of_batch(batch)["findings"]
    assert queries.count_standing(batch) == 6
    batch = services.accept(batch_id=batch.pk, actor=make.officer())
    assert batch.rows_done == 6
    assert standing() == before
    places = dict(Project.objects.unscoped("test").values_list("name", "competent_region__name"))
    assert places["城关镇地下停车场"] == "城关镇"
    told = {f["code"] for f in commands.report_of_batch(batch)["findings"]}
    assert not told & {"import.on_file_differs", "import.region_name_several", "import.region_name_unknown"}
    assert {row.state_label for row in queries.list_rows(batch, "standing", 0, 50)} == {"没有新建"}


@pytest.mark.req("JC-01", "CM-02")
def test_what_was_refused_or_withdrawn_is_not_declared_again_by_the_next_list(files: dict[str, LibraryEntry]) -> None:
    batch = services.accept(batch_id=stage(export()).pk, actor=make.officer())
    refused = said(batch, "城关镇排涝站")["reserve.import_ended"]
    assert (
        "不予入库（水利库：与在建泵站重复）" in refused.replace("云溪县水利行业储备库", "水利库")
        or "与在建泵站重复" in refused
    )
    assert "重新申报的，请打开该项目" in refused
    assert "并入二期一起谋划" in said(batch, "县城供水管网")["reserve.import_ended"]
    assert "已撤销" in said(batch, "柳河乡灌区")["reserve.import_closed"]
    assert make.fresh(files["城关镇排涝站"]).state == "REFUSED"
    assert batch.rows_flagged == 3
    assert batch.rows_ready == 3, "a declaration that stands is a note"


@pytest.mark.req("GO-13", "JC-01")
def test_an_edited_total_is_said_at_its_row_with_what_to_do(files: dict[str, LibraryEntry]) -> None:
    book = export()
    edit(book, "城关镇地下停车场", "总投资（万元）", lambda value: value + 500)
    edit(book, "松桥镇提水工程", "行业归口", lambda _value: "农业农村")
    before = standing()
    batch = services.accept(batch_id=stage(book).pk, actor=make.officer())
    assert standing() == before
    row = said(batch, "城关镇地下停车场")
    assert "总投资（台账 20,000.00万元，本行 20,500.00万元）与本行不同，台账没有改动" in row["import.on_file_differs"]
    assert "“修改”" in row["import.on_file_differs"]
    assert "行业归口" in said(batch, "松桥镇提水工程")["import.on_file_differs"]
    back = openpyxl.load_workbook(io.BytesIO(workbook.marked(batch, ImportRow.objects.filter(batch=batch), TRACE)))
    head, *rows = back.worksheets[0].iter_rows(values_only=True)
    assert {row[head.index("结果")] for row in rows} == {"没有新建"}
    client = browser(make.officer())
    page = client.get(f"/imports/{batch.pk}/?tab=standing").content.decode()
    assert "没有新建" in page
    assert "城关镇地下停车场" in page


@pytest.mark.req("GO-13")
@pytest.mark.parametrize("order", [("申报单位", "建设单位"), ("建设单位", "申报单位")])
def test_the_declaring_unit_is_not_the_owner(townships: dict[str, Region], order: tuple[str, str]) -> None:
    make.libraries()
    book = openpyxl.Workbook()
    book.active.append(["项目名称", *order, "行业归口", "总投资（万元）", "阶段"])
    units = {"申报单位": "云溪县水利局", "建设单位": "云溪县城建投资有限公司"}
    book.active.append(["甲渠道工程", *(units[word] for word in order), "水利", 800, "策划"])
    batch = services.accept(batch_id=stage(book).pk, actor=make.officer())
    assert Project.objects.unscoped("test").get().owner_name == "云溪县城建投资有限公司"
    note = next(f for f in commands.report_of_batch(batch)["findings"] if f["code"] == "import.column_doubled")
    assert (note["column"], note["severity"]) == ("申报单位", "NOTE")
    assert "“建设单位”" in note["message"]


@pytest.mark.req("JC-01", "GO-13")
def test_accepting_more_rows_takes_no_more_statements(
    townships: dict[str, Region], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row starts its limit and waits at a post; what that takes does not grow with the rows."""
    make.libraries()
    monkeypatch.setattr(services, "SMALLEST_CHUNK", 100)
    counted = []
    for at, rows in enumerate((2, 5, 35)):  # the first loads what is kept for the process
        book = openpyxl.Workbook()
        book.active.append(["项目名称", "行业归口", "总投资（万元）", "阶段"])
        for n in range(rows):
            book.active.append([f"第{at}批{n}号渠道工程", "水利", 800 + n, "策划"])
        batch = stage(book)
        with CaptureQueriesContext(connection) as seen:
            services.accept(batch_id=batch.pk, actor=make.officer())
        counted.append(len(seen))
        entries = LibraryEntry.objects.unscoped("test").filter(batch_id=batch.pk)
        limits = Deadline.objects.unscoped("test").filter(pk__in=entries.values("deadline_id"))
        started = OutboxMessage.objects.filter(
            topic="calendar.deadline_changed", subject_id__in=entries.values("project_id")
        )
        assert limits.count() == started.count() == rows
        task = Task.objects.get(subject_id=batch.pk, kind="reserve.preliminary_check")
        assert task.due_on == limits.first().due_on
    assert counted[2] <= counted[1], counted
