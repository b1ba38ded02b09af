"""Every page and API route declares a right, and keeps it for every role. A new route without one fails here."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, SlugConverter, StringConverter, UUIDConverter

from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.tests.conftest import make_person, town  # noqa: F401  the fictional town
from gongbu.ground.registers.api import right_of
from gongbu.ground.registers.tests.conftest import sign_in

PUBLIC, SIGNED_IN = "PUBLIC", "SIGNED_IN"
# Routes of the API library itself: the schema, and the address that only names the others.
LIBRARY_ROUTES = {"api/", "api/openapi.json"}
# A value for each kind of parameter in an address; ids of nothing that exists.
DUMMY = {IntConverter: 987654321, SlugConverter: "nothing", UUIDConverter: "00000000-0000-4000-8000-000000000000"}
REFUSED = {401, 403}
# What an allowed person may get for an id of nothing and an empty form.
# (401 is the sign-in page's word for a wrong password)
SENSIBLE = {200, 201, 204, 302, 303, 400, 404, 409, 412, 413, 415, 422}


@dataclass(frozen=True)
class Route:
    """One address and method with the right it declares."""

    path: str
    method: str
    right: str | None

    def __str__(self) -> str:
        return f"{self.method} /{self.path}"


def routes() -> list[Route]:
    """Return every address of the installation with each of its methods."""
    return [route for path, pattern in _walk(get_resolver(), "", {}) for route in _methods(path, pattern)]


def _walk(resolver: URLResolver, prefix: str, _: dict[str, Any]) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        here = prefix + _filled(entry)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, here, {})
        else:
            yield here, entry


def _filled(entry: URLPattern | URLResolver) -> str:
    text = str(entry.pattern)
    for name, converter in entry.pattern.converters.items():
        value = DUMMY.get(type(converter), "csv" if name == "form" else "nothing")
        assert isinstance(converter, (*DUMMY, StringConverter)), f"{text}: 未知的地址参数类型"
        kind = {IntConverter: "int", SlugConverter: "slug", UUIDConverter: "uuid"}.get(type(converter), "str")
        text = text.replace(f"<{kind}:{name}>", str(value)).replace(f"<{name}>", str(value))
    return text


def _methods(path: str, pattern: URLPattern) -> Iterator[Route]:
    view: Any = pattern.callback
    operations = _operations(view)
    if operations is not None:
        for operation in operations:
            for method in operation.methods:
                yield Route(path, method, right_of(operation))
        return
    for method in getattr(view, "methods", ("GET",)):
        yield Route(path, method, getattr(view, "right", None))


def _operations(view: Any) -> list[Any] | None:
    """Return the operations of an API address, or None for a page."""
    for cell in view.__closure__ or () if hasattr(view, "__closure__") else ():
        found = getattr(cell.cell_contents, "operations", None)
        if found:
            return list(found)
    return None


ROUTES = routes()


def test_every_route_declares_a_right_of_the_matrix():
    known = {PUBLIC, SIGNED_IN, *rights().acts}
    faults = [
        f"{route}: {route.right}" for route in ROUTES if route.path not in LIBRARY_ROUTES and route.right not in known
    ]
    assert len(ROUTES) > 100
    assert not faults, "没有声明权限的地址：\n" + "\n".join(faults)


def _ask(client: Client, route: Route) -> int:
    path = f"/{route.path}"
    if route.path.startswith("api/") and route.method in {"POST", "PUT", "PATCH"}:
        return client.generic(route.method, path, json.dumps({}), content_type="application/json").status_code
    return client.generic(route.method, path).status_code


def _walked() -> list[Route]:
    return [
        r for r in ROUTES if r.path not in LIBRARY_ROUTES and not r.path.startswith(("sign-out", "account/session"))
    ]


@pytest.mark.django_db
@pytest.mark.sqlite
@pytest.mark.req("CM-14", "PF-03")
def test_a_visitor_reaches_only_public_routes(town, home):  # noqa: F811
    client = Client(raise_request_exception=False)
    faults = []
    for route in _walked():
        status = _ask(client, route)
        if route.right == PUBLIC:
            ok = status in SENSIBLE or (route.path, status) == ("sign-in", 401)
        else:  # pages send to the sign-in page, the API and uploads refuse
            ok = status in {302, *REFUSED}
        if not ok:
            faults.append(f"{route} ({route.right}) → {status}")
    assert not faults, "\n".join(faults)


@pytest.mark.django_db
@pytest.mark.sqlite
@pytest.mark.long  # each of these answers for rows that exist: tests/matrix, with every role
@pytest.mark.req("CM-10", "CM-14")
@pytest.mark.parametrize("role", sorted(set(rights().roles) - {"PUBLIC", "CONSOLE"}))
def test_a_role_reaches_what_the_matrix_gives_it_and_nothing_else(role, town, home):  # noqa: F811
    person = make_person("walker", town.bureau, role, town.nation)
    client = Client(raise_request_exception=False)
    sign_in(client, person)
    faults = []
    for route in _walked():
        status = _ask(client, route)
        allowed = route.right in {PUBLIC, SIGNED_IN} or role in rights().acts[str(route.right)][1]
        if allowed and status not in SENSIBLE and (route.path, status) != ("sign-in", 401):
            faults.append(f"可以办理却得到 {status}：{route} ({route.right})")
        if not allowed and status not in REFUSED:
            faults.append(f"无权却得到 {status}：{route} ({route.right})")
    assert not faults, "\n".join(faults)


# Names under which pages and lists take the number of a record, a place in a list or a year from the query.
ASKED = [
    "region",
    "project",
    "subject",
    "unit",
    "post",
    "parent",
    "candidate",
    "supplements",
    "replaces",
    "correct",
    "cover",
    "page",
    "year",
    "ids",
    "at",
    "t",
    "v",
]
HUGE = [2**31, 2**63, 2**70]


@pytest.mark.django_db
@pytest.mark.req("PF-03")
@pytest.mark.parametrize("role", ["INVESTMENT_OFFICER", "TOWNSHIP_CLERK"])
def test_a_number_too_large_for_any_record_is_not_found(role, town, home):  # noqa: F811
    """Ids around and beyond the widths of the columns (32 and 64 bits), on both databases."""
    client = Client(raise_request_exception=False)
    sign_in(client, make_person("walker", town.bureau, role, town.nation))
    small = f"/{DUMMY[IntConverter]}"
    asked = [route for route in _walked() if small in route.path]
    assert len(asked) > 50
    faults = []
    for route in asked:
        usual = _ask(client, route)
        for number in HUGE:
            huge = Route(route.path.replace(small, f"/{number}"), route.method, route.right)
            status = _ask(client, huge)
            if status not in {usual, 404} or status not in {302, 404, 422, *REFUSED}:
                faults.append(f"{status}（平常的编号是 {usual}）：{huge}")
    assert not faults, "\n".join(faults)


@pytest.mark.django_db
@pytest.mark.req("PF-03")
@pytest.mark.parametrize("number", [2**63, 2**70])
def test_a_number_too_large_in_a_query_finds_nothing(number, town, home):  # noqa: F811
    client = Client(raise_request_exception=False)
    sign_in(client, make_person("walker", town.bureau, "INVESTMENT_OFFICER", town.nation))
    asked = "&".join(f"{name}={number}" for name in ASKED)
    faults = []
    for route in _walked():
        if route.method == "GET":
            status = client.get(f"/{route.path}?{asked}").status_code
            if status not in SENSIBLE | REFUSED:
                faults.append(f"{status}：{route}")
    assert not faults, "\n".join(faults)
