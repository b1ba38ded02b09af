"""GO-15, the third door: a text that came in before its rule does not go out again."""

import io
import logging
import zipfile
from types import SimpleNamespace

import pytest
from django.db import connection
from openpyxl import load_workbook

from gongbu.ground.documents import archive
from gongbu.ground.documents.queries import SubjectDocuments
from gongbu.ground.ledger import sequencer
from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.registers.tests.test_stamping import TRACE
from gongbu.mainline.projects import feed, withholding
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-15")]
MARK = "绝密★长期"


def old_secret() -> Project:
    """A project whose content met no rule when it came in; written past the door as an old row would stand there."""
    project = make.reserve_project(name="南坡仓库", content="仓库两座")
    Project.objects.unscoped("test").filter(pk=project.pk).update(content=f"仓库两座，{MARK}")
    return project


def last_export() -> dict[str, object]:
    return AuditEvent.objects.unscoped("test").filter(kind="EXPORTED").latest("pk").data


def test_exports_leave_the_row_out_and_count_it(caplog: pytest.LogCaptureFixture) -> None:
    secret, _open = old_secret(), make.reserve_project(name="北坡小学")
    client = signed_in("INVESTMENT_HEAD")
    with caplog.at_level(logging.DEBUG):
        text = b"".join(client.get("/projects/export.csv").streaming_content).decode()
        book = load_workbook(io.BytesIO(b"".join(client.get("/projects/export.xlsx").streaming_content)))
    cells = [str(cell.value) for row in book.active.iter_rows() for cell in row if cell.value]
    for said in (text, "\n".join(cells)):
        assert "北坡小学" in said
        assert "南坡仓库" not in said
        assert "另有 1 条触发涉密拦截规则" in said
    assert last_export()["withheld"] == {str(secret.pk): "declared_mark"}
    assert last_export()["rows"] == 1
    assert MARK not in caplog.text


def test_an_ordinary_export_says_nothing_of_withholding() -> None:
    make.reserve_project(name="密云路改造工程", content="商业秘密保护中心一处，不涉密")
    text = b"".join(signed_in("INVESTMENT_HEAD").get("/projects/export.csv").streaming_content).decode()
    assert "密云路改造工程" in text
    assert "没有导出" not in text
    assert "withheld" not in last_export()


def test_the_card_is_refused_and_the_attempt_noted() -> None:
    secret = old_secret()
    answer = signed_in("INVESTMENT_OFFICER").get(f"/projects/{secret.pk}/card")
    assert answer.status_code >= 400
    assert "触发涉密拦截规则" in answer.content.decode()
    assert MARK not in answer.content.decode()
    assert last_export()["withheld"] == {str(secret.pk): "declared_mark"}


def test_the_api_and_the_feed_leave_it_out() -> None:
    secret, open_ = old_secret(), make.reserve_project(name="北坡小学")
    sequencer.run()
    client = signed_in("INVESTMENT_OFFICER")
    page = client.get("/api/projects").json()
    assert [row["id"] for row in page["items"]] == [open_.pk]
    assert page["withheld"] == 1
    detail = client.get(f"/api/projects/{secret.pk}")
    assert detail.status_code >= 400
    assert MARK not in detail.content.decode()
    assert "secrecy.not_given_out" in detail.content.decode()
    changes = feed.list_changes(make.officer())
    assert {change.project_id for change in changes.items} == {open_.pk}
    assert changes.withheld == 1


def test_a_refusal_names_the_rule_and_what_to_do() -> None:
    secret = old_secret()
    card = signed_in("INVESTMENT_OFFICER").get(f"/projects/{secret.pk}/card").content.decode()
    assert "触发涉密拦截规则“密级标志”" in card
    assert "请本单位保密员核对" in card
    entered = signed_in("INVESTMENT_OFFICER").post(
        "/api/projects",
        {"name": "南坡涉密仓库", "competent_region_id": make.region().pk, "funding_nature": "GOVERNMENT"},
        content_type="application/json",
    )
    said = entered.json()["findings"][0]["message"]
    assert "“涉密字样”" in said
    assert "如属误判，请改写" in said
    assert "南坡" not in said


def test_the_audit_names_the_rule_in_words() -> None:
    old_secret()
    b"".join(signed_in("INVESTMENT_HEAD", unit=make.unit()).get("/projects/export.csv").streaming_content)
    page = signed_in("AUDIT_ADMIN").get("/audit/").content.decode()
    assert "涉密未出" in page
    assert "密级标志" in page
    assert "declared_mark" not in page


def test_archive_names_are_withheld() -> None:
    rows = [
        SimpleNamespace(id=1, name="批复.pdf", title="批复"),
        SimpleNamespace(id=2, name="机密件.pdf", title="附件"),
    ]
    kept, met = archive.withhold(SubjectDocuments(rows, 0))  # type: ignore[arg-type]
    assert [row.id for row in kept.rows] == [1]
    assert kept.hidden == 1
    assert met == {2: "level_word"}


def test_an_archive_without_the_withheld_file_says_that_there_is_one_more() -> None:
    empty, _ = archive.withhold(SubjectDocuments([SimpleNamespace(id=2, name="机密件.pdf", title="")], 0))  # type: ignore[list-item]
    made = zipfile.ZipFile(io.BytesIO(b"".join(archive.stream_zip(empty, TRACE))))
    assert made.namelist() == [archive.INDEX, "导出说明.txt"]
    assert "机密件" not in made.read(archive.INDEX).decode()
    assert "另有 1 份" in made.read(archive.INDEX).decode()


def test_the_doors_write_the_content_nowhere() -> None:
    secret = old_secret()
    client = signed_in("INVESTMENT_HEAD")
    b"".join(client.get("/projects/export.csv").streaming_content)
    client.get(f"/projects/{secret.pk}/card")
    client.get("/api/projects")
    Project.objects.unscoped("test").filter(pk=secret.pk).update(content="")
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            assert MARK not in str(cursor.fetchall()), table


def test_every_pattern_is_behind_the_hint_of_the_database() -> None:
    samples = ["绝密★", "密级：秘密", "机密级", "涉密工程", "内部代号：309", "代号“A12”", "军事设施", "人防指挥中心", "国防工程",
               "军用机场"]  # fmt: skip
    for text in samples:
        project = make.reserve_project()
        Project.objects.unscoped("test").filter(pk=project.pk).update(content=text)
        assert withholding.find_withheld([project.pk]), text
