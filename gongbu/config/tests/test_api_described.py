"""The API keeps its description: schemathesis sends what the OpenAPI text allows, and what it forbids.

Whatever is sent, nothing breaks (no 5xx), every status and type is described, and every body has the described shape.
"""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup

from gongbu.config.api import api
from gongbu.ground.orgs.queries import actor_for
from gongbu.ground.orgs.tests.conftest import make_person, town  # noqa: F401  the fictional town
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.projects.tests import factories

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
DESCRIPTION = json.loads(json.dumps(api.get_openapi_schema()))
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
SCHEMA.app = get_wsgi_application()
OPERATIONS = {op.label: op for op in (found.ok() for found in SCHEMA.get_all_operations())}
SHORT, LONG = 15, 150
ANY_TEXT = {"GET /api/receipts/{code}"}  # takes any text: there is nothing to forbid
MODES = [
    (label, mode)
    for label in sorted(OPERATIONS)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode is GenerationMode.POSITIVE or label not in ANY_TEXT
]


@pytest.fixture
def officer(town):  # noqa: F811
    """The county's 发改经办 in a browser, with one project, its code and one paper."""
    person = make_person("officer", town.bureau, "INVESTMENT_OFFICER", town.east)
    client = Client()
    sign_in(client, person)
    project = factories.reserve_project(by=actor_for(person), at=town.east)
    return SimpleNamespace(client=client, project=project)


def _send(operation: Any, officer: SimpleNamespace, mode: GenerationMode, examples: int) -> set[int]:
    token = "t" * 32
    cookies = {settings.SESSION_COOKIE_NAME: officer.client.cookies[settings.SESSION_COOKIE_NAME].value}
    seen: set[int] = set()

    @bounds(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        if len(seen) % 2 == 0 and "project_id" in (case.path_parameters or {}):
            case.path_parameters["project_id"] = officer.project.pk
        case.headers.pop("Authorization", None)  # a made-up token: that is another test's subject
        case.cookies = {**cookies, settings.CSRF_COOKIE_NAME: token}
        response = case.call(headers={"X-CSRFToken": token})
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:  # its own text is a picture of brackets
            said = "；".join(" ".join(str(one).split()) for one in group.exceptions)
            raise AssertionError(f"{response.status_code} {said[:1500]}") from group
        seen.add(response.status_code)

    run()
    return seen


@pytest.mark.django_db
@pytest.mark.sqlite
@pytest.mark.parametrize(("label", "mode"), MODES, ids=[f"{label} {mode.name}" for label, mode in MODES])
def test_every_answer_is_as_described(label, mode, officer, home):
    seen = _send(OPERATIONS[label], officer, mode, SHORT)
    assert 401 not in seen  # the session was good: the bodies themselves were judged


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.sqlite
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_every_answer_is_as_described_at_length(label, officer, home):
    for mode in [mode for one, mode in MODES if one == label]:
        _send(OPERATIONS[label], officer, mode, LONG)


def test_every_operation_names_its_refusals():
    for label, operation in OPERATIONS.items():
        codes = set(operation.definition.raw["responses"])
        expected = {"404", "422"} if "receipts" in label else {"401", "403", "404", "422"}
        if label.startswith("POST"):
            expected |= {"400", "409", "413"}
        assert expected <= codes, label


def test_the_description_names_the_key_of_a_repeat_where_it_is_taken():
    named = {
        label
        for label, operation in OPERATIONS.items()
        if any(one["name"] == "Idempotency-Key" for one in operation.definition.raw.get("parameters", []))
    }
    assert named == {
        "POST /api/projects", "POST /api/projects/{project_id}/codes", "POST /api/projects/{project_id}/papers",
    }  # fmt: skip
