"""Every route × every role × every relation of regions: what the matrix and the record's region say is what is answered."""

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from gongbu.ground.orgs.managers import ScopedQuerySet
from gongbu.ground.orgs.models import AuditEvent, Person, Region, Unit
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.tests.conftest import make_person, make_region
from gongbu.ground.orgs.trace import trace_of
from gongbu.ground.registers import downloads
from gongbu.ground.registers.pages import page
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.projects.models import Project, ProjectStatus
from tests.matrix import addresses, plant
from tests.matrix.addresses import Route
from tests.test_every_route import SENSIBLE

ROLES = ["PUBLIC", *sorted(set(rights().roles) - {"PUBLIC", "CONSOLE"})]
# On PostgreSQL every time the two whose reach is told most differently (a region; a unit's own records), the others at
# length: SQLite asks for all of them every time.
KINDS = {"INVESTMENT_OFFICER", "OWNER_UNIT"}
WALKED = [
    pytest.param(role, marks=[pytest.mark.long] if connection.vendor == "postgresql" and role not in KINDS else [])
    for role in ROLES
]
INSIDE = {"own", "below"}


@dataclass(frozen=True)
class World:
    """Planted regions and the people of one county, one per role."""

    regions: Mapping[str, Region]
    people: Mapping[str, Person]

    def rows(self, relation: str) -> plant.Here:
        return plant.here(self.regions[relation], plant.MARKS[relation])


def furnish() -> World:
    """Plant a county, its neighbour, its city and a township with a row of every table; a person per role in the county."""
    plant.forget()
    nation = Region.objects.create(name="全国", level="NATION", key_lo=0, key_hi=10**12)
    province = make_region("云州省", "990000", nation, "PROVINCE", 10**10)
    city = make_region("云城市", "990100", province, "CITY", 10**8)
    east = make_region("东县", "990121", city, "COUNTY", 10**6)
    west = make_region("西县", "990122", city, "COUNTY", 10**6)
    town = make_region("东镇", "990121101", east, "TOWNSHIP", 10**3)
    regions = {"own": east, "sibling": west, "above": city, "below": town}
    world = World(regions, {})
    bureau = Unit.objects.create(name="东县发展和改革局", kind="GOVERNMENT", region=east)
    people = {role: make_person(role.lower(), bureau, role, east) for role in ROLES if role != "PUBLIC"}
    world = World(regions, people)
    for relation in regions:
        for model in (*plant.tables(), *addresses.models_asked()):
            world.rows(relation).get(model)
    return world


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Write no log: every refusal would be a line of it."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[World]:
    """Plant once for the whole file; what a test changes is undone after it, all of it after the last."""
    files = override_settings(FILES_DIR=tmp_path_factory.mktemp("files"))
    with django_db_blocker.unblock(), files, transaction.atomic():
        yield furnish()
        transaction.set_rollback(True)
    plant.forget()


@contextmanager
def undone() -> Iterator[None]:
    """Undo whatever the block changes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def client_of(world: World, role: str) -> Client:
    client = Client(raise_request_exception=False)
    if role != "PUBLIC":
        sign_in(client, world.people[role])
    return client


def text_of(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode("utf-8", "replace")


def may(role: str, right: str) -> bool:
    """Return whether the matrix gives a role the right of an address."""
    if right in ("PUBLIC", "SIGNED_IN"):
        return right == "PUBLIC" or role != "PUBLIC"
    return role in rights().roles_for(right)


def reach(role: str) -> set[str]:
    """Return the relations whose records a role of the county may read by their region."""
    bound = rights().own_records_only | {"PUBLIC"}
    return set() if role in bound else INSIDE


def faults_of(route: Route, role: str, relation: str, status: int, text: str) -> list[str]:
    """Return what is wrong with an answer, by the rights data and the record's region."""
    said = f"{role} {route}（{relation}）→ {status}"
    if not may(role, route.right):
        return [] if status in ({302, 401, 403} if role == "PUBLIC" else {401, 403}) else [f"无权却得到：{said}"]
    rule = addresses.rule_of(route)
    near = reach(role) if not rule.act or role in rights().roles_for(rule.act) else set()
    if rule.binds_below and near:
        near = near | {"above"}
    faults = []
    if status not in SENSIBLE | {403} and (route.pattern, status) != ("sign-in", 401):
        faults.append(f"出错：{said}")
    if route.params:
        if rule.kind == "REGION" and relation in near and status in {403, 404}:
            faults.append(f"区划之内却不可见：{said}")
        hidden = {403, 404, 422} if rule.kind == "FORM" else {403, 404}
        if rule.kind in ("REGION", "EITHER", "FORM", "OUTSIDE") and relation not in near and status not in hidden:
            faults.append(f"区划之外却得到：{said}")
        if rule.kind == "NOBODY" and status not in {403, 404}:
            faults.append(f"不是本人的却得到：{said}")
        if rule.kind == "ANYWHERE" and status in {403, 404}:
            faults.append(f"公开的却不可见：{said}")
    if not rule.is_mixed:
        far = [one for one in plant.MARKS if one not in near and plant.MARKS[one] in text]
        faults += [f"显示了{plant.MARKS[one]}：{said}" for one in far]
    if route.register is not None and not route.params and rule.kind == "REGION" and shows_texts(route):
        faults += [f"少了{plant.MARKS[one]}：{said}" for one in near if plant.MARKS[one] not in text]
    return faults


