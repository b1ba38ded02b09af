"""Every register that can be exported: a cell holds what the list shows, and (GO-15, the third door) a row that meets a rule stays out.

The rows of a register are stood in for, one of them with a mark in each text in turn, so that a new register is walked
without a word here. A register that looks behind its rows by itself (``withhold``) needs real ones: :data:`REAL`.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, DateField, DateTimeField, DecimalField, IntegerField
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
from gongbu.mainline.projects.choices import EarlyStage, Kind, Stage
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories
from gongbu.mainline.reserve.choices import Attention, FileState, Step
from gongbu.mainline.reserve.models import ReserveFile
from gongbu.mainline.reserve.tests import factories as reserve

pytestmark = pytest.mark.django_db
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


# What a column without choices of its own keeps in its table, where the kind of the field does not tell.
STORED: dict[tuple[str, str], Sequence[Any]] = {
    ("orgs.grants", "role"): sorted(rights().roles),
    ("orgs.audit", "data"): [
        {"what": "单位（XLSX）", "rows": 3, "filters": {"状态": "正常"}, "withheld": {"7": "declared_mark"}}, {"means": "PASSWORD"}, {},
    ],
    ("draws", "needs"): [[["COST", "工程造价", 2, 1]]],
    ("number_series", "sorts"): [["NOTICE"], []],
    ("likeness", "evidence"): [[]],
    ("projects", "kind"): Kind.values, ("projects", "initiation_class"): ["CLASS_1", "UNDETERMINED", ""],
    ("projects", "stage"): Stage.values, ("projects", "early_stage"): ["", *EarlyStage.values],
    **{(key, "state"): FileState.values for key in ("reserve", "reserve_mine")},
    **{(key, "step"): ["", *Step.values] for key in ("reserve", "reserve_mine")},
    **{(key, "attention"): ["", *Attention.values] for key in ("reserve", "reserve_mine")},
    **{(key, "stage"): Stage.values for key in ("reserve", "reserve_mine")},
    **{(key, "early_stage"): ["", *EarlyStage.values] for key in ("reserve", "reserve_mine")},
}  # fmt: skip


def field_of(model: Any, name: str) -> Any:
    """Return the model field a name of a register leads to; None for what the query computes."""
    found = None
    for part in name.split("__"):
        try:
            found = model._meta.get_field(part)
        except FieldDoesNotExist:
            return None
        model = found.related_model
    return found


def stored(register: Register, model: Any, name: str, n: int) -> Any:
    """Return the ``n``-th value a table may hold under a name, going round the codes of a choice."""
    column = next((c for c in register.columns if c.name == name), None)
    codes: Sequence[Any] = STORED.get((register.key, name), ())
    field = field_of(model, name)
    if not codes and column is not None and column.labels():
        codes = list(column.labels())
    if not codes and field is not None and field.choices:
        codes = [code for code, _label in field.flatchoices]
    if not codes and (isinstance(field, BooleanField) or (column is not None and column.kind == "bool")):
        codes = (True, False)
    if codes:
        return codes[n % len(codes)]
    kind = column.kind if column is not None and column.kind not in ("text", "code") else None
    if isinstance(field, DateTimeField) or kind == "datetime":
        return clock.now()
    if isinstance(field, DateField) or kind == "date":
        return clock.today()
    if isinstance(field, IntegerField | DecimalField) or kind not in (None, "choice", "badge"):
        return 1
    return "城东小学" if kind is None or field is not None else ""


def values(register: Register, pk: int, model: Any, n: int = 0) -> dict[str, Any]:
    """Return a row as the tables may hold it; ``n`` goes round the codes."""
    return {name: stored(register, model, name, n) for name in register.fields} | {"pk": pk}


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


@pytest.mark.req("GO-15")
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
        rows = Rows(model, [values(register, 1, model), values(register, 2, model) | {name: f"仓库，{MARK}"}])
        monkeypatch.setitem(register.__dict__, "source", lambda _request, rows=rows: rows)
        monkeypatch.setitem(register.__dict__, "filters", ())
        stays_out(register, address, walker, 2)


def cells_of(client: Client, address: str, form: str) -> list[list[str]]:
    """Return the texts of an exported file, without its headings."""
    answer = client.get(address.replace("<str:form>", form))
    assert answer.status_code == 200, answer.content
    body = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    if form == "csv":
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))[1:]
    sheet = load_workbook(io.BytesIO(body)).active
    return [["" if c.value is None else str(c.value) for c in row] for row in sheet.iter_rows(min_row=2)]


@pytest.mark.parametrize("key", EXPORTS)
def test_a_cell_holds_what_the_list_shows_and_no_code(
    key: str, walker: tuple[Client, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, register = EXPORTS[key]
    model = register.source(walker[0].get("/").wsgi_request).model  # type: ignore[attr-defined]
    codes: set[str] = set(rights().roles) | {"True", "False", "None"}
    most = 2
    for name in register.fields:
        labels = next((c.labels() for c in register.columns if c.name == name), {})
        field = field_of(model, name)
        known = labels or ({str(c): str(said) for c, said in field.flatchoices} if field and field.choices else {})
        codes |= {code for code, said in known.items() if code != said and not code.isdigit()}
        most = max(most, len(known), len(STORED.get((key, name), ())))
    rows = Rows(model, [values(register, n + 1, model, n) for n in range(most)])
    monkeypatch.setitem(register.__dict__, "source", lambda _request: rows)
    monkeypatch.setitem(register.__dict__, "filters", ())
    monkeypatch.setitem(register.__dict__, "withhold", None)
    for form in register.exports:
        cells = cells_of(walker[0], address, form)
        assert len(cells) == most
        wrong = {cell for row in cells for cell in row if cell in codes or cell.startswith(("{", "[", "<"))}
        assert not wrong, f"{register.title}.{form}：{wrong}"


def test_files_say_roles_accounts_and_details_in_words(walker: tuple[Client, Person]) -> None:
    client, _person = walker
    grants = cells_of(client, EXPORTS["orgs.grants"][0], "xlsx")
    assert {row[0] for row in grants} == set(rights().roles.values())
    people = cells_of(client, EXPORTS["orgs.people"][0], "csv")
    assert {row[-1] for row in people} == {"启用"}
    audit = cells_of(client, EXPORTS["orgs.audit"][0], "csv")
    assert any("内容：人员（CSV）；行数：" in cell for row in audit for cell in row)
