"""The manual: every page renders without an account, and every page of the platform leads to its own."""

import pytest
from django.test import Client

from gongbu.ground.registers.topics import TOPICS, topic_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("PF-04")]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_reads_without_an_account(topic: str) -> None:
    page = Client().get(f"/help/{topic}")
    assert page.status_code == 200
    assert page.content.decode().count("<h2>") >= 2


def test_an_unknown_topic_is_not_found() -> None:
    assert Client().get("/help/nothing").status_code == 404


@pytest.mark.parametrize(
    ("path", "topic"),
    [("/projects/", "projects"), ("/projects/12/", "dossier"), ("/projects/12/edit", "dossier"), ("/imports/", "importing"),
     ("/receipts", "receipts"), ("/policy/decisions/4", "policy"), ("/units/", "orgs"), ("/", "inbox")],
)  # fmt: skip
def test_a_page_leads_to_its_own_topic(path: str, topic: str) -> None:
    assert topic_of(path) == topic


def test_the_frame_carries_the_link() -> None:
    assert 'href="/help/account"' in Client().get("/sign-in").content.decode()
