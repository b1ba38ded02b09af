"""Who acts: a person in a post, with the grants of that day. Built once per request, passed to every act."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from gongbu.ground.basics import reach
from gongbu.ground.basics.findings import NotAllowed
from gongbu.ground.basics.reach import Reach
from gongbu.ground.ledger.entry import ActorStamp
from gongbu.ground.orgs.rights import rights

VISITOR = "PUBLIC"
WHOLE_RANGE_HI = 10**12  # order keys are twelve digits; the nation is the range 0 ≤ key < 10¹²


@dataclass(frozen=True, slots=True)
class GrantScope:
    """One grant in force: a role over the half-open region range ``lo`` ≤ key < ``hi``, maybe within a sector."""

    role: str
    lo: int
    hi: int
    sector: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting in a post. ``require`` guards acts; ``scope`` narrows reads; zero grants mean zero rows."""

    person_id: int | None
    name: str
    post_id: int | None = None
    post_name: str = ""
    unit_id: int | None = None
    unit_name: str = ""
    unit_kind: str = ""
    grants: tuple[GrantScope, ...] = field(default_factory=tuple)

    @property
    def stamp(self) -> ActorStamp:
        """The actor as copied into a ledger entry: name, unit and post as they were on the day."""
        return ActorStamp(self.person_id, self.name, self.unit_id, self.unit_name, self.post_id, self.post_name)

    @property
    def roles(self) -> frozenset[str]:
        """Roles held today, wherever they hold."""
        return frozenset(grant.role for grant in self.grants)

    def may(self, act: str, region_key: int | None = None, sector: str | None = None, *, own: bool = False) -> bool:
        """Return whether some grant allows ``act`` in the region (None: anywhere) and sector (None: any).

        Roles bound to their own records (OWNER_UNIT, THIRD_PARTY) count for a region only with ``own=True``: the
        caller has made sure that the subject belongs to :attr:`unit_id` (its owner, a project member, or about to be
        created for it). Without a region the question is "at all?", as menus and page gates ask it.
        """
        matrix = rights()
        allowed = matrix.roles_for(act)
        return any(
            grant.role in allowed
            and (region_key is None or grant.lo <= region_key < grant.hi)
            and (region_key is None or own or grant.role not in matrix.own_records_only)
            and (sector is None or not grant.sector or grant.sector == sector)
            for grant in self.grants
        )

    def may_own(self, act: str) -> bool:
        """Return whether ``act`` is open to the actor for records that belong to his unit."""
        matrix = rights()
        bound = matrix.roles_for(act) & matrix.own_records_only
        return self.unit_id is not None and any(grant.role in bound for grant in self.grants)

    def require(self, act: str, region_key: int | None = None, sector: str | None = None, *, own: bool = False) -> None:
        """Raise unless :meth:`may` says yes.

        :raises NotAllowed: names the act, so that the message can say which right is missing
        """
        if not self.may(act, region_key, sector, own=own):
            raise NotAllowed("rights.not_allowed", act=rights().label(act), actor=self.name, post=self.post_name)

    def ranges(self, act: str) -> list[tuple[int, int]]:
        """Return the merged region ranges in which the actor may do ``act``.

        Grants bound to a sector and roles bound to their own records are left out.
        """
        allowed = rights().roles_for(act) - rights().own_records_only
        return merge_ranges((g.lo, g.hi) for g in self.grants if g.role in allowed and not g.sector)

    def reach(self, act: str) -> list[tuple[int, int]]:
        """Return the merged region ranges of every grant that allows ``act``, within a sector or for own records too.

        For doors that let a person in and test each record afterwards; rows are never narrowed by it.
        """
        allowed = rights().roles_for(act)
        return merge_ranges((g.lo, g.hi) for g in self.grants if g.role in allowed)

    @property
    def row_reach(self) -> Reach:
        """What row-level security lets the actor's requests read: the ranges of all his grants, his unit's rows and his own.

        Sectors and acts are the application's to test. Roles bound to their own records reach no region, and neither
        does the visitor's: public pages read what is laid open by name, with a reason.
        """
        matrix = rights()
        by_region = (g for g in self.grants if g.role not in matrix.own_records_only and g.role != VISITOR)
        return reach.of_ranges(merge_ranges((g.lo, g.hi) for g in by_region), self.unit_id, self.person_id)

    def scope(self, act: str, region_field: str = "region_key", sector_field: str | None = None) -> Q:
        """Return the row filter of ``act``: an OR of region ranges. Zero grants give a filter that matches nothing."""
        where = Q(pk__in=[])
        for lo, hi in self.ranges(act):
            where |= Q(**{f"{region_field}__gte": lo, f"{region_field}__lt": hi})
        if sector_field:
            allowed = rights().roles_for(act) - rights().own_records_only
            for grant in self.grants:
                if grant.role in allowed and grant.sector:
                    where |= Q(
                        **{
                            f"{region_field}__gte": grant.lo,
                            f"{region_field}__lt": grant.hi,
                            sector_field: grant.sector,
                        }
                    )
        return where

    def scope_any_sector(self, act: str, region_field: str = "region_key") -> Q:
        """Return the row filter of ``act`` for rows that belong to no sector: a grant within a sector counts with its
        whole region. Roles bound to their own records are left out; zero grants match nothing.
        """
        where = Q(pk__in=[])
        for lo, hi in self._whole_ranges(act):
            where |= Q(**{f"{region_field}__gte": lo, f"{region_field}__lt": hi})
        return where

    def scope_above(self, act: str, region: str = "region") -> Q:
        """Return the filter of rows whose region holds one in which the actor may do ``act``: what a county issues to its
        townships. ``region`` is the path of the foreign key; roles bound to their own records are left out.
        """
        where = Q(pk__in=[])
        for lo, hi in self._whole_ranges(act):
            where |= Q(**{f"{region}__key_lo__lte": lo, f"{region}__key_hi__gte": hi})
        return where

    def _whole_ranges(self, act: str) -> list[tuple[int, int]]:
        """Return the merged region ranges of grants that allow ``act``, within a sector or not; own records left out."""
        matrix = rights()
        allowed = matrix.roles_for(act) - matrix.own_records_only
        return merge_ranges((grant.lo, grant.hi) for grant in self.grants if grant.role in allowed)


def merge_ranges(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merge overlapping half-open ranges; the result is sorted and disjoint."""
    merged: list[tuple[int, int]] = []
    for lo, hi in sorted(ranges):
        if merged and lo <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(hi, merged[-1][1]))
        else:
            merged.append((lo, hi))
    return merged


# A visitor holds PUBLIC over the whole range: what is public is public everywhere, and the matrix says what is.
ANONYMOUS = Actor(None, "访客", grants=(GrantScope(VISITOR, 0, WHOLE_RANGE_HI),))
