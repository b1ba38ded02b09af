"""What a county's adopted packs say about selecting projects: the scorecard with its steps, who holds them, the groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy.rules.dated import PolicyRef
from gongbu.ground.policy.rules.policy import Pack, Policy, card_ref
from gongbu.ground.policy.rules.scorecards import Scorecard, Step, Use
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve.system import holder_of


@dataclass(frozen=True, slots=True)
class System:
    """The selection system of one county on one day; ``cards`` are those its packs bring, the nearest pack's first."""

    holder: Region
    policy: Policy
    on: date
    cards: tuple[tuple[Pack, Scorecard], ...]

    @property
    def card(self) -> Scorecard | None:
        """The card that counts when nobody chooses, None when the packs bring none."""
        return self.cards[0][1] if self.cards else None

    @property
    def why_not(self) -> Refusal:
        """The refusal that says why nothing can be selected here."""
        own = "、".join(f"“{pack.label}”" for pack in self.policy.packs if "LAW" not in pack.subjects)
        code = "selection.no_card" if own else "selection.no_packs"
        return Refusal(code, region=self.holder.name, packs=own, on=self.on.isoformat())

    def require(self) -> Scorecard:
        """Return the card.

        :raises Refusal: the packs bring none
        """
        if self.card is None:
            raise self.why_not
        return self.card

    def find(self, key: str) -> tuple[Scorecard, PolicyRef]:
        """Return the card of a key ("" for the nearest) with its reference.

        :raises Refusal: the packs bring none, or none of this key
        """
        self.require()
        for pack, card in self.cards:
            if key in ("", card.key):
                return card, card_ref(pack, card)
        raise Refusal("selection.card_unknown", known="、".join(card.label for _, card in self.cards))

    def parties(self, step: Step) -> tuple[str, ...]:
        """Return who may have held a step (the leading groups), none when the pack names none."""
        if not step.parties_of:
            return ()
        try:
            found = self.policy.at(step.parties_of, self.on)
        except Refusal:  # not yet in force
            return ()
        return tuple(map(str, found.value)) if isinstance(found.value, tuple) else ()


def system_of(holder: Region, on: date) -> System:
    """Return the selection system of a county on a day (1 query, kept for a minute by the policy room)."""
    policy = policy_queries.policies_of([holder], on)[holder.pk]
    return System(holder, policy, on, tuple(policy.list_scorecards(Use.SELECTION, on)))


def system_for(project: Project, on: date) -> System:
    """Return the selection system of a project's county (at most 3 queries)."""
    return system_of(holder_of(project.competent_region), on)


def may_record(actor: Actor, act: str, project: Project, step: Step) -> bool:
    """Return whether the actor may record a step: the act is his for this project, and the card names one of his roles.

    A role bound to its own records counts for the projects its unit owns; a grant within a sector for its sector.
    """
    own = actor.unit_id is not None and actor.unit_id == project.owner_unit_id
    if not actor.may(act, project.region_key, project.sector or None, own=own):
        return False
    bound = rights().own_records_only
    return any(
        grant.role in step.roles
        and grant.lo <= project.region_key < grant.hi
        and (own or grant.role not in bound)
        and (not grant.sector or grant.sector == project.sector)
        for grant in actor.grants
    )


def roles_words(roles: Sequence[str]) -> str:
    """Return roles as people call them."""
    labels = rights().roles
    return "、".join(labels.get(role, role) for role in roles)
