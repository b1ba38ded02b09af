"""Write many rows of one table in few statements of our own.

Django's ``bulk_create`` prepares every value through its field, which costs more than the insert itself. Here values
must have the type of their column already, as acts make them: nothing is converted but days, moments and JSON. No
default of the database, no signal and no ``save()`` takes part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import chain
from operator import attrgetter
from typing import Any

from django.db import connection, models

_PARAMETERS = 30_000  # of one statement; SQLite takes 32,766
_AS_THEY_ARE = (models.IntegerField, models.CharField, models.TextField, models.BooleanField, models.ForeignKey)
Adapt = Callable[[Any], Any]


def insert(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, in their order; rows without a key get theirs.

    :raises IntegrityError: a constraint of the table refuses some row
    """
    if not rows:
        return
    plan = _plan(type(rows[0]), connection.vendor, rows[0].pk is not None)
    keys = _run(plan, rows, "" if plan.is_keyed else f"RETURNING {plan.key}")
    for row, key in zip(rows, keys or [row.pk for row in rows], strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


def upsert(rows: Sequence[models.Model], unique: Sequence[str]) -> None:
    """Insert rows, or write them over those with the same values in the columns ``unique``. Gives no keys."""
    if not rows:
        return
    plan = _plan(type(rows[0]), connection.vendor, rows[0].pk is not None)
    same = [connection.ops.quote_name(name) for name in unique]
    changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in plan.columns if name not in same)
    _run(plan, rows, f"ON CONFLICT ({', '.join(same)}) DO UPDATE SET {changed}")


def update(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write the named columns of rows that exist already; values as for :func:`insert`."""
    if not rows:
        return
    plan = _plan(type(rows[0]), connection.vendor, True)
    changed = ", ".join(f"{connection.ops.quote_name(name)} = %s" for name in columns)
    values_of = attrgetter(*columns, "pk")
    fields = {field.column: field for field in type(rows[0])._meta.concrete_fields}
    adapted = [(at, adapt) for at, name in enumerate(columns) if (adapt := _adapt(fields[name])) is not None]
    values = [list(values_of(row)) for row in rows]
    for at, adapt in adapted:
        for row in values:
            if row[at] is not None:
                row[at] = adapt(row[at])
    with connection.cursor() as cursor:
        statement = f"UPDATE {plan.table} SET {changed} WHERE {plan.key} = %s"  # noqa: S608
        cursor.executemany(statement, values)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How rows of a model become parameters. Names are quoted; ``adapted`` says which values are adapted, and how."""

    table: str
    key: str
    is_keyed: bool
    columns: tuple[str, ...]
    values_of: Callable[[models.Model], tuple[Any, ...]]
    adapted: tuple[tuple[int, Adapt], ...]


@cache
def _plan(model: type[models.Model], vendor: str, is_keyed: bool) -> _Plan:
    """Return the plan of a model; ``vendor`` only keeps those of two databases apart."""
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if is_keyed or not field.primary_key]
    adapts = [(at, _adapt(field)) for at, field in enumerate(fields)]
    return _Plan(
        quote(model._meta.db_table),
        quote(str(model._meta.pk.column)),
        is_keyed,
        tuple(quote(str(field.column)) for field in fields),
        attrgetter(*(field.attname for field in fields)),
        tuple((at, adapt) for at, adapt in adapts if adapt is not None),
    )


def _adapt(field: "models.Field[Any, Any]") -> Adapt | None:
    """Return what turns a value of the field into a parameter; None when it is one already."""
    if isinstance(field, models.DateTimeField):  # a day too, for Django: asked first
        return lru_cache(256)(connection.ops.adapt_datetimefield_value)
    if isinstance(field, models.DateField):
        return lru_cache(1_024)(connection.ops.adapt_datefield_value)
    if isinstance(field, _AS_THEY_ARE):
        return None
    return partial(field.get_db_prep_save, connection=connection)


def _run(plan: _Plan, rows: Sequence[models.Model], tail: str) -> list[Any]:
    """Insert rows, some thousand values at a time; return the keys that the database gave, if asked for by ``tail``."""
    keys: list[Any] = []
    at_once = max(1, _PARAMETERS // len(plan.columns))
    one = f"({', '.join(['%s'] * len(plan.columns))})"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            places = ", ".join([one] * len(part))
            statement = f"INSERT INTO {plan.table} ({', '.join(plan.columns)}) VALUES {places} {tail}"  # noqa: S608
            cursor.execute(statement, _parameters(plan, part))
            if tail.startswith("RETURNING"):  # keys are given in the order of the rows, not always returned so
                keys += sorted(row[0] for row in cursor.fetchall())
    return keys


def _parameters(plan: _Plan, rows: Sequence[models.Model]) -> list[Any]:
    values = [list(plan.values_of(row)) for row in rows]
    for at, adapt in plan.adapted:
        for row in values:
            if row[at] is not None:
                row[at] = adapt(row[at])
    return list(chain.from_iterable(values))
