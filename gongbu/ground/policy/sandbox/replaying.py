"""Replay a trial pack over every source: both orders of packs for each region, table by table, batch by batch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy import queries, usage
from gongbu.ground.policy.checking import below
from gongbu.ground.policy.diffing import diff_packs
from gongbu.ground.policy.models import Adoption
from gongbu.ground.policy.rules.dated import Parameter
from gongbu.ground.policy.rules.policy import Pack, Policy
from gongbu.ground.policy.rules.values import as_json
from gongbu.ground.policy.sandbox import effects
from gongbu.ground.policy.sandbox.effects import Found, Outcome
from gongbu.ground.policy.sandbox.rules import comparing
from gongbu.ground.policy.sandbox.rules.comparing import Moved, Tally
from gongbu.ground.policy.sandbox.sources import EVERYWHERE, Batch, Question, Source, Span, all_sources, subjects_of

Progress = Callable[[int, int, str], None]
Pair = tuple[Policy, Policy]


@dataclass(frozen=True, slots=True)
class Row:
    """One record that changes, with the facts from which both answers can be explained."""

    source: str
    table: str
    subject_kind: str
    subject_id: int
    part: int
    region_key: int
    money_fen: int | None
    is_counted: bool
    decision_id: int
    facts: Mapping[str, Any]
    moved: Moved


@dataclass(slots=True)
class Replay:
    """The outcome: subjects and tallies per source, the rows that change, and how the packs were placed.

    ``is_supposed``: no region in scope has adopted the pack, so the installed edition was compared with the trial as if
    every region had. ``left_out`` counts subjects where the pack is not adopted. ``asked``: how many tables each source was
    asked; with 0 it was not looked at. ``parameters``: the changed ones and what they come to.
    """

    on: date
    totals: dict[str, int] = field(default_factory=dict)
    tallies: dict[str, dict[str, Tally]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    is_supposed: bool = False
    left_out: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    parameters: list[Outcome] = field(default_factory=list)

    def changed_subjects(self, source: str) -> set[tuple[str, int]]:
        """Return the distinct subjects of a source for which some answer changes."""
        return {(row.subject_kind, row.subject_id) for row in self.rows if row.source == source}

    def money_fen(self, source: str) -> int:
        """Return the money of the distinct subjects that change, each counted once, fen."""
        money = {
            (row.subject_kind, row.subject_id): row.money_fen or 0
            for row in self.rows
            if row.source == source and row.is_counted
        }
        return sum(money.values())


class Orders:
    """Both orders of packs by region key: what applies there on the day, and the same with the trial in its place."""

    def __init__(self, trial: Pack, base: Pack | None, on: date, region: Region | None) -> None:
        self.trial, self.base, self.on, self.region = trial, base, on, region
        self._supposed: Pair | None = None
        self._of: dict[int, Pair] = {}
        self._trials: dict[Policy, Policy] = {}

    def suppose(self) -> None:
        """Compare as if every region had adopted the pack (nobody has)."""
        installed = queries.packs()
        packs = {**installed, self.trial.key: self.trial}
        old = Policy(below(self.base, installed)) if self.base else Policy(below(self.trial, packs)[1:])
        self._supposed = (old, Policy(below(self.trial, packs)))
        self._of = dict.fromkeys(self._of, self._supposed)

    @property
    def is_supposed(self) -> bool:
        """Whether the orders are as if every region had adopted the pack."""
        return self._supposed is not None

    def learn(self, region_keys: Iterable[int]) -> None:
        """Work out the orders of regions not seen yet (2 queries for any number)."""
        fresh = sorted(set(region_keys) - self._of.keys())
        if not fresh:
            return
        if self._supposed is not None:
            self._of |= dict.fromkeys(fresh, self._supposed)
            return
        rows = list(Region.objects.filter(key_lo__in=fresh).order_by("pk"))
        regions = {one.key_lo: one for one in sorted(rows, key=lambda one: one.valid_to is None)}
        policies = queries.policies_of(regions.values(), self.on)
        for key in fresh:
            base = policies[regions[key].pk] if key in regions else queries.policy_of_packs([])
            if base not in self._trials:
                self._trials[base] = comparing.swap(base, self.trial, is_adopted=self.region is not None)
            self._of[key] = (base, self._trials[base])

    def several(self, region_keys: Iterable[int]) -> dict[int, Pair]:
        """Return the two orders of some regions, learning those not seen yet."""
        keys = list(region_keys)
        self.learn(keys)
        return {key: self._of[key] for key in keys}

    def of(self, region_key: int) -> Pair:
        """Return the two orders of a region that was learnt."""
        return self._of[region_key]

    @property
    def pairs(self) -> list[Pair]:
        """Every distinct pair of orders."""
        return list(dict.fromkeys(self._of.values()))

    @property
    def is_adopted_somewhere(self) -> bool:
        """Whether the pack stands in the order of some region learnt."""
        return any(pack.key == self.trial.key for base, _ in self.pairs for pack in base.packs)


def replay(
    trial: Pack,
    base: Pack | None,
    *,
    actor: Actor,
    on: date,
    region: Region | None = None,
    progress: Progress | None = None,
    sources: Sequence[Source] | None = None,
) -> Replay:
    """Decide everything in the actor's scope by what applies on ``on`` and by the trial, and return what differs.

    ``region``: the trial would be adopted there; nothing outside is looked at. Without it, regions follow the trial where
    they have adopted the pack of its key. Reads only.
    """
    span: Span = (region.key_lo, region.key_hi) if region else EVERYWHERE
    orders = Orders(trial, base, on, region)
    chosen = list(sources if sources is not None else all_sources())
    orders.learn(_region_keys(span))
    if region is None and not orders.is_adopted_somewhere:
        orders.suppose()
    touched = _touched(orders)
    found = Replay(on, is_supposed=orders.is_supposed)
    counts = {source.key: source.count(actor, span) for source in chosen}
    total, done = sum(counts.values()), 0
    for source in chosen:
        found.totals[source.key] = counts[source.key]
        questions = _questions(orders, touched, on, only_classification=source.is_asked_by_classification)
        found.asked[source.key] = len(questions)
        seen: set[tuple[str, int]] = set()
        for batch in source.read(actor, span, questions, on):
            _take(found, source, batch, orders, on)
            if progress is not None:
                seen.update((batch.subject_kind, pk) for pk in batch.ids)
                progress(min(done + len(seen), total), total, source.label)
        done += counts[source.key]
    if base is not None:
        found.parameters = _parameters(trial, base, actor, span, orders, on)
    return found


def _touched(orders: Orders) -> set[str]:
    """Return the tables that are not the same in both orders somewhere: of the others no answer can change."""
    touched: set[str] = set()
    for before, after in orders.pairs:
        new = next((pack for pack in after.packs if pack.key == orders.trial.key), None)
        old = next((pack for pack in before.packs if pack.key == orders.trial.key), None)
        if new is None or new is old:
            continue
        if old is None or old.code_lists != new.code_lists:
            touched |= set(new.tables) | (set(old.tables) if old else set())
            continue
        for key in {*old.tables, *new.tables}:
            listed = [
                (key in pack.classification, pack.asked_while.get(key), [one.hash for one in pack.tables.get(key, ())])
                for pack in (old, new)
            ]
            if listed[0] != listed[1]:
                touched.add(key)
    return touched


def _parameters(trial: Pack, base: Pack, actor: Actor, span: Span, orders: Orders, on: date) -> list[Outcome]:
    """Return each changed parameter with both values on the day, its users, and what rooms say it comes to."""
    keys = dict.fromkeys(change.key for change in diff_packs(base, trial) if change.what == "parameter")
    outcomes = []
    for key in keys:
        one = trial.parameters.get(key) or base.parameters[key]
        pack = trial if key in trial.parameters else base
        outcome = Outcome(
            key, one.label, _value_on(base.parameters.get(key), on), _value_on(trial.parameters.get(key), on),
            usage.users_of(key, pack),
        )  # fmt: skip
        for source in effects.sources_for(key, one.unit):
            rows = list(source.read(actor, span, key, orders.several, on))
            outcome.found.append(Found(source, sorted(rows, key=lambda row: not row.is_changed)))
        outcomes.append(outcome)
    return outcomes


def _value_on(parameter: Parameter | None, on: date) -> str:
    if parameter is None:
        return "没有规定"
    try:
        version = parameter.pick(on)
    except Refusal:  # it depends on whom it is for: the newest of each
        newest = {one.only_for: one for one in parameter.versions if one.effective_from <= on}
        return "；".join(
            f"{parameter.value_words(one)}（{'、'.join(sorted(whom)) if whom else '其他'}）"
            for whom, one in newest.items()
        )
    return "尚未施行" if version is None else parameter.value_words(version)


def _region_keys(span: Span) -> list[int]:
    """Return keys that stand for every order of packs in the span: its own, and those that adopted inside it (1 query)."""
    rows = Adoption.objects.filter(region_key__gte=span[0], region_key__lt=span[1])
    return [span[0], *rows.order_by().values_list("region_key", flat=True).distinct()]


def _questions(orders: Orders, touched: set[str], on: date, *, only_classification: bool) -> list[Question]:
    wanted: dict[str, None] = {}
    for pair in orders.pairs:
        listed = {key for policy in pair for key in policy.classifications()}
        for key in comparing.affected(pair, touched, on):
            if not only_classification or key in listed:
                wanted[key] = None
    questions = []
    for key in wanted:
        reads: set[str] = set()
        inputs: set[str] = set()
        label = key
        for pair in orders.pairs:
            for policy in pair:
                try:
                    reads |= policy.reads(key, on)
                    table = policy.table(key, on)[1]
                except Refusal:
                    continue
                inputs |= table.inputs.keys()
                label = table.label
        questions.append(Question(key, label, frozenset(reads), frozenset(inputs)))
    return questions


def _take(found: Replay, source: Source, batch: Batch, orders: Orders, on: date) -> None:
    orders.learn(batch.region_keys)
    by_pair: dict[Pair, list[int]] = {}
    of = {key: orders.of(key) for key in set(batch.region_keys)}
    if len(set(of.values())) == 1:
        by_pair[next(iter(of.values()))] = list(range(len(batch.ids)))
    else:
        for at, key in enumerate(batch.region_keys):
            by_pair.setdefault(of[key], []).append(at)
    tally = found.tallies.setdefault(source.key, {}).setdefault(batch.table, Tally(batch.table))
    for pair, places in by_pair.items():
        _compare(found, tally, source, batch, pair, places, on)


def _compare(
    found: Replay, tally: Tally, source: Source, batch: Batch, pair: Pair, places: Sequence[int], on: date
) -> None:
    is_whole = len(places) == len(batch.ids)

    def pick(values: Sequence[Any]) -> Sequence[Any]:
        return values if is_whole or not values else [values[at] for at in places]

    columns = {key: pick(column) for key, column in batch.columns.items()}
    stages = pick(batch.stages)
    size = len(places)
    base, trial = pair
    sides = []
    for policy in (base, trial):
        is_listed = not source.is_asked_by_classification or batch.table in policy.classifications()
        sides.append(
            comparing.decide_side(policy, batch.table, columns, stages, on, size)
            if is_listed
            else comparing.decide_side(Policy([]), batch.table, {}, (), on, size)
        )
    if all(side.table is None for side in sides):
        found.left_out[source.key] = found.left_out.get(source.key, 0) + size
        return
    before, after = sides
    moved = comparing.compare(before, after)
    money, counts, regions = pick(batch.money_fen), pick(batch.counts), pick(batch.region_keys)
    comparing.count(tally, before, after, moved, money, counts, regions)
    decided = pick(batch.decided)
    if decided:
        tally.drifted += sum(before.code(at) != value for at, value in enumerate(decided))
    ids, parts, decisions = pick(batch.ids), pick(batch.parts), pick(batch.decision_ids)
    for one in moved:
        found.rows.append(
            Row(
                source.key, batch.table, batch.subject_kind, ids[one.at], parts[one.at], regions[one.at], money[one.at],
                counts[one.at], decisions[one.at] if decisions else 0,
                {key: as_json(column[one.at]) for key, column in columns.items()}, one,
            )
        )  # fmt: skip


def names_of(rows: Iterable[Row]) -> dict[tuple[str, int], str]:
    """Return the names of the subjects of rows, by kind and id (1 query per 500 of a kind)."""
    by_kind: dict[str, set[int]] = {}
    for row in rows:
        by_kind.setdefault(row.subject_kind, set()).add(row.subject_id)
    found: dict[tuple[str, int], str] = {}
    for kind, ids in by_kind.items():
        subjects = subjects_of(kind)
        if subjects is not None:
            found |= {(kind, pk): name for pk, name in subjects.names(sorted(ids)).items()}
    return found


def region_keys(found: Replay) -> set[int]:
    """Return the region keys of everything that an outcome names."""
    shown = {row.region_key for outcome in found.parameters for each in outcome.found for row in each.rows}
    return shown | {row.region_key for row in found.rows}


def region_names(keys: Iterable[int]) -> dict[int, str]:
    """Return the names of regions by key (1 query)."""
    rows = Region.objects.filter(key_lo__in=set(keys)).values_list("key_lo", "name", "valid_to")
    return {key: name for key, name, _ended in sorted(rows, key=lambda row: row[2] is None)}
