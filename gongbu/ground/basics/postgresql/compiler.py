"""Compilers that set the reach of the one statement they run, from what its query says of itself.

A query of ``ScopedManager`` carries ``scoped_by``: ``unscoped:…`` reaches everything; a list of an address book goes
without the names of elsewhere. A plain ``Query`` on a region-bound table comes from ``_base_manager``: Django follows
a foreign key of a row that was read already, reads it again, or fills the rows whose keys a narrow query found.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db.models import sql
from django.db.models.sql import compiler

from gongbu.ground.basics import reach


def _reach_of(query: Any) -> AbstractContextManager[None]:
    inner = getattr(query, "inner_query", None)  # an aggregate over a subquery
    scoped_by: str | None = getattr(inner if inner is not None else query, "scoped_by", None)
    if scoped_by is None:
        if type(query) is sql.Query and hasattr(query.model, "_scope_rule") and _asks_for_values(query.where):
            return reach.widened("a key is followed")
    elif scoped_by.startswith("unscoped:"):
        return reach.widened(scoped_by)
    elif query.model._scope_rule.is_directory:
        return reach.told(reach.current().listing)
    return nullcontext()


def _asks_for_values(where: Any) -> bool:
    """Return whether every condition compares with given values: no subquery finds its rows inside this statement."""
    return bool(where.children) and all(
        _asks_for_values(child) if hasattr(child, "children") else not hasattr(getattr(child, "rhs", child), "as_sql")
        for child in where.children
    )


class _Reaching:
    query: Any

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        with _reach_of(self.query):
            return super().execute_sql(*args, **kwargs)  # type: ignore[misc]

    def explain_query(self) -> Any:
        with _reach_of(self.query):
            yield from super().explain_query()  # type: ignore[misc]


class SQLCompiler(_Reaching, compiler.SQLCompiler):
    """SELECT."""


class SQLInsertCompiler(_Reaching, compiler.SQLInsertCompiler):
    """INSERT."""


class SQLDeleteCompiler(_Reaching, compiler.SQLDeleteCompiler):
    """DELETE."""


class SQLUpdateCompiler(_Reaching, compiler.SQLUpdateCompiler):
    """UPDATE."""


class SQLAggregateCompiler(_Reaching, compiler.SQLAggregateCompiler):
    """SELECT of aggregates over a subquery."""
