"""For test suites only: let a test database be emptied, and keep each test's heads file apart."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.operations import BaseDatabaseOperations

_MIGRATIONS = [
    import_module(f"gongbu.ground.ledger.migrations.{name}") for name in ("0002_append_only", "0003_no_replacing")
]


def create_triggers(vendor: str) -> list[str]:
    """Return the statements that create every trigger of the book; each may be run twice."""
    return [statement for migration in _MIGRATIONS for statement in migration.create_sql(vendor)]


def drop_triggers(vendor: str) -> list[str]:
    """Return the statements that drop them."""
    return [statement for migration in _MIGRATIONS for statement in migration.drop_sql(vendor)]


def allow_flush() -> None:
    """Make Django's flush (transactional tests) lift the append-only triggers for its own statements."""
    original = BaseDatabaseOperations.execute_sql_flush
    if getattr(original, "lifts_ledger_triggers", False):
        return

    def execute_sql_flush(self: Any, sql_list: Sequence[str]) -> Any:
        vendor = self.connection.vendor
        touched = any("ledger_" in statement for statement in sql_list)
        before = drop_triggers(vendor) if touched else []
        after = create_triggers(vendor) if touched else []
        return original(self, [*before, *sql_list, *after])

    execute_sql_flush.lifts_ledger_triggers = True  # type: ignore[attr-defined]
    BaseDatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign,assignment]


def forget_heads() -> None:
    """Remove the heads file of the test home, which outlives the rolled-back database of the previous test."""
    Path(settings.HOME, "heads.log").unlink(missing_ok=True)
