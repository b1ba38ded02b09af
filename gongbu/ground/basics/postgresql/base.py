"""PostgreSQL that is told, before a statement runs, which regions it may reach (``gongbu.*`` settings; ADR-0011).

The policies of row-level security read the settings. They are told in the same message as the statement, and only
when they differ from what this connection was told last, so that a request costs no round trip more. A rollback takes
back what was told inside it, and a failed statement what was told with it: after either, it is told again.
"""

import re
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg.pq import TransactionStatus

from gongbu.ground.basics import reach

_TOLD = "gongbu_told"  # kept on psycopg's connection: a new one was told nothing
_UNKNOWN = object()
# Statements that read no rows, or that may not stand in one message with another.
_NEEDS_NOTHING = re.compile(
    r"\s*(?:SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET|RESET|SHOW|CREATE|DROP|ALTER|VACUUM|ANALYZE|TRUNCATE|COMMENT"
    r"|GRANT|REVOKE|LOCK|NOTIFY|LISTEN)\b",
    re.IGNORECASE,
)
_GOES_TOGETHER = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|\()", re.IGNORECASE)
_TELL = "SELECT " + ", ".join(f"set_config('{name}', '{{}}', false)" for name in reach.SETTINGS)


def forget(connection: Any) -> None:
    """Take it that the server may have been told anything, so that it is told again."""
    setattr(connection, _TOLD, _UNKNOWN)


_DjangosCursor: Any = base.Cursor  # the stubs leave psycopg 3 out


class Cursor(_DjangosCursor):  # type: ignore[misc]
    """Django's own cursor, which tells the reach when it has changed."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a statement with the reach of the moment."""
        connection = self.connection
        wanted = reach.current()
        told = getattr(connection, _TOLD, reach.NOTHING)
        if told is wanted or told == wanted:
            return self._watched(query, params, options)
        if isinstance(query, str) and _NEEDS_NOTHING.match(query):
            return self._watched(query, params, options)
        if connection.info.transaction_status == TransactionStatus.INERROR:
            return self._watched(query, params, options)  # the server will refuse it
        tell = _TELL.format(*wanted.settings)
        if not isinstance(query, str) or not _GOES_TOGETHER.match(query):
            super().execute(tell)
            setattr(connection, _TOLD, wanted)
            return self._watched(query, params, options)
        answer = self._watched(f"{tell};{query}", params, options)
        setattr(connection, _TOLD, wanted)
        self.nextset()
        return answer

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
        """Run a statement many times with the reach of the moment."""
        tell_apart(self)
        try:
            return super().executemany(query, params_seq, **options)
        except BaseException:
            forget(self.connection)
            raise

    def copy(self, *args: Any, **options: Any) -> Any:
        """Copy with the reach of the moment."""
        tell_apart(self)
        return super().copy(*args, **options)

    def _watched(self, query: Any, params: Any, options: dict[str, Any]) -> Any:
        try:
            answer = super().execute(query, params, **options)
        except BaseException:
            forget(self.connection)
            raise
        if isinstance(query, str) and query.startswith("ROLLBACK"):
            forget(self.connection)
        return answer


def tell_apart(cursor: Any) -> None:
    """Tell the reach in a message of its own, if the server was told another one."""
    wanted = reach.current()
    if getattr(cursor.connection, _TOLD, reach.NOTHING) != wanted:
        _DjangosCursor.execute(cursor, _TELL.format(*wanted.settings))
        setattr(cursor.connection, _TOLD, wanted)


class DatabaseOperations(operations.DatabaseOperations):
    """Django's own, with compilers that know which statements reach across regions."""

    compiler_module = "gongbu.ground.basics.postgresql.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, whose cursors tell the reach."""

    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; nothing is told yet."""
        connection = super().get_new_connection(conn_params)
        connection.cursor_factory = Cursor
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor; one kept at the server is told before it is declared (outside a transaction it is filled then)."""
        if name:
            with self.connection.cursor() as cursor:
                tell_apart(cursor)
        return super().create_cursor(name)

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # not in the stubs
        finally:
            if self.connection is not None:
                forget(self.connection)
