"""Row-level security of PostgreSQL, the second line behind ``ScopedManager`` (ADR-0011).

One policy for each guarded table, written from what its ``ScopedManager`` says, or its ``row_policy`` where the manager
is a plain one. ``lay`` runs after every ``migrate``, changes only what differs, and does nothing on SQLite. FORCE binds
the owner of the tables too; superusers and roles with BYPASSRLS pass by it, which ``gongbu doctor`` tells.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connection as default_connection
from django.db import models

POLICY = "gongbu_reach"
EVERYTHING = "(SELECT gongbu_lo()) = '-9223372036854775808'::bigint"  # what reaches everything, and nobody else
# What `gongbu_own_projects` reads must not ask for it again, without end. The last name on its path, of no schema, tells
# the policies; an ordinary role may give a function no setting of our own.
_ASKING = "gongbu_own"
_OWN_IDS = (
    f"(SELECT unnest(gongbu_own_projects()) WHERE right(current_setting('search_path'), {len(_ASKING)}) <> '{_ASKING}')"
)
_own_projects: dict[str, tuple[str, tuple[str, ...]]] = {}


@dataclass(frozen=True, slots=True)
class RowPolicy:
    """Whose rows a table with a plain manager holds: ``row_policy = RowPolicy(through=("project",))`` on its model.

    Reads that cross regions on purpose say so with ``reach.widened``: a plain queryset has no ``unscoped``.

    :param through: keys to guarded tables: who may read one of the rows they name reads this one, and who may read
        all of them writes it
    :param region_field: column with the order key of the region where it may be read, too
    :param unit_fields: columns that let a unit read the row when they hold its id
    :param person_fields: columns that let a person read the row when they hold his id
    """

    through: tuple[str, ...] = ()
    region_field: str = ""
    unit_fields: tuple[str, ...] = ()
    person_fields: tuple[str, ...] = ()


def add_own_projects(room: str, select: str, tables: tuple[str, ...]) -> None:
    """Let a room say which projects elsewhere an actor may read: a SELECT of their ids out of its ``tables``.

    Evaluated at most once for a statement, and only when that meets a row outside his ranges. The SELECT runs under the
    policies itself, without the way that asks for it.
    """
    _own_projects[room] = select, tables


def guarded() -> list[type[models.Model]]:
    """Return every guarded model, by table: those with a ``ScopedManager`` or a ``row_policy``."""
    told = ("_scope_rule", "row_policy")
    found = {m._meta.db_table: m for m in apps.get_models() if not m._meta.proxy and any(hasattr(m, n) for n in told)}
    return [found[table] for table in sorted(found)]


def condition(model: type[models.Model]) -> str:
    """Return what a row of the table must meet to be read, and to be written where :func:`check` says nothing, as SQL."""
    if policy := _plain_policy(model):
        ways = [f"{_column(model, name)} = (SELECT gongbu_own_unit())" for name in policy.unit_fields]
        ways += [f"{_column(model, name)} = (SELECT gongbu_own_person())" for name in policy.person_fields]
        ways += [in_reach(_column(model, policy.region_field))] if policy.region_field else []
        return " OR ".join((EVERYTHING, *ways, *(_through(model, key) for key in policy.through)))
    rule = model._scope_rule  # type: ignore[attr-defined]
    ways = [_in_region(model, rule.region_field)]
    ways += [f"{_column(model, name)} = (SELECT gongbu_own_unit())" for name in rule.unit_fields]
    if project := _project_column(model, rule.project_field):
        ways.append(f"{project} IN {_OWN_IDS}")
    if rule.own_sql:
        ways.append(rule.own_sql)
    if rule.is_directory:
        ways.append("(SELECT current_setting('gongbu.names', true)) = 'on'")
    return " OR ".join(ways)


def check(model: type[models.Model]) -> str:
    """Return what a row must meet to be written, as SQL; empty where that is what it must meet to be read."""
    policy = _plain_policy(model)
    if policy is None or not policy.through:
        return ""
    return f"{EVERYTHING} OR {' AND '.join(f'({_through(model, key)})' for key in policy.through)}"


def lay(connection: Any = default_connection) -> list[str]:
    """Bring row-level security of every region-bound table up to date; return the tables that changed."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        standing = _standing(cursor)
        if not standing:
            return []
        changed = [m for m in guarded() if standing.get(m._meta.db_table, _digest(m)) != _digest(m)]
        if changed:
            tables = sorted({table for _, named in _own_projects.values() for table in named})
            cursor.execute("SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s::text[]) AS name", [tables])
            if not cursor.fetchone()[0]:
                return []  # a part of the rooms only, as when a migration is tried: the next migrate guards them all
            cursor.execute("SHOW search_path")
            path = cursor.fetchone()[0]
            for function in dict.fromkeys(f for model in changed for f in _functions(model, path)):
                cursor.execute(function)
        for model in changed:
            for statement in _statements(model):
                cursor.execute(statement)
    return [model._meta.db_table for model in changed]


def missing(connection: Any = default_connection) -> list[str]:
    """Return the region-bound tables that row-level security does not guard as it should (1 query)."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        standing = _standing(cursor)
    return [m._meta.db_table for m in guarded() if standing.get(m._meta.db_table) != _digest(m)]


def loopholes(connection: Any = default_connection) -> Iterator[str]:
    """Yield, in Chinese, why row-level security binds this connection's role less than it should (1 query)."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.rolname, r.rolsuper, r.rolbypassrls, EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = ANY (%s)"
            " AND c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE')) FROM pg_roles r WHERE r.rolname = current_user",
            [[m._meta.db_table for m in guarded()]],
        )
        name, is_super, bypasses, owns = cursor.fetchone()
    if is_super:
        yield f"数据库角色 {name} 是超级用户，行级安全对它不起作用"
    elif bypasses:
        yield f"数据库角色 {name} 带有 BYPASSRLS，行级安全对它不起作用"
    elif owns:
        yield f"数据库角色 {name} 是数据表的属主，可以关闭行级安全"


