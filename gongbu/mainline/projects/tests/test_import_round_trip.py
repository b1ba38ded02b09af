"""The platform's own export of projects comes back: nothing is made, nothing is changed; places of one name are told apart."""

from typing import Any

import pytest

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers.importing import commands, kinds, queries, services
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories
from gongbu.mainline.projects.tests.test_import_pages import browser

pytestmark = pytest.mark.django_db
HEAD = "项目名称,所属区划,总投资（万元）,阶段"


def township(name: str, number: int, at: Region) -> Region:
    key = at.key_lo + number * 1000
    return Region.objects.create(parent=at, name=name, level="TOWNSHIP", key_lo=key, key_hi=key + 1000)


@pytest.fixture
def city() -> Region:
    """A city with two counties; both have a 城关镇."""
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    city = factories.region("临川市", 991100, "CITY", 100_000_000)
    for county in (factories.region(), factories.neighbour()):
        Region.objects.filter(pk=county.pk).update(parent=city)
        township("城关镇", 1, county)
        township("松桥镇", 2, county)
    return city


def place(county: Region, name: str) -> Region:
    return Region.objects.get(name=name, key_lo__gt=county.key_lo, key_hi__lte=county.key_hi)


def stage(content: bytes, at: Region, name: str = "名单.csv", region: Region | None = None) -> ImportBatch:
    return services.stage(
        content=content, file_name=name, kind=kinds.get("projects"), actor=factories.officer(at), region=region
    )


def csv(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *lines]).encode()


def standing() -> tuple[Any, ...]:
    facts = Project.objects.unscoped("test").order_by("pk").values_list("pk", "rev", "region_key", "stage")
    return list(facts), Entry.objects.count()


def messages(batch: ImportBatch) -> dict[str, str]:
    return {f["code"]: f["message"] for f in commands.report_of_batch(batch)["findings"]}


@pytest.mark.req("GO-13", "CM-02")
@pytest.mark.parametrize(("whose", "form"), [("county", "xlsx"), ("county", "csv"), ("city", "xlsx")])
def test_an_export_that_comes_back_unedited_makes_and_changes_nothing(city: Region, whose: str, form: str) -> None:
    county, other = factories.region(), factories.neighbour()
    by = factories.officer(city)
    for at, name, more in [
        (place(county, "城关镇"), "城关镇小学", {"total_investment_fen": 123_456_789, "sector": "教育"}),
        (place(county, "松桥镇"), "松桥镇卫生院", {"stage": "APPROVAL", "owner_name": "松桥镇人民政府"}),
        (county, "云溪县客运站", {"total_investment_fen": 2 * factories.YI, "planned_start_on": None}),
        (place(other, "城关镇"), "城关镇敬老院", {}),
    ]:
        factories.reserve_project(by, at, name=name, **more)
    at = county if whose == "county" else city
    before = standing()
    answer = browser("INVESTMENT_OFFICER", at).get(f"/projects/export.{form}")
    batch = stage(b"".join(answer.streaming_content), at, f"项目库.{form}")
    assert (batch.rows_total, batch.rows_rejected) == (3 if whose == "county" else 4, 0)
    batch = services.accept(batch_id=batch.pk, actor=factories.officer(at))
    assert queries.count_standing(batch) == batch.rows_done == batch.rows_total
    assert standing() == before
    assert not set(messages(batch)) & {"import.on_file_differs", "import.region_name_several"}


@pytest.mark.req("GO-13")
def test_a_name_is_looked_up_in_the_importers_own_range_first(city: Region) -> None:
    county = factories.region()
    batch = stage(csv("甲工程,城关镇,100,在建"), county)
    assert (batch.rows_flagged, batch.rows_rejected) == (0, 0), messages(batch)
    services.accept(batch_id=batch.pk, actor=factories.officer(county))
    assert Project.objects.unscoped("test").get().competent_region == place(county, "城关镇")
    chosen = stage(csv("乙工程,松桥镇,100,在建"), city, region=None)
    assert "有 2 处（云溪县松桥镇、松岭县松桥镇）" in messages(chosen)["import.region_name_several"]
    county_file = stage(csv("丙工程,松桥镇,100,在建"), county, region=county)
    services.accept(batch_id=county_file.pk, actor=factories.officer(county))
    assert Project.objects.unscoped("test").get(name="丙工程").competent_region == place(county, "松桥镇")


@pytest.mark.req("GO-13", "CM-02")
def test_of_two_projects_that_a_row_may_mean_none_is_chosen_and_none_is_made(city: Region) -> None:
    by = factories.officer(city)
    for county in (factories.region(), factories.neighbour()):
        factories.reserve_project(by, place(county, "城关镇"), name="城关镇污水处理厂")
    batch = stage(csv("城关镇污水处理厂,城关镇,100,在建"), city)
    assert batch.rows_rejected == 1
    assert "云溪县城关镇、松岭县城关镇都有名为“城关镇污水处理厂”的项目" in messages(batch)["import.name_several_places"]
    row = ImportRow.objects.get(batch=batch)
    mended = services.mend_row(row_id=row.pk, rev=row.rev, cells={1: "松岭县城关镇"}, actor=by)
    assert mended.state == "FLAGGED", "found, with another stage"
    services.accept(batch_id=batch.pk, actor=by)
    assert Project.objects.unscoped("test").count() == 2


@pytest.mark.req("GO-13")
def test_a_row_with_mere_notes_is_ready_and_shows_them(city: Region) -> None:
    county = factories.region()
    batch = stage(
        csv("甲工程,云溪县,100,在建,44927", "乙工程,云溪县,约8亿元,在建,2026", head=f"{HEAD},开工时间"), county
    )
    assert (batch.rows_ready, batch.rows_flagged, batch.rows_rejected) == (2, 0, 0), messages(batch)
    assert queries.count_tabs(batch) == {"rejected": 0, "flagged": 0, "ready": 2, "all": 2}
    assert commands.report_of_batch(batch)["flagged"] == 0
    assert messages(batch)["import.date_serial"] == "日期是电子表格序号 44927，读作 2023-01-01。"
    client = browser("INVESTMENT_OFFICER", county)
    page = client.get(f"/imports/{batch.pk}/").content.decode()
    assert "读作 2023-01-01" in page
    services.accept(batch_id=batch.pk, actor=factories.officer(county))
    batch.refresh_from_db()
    assert (batch.rows_ready, batch.rows_flagged) == (2, 0)
