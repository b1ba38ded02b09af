"""People of the fictional city, a demo edition, and a browser that is signed in."""

import pytest
from django.test import Client

from gongbu.ground.basics import clock
from gongbu.ground.orgs import middleware
from gongbu.ground.orgs.tests.conftest import make_person, someone, town  # noqa: F401  fixtures of the room below
from gongbu.ground.registers import counting, region_picker, shell


@pytest.fixture(autouse=True)
def _fresh():
    """Forget what is kept between requests; another test has other rows."""
    counting.forget()
    region_picker.forget()
    shell.forget()


@pytest.fixture
def demo(monkeypatch):
    """A demo edition, without writing a ledger entry."""
    monkeypatch.setattr(shell.plugs, "is_demo", lambda: True)


@pytest.fixture
def officer(town):  # noqa: F811
    """发改经办 over 云城市, signed in."""
    person = make_person("officer", town.bureau, "INVESTMENT_OFFICER", town.city)
    client = Client()
    sign_in(client, person)
    client.person = person
    return client


def sign_in(client, person):
    """Begin a session as a sign-in with password does."""
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    now = clock.now().timestamp()
    session.update({middleware.EPOCH_KEY: person.session_epoch, middleware.STARTED_KEY: now, middleware.SEEN_KEY: now})
    session.save()
