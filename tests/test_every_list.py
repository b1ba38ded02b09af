"""Every list that is empty says why, and offers one button that its reader may press (LOOK 8)."""

import re
import sys
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from gongbu.ground.orgs.models import Person
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.tests.conftest import make_person, town  # noqa: F401  the fictional town
from gongbu.ground.registers.register import Register
from gongbu.ground.registers.tests.conftest import sign_in

pytestmark = pytest.mark.django_db
EMPTY = re.compile(r'class="g-empty".*?<p>.+?</p><a class="btn btn-primary" href="([^"]+)">[^<]+</a></div>', re.DOTALL)


def lists() -> dict[str, tuple[str, Register]]:
    """Return key → (address, register) of every list of the installation without an argument in its address."""
    get_resolver().url_patterns  # noqa: B018 — the rooms' pages are imported, their registers get their addresses
    rooms = [m for name, m in sys.modules.items() if name.startswith("gongbu.") and ".tests" not in name]
    registers = [value for room in rooms for value in vars(room).values() if isinstance(value, Register)]
    found = {}
    for register in registers:
        with suppress(NoReverseMatch):  # the sample's list is not served
            found[register.key] = (reverse(register.names.get("list", "")), register)
    return found


LISTS = lists()


def test_the_walk_finds_the_lists() -> None:
    assert {"projects", "papers", "orgs.units", "tasks", "messages", "jobs", "deadlines"} <= set(LISTS)


@pytest.mark.parametrize("key", LISTS)
def test_an_empty_list_offers_a_button_to_each_role_that_may_read_it(
    key: str,
    town: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, register = LISTS[key]
    source = register.source
    monkeypatch.setitem(register.__dict__, "source", lambda request: source(request).none())
    for role in sorted(rights().roles_for(register.act) - {"PUBLIC"}):
        person: Person = make_person(f"{key}{role}"[:30], town.bureau, role, town.east)
        client = Client()
        sign_in(client, person)
        page = client.get(address)
        if page.status_code == 302:  # a role that must have a second factor first
            continue
        found = EMPTY.search(page.content.decode())
        assert found, f"{role}: {address}"
        assert client.get(found[1].replace("&amp;", "&")).status_code in (200, 302), f"{role}: {address} → {found[1]}"
