"""The pages and the API of imports, as an officer uses them and a viewer does not."""

import io
import re
from urllib.parse import unquote

import openpyxl
import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.registers.importing import commands, kinds
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories

pytestmark = pytest.mark.django_db
HEAD = "项目名称,项目代码,所属区划,总投资（万元）,开工时间,阶段"
GOOD, FLAGGED, BAD = (
    "甲工程,,云溪县,100,2026-03-01,在建",
    "乙工程,,云溪县,约8亿元,2026.5,在建",
    ",,云溪县,60,2026,在建",
)


@pytest.fixture
def county(db):
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    return factories.region()


def browser(role, at=None):
    region = at or factories.region()
    unit = factories.unit(f"{region.name}发展和改革局", "GOVERNMENT", region)
    client = Client()
    sign_in(client, make_person(f"{role.lower()}{region.pk}", unit, role, region))
    return client


def file(*lines, name="名单.csv", content=None):
    return SimpleUploadedFile(name, content or "\n".join([HEAD, *lines]).encode())


def upload(client, county, *lines, **more):
    data = {"kind": "projects", "region": county.pk, "file": file(*lines, **more)}
    return client.post(reverse("importing:start"), data)


def footprint():
    tables = (ImportBatch, ImportRow, Entry, OutboxMessage)
    return [table.objects.count() for table in tables], Project.objects.unscoped("test").count()


@pytest.mark.req("GO-13")
def test_a_total_that_disagrees_is_told_above_the_rows(county):
    officer = browser("INVESTMENT_OFFICER")
    told = officer.get(
        upload(officer, county, GOOD, "丁工程,,云溪县,200,2026-03-01,在建", "合计,,,900,,")["Location"]
    ).text
    assert told.index("文件有 1 处需要核对") < told.index("<tbody>")
    assert "900" in told[told.index("文件有 1 处") : told.index("<tbody>")]
    sound = officer.get(upload(officer, county, GOOD, "合计,,,100,,")["Location"]).text
    assert "处需要核对" not in sound


def test_a_file_named_in_full_width_is_taken_and_keeps_its_name(county):
    officer = browser("INVESTMENT_OFFICER")
    page = officer.get(upload(officer, county, GOOD, name="名单．ＣＳＶ")["Location"])
    assert "名单．ＣＳＶ" in page.text
    marked = officer.get(reverse("importing:marked", args=[ImportBatch.objects.get().pk]))
    assert unquote(marked["Content-Disposition"].partition("UTF-8''")[2]).startswith("名单（检查意见）_")


@pytest.mark.req("GO-13")
def test_upload_mend_accept_and_fetch_the_marked_file(county):
    officer = browser("INVESTMENT_OFFICER")
    assert "项目" in officer.get(reverse("importing:start")).text
    answer = upload(officer, county, GOOD, FLAGGED, BAD)
    batch = ImportBatch.objects.get()
    assert answer["Location"] == reverse("importing:batch", args=[batch.pk])
    page = officer.get(answer["Location"]).text
    assert "退回" in page
    assert "缺少" in page or "必填" in page
    row = ImportRow.objects.get(state="REJECTED")
    form = reverse("importing:row", args=[batch.pk, row.pk])
    shown = officer.get(form).text
    name = re.search(r'name="(c\d+)" value=""', shown)[1]
    assert officer.post(form, {"rev": row.rev, name: "丙工程"}).status_code == 302
    assert not Entry.objects.exists(), "mending is staging, nothing of record"
    assert not Project.objects.unscoped("test").exists()
    marked = officer.get(reverse("importing:marked", args=[batch.pk]))
    book = openpyxl.load_workbook(io.BytesIO(marked.content))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert "约8亿元" in {cell.value for cell in cells}, "as the user wrote it"
    assert any(cell.fill.fgColor.rgb not in ("00000000", None) for cell in cells if cell.value == "约8亿元")
    assert "attachment" in marked["Content-Disposition"]
    assert officer.post(reverse("importing:accept", args=[batch.pk])).status_code == 302
    assert set(Project.objects.unscoped("test").values_list("name", flat=True)) == {"甲工程", "乙工程", "丙工程"}
    done = officer.get(reverse("importing:batch", args=[batch.pk]) + "?tab=all").text
    assert "已接收" in done
    assert reverse("projects:show", args=[Project.objects.unscoped("test").get(name="甲工程").pk]) in done


