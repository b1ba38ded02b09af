"""查重 at the import of a reserve list: what is alike is flagged, a person says at the row what it is, acceptance follows."""

import pytest
from django.test import Client

from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, Refusal
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers.importing import services
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.mainline.likeness import queries as likeness
from gongbu.mainline.likeness.tests.test_index import settle as settle_index
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.projects.tests.test_pages import signed_in
from gongbu.mainline.reserve import import_likeness
from gongbu.mainline.reserve.models import LibraryEntry
from gongbu.mainline.reserve.tests import factories as make
from gongbu.mainline.reserve.tests.test_importing import book, stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nation() -> None:
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})


def rows_of(batch: ImportBatch) -> dict[str, ImportRow]:
    return {row.match_key.split("|", 1)[1]: row for row in ImportRow.objects.filter(batch=batch)}


def codes(row: ImportRow) -> set[str]:
    row.refresh_from_db()
    return {part for part in row.findings.split('"') if part.startswith(("likeness.", "reserve.import_said"))}


def entered() -> list[str]:
    return list(Project.objects.unscoped("test").order_by("pk").values_list("name", flat=True))


@pytest.fixture
def batch() -> ImportBatch:
    make.libraries()
    projects.reserve_project(name="松桥镇污水处理厂", at=make.township(), sector="水利", early_stage="CONCEIVED",
                             total_investment_fen=860 * projects.WAN)  # fmt: skip
    settle_index()
    return stage(
        book(
            [1, "松桥镇污水处理厂新建项目", "水利", 860, "策划", "日处理五千吨", ""],
            [2, "松桥镇敬老院", "水利", 500, "策划", "床位一百张", ""],
            [3, "松桥镇养老服务中心建设项目", "水利", 500, "策划", "床位一百张", ""],
            [4, "松桥镇骨干水渠一期工程", "水利", 300, "策划", "渠道", ""],
            [5, "松桥镇骨干水渠二期工程", "水利", 300, "策划", "渠道", ""],
        ),
        make.clerk(),
    )


@pytest.mark.req("CM-02", "JC-01")
def test_rows_like_a_project_on_file_or_each_other_come_back_with_a_finding(batch: ImportBatch) -> None:
    rows = rows_of(batch)
    assert codes(rows["松桥镇污水处理厂新建项目"]) == {"likeness.import_similar"}
    assert "name" in rows["松桥镇污水处理厂新建项目"].findings
    assert codes(rows["松桥镇养老服务中心建设项目"]) == {"likeness.import_similar_row"}
    assert codes(rows["松桥镇骨干水渠二期工程"]) == set(), "another phase is another project"
    assert batch.rows_rejected == 0


@pytest.mark.req("CM-02", "JC-01")
def test_the_same_project_is_declared_and_not_entered_twice(batch: ImportBatch) -> None:
    rows, clerk = rows_of(batch), make.clerk()
    row, twin = rows["松桥镇污水处理厂新建项目"], rows["松桥镇养老服务中心建设项目"]
    import_likeness.settle(row_id=row.pk, rev=1, verdict="SAME", reason="", actor=clerk)
    import_likeness.settle(row_id=twin.pk, rev=1, verdict="SAME_ROW", reason="", actor=clerk)
    assert codes(row) == codes(twin) == {"reserve.import_said"}
    with pytest.raises(ChangedMeanwhile):
        import_likeness.settle(row_id=row.pk, rev=1, verdict="DIFFERENT", reason="另一处", actor=clerk)
    services.accept(batch_id=batch.pk, actor=clerk)
    assert sorted(entered()) == sorted(
        ["松桥镇污水处理厂", "松桥镇敬老院", "松桥镇骨干水渠一期工程", "松桥镇骨干水渠二期工程"]
    )
    row.refresh_from_db()
    twin.refresh_from_db()
    on_file = Project.objects.unscoped("test").get(name="松桥镇污水处理厂")
    assert row.subject_id == on_file.pk, row.findings
    assert LibraryEntry.objects.unscoped("test").filter(project=on_file).exists()
    assert twin.subject_id == Project.objects.unscoped("test").get(name="松桥镇敬老院").pk


