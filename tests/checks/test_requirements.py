"""Requirement IDs in tests exist in docs/requirements.txt."""

import runpy
from pathlib import Path

TOOL = runpy.run_path(str(Path(__file__).resolve().parents[2] / "tools" / "requirements.py"))


def test_quoted_requirements_exist() -> None:
    listed = TOOL["listed"]()
    assert len(listed) == 134
    unknown = {identifier: tests for identifier, tests in TOOL["quoted"]().items() if identifier not in listed}
    assert not unknown
