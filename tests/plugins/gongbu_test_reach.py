"""Tests lay out and look at rows of every region; a request inside a test reaches what its actor reaches."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def _reach() -> None:
    from gongbu.ground.basics import reach

    reach.widen_process("a test")