@pytest.mark.req("CM-02", "GO-03")
def test_another_project_is_entered_and_the_reason_stands_on_both_files(batch: ImportBatch) -> None:
    row, clerk = rows_of(batch)["松桥镇污水处理厂新建项目"], make.clerk()
    before = row.findings, row.plan
    with pytest.raises(InvalidInput):
        import_likeness.settle(row_id=row.pk, rev=1, verdict="DIFFERENT", reason=" ", actor=clerk)
    with pytest.raises(InvalidInput):
        import_likeness.settle(row_id=row.pk, rev=1, verdict="SAME_ROW", reason="", actor=clerk)
    row.refresh_from_db()
    assert (row.findings, row.plan, row.rev) == (*before, 1), "a refused answer leaves the row as it was"
    import_likeness.settle(row_id=row.pk, rev=1, verdict="SAME", reason="", actor=clerk)
    import_likeness.settle(row_id=row.pk, rev=2, verdict="DIFFERENT", reason="位于工业园，处理工业废水", actor=clerk)
    services.accept(batch_id=batch.pk, actor=clerk)
    made = Project.objects.unscoped("test").get(name="松桥镇污水处理厂新建项目")
    (pair,) = [p for p in likeness.pairs_of(made.pk) if p.verdict]
    assert (pair.verdict, pair.reason) == ("DIFFERENT", "位于工业园，处理工业废水")
    settle_index()
    assert [p.verdict for p in likeness.pairs_of(made.pk)] == ["DIFFERENT"]
    with pytest.raises(Refusal):
        import_likeness.settle(row_id=row.pk, rev=3, verdict="SAME", reason="", actor=clerk)


def test_a_project_that_has_begun_cannot_be_taken_for_the_same(batch: ImportBatch) -> None:
    row, clerk = rows_of(batch)["松桥镇污水处理厂新建项目"], make.clerk()
    Project.objects.unscoped("test").filter(name="松桥镇污水处理厂").update(stage="CONSTRUCTION", early_stage="")
    import_likeness.settle(row_id=row.pk, rev=1, verdict="SAME", reason="", actor=clerk)
    row.refresh_from_db()
    assert row.state == "REJECTED"
    import_likeness.settle(row_id=row.pk, rev=2, verdict="DIFFERENT", reason="二处", actor=clerk)
    row.refresh_from_db()
    assert row.state == "READY", "what was said is a note"


@pytest.mark.req("CM-10")
def test_a_project_out_of_sight_is_told_and_not_named() -> None:
    make.libraries()
    projects.reserve_project(name="青石河大桥至石板滩公路", at=projects.neighbour())
    settle_index()
    found = stage(book([1, "青石河大桥至石板滩公路工程", "水利", 860, "策划", "公路", ""]), make.clerk())
    (row,) = ImportRow.objects.filter(batch=found)
    assert codes(row) <= {"likeness.import_similar_hidden"}
    assert "石板滩公路”" not in row.findings


def test_the_row_is_settled_on_its_page(batch: ImportBatch) -> None:
    row = rows_of(batch)["松桥镇污水处理厂新建项目"]
    client: Client = signed_in("INVESTMENT_OFFICER", make.county())
    page = client.get(f"/imports/{batch.pk}/?tab=flagged").content.decode()
    address = f"/reserve/imports/{batch.pk}/{row.pk}/alike"
    assert address in page
    page = client.get(address).content.decode()
    assert "松桥镇污水处理厂”是同一项目" in page
    assert client.post(address, {"import_verdict": "DIFFERENT", "likeness_reason": ""}).status_code == 422
    assert client.post(address, {"import_verdict": "OTHER_PHASE", "likeness_reason": "二期"}).status_code == 302
    assert "reserve.import_said" in codes(row)
    other = signed_in("INVESTMENT_OFFICER", projects.neighbour())
    assert other.get(address).status_code == 404
    assert signed_in("LEADER", make.county()).get(address).status_code == 403