def shows_texts(route: Route) -> bool:
    """Return whether the answer of a register is a list or a CSV: an Excel file is packed."""
    return "<str:form>" not in route.pattern or route.form == "csv"


# What may leave without a trace, because no record stands in it.
UNTRACED = {
    "imports/template/<slug:kind>.xlsx": "空白的导入模板",
    "r/<str:code>/proof.json": "回执凭证供任何人核对",
    "receipts/heads/consistency.json": "树头之间的证明供任何人核对",
    "receipts/verifier/download": "离线核验程序，不含记录",
}


def trace_faults(route: Route, answer: Any) -> list[str]:
    """Return what is wrong with a file on its way out: it carries the code of an export that the audit knows."""
    said = answer.headers.get("Content-Disposition", "")
    if not said.startswith("attachment") or route.pattern in UNTRACED:  # pictures of pages are shown, not given
        return []
    code = answer.headers.get(downloads.TRACE_HEADER, "")
    event = AuditEvent.objects.unscoped("test").filter(kind=AuditEvent.Kind.EXPORTED).order_by("-pk").first()
    if event is None or trace_of(event).code != code or code not in said:
        return [f"文件没有追踪码：{route}"]
    return []


def ask(client: Client, world: World, role: str, route: Route, relation: str) -> list[str]:
    """Return the faults of one answer, undoing whatever it changed."""
    address = route.filled(world.rows(relation))
    is_refused = not may(role, route.right) or (bool(route.params) and relation not in reach(role))
    headers = {"HX-Request": "true"} if is_refused and role != "PUBLIC" else {}  # a refusal is a line then, not a page
    with undone():
        if route.pattern.startswith("api/") and route.method != "GET":
            answer = client.generic(route.method, address, "{}", content_type="application/json")
        else:
            answer = client.generic(route.method, address, QUERY_STRING="size=100", headers=headers)
        faults = faults_of(route, role, relation, answer.status_code, text_of(answer))
        return faults + trace_faults(route, answer)


def walk(world: World, role: str, routes: Iterable[Route]) -> list[str]:
    """Return the faults of every answer that a role gets; a route without a record is asked once."""
    client = client_of(world, role)
    faults: list[str] = []
    for route in routes:
        if route.pattern in addresses.UNCOVERED:
            continue
        relations = list(world.regions) if route.params and may(role, route.right) else ["own"]
        for relation in relations:
            if addresses.rule_of(route).kind == "OUTSIDE" and relation in reach(role):
                continue
            faults += ask(client, world, role, route, relation)
    return faults


@pytest.mark.django_db
@pytest.mark.req("CM-14", "CM-10", "PF-04")
@pytest.mark.parametrize("role", WALKED)
def test_every_answer_is_what_rights_and_region_say(role: str, world: World) -> None:
    faults = walk(world, role, addresses.routes())
    assert not faults, f"{len(faults)} 处：\n" + "\n".join(faults)


