"""GO-15, the third door, of every register that can be exported: a row that meets a secrecy rule stays out of the file.

The rows of a register are stood in for, one of them with a mark in each text in turn, so that a new register is walked
without a word here. A register that looks behind its rows by itself (``withhold``) needs real ones: :data:`REAL`.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from openpyxl import load_workbook

from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import AuditEvent, Grant, Holding, Person, Post
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.tests.conftest import make_person, town  # noqa: F401  the fictional town
from gongbu.ground.registers.exports import texts_of
from gongbu.ground.registers.register import Register
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories
from gongbu.mainline.reserve.models import ReserveFile
from gongbu.mainline.reserve.tests import factories as reserve

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-15")]
MARK = "绝密★长期"


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


class Rows:
    """Two rows of a register, as much of a queryset as an export needs: the second one may not go out."""

    def __init__(self, model: Any, rows: Sequence[dict[str, Any]]) -> None:
        self.model, self.rows = model, rows

    def exclude(self, pk__in: list[int]) -> "Rows":
        return Rows(self.model, [row for row in self.rows if row["pk"] not in pk__in])

    def order_by(self, *_names: Any) -> "Rows":
        return self

    def count(self) -> int:
        return len(self.rows)

    def values_list(self, *fields: str) -> "Rows":
        self.fields = fields
        return self

    def iterator(self, chunk_size: int = 0) -> Iterator[tuple[Any, ...]]:
        return iter([tuple(row.get(name) for name in self.fields) for row in self.rows])


def values(register: Register, pk: int) -> dict[str, Any]:
    """Return a row of ordinary values, by the kinds of the columns."""
    of_kind = {"date": clock.today(), "datetime": clock.now(), "bool": True, "text": "城东小学", "code": "D-1"}
    return {"pk": pk} | {c.name: of_kind.get(c.kind, "" if c.labels() else 1) for c in register.columns}


def project(place: Any, _person: Any, text: str) -> int:
    made = factories.reserve_project(at=place.east)
    Project.objects.unscoped("test").filter(pk=made.pk).update(content=text)
    return made.pk


def paper(place: Any, person: Any, text: str) -> int:
    made = ApprovalPaper.objects.create(
        project_id=project(place, person, "仓库"), region_key=place.east.key_lo, doc_type="立项批复", step="PROPOSAL",
        doc_no="东发改〔2026〕1号", content=text, recorded_at=clock.now(),
    )  # fmt: skip
    return made.pk


def declared(_place: Any, person: Any, text: str) -> int:
    made = reserve.declared()
    Project.objects.unscoped("test").filter(pk=made.project_id).update(content=text)
    ReserveFile.objects.unscoped("test").filter(pk=made.project_id).update(declared_person_id=person.pk)
    return made.project_id


# register with an own ``withhold`` → how a row with this text comes into being, past the doors that would refuse it
REAL: dict[str, Callable[[Any, Any, str], int]] = {
    "projects": project, "papers": paper, "reserve": declared, "reserve_mine": declared,
}  # fmt: skip


@pytest.fixture
def place(town: Any) -> Any:  # noqa: F811
    """Return the fictional city."""
    return town


@pytest.fixture
def walker(place: Any) -> tuple[Client, Person]:
    """Somebody who may open every register: not a person of the product, a way to walk them all."""
    person = make_person("walker", place.bureau)
    post = Post.objects.create(unit=place.bureau, name="走查")
    Holding.objects.create(post=post, person=person, valid_from=date(2026, 1, 1))
    for role in rights().roles:
        Grant.objects.create(post=post, role=role, region=place.nation, valid_from=date(2026, 1, 1))
    client = Client()
    sign_in(client, person)
    return client, person


def stays_out(register: Register, address: str, walker: tuple[Client, Person], secret: int) -> None:
    client, person = walker
    for form in register.exports:
        answer = client.get(address.replace("<str:form>", form))
        assert answer.status_code == 200, answer.content
        body = b"".join(answer.streaming_content)  # type: ignore[arg-type]
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


def test_the_walk_finds_the_registers() -> None:
    assert {"projects", "papers", "orgs.units", "tasks", "deadlines"} <= set(EXPORTS)


@pytest.mark.parametrize("key", EXPORTS)
def test_what_meets_a_rule_stays_out_of_the_file(
    key: str, place: Any, walker: tuple[Client, Person], rf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, register = EXPORTS[key]
    if register.withhold is not None:
        assert key in REAL, "tell REAL how a row of this register comes into being"
        REAL[key](place, walker[1], "甲")
        stays_out(register, address, walker, REAL[key](place, walker[1], MARK))
        return
    request = walker[0].get("/").wsgi_request  # type: ignore[attr-defined]
    model = register.source(request).model
    fields = texts_of(register.columns)
    assert fields, "a register without a text has nothing to keep back: say so here"
    for name in fields:
        rows = Rows(model, [values(register, 1), values(register, 2) | {name: f"仓库，{MARK}"}])
        monkeypatch.setitem(register.__dict__, "source", lambda _request, rows=rows: rows)
        monkeypatch.setitem(register.__dict__, "filters", ())
        stays_out(register, address, walker, 2)