def test_two_mend_one_row_and_the_second_is_told_who(county):
    officer, head = browser("INVESTMENT_OFFICER"), browser("INVESTMENT_HEAD")
    upload(officer, county, BAD)
    row = ImportRow.objects.get()
    form = reverse("importing:row", args=[row.batch_id, row.pk])
    assert head.post(form, {"rev": row.rev, "c0": "先改的名"}).status_code == 302
    answer = officer.post(form, {"rev": row.rev, "c0": "后改的名"})
    assert answer.status_code == 409
    assert "investment_head" in answer.text
    assert "后改的名" not in ImportRow.objects.get().cells


@pytest.mark.req("GO-16")
def test_the_second_sees_both_values_keeps_his_typing_and_undoes_nothing_of_the_first(county):
    officer, head = browser("INVESTMENT_OFFICER"), browser("INVESTMENT_HEAD")
    upload(officer, county, BAD)
    row = ImportRow.objects.get()
    form = reverse("importing:row", args=[row.batch_id, row.pk])
    seen = {"rev": row.rev, "s0": "", "c0": "", "s3": "60", "c3": "60"}
    assert 'name="s3" value="60"' in officer.get(form).text
    assert head.post(form, {**seen, "c0": "先改的名", "c3": "61"}).status_code == 302
    answer = officer.post(form, {**seen, "c0": "后改的名"})
    assert answer.status_code == 409
    assert 'name="c0" value="后改的名"' in answer.text
    assert "：先改的名" in answer.text
    assert 'name="c3" value="61"' in answer.text, "what he never touched is shown as it is now"
    row.refresh_from_db()
    assert f'name="rev" value="{row.rev}"' in answer.text
    again = {"rev": row.rev, "s0": "先改的名", "c0": "后改的名", "s3": "61", "c3": "61"}
    assert officer.post(form, again).status_code == 302
    row.refresh_from_db()
    assert "后改的名" in row.cells
    assert "61" in row.cells


@pytest.mark.parametrize("bad", ["²", "9" * 5000, "-1", "x"])
def test_a_number_that_is_none_is_never_a_fault(county, bad):
    officer = browser("INVESTMENT_OFFICER")
    upload(officer, county, GOOD, BAD)
    batch, row = ImportBatch.objects.get(), ImportRow.objects.filter(state="REJECTED").get()
    assert officer.get(reverse("importing:batch", args=[batch.pk]), {"page": bad}).status_code == 200
    assert officer.get("/projects/", {"region": bad}).status_code in {200, 404}
    assert officer.post(reverse("importing:row", args=[batch.pk, row.pk]), {"rev": bad, "c0": "名"}).status_code == 409
    sent = {"kind": "projects", "region": bad, "file": file(GOOD, name="再传.csv")}
    assert officer.post(reverse("importing:start"), sent).status_code in {302, 422}


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"%PDF-1.7", "文件"), (b"", "空"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "文件")],
)
def test_a_file_that_cannot_be_read_is_said_on_the_page(county, content, said):
    officer, before = browser("INVESTMENT_OFFICER"), footprint()
    data = {"kind": "projects", "file": SimpleUploadedFile("坏.xlsx", content)}
    answer = officer.post(reverse("importing:start"), data)
    assert answer.status_code == 422
    assert said in answer.text
    assert officer.post(reverse("importing:start"), {"kind": "projects"}).status_code == 422
    assert officer.post(reverse("importing:start"), {"kind": "nothing", "file": file(GOOD)}).status_code == 422
    assert footprint() == before


