"""For test suites only: let a test database with audit triggers be emptied between transactional tests."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.db.backends.base.operations import BaseDatabaseOperations

_triggers = import_module("gongbu.ground.orgs.migrations.0002_audit_append_only")


def allow_flush() -> None:
    """Make Django's flush (transactional tests) lift the audit triggers for its own statements."""
    original = BaseDatabaseOperations.execute_sql_flush
    if getattr(original, "lifts_audit_triggers", False):
        return

    def execute_sql_flush(self: Any, sql_list: Sequence[str]) -> Any:
        vendor = self.connection.vendor
        touched = any(_triggers.TABLE in statement for statement in sql_list)
        before = _triggers.drop_sql(vendor) if touched else []
        after = _triggers.create_sql(vendor) if touched else []
        return original(self, [*before, *sql_list, *after])

    execute_sql_flush.__dict__.update(original.__dict__)  # what other rooms noted about theirs
    execute_sql_flush.lifts_audit_triggers = True  # type: ignore[attr-defined]
    BaseDatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign,assignment]