def in_reach(key: str) -> str:
    """Return the test of a region key: the envelope, which an index answers, and the ranges when they have gaps.

    Each setting is asked once a statement, not once a row: counting 100,000 rows took three times as long that way.
    """
    return (
        f"({key} >= (SELECT gongbu_lo()) AND {key} < (SELECT gongbu_hi())"
        f" AND ((SELECT gongbu_ranges()) IS NULL OR (SELECT gongbu_ranges()) @> {key}))"
    )


def _plain_policy(model: type[models.Model]) -> RowPolicy | None:
    return getattr(model, "row_policy", None)


def _through(model: type[models.Model], key: str) -> str:
    """Ask of the one row that the key names. Not ``IN``, which would first collect every row that may be read."""
    column, parent = _column(model, key), _named_by(model, key)
    way = f"{_sees(parent)}({column})"
    return f"{way} OR {column} IN {_OWN_IDS}" if _OWN_IDS in condition(parent) else way


def _named_by(model: type[models.Model], key: str) -> type[models.Model]:
    field: Any = model._meta.get_field(key)
    parent: type[models.Model] = field.related_model
    return parent


def _sees(parent: type[models.Model]) -> str:
    return f"gongbu_sees_{parent._meta.db_table}"


def _sees_function(parent: type[models.Model], path: str) -> str:
    """Ask the policy of another table, without own projects, which the caller asks for once instead of for each row.

    A function, because a subquery would be planned anew with every statement, which takes longer than most of them.
    """
    return (
        f"CREATE OR REPLACE FUNCTION {_sees(parent)}(which bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE"
        f" COST 20 SET search_path TO {path}, {_ASKING} AS $$ BEGIN RETURN"
        f" EXISTS (SELECT FROM {_quoted(parent)} up WHERE up.{_column(parent, 'pk')} = which); END $$"
    )


def _functions(model: type[models.Model], path: str) -> list[str]:
    """Return what creates the functions that the table's policy asks."""
    policy = _plain_policy(model)
    parents = dict.fromkeys(_named_by(model, key) for key in policy.through) if policy else {}
    own = [_own_projects_function(path)] if _OWN_IDS in condition(model) else []
    return own + [_sees_function(parent, path) for parent in parents]


def _in_region(model: type[models.Model], path: str) -> str:
    first, _, rest = path.partition("__")
    try:
        field = model._meta.get_field(first)
    except FieldDoesNotExist:
        return _through_project(model)
    if not rest:
        return in_reach(_column(model, first))
    parent: Any = field.related_model
    inner = _in_region(parent, rest)
    return f"{_column(model, first)} IN (SELECT up.{_column(parent, 'pk')} FROM {_quoted(parent)} up WHERE {inner})"  # noqa: S608


def _through_project(model: type[models.Model]) -> str:
    """A table without a region of its own: its project's, if it has one, and otherwise nobody's."""
    column = _project_column(model, "")
    if not column:
        return EVERYTHING
    parent: Any = model._meta.get_field("project").related_model
    return f"{column} IN (SELECT up.id FROM {_quoted(parent)} up)"  # noqa: S608


def _project_column(model: type[models.Model], named: str) -> str:
    if named:
        return _column(model, named)
    try:
        field = model._meta.get_field("project")
    except FieldDoesNotExist:
        return ""
    return f'"{field.column}"' if isinstance(field, models.ForeignKey) else ""


def _column(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
    return f'"{field.column}"'


def _quoted(model: type[models.Model]) -> str:
    return f'"{model._meta.db_table}"'


def _own_projects_function(path: str) -> str:
    """One function for all tables: the planner does not look into it, which would cost more than running it.

    It keeps the path of the schema, which ``pg_dump`` empties, and says on it that it asks. VOLATILE, because the
    planner runs a stable one to estimate; here it would plan its own policy without end.
    """
    selects = " UNION ".join(select for _, (select, _) in sorted(_own_projects.items()))
    return (
        "CREATE OR REPLACE FUNCTION gongbu_own_projects() RETURNS bigint[] LANGUAGE sql VOLATILE PARALLEL SAFE"
        f" SET search_path TO {path}, {_ASKING} AS $$ SELECT array({selects}) $$"
    )


def _statements(model: type[models.Model]) -> list[str]:
    table, test = _quoted(model), check(model)
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS {POLICY} ON {table}",
        f"CREATE POLICY {POLICY} ON {table} USING ({condition(model)})" + (f" WITH CHECK ({test})" if test else ""),
        f"COMMENT ON POLICY {POLICY} ON {table} IS '{_digest(model)}'",
    ]


def _digest(model: type[models.Model]) -> str:
    text = "".join((condition(model), check(model), *_functions(model, "")))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _standing(cursor: Any) -> dict[str, str]:
    """Return the digest of the policy of each table that exists; empty where it is not enabled, forced and alone."""
    cursor.execute(
        "SELECT c.relname, CASE WHEN c.relrowsecurity AND c.relforcerowsecurity AND count(p.oid) = 1"
        " THEN coalesce(max(obj_description(p.oid, 'pg_policy')), '') ELSE '' END"
        " FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid"
        " WHERE c.relkind = 'r' AND pg_table_is_visible(c.oid) AND c.relname = ANY (%s)"
        " GROUP BY c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity",
        [[m._meta.db_table for m in guarded()]],
    )
    return dict(cursor.fetchall())
