"""The append-only book under test: Django may empty a test database, and each test starts without old heads."""

import pytest


@pytest.fixture(autouse=True)
def _ledger_book():
    from gongbu.ground.ledger import testing

    testing.allow_flush()
    testing.forget_heads()
