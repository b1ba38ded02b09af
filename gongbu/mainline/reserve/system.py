"""What a county's adopted packs say about its reserve: paths, steps, points, targets, chains, indicators, months.

Nothing here is written in code: a county without such a pack has no reserve system, and :attr:`System.why_not` says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.calendar.rules.counting import Limit, Unit
from gongbu.ground.meetings import kinds as meeting_kinds
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy.rules.dated import DatedValue
from gongbu.ground.policy.rules.decisions import Decision
from gongbu.ground.policy.rules.policy import Policy
from gongbu.mainline.reserve.choices import LibraryKind, Step, Verdict
from gongbu.mainline.reserve.rules.industry import read_divisions

PATH, STEP, GATE = "county_reserve.entry_path", "county_reserve.entry_step", "county_reserve.entry_gate"
TARGETS = {
    LibraryKind.GENERAL: "county_reserve.general_target",
    LibraryKind.SECTOR: "county_reserve.sector_target",
    LibraryKind.CHAIN: "county_reserve.chain_target",
    LibraryKind.TOWNSHIP: "county_reserve.township_target",
}
SHARE, DIVISIONS = "county_reserve.industry_share_target", "county_reserve.industry_divisions"
POINTS, CASES, CHAINS = (
    "county_reserve.check_points",
    "county_reserve.leading_group_cases",
    "county_reserve.chains",
)
STEP_LIMIT = "county_reserve.step_limit"
PRIORITIES = "county_reserve.entry_priorities"
MONTHS, GRACE = "county_reserve.renewal_months", "county_reserve.renewal_grace_days"
# Lists of performance indicators that packs may bring, each with the parameter that names the units (GO-14).
INDICATORS = (
    ("county_reserve.evaluation_indicators", "county_reserve.indicator_units"),
    ("classified_initiation.performance_targets", "classified_initiation.indicator_units"),
)
ACTING = "承办"  # detail of a step: the roles that act, as roles.yaml labels them, parted by 、
MEETING, NOT_AGREED = "会议", "不同意"  # details of a step: the kinds of meeting that settle it; what 不同意 means
_LIMIT_UNITS = {"workdays": Unit.WORKDAY, "days": Unit.DAY, "hours": Unit.OFFICE_HOUR, "months": Unit.MONTH}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One performance indicator: its name, unit ("" when the packs say none), and the value that lists it."""

    name: str
    unit: str
    value: DatedValue


def holder_of(region: Region) -> Region:
    """Return the region whose libraries hold a project of ``region``: its county, itself for a city or above.

    At most two queries, none when the parents are loaded.
    """
    found: Region | None = region
    while found is not None and found.level == Region.Level.TOWNSHIP:
        found = found.parent
    return found or region


