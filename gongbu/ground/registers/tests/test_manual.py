"""The manual: every page renders without an account, and every page of the platform leads to its own."""

import re

import pytest
from django.test import Client

from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy.rules.values import Confidence
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
     ("/receipts", "receipts"), ("/policy/decisions/4", "policy"), ("/units/", "orgs"), ("/", "inbox"),
     ("/r/7KQ2-M9XP-4T5V", "receipts"), ("/grants/matrix", "orgs"), ("/register", "account"), ("/registrations/1/", "orgs")],
)  # fmt: skip
def test_a_page_leads_to_its_own_topic(path: str, topic: str) -> None:
    assert topic_of(path) == topic


def test_the_frame_carries_the_link() -> None:
    assert 'href="/help/account"' in Client().get("/sign-in").content.decode()


def test_the_manual_calls_roles_and_certainty_by_their_own_words() -> None:
    texts = {topic: Client().get(f"/help/{topic}").content.decode() for topic in TOPICS}
    named = {
        word
        for text in texts.values()
        for word in re.findall(r"(?:安全|审计|系统|保密)[\u4e00-\u9fff]{0,4}(?:管理员|审计员)", text)
    }
    assert named
    assert named <= set(rights().roles.values())
    for code in Confidence:
        assert f"“{code.word}”" in texts["policy"]