@pytest.mark.django_db
@pytest.mark.req("CM-10", "GO-16")
def test_a_unit_reaches_its_own_project_and_no_other(world: World) -> None:
    """The project lies next door: for a unit its own records count, not the region."""
    unit = world.people["OWNER_UNIT"].unit
    projects = {relation: world.rows(relation).get(Project).pk for relation in world.regions}
    for model in (Project, ProjectStatus):
        model.objects.unscoped("test").filter(pk=projects["sibling"]).update(owner_unit_id=unit.pk)
    client = client_of(world, "OWNER_UNIT")
    got = {relation: client.get(f"/projects/{pk}/").status_code for relation, pk in projects.items()}
    assert got == {"own": 404, "sibling": 200, "above": 404, "below": 404}
    shown = client.get("/projects/?size=100").content.decode()
    assert [relation for relation, mark in plant.MARKS.items() if mark in shown] == ["sibling"]


def test_the_exceptions_name_addresses_that_exist_and_say_why() -> None:
    patterns = {route.pattern for route in addresses.routes()}
    for name in addresses.RULES:
        begin = name.split(" ")[-1]
        assert any(pattern.startswith(begin) for pattern in patterns), name
    for name, why in {**addresses.UNCOVERED, **UNTRACED}.items():
        assert name in patterns, name
        assert why
    assert all(rule.why for rule in addresses.RULES.values() if rule != addresses.Rule())


# --- the walk itself fails when a view forgets ------------------------------------------------------------------------


def one(project_id: int) -> Project:
    return Project.objects.unscoped("planted: forgets for whom it reads").get(pk=project_id)


@page("projects.view")
def forgets_region(request: HttpRequest, project_id: int) -> HttpResponse:
    """Opens any project."""
    return HttpResponse(one(project_id).name)


def forgets_right(request: HttpRequest, project_id: int) -> HttpResponse:
    """Says which right it needs and does not ask for it."""
    return HttpResponse("好")


forgets_right.right, forgets_right.methods = "projects.view", ("GET",)  # type: ignore[attr-defined]


@page("projects.view")
def hides_own(request: HttpRequest, project_id: int) -> HttpResponse:
    """Finds nothing, whoever asks."""
    raise Http404


@page("projects.view")
def lists_all(request: HttpRequest) -> HttpResponse:
    """Shows every project of the installation."""
    rows = Project.objects.unscoped("planted: forgets for whom it reads")
    return HttpResponse("，".join(rows.values_list("name", flat=True)))


@page("projects.update", methods=("POST",))
def writes_anywhere(request: HttpRequest, project_id: int) -> HttpResponse:
    """Changes any project."""
    Project.objects.unscoped("planted").filter(pk=project_id).update(location="别处")
    return HttpResponse(status=204)


@page("projects.view")
def sends_untraced(request: HttpRequest) -> HttpResponse:
    """A file without a trace."""
    return HttpResponse("表", headers={"Content-Disposition": "attachment"})


PLANTED: dict[str, tuple[str, Any, str]] = {
    "forgets_region": ("planted/<int:project_id>", forgets_region, "区划之外却得到"),
    "forgets_right": ("planted/<int:project_id>", forgets_right, "无权却得到"),
    "hides_own": ("planted/<int:project_id>", hides_own, "区划之内却不可见"),
    "lists_all": ("planted/", lists_all, "显示了"),
    "writes_anywhere": ("planted/<int:project_id>", writes_anywhere, "区划之外却得到"),
    "sends_untraced": ("planted/", sends_untraced, "文件没有追踪码"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", PLANTED)
def test_a_view_that_forgets_its_check_is_found(name: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pattern, view, fault = PLANTED[name]
    planted = ModuleType("planted_urls")
    planted.urlpatterns = [path(pattern, view), *import_module(settings.ROOT_URLCONF).urlpatterns]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "planted_urls", planted)
    with override_settings(ROOT_URLCONF="planted_urls"):
        routes = [route for route in addresses.routes() if route.pattern == pattern]
        assert routes
        role = "SYSTEM_ADMIN" if name == "forgets_right" else "INVESTMENT_HEAD"
        assert any(said.startswith(fault) for said in walk(world, role, routes)), name


@pytest.mark.django_db
def test_a_list_that_forgets_its_scope_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    route = next(r for r in addresses.routes() if r.pattern == "papers/" and r.register is not None)
    assert walk(world, "INVESTMENT_OFFICER", [route]) == []
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda self, *_: self.unscoped("planted"))
    assert any("显示了乙贰邻县之物" in said for said in walk(world, "INVESTMENT_OFFICER", [route]))
