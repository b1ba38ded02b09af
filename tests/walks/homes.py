"""Open a home in a process of its own, as the machine walks do, and enter it as one of its demo people."""

import os
from typing import Any


def open_home(home: str) -> None:
    """Make Django ready on a home; templates tell the test client what they show."""
    os.environ |= {"GONGBU_HOME": home, "DJANGO_SETTINGS_MODULE": "gongbu.config.settings"}
    from gongbu.config.cli import setup_django

    setup_django()
    from django.test.utils import setup_test_environment

    setup_test_environment()


def enter(person: Any = None) -> Any:
    """Return a test client, signed in as a demo person; a visitor without one."""
    from django.test import Client

    client = Client()
    if person is not None:
        client.post("/demo/sign-in", {"person": person.pk})
    return client
