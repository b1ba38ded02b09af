"""The API's own words: who may call, what is said when something cannot be read, that every route declares a right."""

from datetime import date

import pytest
from django.test import Client

from gongbu.config.api import api
from gongbu.ground.basics import clock
from gongbu.ground.inbox.tests.conftest import assign, office  # noqa: F401  a small county office
from gongbu.ground.orgs.rights import rights
from gongbu.ground.registers.api import right_of
from gongbu.ground.registers.tests.conftest import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(office):  # noqa: F811
    """The county's 发改经办, signed in."""
    browser = Client()
    sign_in(browser, office.officer)
    return browser


def test_every_route_declares_a_right_of_the_matrix_or_is_public():
    found = {}
    for _prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                found[f"{operation.methods} {path}"] = right_of(operation)
    assert found
    for route, right in found.items():
        assert right == "PUBLIC" or right in rights().acts, f"{route}: {right}"
    assert [route for route, right in found.items() if right == "PUBLIC"] == ["['GET'] /receipts/{code}"]


def test_the_description_names_every_room(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    for path in ("/api/workdays/between", "/api/inbox/counts", "/api/receipts/{code}", "/api/projects"):
        assert path in paths


def test_answers_are_chinese_in_utf8_without_escapes(client):
    for address, word in (
        ("/api/workdays/2027-02-06", "春节"),
        ("/api/openapi.json", "项目列表"),
        ("/api/projects/987654321", "没有找到这个项目"),
        ("/api/workdays/add?day=nonsense&amount=1", "不是有效日期"),
    ):
        answer = client.get(address)
        assert word in answer.content.decode("utf-8"), address
        assert b"\\u" not in answer.content, address


def test_working_days_are_counted_as_on_the_command_line(client):
    assert client.get("/api/workdays/between?from=2026-01-01&to=2026-12-31").json() == {
        "workdays": 248,
        "is_provisional": False,
    }
    assert client.get("/api/workdays/add?day=2026-02-14&amount=1").json()["day"] == "2026-02-24"
    assert client.get("/api/workdays/2026-02-14").json()["is_workday"] is True
    assert client.get("/api/workdays/2027-02-06").json() == {
        "day": "2027-02-06", "is_workday": False, "name": "春节", "source": "", "is_provisional": True,
    }  # fmt: skip


def test_the_numbers_of_the_caller(client, office):  # noqa: F811
    with clock.simulate(date(2026, 3, 5)):
        sign_in(client, office.officer)
        assign(office, due_on=date(2026, 3, 4))
        assert client.get("/api/inbox/counts").json() == {"open": 1, "overdue": 1, "today": 0, "unread": 0}


@pytest.mark.parametrize("address", ["/api/workdays/2026-02-14", "/api/inbox/counts", "/api/projects", "/api/changes"])
def test_nobody_calls_without_signing_in(address):
    answer = Client().get(address)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["detail"] == "请先登录，或用有效的接口令牌调用。"


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [
        ("/api/workdays/between?from=2026-02-30&to=2026-03-01", 422, "from"),
        ("/api/workdays/between?from=2026-02-01", 422, "to"),
        ("/api/workdays/add?day=2026-02-01&amount=1000000", 422, "amount"),
        ("/api/workdays/add?day=9999-12-30&amount=5", 422, None),
        ("/api/workdays/yesterday", 422, "day"),
        ("/api/receipts/ABC", 404, None),
    ],
)
def test_what_cannot_be_read_is_a_problem_in_chinese(client, address, status, field):
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert any("\u4e00" <= char <= "\u9fff" for char in body["detail"])
    if field:
        assert [row["field"] for row in body["findings"]] == [field]


def test_writing_with_a_session_needs_the_token(office):  # noqa: F811
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, office.officer)
    answer = browser.post("/api/projects", data="{}", content_type="application/json")
    assert answer.status_code == 403
    assert "X-CSRFToken" in answer.json()["detail"]