class System:
    """The reserve system of one county on one day. Cheap to make; values are looked up when asked."""

    def __init__(self, holder: Region, policy: Policy, on: date) -> None:
        self.holder, self.policy, self.on = holder, policy, on

    # --- whether there is one --------------------------------------------------------------------------------------

    @property
    def is_adopted(self) -> bool:
        """Whether the packs in force give a path into libraries."""
        return self._has_table(PATH) and self._has_table(STEP)

    @property
    def pack_labels(self) -> str:
        """The county's own packs in words."""
        own = [pack.label for pack in self.policy.packs if "LAW" not in pack.subjects]
        return "、".join(f"“{label}”" for label in own)

    @property
    def why_not(self) -> Refusal:
        """The refusal that says why nothing can be declared here."""
        code = "reserve.no_system" if self.pack_labels else "reserve.no_packs"
        return Refusal(code, region=self.holder.name, packs=self.pack_labels, on=self.on.isoformat())

    def require(self) -> "System":
        """Return itself.

        :raises Refusal: the county has no reserve system
        """
        if not self.is_adopted:
            raise self.why_not
        return self

    # --- values ----------------------------------------------------------------------------------------------------

    def value(self, key: str) -> DatedValue | None:
        """Return a value in force, None when the packs give none."""
        try:
            return self.policy.at(key, self.on)
        except Refusal as refusal:
            if refusal.code in ("policy.unknown_key", "policy.no_value"):
                return None
            raise

    def note_of(self, key: str) -> str:
        """Return what the pack notes beside a value (待确认 says why)."""
        for pack in self.policy.packs:
            if key in pack.parameters and (version := pack.parameters[key].pick(self.on)) is not None:
                return version.note
        return ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty when the packs give none."""
        found = self.value(key)
        return tuple(map(str, found.value)) if found is not None and isinstance(found.value, tuple) else ()

    def target(self, kind: str) -> DatedValue | None:
        """Return the target of a kind of library, in fen."""
        return self.value(TARGETS[LibraryKind(kind)])

    @cached_property
    def divisions(self) -> frozenset[str] | None:
        """The divisions that are 产业类, None when no pack says."""
        texts = self.texts(DIVISIONS)
        return read_divisions(texts) if texts else None

    @cached_property
    def chains(self) -> dict[str, str]:
        """The chains: code → name."""
        codes = self.texts(CHAINS)
        labels: Mapping[str, str] = {}
        for pack in self.policy.packs:
            if CHAINS in pack.parameters:
                labels = pack.parameters[CHAINS].choices
                break
        return {code: labels.get(code, code) for code in codes}

    @cached_property
    def indicators(self) -> list[Indicator]:
        """The performance indicators that the packs ask for, each once, in the order of the packs."""
        found: dict[str, Indicator] = {}
        for key, units_key in INDICATORS:
            listed = self.value(key)
            if listed is None or not isinstance(listed.value, tuple):
                continue
            units = dict(text.partition("：")[::2] for text in self.texts(units_key))
            for name in map(str, listed.value):
                found.setdefault(name, Indicator(name, units.get(name, ""), listed))
        return list(found.values())

    @property
    def step_limit(self) -> tuple[Limit, DatedValue] | None:
        """The limit of one step, None when the packs set none."""
        found = self.value(STEP_LIMIT)
        if found is None or found.unit not in _LIMIT_UNITS:
            return None
        return Limit(int(str(found.value)), _LIMIT_UNITS[found.unit]), found

    def number(self, key: str) -> int | None:
        """Return a whole number, None when the packs give none."""
        found = self.value(key)
        return None if found is None else int(str(found.value))

    # --- decisions -------------------------------------------------------------------------------------------------

    def gate(self, facts: Mapping[str, Any]) -> Decision | None:
        """Decide whether a project of this stage may enter; None when no pack asks."""
        return self.policy.decide(GATE, facts, self.on) if self._has_table(GATE) else None

    def path(self, declarer: str, *, is_chain_project: bool) -> Decision:
        """Decide the path.

        :raises Refusal: ``reserve.no_system``
        """
        facts = {"declarer": declarer, "is_chain_project": is_chain_project}
        return self.require().policy.decide(PATH, facts, self.on)

    def next_step(self, path: str, after: str, *, is_case: bool) -> Decision:
        """Decide what follows a step of a path.

        :raises Refusal: ``reserve.no_system``
        """
        facts = {"path": path, "after": after, "leading_group_case": is_case}
        return self.require().policy.decide(STEP, facts, self.on)

    def steps_of(self, path: str, *, is_case: bool) -> list[Decision]:
        """Return every step of a path in order, without the declaration, the admission last."""
        steps: list[Decision] = []
        after = "DECLARED"
        while len(steps) < 10:  # the vocabulary has five; a table that runs in a circle ends here
            decision = self.next_step(path, after, is_case=is_case)
            steps.append(decision)
            if decision.is_undetermined or decision.value == "ADMITTED":
                break
            after = decision.value
        return steps

    def step_label(self, step: str) -> str:
        """Return what the packs call a step, its usual name when they do not say."""
        output = self.policy.table(STEP, self.on)[1].outputs.get(step) if self.is_adopted else None
        return output.label if output is not None else Step(step).label if step else ""

    def roles_of(self, step: str) -> tuple[str, ...]:
        """Return the roles that the packs let act at a step, by code; none when they do not say."""
        if not self.is_adopted:
            return ()
        labels = {label: code for code, label in rights().roles.items()}
        words = self._detail(step, ACTING).split("、")
        return tuple(labels[word] for word in words if word in labels)

    def meeting_kinds_of(self, step: str) -> tuple[str, ...]:
        """Return the kinds of meeting that settle a step, by code: the leading group's where the packs do not say."""
        words = self._detail(step, MEETING).split("、")
        named = tuple(code for code, label in meeting_kinds.choices() if label in words)
        return named or ("LEADING_GROUP",)

    def not_agreed_of(self, step: str) -> Verdict:
        """Return what it means that the meeting did not agree: refused where the packs say so, else returned."""
        return Verdict.REFUSED if self._detail(step, NOT_AGREED) == Verdict.REFUSED.label else Verdict.RETURNED

    def _detail(self, step: str, name: str) -> str:
        if not self.is_adopted:
            return ""
        output = self.policy.table(STEP, self.on)[1].outputs.get(step)
        return output.details.get(name, "") if output is not None else ""

    def _has_table(self, key: str) -> bool:
        try:
            self.policy.table(key, self.on)
        except Refusal:
            return False
        return True


def system_of(holder: Region, on: date) -> System:
    """Return the reserve system of a county on a day (1 query, kept for a minute by the policy room)."""
    return systems_of([holder], on)[holder.pk]


def systems_of(holders: Sequence[Region], on: date) -> dict[int, System]:
    """Return the reserve systems of several counties by region id (1 query)."""
    policies = policy_queries.policies_of(holders, on)
    return {holder.pk: System(holder, policies[holder.pk], on) for holder in holders}
