"""Owners and the register of units: linked where there is no doubt, never to another county without a person."""

import re

import pytest
from django.urls import reverse

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.rules.credit_code import compute_check_character
from gongbu.ground.registers.importing import commands, services
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.test_importing import csv, stage
from gongbu.mainline.projects.tests.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-13", "CM-14")]
HEAD = "项目名称,所属区划,总投资（万元）,建设单位,统一社会信用代码"


@pytest.fixture
def county():
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    return make.region()


def code_of(number: int) -> str:
    body = f"11991101MB{number:07d}"
    return body + compute_check_character(body)


def taken(county, *lines):
    """Import rows; return the findings about owners and what became of them: name → (unit, owner as text)."""
    officer = make.officer(county)
    batch = stage(csv(*lines, head=HEAD), officer, county)
    told = [f for f in commands.report_of_batch(batch)["findings"] if f["code"].startswith("projects.owner_")]
    services.accept(batch_id=batch.pk, actor=officer)
    projects = Project.objects.unscoped("test").filter(batch_id=batch.pk)
    return {f["row"]: f for f in told}, {p.name: (p.owner_unit_id, p.owner_name) for p in projects}


def test_an_import_links_a_near_unit_by_its_name_however_blanks_and_brackets_are_written(county):
    firm, city = make.unit("云溪县城投（集团）有限公司"), make.region("临江市", 9911, "CITY", 10**8)
    Region.objects.filter(pk=city.pk).update(key_lo=991100 * 10**6, key_hi=991200 * 10**6)
    city.refresh_from_db()
    office = make.unit("临江市水利局", "GOVERNMENT", city)
    told, made = taken(county, "甲工程,云溪县,100, 云溪县城投(集团) 有限公司 ,", "乙工程,云溪县,100,临江市水利局,")
    assert told == {}
    assert [made["甲工程"][0], made["乙工程"][0]] == [firm.pk, office.pk]
    assert Entry.objects.filter(kind="project.created").count() == 2


def test_a_unit_of_another_county_and_an_unknown_one_stay_as_text_and_are_told(county):
    make.unit("教育局", "GOVERNMENT", make.neighbour())
    told, made = taken(county, "甲工程,云溪县,100,教育局,", "乙工程,云溪县,100,水务局,")
    assert made == {"甲工程": (None, "教育局"), "乙工程": (None, "水务局")}
    assert (told[2]["code"], told[2]["severity"]) == ("projects.owner_elsewhere", "FLAG")
    assert "松岭县“教育局”" in told[2]["message"]
    assert (told[3]["code"], told[3]["severity"]) == ("projects.owner_unknown", "NOTE")


def test_two_near_units_of_one_name_are_a_question(county):
    town = make.region("松桥镇", 991101101, "TOWNSHIP")
    Region.objects.filter(pk=town.pk).update(key_lo=991101101000, key_hi=991101102000)
    town.refresh_from_db()
    make.unit("水利站")
    other = make.unit("水利站二")
    type(other).objects.unscoped("test").filter(pk=other.pk).update(name="水利站", region=town)
    told, made = taken(county, "甲工程,云溪县,100,水利站,")
    assert made["甲工程"] == (None, "水利站")
    assert told[2]["code"] == "projects.owner_several"


def test_a_credit_code_decides_and_doubts_about_it_are_told(county):
    mine, theirs = make.unit("云溪县水利局"), make.unit("松岭县水利局", at=make.neighbour())
    for unit, number in ((mine, 1), (theirs, 2)):
        unit.credit_code = code_of(number)
        unit.save()
    told, made = taken(
        county,
        f"甲工程,云溪县,100,,{code_of(1)}",
        f"乙工程,云溪县,100,县水利局,{code_of(1).lower()}",
        f"丙工程,云溪县,100,松岭县水利局,{code_of(2)}",
        f"丁工程,云溪县,100,云溪县水利局,{code_of(2)}",
        f"戊工程,云溪县,100,云溪县水利局,{code_of(1)[:-1]}!",
    )
    assert made["甲工程"] == (mine.pk, "云溪县水利局")
    assert made["乙工程"] == (mine.pk, "县水利局")
    assert [made[f"{n}工程"][0] for n in "丙丁戊"] == [None] * 3
    assert {row: f["code"] for row, f in told.items()} == {
        3: "projects.owner_name_differs", 4: "projects.owner_elsewhere", 5: "projects.owner_conflict",
        6: "projects.owner_code_wrong",
    }  # fmt: skip


def test_a_form_links_near_units_alone(county):
    away = make.unit("教育局", "GOVERNMENT", make.neighbour())
    assert make.reserve_project(owner_name="教育局").owner_unit_id is None
    near = make.unit("云溪县教育局", "GOVERNMENT")
    assert make.reserve_project(name="乙工程", owner_name="云溪县教育局").owner_unit_id == near.pk
    assert away.pk != near.pk


def test_a_person_finds_unlinked_owners_and_links_one_to_a_unit_that_he_chooses(county):
    project = make.reserve_project(owner_name="教育局")
    away = make.unit("教育局", "GOVERNMENT", make.neighbour())
    linked = make.reserve_project(name="乙工程", owner_name=make.unit("云溪县水利局").name)
    client = signed_in("INVESTMENT_OFFICER")
    listed = client.get(reverse("projects:list"), {"unreported": "UNIT"}).content.decode()
    assert project.name in listed
    assert linked.name not in listed
    address = reverse("projects:change_owner", args=[project.pk])
    page = client.get(address).content.decode()
    assert re.search(rf'<option value="{away.pk}"[^>]*>\s*教育局（松岭县）', page)
    data = {"owner_name": "教育局", "owner_unit_id": "", "reason": "与单位库对应", "rev": project.rev}
    assert client.post(address, data).status_code == 422  # nothing changed: it is not linked by itself
    project.refresh_from_db()
    assert project.owner_unit_id is None
    assert client.post(address, {**data, "owner_unit_id": away.pk}).status_code == 302
    project.refresh_from_db()
    assert project.owner_unit_id == away.pk
    stranger = make.unit("河口县水务局", at=make.region("河口县", 991103))
    rest = {**data, "owner_unit_id": stranger.pk, "rev": project.rev}
    assert client.post(address, rest).status_code == 422  # neither near nor of the name
