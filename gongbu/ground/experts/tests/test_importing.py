"""Lists of experts from Excel: checked, told, taken; personal data leave the staging table."""

import io

import pytest
import xlsxwriter

from gongbu.ground.experts.models import Expert, ExpertPrivate, ExpertRelation
from gongbu.ground.experts.tests.conftest import enter
from gongbu.ground.registers.importing import kinds, queries, services
from gongbu.ground.registers.importing.models import ImportRow

pytestmark = pytest.mark.django_db
HEAD = ["序号", "姓名", "工作单位", "职称", "专业", "联系电话", "身份证号", "聘期至", "回避单位"]


def workbook(rows, head=HEAD, title="东县评审专家名册"):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("专家")
    sheet.merge_range(0, 0, 0, len(head) - 1, title)
    sheet.write_row(1, 0, head)
    for at, row in enumerate(rows, 2):
        sheet.write_row(at, 0, row)
    book.close()
    return buffer.getvalue()


def staged(county, rows, **more):
    return services.stage(
        content=workbook(rows, **more), file_name="名册.xlsx", kind=kinds.get("experts"), actor=county.officer,
        region=county.region,
    )  # fmt: skip


def said(batch):
    return [[line.message for line in row.findings] for row in queries.list_rows(batch, "all", 0, 99)]


GOOD = [1, "温若谷", "东县水务局", "正高级工程师", "水利水电、工程造价", "13800000001", "11010519491231002X", "2029-12-31",
        "云溪设计院有限公司、某咨询公司"]  # fmt: skip


@pytest.mark.req("CB-04")
def test_a_list_becomes_a_pool_and_phones_leave_the_staging_table(county):
    batch = staged(county, [GOOD, [2, "沈怀远", "东县财政局", "", "财务与财政", "", "", "", ""]])
    assert (batch.rows_ready + batch.rows_flagged, batch.rows_rejected) == (2, 0)
    assert not Expert.objects.unscoped("test").exists()
    services.accept(batch_id=batch.pk, actor=county.officer)
    first, second = Expert.objects.unscoped("test").order_by("pk")
    assert (first.name, first.unit, first.specialty_text) == ("温若谷", county.water_office, "水利水电、工程造价")
    assert (first.is_published, first.valid_to.isoformat(), second.valid_to) == (True, "2029-12-31", None)
    assert ExpertPrivate.objects.get(expert=first).phone == "13800000001"
    assert list(ExpertRelation.objects.filter(expert=first).values_list("unit_name", flat=True)) == [
        "云溪设计院有限公司", "某咨询公司",
    ]  # fmt: skip
    for row in ImportRow.objects.filter(batch=batch):
        kept = f"{row.cells}{row.plan}{row.original}{row.match_key}"
        assert "13800000001" not in kept
        assert "19491231" not in kept
        assert "水务局" in kept or "财政局" in kept


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({1: ""}, "姓名"),
        ({4: "占星术"}, "占星术"),
        ({4: ""}, "专业"),
        ({6: "110105194912310021"}, "校验位"),
        ({2: "某军事禁区管理处"}, "涉密"),
        ({2: "某军事禁区管理处"}, "规则“军事、国防、人防指挥工程”"),
    ],
)
def test_a_row_that_is_not_in_order_is_sent_back_with_the_reason(county, change, text):
    row = [change.get(at, cell) for at, cell in enumerate(GOOD)]
    batch = staged(county, [row, [2, "沈怀远", "东县财政局", "", "财务与财政", "", "", "", ""]])
    assert batch.rows_rejected == 1
    assert any(text in message for message in said(batch)[0])
    services.accept(batch_id=batch.pk, actor=county.officer)
    assert [e.name for e in Expert.objects.unscoped("test")] == ["沈怀远"]


def test_the_same_person_twice_in_a_file_or_in_the_pool_already(county):
    standing = enter(county, name="陆明", unit_name="东县规划院", id_number="440524188001010014")
    rows = [
        GOOD, [2, "温若谷", "东县水务局", "", "水利水电", "", "", "", ""],
        [3, "温谷", "东县二中", "", "水利水电", "", "11010519491231002X", "", ""],
        [4, "陆明", "东县规划院", "", "工程造价", "", "", "", ""],
        [5, "陆某", "东县三中", "", "工程造价", "", "440524188001010014", "", ""],
    ]  # fmt: skip
    batch = staged(county, rows)
    messages = said(batch)
    assert batch.rows_rejected == 4
    assert "与第 3 行是同一人" in messages[1][0]
    assert "与第 3 行是同一人" in messages[2][0]
    for message in (messages[3], messages[4]):
        assert standing.code in message[0]


def test_who_may_not_import_imports_nothing(county):
    from gongbu.ground.basics.findings import NotAllowed

    with pytest.raises(NotAllowed):
        services.stage(
            content=workbook([GOOD]),
            file_name="x.xlsx",
            kind=kinds.get("experts"),
            actor=county.viewer,
            region=county.region,
        )
    assert not Expert.objects.unscoped("test").exists()
