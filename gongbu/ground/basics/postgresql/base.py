"""PostgreSQL that is told with a statement which regions it may reach (``gongbu.*`` settings; ADR-0011).

The policies of row-level security read the settings. They are told in the same message as the statement and end with
its transaction, so that nothing stays on the connection for whoever comes next, and no round trip is added. Outside a
transaction every statement on a guarded table is told anew; inside one, only when the reach has changed.
"""

import re
from contextlib import nullcontext
from functools import lru_cache
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg.pq import TransactionStatus

from gongbu.ground.basics import reach

_TOLD = "gongbu_told"  # kept on psycopg's connection, and of no meaning outside a transaction
_UNKNOWN = object()
# These read no rows of a table, or may not stand in one message with another statement.
_ALONE = re.compile(
    r"\s*(?:SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET|RESET|SHOW|CREATE|DROP|ALTER|VACUUM|ANALYZE|TRUNCATE|COMMENT"
    r"|GRANT|REVOKE|LOCK|NOTIFY|LISTEN)\b",
    re.IGNORECASE,
)
_DjangosCursor: Any = base.Cursor  # the stubs leave psycopg 3 out


@lru_cache(maxsize=4096)
def _is_guarded(query: str) -> bool:
    """Return whether the statement names a table with a policy; one that is overlooked finds no rows."""
    return reach.GUARDED.search(query) is not None and _ALONE.match(query) is None


@lru_cache(maxsize=512)
def _telling(wanted: reach.Reach, is_fresh: bool) -> str:
    """Return what tells a reach to the end of the transaction; where nothing was told yet, empty values are left out."""
    pairs = zip(reach.SETTINGS, wanted.settings, strict=True)
    return "SELECT " + ", ".join(f"set_config('{n}', '{v}', true)" for n, v in pairs if v or not is_fresh) + ";"


class Cursor(_DjangosCursor):  # type: ignore[misc]
    """Django's own cursor, which tells the reach when the statement needs it."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a statement with the reach of the moment."""
        if not isinstance(query, str) or not _is_guarded(query):
            answer = super().execute(query, params, **options)
            if isinstance(query, str) and query.startswith("ROLLBACK"):  # to a savepoint: what was told since is undone
                setattr(self.connection, _TOLD, _UNKNOWN)
            return answer
        wanted, told = reach.current(), _told(self.connection)
        if told == wanted:
            return super().execute(query, params, **options)
        answer = super().execute(_telling(wanted, told == reach.NOTHING) + query, params, **options)
        setattr(self.connection, _TOLD, wanted)  # a failure is followed by a rollback
        self.nextset()
        return answer

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
        """Run a statement many times with the reach of the moment; on a guarded table in one transaction."""
        if not isinstance(query, str) or not _is_guarded(query):
            return super().executemany(query, params_seq, **options)
        with self.connection.transaction() if self.connection.autocommit else nullcontext():
            wanted = reach.current()
            super().execute(_telling(wanted, False))
            setattr(self.connection, _TOLD, wanted)
            return super().executemany(query, params_seq, **options)


def _told(connection: Any) -> Any:
    """Return what the server was told in the transaction that runs; with none running, nothing."""
    if connection.info.transaction_status == TransactionStatus.IDLE:
        return reach.NOTHING
    return _UNKNOWN if connection.autocommit else getattr(connection, _TOLD, _UNKNOWN)


class DatabaseOperations(operations.DatabaseOperations):
    """Django's own, with compilers that know which statements reach across regions."""

    compiler_module = "gongbu.ground.basics.postgresql.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, whose cursors tell the reach."""

    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect."""
        connection = super().get_new_connection(conn_params)
        connection.cursor_factory = Cursor
        return connection

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # not in the stubs
        self._forget()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._forget()

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        self._forget()

    def _forget(self) -> None:
        """The transaction is over, or a new one may begin with a statement that needs no telling."""
        if self.connection is not None:
            setattr(self.connection, _TOLD, reach.NOTHING)
