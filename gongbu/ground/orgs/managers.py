"""Scope or raise: the default manager of a region-bound table refuses to run without a scope.

``Project.objects.filter(...)`` raises :class:`ScopeMissing` when it meets the database, because nobody said for whom
it reads. Say it with ``Project.objects.visible_to(actor, "projects.view")``, or with ``.unscoped("reason")``, which is
greppable on purpose. Creating rows needs no scope; ``_base_manager`` stays plain, so following a foreign key, saving
and refreshing work as ever. Joins from another table are outside its reach: there PostgreSQL's row-level security is
the second line (ADR-0011). It holds for ``visible_to`` and ``narrowed`` alike; ``unscoped`` reaches across regions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import models
from django.db.models import Q, sql

if TYPE_CHECKING:
    from gongbu.ground.orgs.actor import Actor

M = TypeVar("M", bound=models.Model)
# For ``own_sql``: the regions above the reader's, whose lists and plans bind those below (Actor.scope_above).
REGIONS_ABOVE = (
    "(SELECT above.id FROM orgs_region above"
    " WHERE above.key_lo <= (SELECT gongbu_lo()) AND above.key_hi > (SELECT gongbu_lo()))"
)


class ScopeMissing(RuntimeError):
    """A region-bound table was read or changed without saying for whom: a programming error, never shown as a page."""


class ScopedQuery(sql.Query):
    """A query that compiles only after somebody named its scope; clones and subqueries keep the answer."""

    scoped_by: str | None = None

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        """Return the compiler, refusing an unscoped query.

        :raises ScopeMissing: neither ``visible_to`` nor ``unscoped`` was called
        """
        if self.scoped_by is None:
            raise ScopeMissing(_message(self.model))
        return super().get_compiler(*args, **kwargs)


def _message(model: type[models.Model] | None) -> str:
    name = model.__name__ if model else "?"
    return f"{name}.objects needs .visible_to(actor, act) or .unscoped('reason') before it may run"


@dataclass(frozen=True, slots=True)
class ScopeRule:
    """Where a table keeps region and sector, and which rows belong to the actor's own unit."""

    region_field: str
    sector_field: str | None
    own_rows: "Callable[[Actor, str], Q] | None"
    is_directory: bool = False
    unit_fields: tuple[str, ...] = ()
    project_field: str = ""
    own_sql: str = ""


