"""For test suites only: let a test database with audit triggers be emptied between transactional tests."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.db.backends.base.operations import BaseDatabaseOperations

_MIGRATIONS = [
    import_module(f"gongbu.ground.orgs.migrations.{name}")
    for name in ("0002_audit_append_only", "0004_audit_no_replacing")
]
_TABLE = "orgs_audit_event"


def allow_flush() -> None:
    """Make Django's flush (transactional tests) lift the audit triggers for its own statements."""
    original = BaseDatabaseOperations.execute_sql_flush
    if getattr(original, "lifts_audit_triggers", False):
        return

    def execute_sql_flush(self: Any, sql_list: Sequence[str]) -> Any:
        vendor = self.connection.vendor
        touched = any(_TABLE in statement for statement in sql_list)
        before = [sql for m in _MIGRATIONS for sql in m.drop_sql(vendor)] if touched else []
        after = [sql for m in _MIGRATIONS for sql in m.create_sql(vendor)] if touched else []
        return original(self, [*before, *sql_list, *after])

    execute_sql_flush.__dict__.update(original.__dict__)  # what other rooms noted about theirs
    execute_sql_flush.lifts_audit_triggers = True  # type: ignore[attr-defined]
    BaseDatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign,assignment]
