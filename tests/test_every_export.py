"""GO-15, the third door, of every register that can be exported: a row that meets a secrecy rule stays out of the file.

A new register fails here until :data:`ROWS` says how a row of it comes into being.
"""

import io
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from openpyxl import load_workbook

from gongbu.ground.basics import clock
from gongbu.ground.calendar.models import Deadline
from gongbu.ground.inbox.models import Task
from gongbu.ground.orgs.models import AuditEvent, Grant, Holding, Person, Post, Unit
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.tests.conftest import make_person, town  # noqa: F401  the fictional town
from gongbu.ground.registers.register import Register
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-15")]
MARK = "绝密★长期"


@pytest.fixture
def place(town: Any) -> Any:  # noqa: F811
    """Return the fictional city."""
    return town


def project(place: Any, _person: Person, text: str) -> int:
    made = factories.reserve_project(at=place.east)
    Project.objects.unscoped("test").filter(pk=made.pk).update(content=text)
    return made.pk


def paper(place: Any, person: Person, text: str) -> int:
    made = ApprovalPaper.objects.create(
        project_id=project(place, person, "仓库"), region_key=place.east.key_lo, doc_type="立项批复", step="PROPOSAL",
        doc_no="东发改〔2026〕1号", content=text, recorded_at=clock.now(),
    )  # fmt: skip
    return made.pk


def unit(place: Any, _person: Person, text: str) -> int:
    return Unit.objects.create(name=f"东县供水公司{text}", kind="ENTERPRISE", region=place.east).pk


def person_row(place: Any, _person: Person, text: str) -> int:
    login = f"p{len(text)}"
    return make_person(login, place.bureau, name=f"某{text}").pk


def grant(place: Any, _person: Person, text: str) -> int:
    post = Post.objects.create(unit=place.bureau, name=f"投资科{text}")
    return Grant.objects.create(post=post, role="AUDITOR", region=place.east, valid_from=date(2026, 1, 1)).pk


def audit_event(place: Any, _person: Person, text: str) -> int:
    event = AuditEvent.objects.create(
        kind=AuditEvent.Kind.EXPORTED, at=clock.now(), person_name="某某", agent=text, region_key=place.east.key_lo
    )
    return event.pk


def task(place: Any, person: Person, text: str, **more: Any) -> int:
    values = {"person": person, "kind": "projects.check", "room": "projects", "title": f"核对{text}", "subject_kind": "project",
              "subject_id": 1, "region_key": place.east.key_lo, "url": "/", "opened_at": clock.now(), **more}  # fmt: skip
    return Task.objects.create(key=f"{text}{len(more)}", **values).pk


def done_task(place: Any, person: Person, text: str) -> int:
    return task(place, person, text, state=Task.State.DONE, done_at=clock.now(), done_by=person)


def deadline(place: Any, _person: Person, text: str) -> int:
    made = Deadline.objects.create(
        key=text or "k", title="审批", subject_kind="project", subject_id=1, subject_label=text, limit_amount=5,
        region_key=place.east.key_lo, started_at=clock.now(), limit_unit="WORKDAYS", due_on=clock.today(),
    )  # fmt: skip
    return made.pk


# register → how a row whose text is given comes into being, past the doors at which it would be refused
ROWS: dict[str, Callable[[Any, Person, str], int]] = {
    "projects": project, "papers": paper, "orgs.units": unit, "orgs.people": person_row, "orgs.grants": grant,
    "orgs.audit": audit_event, "tasks": task, "done": done_task, "region-tasks": task, "deadlines": deadline,
}  # fmt: skip


def exports() -> dict[str, tuple[str, Register]]:
    """Return key → (address, register) of every register of the installation that can be exported."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, Register]]:
        for one in patterns:
            address = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, address)
            elif (register := getattr(one.callback, "register", None)) is not None and register.exports:
                yield "/" + address, register

    return {register.key: (address, register) for address, register in walk(get_resolver().url_patterns, "")}


EXPORTS = exports()


def everybody(place: Any) -> tuple[Client, Person]:
    """Return somebody who may open every register: not a person of the product, a way to walk them all."""
    person = make_person("walker", place.bureau)
    post = Post.objects.create(unit=place.bureau, name="走查")
    Holding.objects.create(post=post, person=person, valid_from=date(2026, 1, 1))
    for role in rights().roles:
        Grant.objects.create(post=post, role=role, region=place.nation, valid_from=date(2026, 1, 1))
    client = Client()
    sign_in(client, person)
    return client, person


def test_every_exported_register_has_a_row_to_try() -> None:
    assert set(EXPORTS) == set(ROWS)


@pytest.mark.parametrize("key", ROWS)
def test_what_meets_a_rule_stays_out_of_the_file(key: str, place: Any) -> None:
    address, register = EXPORTS[key]
    client, person = everybody(place)
    open_, secret = ROWS[key](place, person, "甲"), ROWS[key](place, person, MARK)
    for form in register.exports:
        answer = client.get(address.replace("<str:form>", form))
        assert answer.status_code == 200, answer.content
        body = b"".join(answer.streaming_content)
        if form == "xlsx":
            said = "\n".join(str(c.value) for row in load_workbook(io.BytesIO(body)).active.iter_rows() for c in row)
        else:
            said = body.decode("utf-8-sig")
        assert MARK not in said
        assert "另有 1 条触发涉密拦截规则（密级标志 1 条），没有导出" in said
        data = AuditEvent.objects.unscoped("test").filter(kind="EXPORTED", person_id=person.pk).latest("pk").data
        assert data["what"].startswith(register.title)
        assert data["withheld"] == {str(secret): "declared_mark"}
        assert data["rows"] >= 1
    assert open_ != secret
