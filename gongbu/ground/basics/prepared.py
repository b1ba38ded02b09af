"""Statements of hot paths: built by Django once per process, run many times with other values.

Compiling a queryset costs 0.2–0.5 ms of Python, running it 0.03. A page or an act that asks a dozen times says here
what it asks; columns, joins, scopes and conversions still come from the models and the queryset.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from inspect import signature
from operator import or_
from typing import Any, Generic, TypeVar

from django.db import DatabaseError, NotSupportedError, transaction
from django.db.models import Field, Model, Q, QuerySet, Value
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)

from gongbu.ground.basics import reach

R = TypeVar("R")
FEW = 16
LARGEST = 2**63 - 1  # of a BIGINT, and of SQLite's INTEGER


@dataclass(frozen=True, slots=True)
class _Slot:
    """Stands in the compiled statement where a value goes."""

    place: int


@dataclass(frozen=True, slots=True)
class _Plan:
    size: int
    sql: str
    parameters: tuple[Any, ...]
    converters: tuple[tuple[int, Sequence[Callable[..., Any]], Any], ...]
    read: Callable[[list[Any]], Any]
    locks: bool
    scoped_by: str


class Prepared(Generic[R]):
    """A reading statement: ``Prepared(lambda pk: Work.objects.filter(project_id=pk).order_by("name"))``.

    Every argument of the function stands for one value and goes straight into a filter; it is a number, a text, a day
    or a moment, never None and never a list. The queryset gives whole rows (``select_related`` allowed,
    ``prefetch_related`` not), tuples (``values_list``) or single values (``flat=True``).
    """

    def __init__(self, build: "Callable[..., QuerySet[Any, R]]", size: int | None = None) -> None:
        self._build = build
        self._size = len(signature(build).parameters) if size is None else size
        self._plans: dict[str, _Plan] = {}

    def all(self, *values: object) -> list[R]:
        """Return every row for these values, in the order of the function's arguments (1 query).

        A number that no column can hold, as an address may carry, belongs to no row.

        :raises TypeError: another number of values, or a value of a kind that cannot be put in
        :raises ScopeMissing: the queryset names no scope
        :raises TransactionManagementError: a locking statement outside a transaction
        """
        if not all(map(_storable, values)):
            return []
        connection, plan = self._plan()
        rows = _run(connection, plan.sql, plan, values)
        read, found = plan.read, []
        for row in rows:
            cells = list(row)
            for place, converters, expression in plan.converters:
                for convert in converters:
                    cells[place] = convert(cells[place], expression, connection)
            found.append(read(cells))
        return found

    def first(self, *values: object) -> R | None:
        """Return the first row, or None; the queryset should ask for no more than one."""
        return next(iter(self.all(*values)), None)

    def count(self, *values: object) -> int:
        """Return how many rows there are for these values (1 query); raises as :meth:`all`."""
        if not all(map(_storable, values)):
            return 0
        connection, plan = self._plan()
        return int(_run(connection, f"SELECT COUNT(*) FROM ({plan.sql}) AS counted", plan, values)[0][0])  # noqa: S608

    def _plan(self) -> tuple[Any, _Plan]:
        connection = transaction.get_connection()
        plan = self._plans.get(connection.vendor)
        if plan is None:
            plan = self._plans[connection.vendor] = _compile(self._build, self._size, connection)
        return connection, plan


class OfKeys(Generic[R]):
    """Rows that belong to one key or to several: ``OfKeys("project_id", lambda: Work.objects.order_by("name"))``.

    Up to :data:`FEW` keys, as an act or a page asks, run a prepared statement; more are asked for as Django does.
    """

    def __init__(self, key: str, build: "Callable[[], QuerySet[Any, R]]") -> None:
        self._key, self._build = key, build
        self._by_size: dict[int, Prepared[R]] = {}

    def all(self, keys: Iterable[int | str]) -> list[R]:
        """Return the rows of these keys (1 query, none without a key)."""
        wanted = [key for key in dict.fromkeys(keys) if _storable(key)]
        if not wanted:
            return []
        if len(wanted) > FEW:
            return list(self._build().filter(**{f"{self._key}__in": wanted}))
        size = 1 << (len(wanted) - 1).bit_length()  # 1, 2, 4, 8, 16: filled up with the last key
        if size not in self._by_size:
            self._by_size[size] = Prepared(self._build_for, size)
        return self._by_size[size].all(*wanted, *wanted[-1:] * (size - len(wanted)))

    def _build_for(self, *slots: Value) -> "QuerySet[Any, R]":
        # One by one, because a list of related keys takes no expression; both databases look each up in the index.
        return self._build().filter(reduce(or_, (Q(**{self._key: slot}) for slot in slots)))


def _run(connection: Any, sql: str, plan: _Plan, values: Sequence[object]) -> list[tuple[Any, ...]]:
    if len(values) != plan.size:
        raise TypeError(f"{plan.size} values expected, not {len(values)}")
    if plan.locks and not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a locking statement needs a transaction")
    given = [_adapt(value, connection.ops) for value in values]
    across = reach.widened(plan.scoped_by) if plan.scoped_by.startswith("unscoped:") else nullcontext()
    with across, connection.cursor() as cursor:
        cursor.execute(sql, [given[p.place] if type(p) is _Slot else p for p in plan.parameters])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _storable(value: object) -> bool:
    return type(value) is not int or -LARGEST - 1 <= value <= LARGEST


def _adapt(value: object, ops: Any) -> object:
    kind = type(value)
    if kind is int or kind is str:
        return value
    if isinstance(value, datetime):
        return ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return ops.adapt_datefield_value(value)
    if isinstance(value, int | str):  # a member of choices
        return value.value if hasattr(value, "value") else value
    raise TypeError(f"{kind.__name__} cannot be put into a prepared statement")


def _compile(build: Callable[..., Any], size: int, connection: Any) -> _Plan:
    rows = build(*(Value(_Slot(place)) for place in range(size)))
    if rows._prefetch_related_lookups:
        raise NotSupportedError("a prepared statement cannot prefetch")
    compiler = rows.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    if missing := set(range(size)) - {p.place for p in parameters if type(p) is _Slot}:
        raise NotSupportedError(f"values {sorted(missing)} do not stand in the statement")
    converters = compiler.get_converters([column for column, *_ in compiler.select])
    return _Plan(
        size,
        sql,
        tuple(parameters),
        tuple((place, tuple(found), expression) for place, (found, expression) in converters.items()),
        _reader(rows, compiler),
        rows.query.select_for_update,
        getattr(rows.query, "scoped_by", None) or "",
    )


def _reader(rows: Any, compiler: Any) -> Callable[[list[Any]], Any]:
    shape = rows._iterable_class
    if shape is ValuesListIterable:
        return tuple
    if shape is FlatValuesListIterable:
        return lambda cells: cells[0]
    if shape is not ModelIterable or compiler.annotation_col_map:
        raise NotSupportedError(f"a prepared statement cannot give {shape.__name__}")
    info, database = compiler.klass_info, rows.db
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column.target.attname for column, *_ in compiler.select[start:end]]
    populators = get_related_populators(info, compiler.select, database)  # type: ignore[call-arg]  # the stubs are of a later Django

    def read(cells: list[Any]) -> Model:
        row: Model = info["model"].from_db(database, names, cells[start:end])
        for populator in populators:
            populator.populate(cells, row)
        return row

    return read


def update(row: Model, names: Iterable[str]) -> None:
    """Save the named columns of a row (1 statement), as ``save(update_fields=names)`` would; no signals.

    :raises DatabaseError: the row is gone
    """
    values = {name: getattr(row, _field(row, name).attname) for name in names}
    if not update_by_key(type(row), row.pk, values):
        raise DatabaseError(f"{row._meta.label} {row.pk} is gone")


def update_by_key(model: type[Model], pk: int, values: Mapping[str, Any], **only_if: Any) -> bool:
    """Set columns of one row, provided that other columns hold the given values; return whether (1 statement)."""
    connection = transaction.get_connection()
    changes = [(_field(model, name), value) for name, value in values.items()]
    tests = [(_field(model, name), value) for name, value in {"pk": pk, **only_if}.items()]
    sql = (
        f'UPDATE "{model._meta.db_table}" SET {", ".join(_is(field) for field, _ in changes)}'  # noqa: S608
        f" WHERE {' AND '.join(_is(field) if value is not None else f'{_column(field)} IS NULL' for field, value in tests)}"
    )
    given = [*changes, *((field, value) for field, value in tests if value is not None)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(value, connection) for field, value in given])
        return int(cursor.rowcount) > 0


def _field(model: Model | type[Model], name: str) -> "Field[Any, Any]":
    return model._meta.pk if name == "pk" else model._meta.get_field(name)  # type: ignore[return-value]


def _column(field: "Field[Any, Any]") -> str:
    return f'"{field.column}"'


def _is(field: "Field[Any, Any]") -> str:
    return f"{_column(field)} = %s"