@pytest.mark.req("CM-14")
@pytest.mark.parametrize("role", ["VIEWER", "LEADER", "AUDITOR", "SYSTEM_ADMIN"])
def test_others_reach_no_page_and_no_route_of_imports(county, role):
    upload(browser("INVESTMENT_OFFICER"), county, GOOD, BAD)
    batch, row = ImportBatch.objects.get(), ImportRow.objects.first()
    other, before = browser(role), footprint()
    for address in (
        reverse("importing:start"), reverse("importing:list"), reverse("importing:batch", args=[batch.pk]),
        reverse("importing:row", args=[batch.pk, row.pk]), reverse("importing:marked", args=[batch.pk]),
        f"/api/imports/{batch.pk}",
    ):  # fmt: skip
        assert other.get(address).status_code == 403, address
    assert upload(other, county, GOOD).status_code == 403
    for address in (
        reverse("importing:accept", args=[batch.pk]), reverse("importing:discard", args=[batch.pk]),
        "/api/imports", f"/api/imports/{batch.pk}/accept",
    ):  # fmt: skip
        assert other.post(address).status_code == 403, address
    assert footprint() == before


def test_the_county_next_door_sees_no_batch(county):
    upload(browser("INVESTMENT_OFFICER"), county, GOOD)
    batch, next_door = ImportBatch.objects.get(), browser("INVESTMENT_OFFICER", factories.neighbour())
    before = footprint()
    assert next_door.get(reverse("importing:batch", args=[batch.pk])).status_code == 404
    assert next_door.post(reverse("importing:accept", args=[batch.pk])).status_code == 404
    assert next_door.get(f"/api/imports/{batch.pk}").status_code == 404
    assert upload(next_door, county, GOOD).status_code == 403, "not into another county"
    assert "名单.csv" not in next_door.get(reverse("importing:list")).text
    assert footprint() == before


@pytest.mark.req("GO-18")
def test_the_api_checks_stages_accepts_and_reports(county):
    officer, before = browser("INVESTMENT_OFFICER"), footprint()
    checked = officer.post("/api/imports", {"kind": "projects", "dry_run": "true", "file": file(GOOD, FLAGGED, BAD)})
    assert checked.status_code == 200
    body = checked.json()
    assert (body["batch"], body["rows"], body["accepted"], body["flagged"], body["rejected"]) == (None, 3, 2, 2, 1)
    assert footprint() == before
    staged = officer.post("/api/imports", {"kind": "projects", "file": file(GOOD, FLAGGED, BAD)})
    assert (staged.status_code, staged.json()["state"]) == (201, "STAGED")
    pk = staged.json()["batch"]
    accepted = officer.post(f"/api/imports/{pk}/accept")
    assert (accepted.status_code, accepted.json()["state"]) == (200, "PUBLISHED")
    entries = Entry.objects.count()
    assert officer.post(f"/api/imports/{pk}/accept").json() == officer.get(f"/api/imports/{pk}").json()
    assert Entry.objects.count() == entries, "a repeat doubles nothing"
    refused = officer.post("/api/imports", {"kind": "projects", "file": file(content=b"%PDF-1.7")})
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert officer.post("/api/imports", {"kind": "nothing", "file": file(GOOD)}).status_code == 404


def test_projects_are_offered_first_and_the_command_names_every_kind(county):
    page = browser("INVESTMENT_OFFICER").get(reverse("importing:start")).content.decode()
    offered = re.findall(r'<option value="(\w+)"( selected)?>', page)
    assert offered[0] == ("projects", " selected")
    assert "experts" in {key for key, _ in offered}
    text = CliRunner().invoke(commands.import_file, ["--help"], terminal_width=200).output
    for kind in kinds.all_kinds():
        assert f"{kind.key} {kind.label}" in text


def test_findings_on_the_command_line_say_how_grave_they_are(county):
    upload(browser("INVESTMENT_OFFICER"), county, FLAGGED, BAD)
    found = commands.report_of_batch(ImportBatch.objects.get())["findings"]
    assert {(f["code"], f["severity"]) for f in found} >= {
        ("import.amount_approximate", "NOTE"), ("import.required_missing", "REJECT"),
    }  # fmt: skip
