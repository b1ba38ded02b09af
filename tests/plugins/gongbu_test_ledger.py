"""The append-only book under test: Django may empty a test database, and each test starts without old heads."""

from typing import Any

import pytest
from receipt_fields import not_listed, whitelist


@pytest.fixture(autouse=True)
def _ledger_book(monkeypatch: pytest.MonkeyPatch):
    from gongbu.ground.ledger import services, testing

    testing.allow_flush()
    testing.forget_heads()
    build = services._build

    def build_whitelisted(draft: Any, corrected: dict[int, str]) -> Any:
        """Whatever a test lets an act write: a listed kind shows listed fields only (GO-03)."""
        if draft.public is not None and draft.kind in whitelist():
            wrong = not_listed(draft.kind, draft.public)
            assert not wrong, (
                f"{draft.kind}：回执不得公开 {'、'.join(wrong)}；应公开的字段先写入 tests/receipt_fields.yaml"
            )
        return build(draft, corrected)

    monkeypatch.setattr(services, "_build", build_whitelisted)
