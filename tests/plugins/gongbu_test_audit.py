"""The append-only access audit under test: Django may empty a test database."""

import pytest


@pytest.fixture(autouse=True)
def _access_audit() -> None:
    from gongbu.ground.orgs import testing

    testing.allow_flush()
