"""导出追踪: codes, what a found file says, who is told, and that asking leaves a line."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from gongbu.ground.basics import clock
from gongbu.ground.orgs import audit, found_files, trace
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.rules.trace import find_codes, make_code, number_of, read_code
from gongbu.ground.registers.tests.conftest import sign_in

NOW = clock.now()
FACTS = {"at": NOW, "person_id": 7, "what": "项目台账（XLSX）", "rows": 12}


def test_a_code_names_its_row_and_fits_only_what_the_row_says() -> None:
    code = make_code(40_000, **FACTS)
    assert number_of(code) == 40_000
    assert code == make_code(40_000, **FACTS)
    others = [{"rows": 13}, {"person_id": 8}, {"what": "项目"}, {"at": NOW + timedelta(microseconds=1)}]
    assert code not in {make_code(40_000, **{**FACTS, **other}) for other in others}
    assert len({make_code(n, **FACTS) for n in range(1, 3000)}) == 2999


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1}", "{2}", "{0}　"])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    code = make_code(33, **FACTS)
    forms = (code, code.replace("-", " ").lower(), code.replace("0", "o").replace("1", "l"))
    assert read_code(typed.format(*forms)) == code


@pytest.mark.parametrize("typed", ["", "abc", "00A7-K3QX9", "U0A7-K3QX9B", "项目台账", "0" * 30])
def test_what_cannot_be_a_code_is_refused(typed: str) -> None:
    assert read_code(typed) is None


def test_project_codes_and_days_are_no_trace_codes() -> None:
    assert find_codes("2603-990121-04-01-123456 2026-03-04 0571-88886666") == []
    assert find_codes("台账 20260304 00A7-K3QX9B.csv，00A7-K3QX9B") == ["00A7-K3QX9B"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"name,code\r\n"])
def test_a_file_that_says_nothing_is_looked_at_by_its_name(content: bytes) -> None:
    assert found_files.codes_in("项目台账_20260304_00A7-K3QX9B.csv", io.BytesIO(content)) == ["00A7-K3QX9B"]
    assert found_files.codes_in("项目台账.csv", io.BytesIO(content)) == []


def test_only_small_parts_of_known_names_are_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/core.xml", b"0" * 2_000_000 + b" 00A7-K3QX9B")
        archive.writestr("docProps/custom.xml", "<v>00A7-K3QX9C</v>")
        archive.writestr("其他/说明.txt", "00A7-K3QX9D")
    assert found_files.codes_in("x.xlsx", out) == ["00A7-K3QX9C"]


@pytest.fixture
def exported(town, someone):
    """An export by an officer of 东县."""
    _, officer = someone("INVESTMENT_OFFICER")
    return trace.record(officer, "项目台账（XLSX）", 12, {"年度": "2026"})


def asked() -> list[dict]:
    """Return what was asked, as the audit has it."""
    rows = AuditEvent.objects.unscoped("test").filter(kind="AUDIT_VIEWED").order_by("pk")
    return [row.data for row in rows]


@pytest.mark.django_db
@pytest.mark.req("PF-04", "CM-03")
@pytest.mark.parametrize("role", ["SECURITY_ADMIN", "AUDIT_ADMIN"])
def test_the_administrators_are_told_who_exported_and_the_question_is_audited(role, town, someone, exported):
    person, _ = someone(role)
    client = Client()
    sign_in(client, person)
    page = client.post("/audit/trace", {"code": exported.code.lower()}).content.decode()
    for word in (exported.name, "东县发展和改革局", exported.when, "项目台账（XLSX）", "年度：2026", "12"):
        assert word in page, word
    (said,) = asked()
    assert (said["trace"], said["source"], said["is_found"]) == (exported.code, "手工输入", True)


@pytest.mark.django_db
@pytest.mark.req("PF-04")
def test_a_found_file_is_enough(town, someone, exported):
    client = Client()
    sign_in(client, someone("AUDIT_ADMIN")[0])
    file = io.BytesIO(b"name\r\n")
    file.name = f"项目台账_20260304_{exported.code}.csv"
    page = client.post("/audit/trace", {"file": file})
    assert exported.name in page.content.decode()
    assert asked()[0]["source"] == file.name
    bare = io.BytesIO(b"name\r\n")
    bare.name = "表.csv"
    assert client.post("/audit/trace", {"file": bare}).status_code == 422
    assert client.post("/audit/trace", {}).status_code == 422
    assert client.post("/audit/trace", {"code": "不是"}).status_code == 422
    assert len(asked()) == 1


@pytest.mark.django_db
@pytest.mark.req("PF-04", "CM-14")
def test_another_county_is_told_nothing_but_its_question_is_kept(town, someone, exported):
    client = Client()
    sign_in(client, someone("SECURITY_ADMIN", unit=town.other, region=town.west)[0])
    page = client.post("/audit/trace", {"code": exported.code}).content.decode()
    assert "没有这次导出" in page
    assert exported.name not in page
    assert asked()[0]["is_found"] is False


@pytest.mark.django_db
def test_a_code_that_does_not_fit_its_row_finds_nothing(town, someone, exported):
    _, auditor = someone("AUDIT_ADMIN")
    head, tail = exported.code.split("-")
    forged = f"{head}-{'0' if tail[0] != '0' else '1'}{tail[1:]}"
    assert trace.look_up(auditor, forged, source="x") is None
    assert trace.look_up(auditor, "ZZZZZZZZZZ-000000", source="x") is None
    assert trace.look_up(auditor, "ZZZZZZZZZZZZZZZ-000000", source="x") is None
    signed = audit.record(auditor, AuditEvent.Kind.SIGNED_OUT)
    other = make_code(signed.pk, at=signed.at, person_id=signed.person_id, what="", rows=0)
    assert trace.look_up(auditor, other, source="x") is None, "only exports"


@pytest.mark.django_db
@pytest.mark.req("PF-04")
def test_nobody_else_may_ask(town, someone):
    assert rights().roles_for("orgs.trace_export") == {"SECURITY_ADMIN", "AUDIT_ADMIN"}
    client = Client()
    sign_in(client, someone("INVESTMENT_HEAD")[0])
    assert client.get("/audit/trace").status_code == 403


@pytest.mark.django_db
def test_the_list_of_the_audit_shows_the_code(town, someone, exported):
    client = Client()
    sign_in(client, someone("AUDIT_ADMIN")[0])
    assert f"追踪码：{exported.code}" in client.get("/audit/").content.decode()


def test_an_actor_without_a_unit_still_leaves_his_name() -> None:
    event = AuditEvent(pk=5, at=NOW, kind="EXPORTED", person_name="甲", data={"what": "表", "rows": 1})
    assert trace.trace_of(event).who == "甲"
    assert dict(trace.trace_of(event).lines())["筛选条件"] == "无"
    assert Actor(None, "甲").unit_name == ""