class ScopedQuerySet(models.QuerySet[M], Generic[M]):
    """A queryset that refuses to run without a scope."""

    def __init__(
        self, model: type[M] | None = None, query: Any = None, using: str | None = None, hints: Any = None
    ) -> None:
        super().__init__(model=model, query=query or ScopedQuery(model), using=using, hints=hints)

    def visible_to(self, actor: "Actor", act: str) -> "ScopedQuerySet[M]":
        """Return the rows in which ``actor`` may do ``act``: his region ranges, sectors and own records.

        Zero grants give zero rows. Roles bound to their own records (OWNER_UNIT, THIRD_PARTY) see rows only through
        the table's ``own_rows`` rule, never through a region.
        """
        rule: ScopeRule = self.model._scope_rule  # type: ignore[attr-defined]
        where = actor.scope(act, rule.region_field, rule.sector_field)
        if rule.own_rows is not None and actor.may_own(act):
            where |= rule.own_rows(actor, act)
        return self._scoped(f"visible_to:{act}").filter(where)

    def unscoped(self, reason: str) -> "ScopedQuerySet[M]":
        """Return all rows; ``reason`` says in one phrase why no scope applies.

        :raises ValueError: no reason
        """
        if not reason.strip():
            raise ValueError("unscoped() needs a reason")
        return self._scoped(f"unscoped:{reason}")

    def narrowed(self, by: str) -> "ScopedQuerySet[M]":
        """Return all rows for a caller that filters them itself; ``by`` names the rule.

        Unlike with :meth:`unscoped`, row-level security stays in force behind that filter.

        :raises ValueError: no rule
        """
        if not by.strip():
            raise ValueError("narrowed() needs the rule that narrows")
        return self._scoped(f"narrowed:{by}")

    def _scoped(self, how: str) -> "ScopedQuerySet[M]":
        clone = self._chain()  # type: ignore[attr-defined]
        clone.query.scoped_by = how
        return clone  # type: ignore[no-any-return]

    def _check(self) -> None:
        if getattr(self.query, "scoped_by", None) is None:
            raise ScopeMissing(_message(self.model))

    # Django turns the query into another class for these, so they are checked here.
    def update(self, **kwargs: Any) -> int:
        """Update, refusing without a scope (``bulk_update`` and ``update_or_create`` end here too)."""
        self._check()
        return super().update(**kwargs)

    def _update(self, values: Any) -> int:
        self._check()
        return super()._update(values)  # type: ignore[misc, no-any-return]

    _update.alters_data = True  # type: ignore[attr-defined]
    _update.queryset_only = False  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete, refusing without a scope."""
        self._check()
        return super().delete()

    def _raw_delete(self, using: str | None) -> int:
        self._check()
        return super()._raw_delete(using)  # type: ignore[misc, no-any-return]

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        """Update many, refusing without a scope."""
        self._check()
        return super().bulk_update(objs, fields, batch_size)

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        """Run SQL text, refusing without a scope (the text must then narrow itself)."""
        self._check()
        return super().raw(*args, **kwargs)

    def _merge_sanity_check(self, other: Any) -> None:
        self._check()
        if isinstance(other, ScopedQuerySet):
            other._check()
        super()._merge_sanity_check(other)  # type: ignore[misc]

    def none(self) -> "ScopedQuerySet[M]":
        """Return no rows; that needs no scope."""
        return self._scoped("none")._plain_none()

    def _plain_none(self) -> "ScopedQuerySet[M]":
        return super().none()  # type: ignore[return-value]


class ScopedManager(models.Manager[M], Generic[M]):
    """Default manager of a region-bound table.

    :param region_field: column (or path) holding the region order key
    :param sector_field: column holding the sector, if grants may be narrowed by sector
    :param own_rows: rule giving the rows that belong to the actor's unit (for OWNER_UNIT and THIRD_PARTY),
        for example ``lambda actor, act: Q(members__unit_id=actor.unit_id)``
    :param is_directory: rows may be named by rows of other regions (units): row-level security narrows lists of this
        table, not joins to it
    :param unit_fields: columns that make a row the actor's own for row-level security when they hold his unit's id
    :param project_field: column holding the project whose row it is, when that is no foreign key ``project``
    :param own_sql: what else makes a row the actor's own for row-level security, as SQL
    """

    def __init__(
        self,
        region_field: str = "region_key",
        sector_field: str | None = None,
        own_rows: "Callable[[Actor, str], Q] | None" = None,
        is_directory: bool = False,
        unit_fields: tuple[str, ...] = (),
        project_field: str = "",
        own_sql: str = "",
    ) -> None:
        super().__init__()
        self._rule = ScopeRule(region_field, sector_field, own_rows, is_directory, unit_fields, project_field, own_sql)

    def contribute_to_class(self, cls: type[models.Model], name: str) -> None:
        """Leave the rule on the model: Django builds related managers from the class alone."""
        super().contribute_to_class(cls, name)
        if "_scope_rule" not in cls.__dict__:
            cls._scope_rule = self._rule  # type: ignore[attr-defined]

    def get_queryset(self) -> ScopedQuerySet[M]:
        """Return a queryset that will not run until it is given a scope."""
        return ScopedQuerySet(self.model, using=self._db, hints=self._hints)  # type: ignore[attr-defined]

    def visible_to(self, actor: "Actor", act: str) -> ScopedQuerySet[M]:
        """See :meth:`ScopedQuerySet.visible_to`."""
        return self.get_queryset().visible_to(actor, act)

    def unscoped(self, reason: str) -> ScopedQuerySet[M]:
        """See :meth:`ScopedQuerySet.unscoped`."""
        return self.get_queryset().unscoped(reason)

    def narrowed(self, by: str) -> ScopedQuerySet[M]:
        """See :meth:`ScopedQuerySet.narrowed`."""
        return self.get_queryset().narrowed(by)
