"""Reads of policy: the packs of a region on a day, adoptions, decisions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import connection

from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.basics.prepared import OfKeys
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy import stored
from gongbu.ground.policy.loading import load_packs
from gongbu.ground.policy.models import Adoption, PolicyDecision, PolicyRecord
from gongbu.ground.policy.rules import resolution
from gongbu.ground.policy.rules.policy import Pack, Policy
from gongbu.ground.policy.rules.scorecards import Scorecard
from gongbu.ground.policy.rules.tables import Input
from gongbu.ground.policy.rules.values import Confidence
from gongbu.ground.policy.schemas import SUBJECTS, TONES
from gongbu.ground.policy.scorecard_reading import card_of_record


def installed_packs() -> Mapping[str, Pack]:
    """Return the packs that came with the program, by key (loaded once per process).

    :raises PackFaults: a pack has a fault
    """
    return load_packs(Path(settings.PACKS_DIR))


def packs() -> Mapping[str, Pack]:
    """Return every pack by id: the installed ones, then the stored ones that this process knows of (no query).

    :raises PackFaults: a pack has a fault
    """
    more = stored.known()
    return {**installed_packs(), **more} if more else installed_packs()


def all_packs() -> Mapping[str, Pack]:
    """Return :func:`packs` after taking notice of every stored pack (1 query)."""
    stored.refresh(installed_packs())
    return packs()


def pack_of(key: str, version: str) -> Pack | None:
    """Return the pack of a version that a decision cites, else the installed one of its key (0 or 1 query)."""
    installed = packs().get(key)
    if installed is not None and installed.version == version:
        return installed
    return packs().get(f"{key}@{version}") or all_packs().get(f"{key}@{version}") or installed


def check_of(confidence: str) -> dict[str, str]:
    """Return how well a transcription is checked, for a page: word, tone of its badge, what the word means."""
    code = Confidence(confidence)
    return {"word": code.word, "tone": TONES[code.mark], "tip": code.label}


def pack_words(key: str, version: str) -> str:
    """Return a pack by its name and version; the key stands in for a pack that is no longer installed."""
    pack = packs().get(f"{key}@{version}") or packs().get(key)
    return f"{pack.label if pack else key} {version}"


def policy_for(region_id: int, on: date) -> Policy:
    """Return the policy of a region on a day: adoptions along its path upward, then ``national`` (2 queries).

    :raises NotFound: no such region
    :raises Refusal: the adoptions name a pack that is not installed, or contradict each other
    """
    return _in_order(placed.pack for placed in placed_packs(_region(region_id), on))


def policies_for(region_ids: Iterable[int], on: date) -> dict[int, Policy]:
    """Return the policies of several regions, for lists and bulk work (2 queries, 3 after an adoption)."""
    return policies_of(Region.objects.filter(pk__in=set(region_ids)), on)


_FRESH_S = 60  # a region that moved to another key is seen after this time at the latest
_adopted: dict[str, tuple[tuple[Any, ...], float, list[Adoption]]] = {}
_resolved: "dict[tuple[str, int, int, date], tuple[tuple[Any, ...], float, Policy]]" = {}


def policies_of(regions: Iterable[Region], on: date) -> dict[int, Policy]:
    """Return the policies of regions that are already read, by id (1 query; 2 after an adoption).

    What applies on a day is worked out once a minute per process, and at once when there is another adoption.

    :raises Refusal: as :func:`policy_for`
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id), COUNT(*), MAX(recorded_at) FROM policy_adoption")
        stamp = tuple(cursor.fetchone())
    now, found = monotonic(), {}
    for region in regions:
        place = (connection.alias, region.key_lo, region.key_hi, on)
        known = _resolved.get(place)
        if known is None or known[0] != stamp or now - known[1] > _FRESH_S:
            rows = [r for r in _adoptions(stamp) if r.effective_from <= on and _covers(r.region, region)]
            placed = resolution.order(_as_adopted(region, rows), on, packs())
            if len(_resolved) > 5_000:
                _resolved.clear()
            known = _resolved[place] = (stamp, now, _in_order(one.pack for one in placed))
        found[region.pk] = known[2]
    return found


def _adoptions(stamp: tuple[Any, ...]) -> list[Adoption]:
    """Return all adoptions, read once a minute per process and at once when there is another one."""
    known = _adopted.get(connection.alias)
    if known is None or known[0] != stamp or monotonic() - known[1] > _FRESH_S:
        rows = list(Adoption.objects.select_related("region"))
        _notice(rows)
        known = _adopted[connection.alias] = (stamp, monotonic(), rows)
    return known[2]


def policy_of_packs(keys: Iterable[str]) -> Policy:
    """Return the policy of the given packs in this order, with ``national`` last (for previews and the API)."""
    chosen = [key for key in keys if key != resolution.NATIONAL]
    return _in_order((*chosen, *([resolution.NATIONAL] if resolution.NATIONAL in packs() else [])))


def _in_order(ids: Iterable[str]) -> Policy:
    keys, every = tuple(ids), packs()
    return _policy(keys, tuple(id(every[key]) for key in keys if stored.is_stored(key)))


@lru_cache(maxsize=64)
def _policy(keys: tuple[str, ...], _which: tuple[int, ...] = ()) -> Policy:
    every = packs()
    return Policy(every[key] for key in keys)


def _notice(rows: Iterable[Adoption]) -> None:
    """Take notice of stored packs when an adoption names one (1 query then, else none)."""
    if any(stored.is_stored(key) for row in rows for key in row.packs):
        stored.refresh(installed_packs())


def placed_packs(region: Region, on: date) -> list[resolution.Placed]:
    """Return the packs that apply in a region with the level that adopted each (1 query, 2 with stored packs)."""
    rows = Adoption.objects.filter(
        effective_from__lte=on, region__key_lo__lte=region.key_lo, region__key_hi__gte=region.key_hi
    ).select_related("region")
    _notice(rows)
    return resolution.order(_as_adopted(region, rows), on, packs())


def adopted_by_subject(region_id: int, on: date) -> dict[str, list[str]]:
    """Return what a region itself has adopted on a day: its packs in their order by subject (1 query)."""
    rows = Adoption.objects.filter(region=region_id, effective_from__lte=on)
    standing = {row.subject: list(row.packs) for row in rows.order_by("effective_from")}
    return {subject: packs for subject, packs in standing.items() if packs}


def adopted_with(region_id: int, key: str, pack: str, on: date, also: Sequence[str] = ()) -> dict[str, list[str]]:
    """Return what a region would adopt with ``pack`` in the place of its own of this key (1 query).

    By subject: those of ``also`` first, where ``pack`` goes before the others if it is new there; then every other
    subject for which the region has adopted a pack of the key.
    """

    def is_of_key(one: str) -> bool:
        return one.partition("@")[0] == key

    standing = adopted_by_subject(region_id, on)
    having = [subject for subject, packs in standing.items() if any(map(is_of_key, packs))]
    return {
        subject: [pack if is_of_key(one) else one for one in standing[subject]]
        if subject in having
        else [pack, *standing.get(subject, [])]
        for subject in dict.fromkeys([*also, *having])
    }


def _as_adopted(region: Region, rows: Iterable[Adoption]) -> list[resolution.Adopted]:
    rows = list(rows)
    widths = sorted({row.region.key_hi - row.region.key_lo for row in rows})
    return [
        resolution.Adopted(
            widths.index(row.region.key_hi - row.region.key_lo),
            row.region.level,
            row.subject,
            tuple(row.packs),
            row.effective_from,
        )
        for row in rows
    ]


def _covers(outer: Region, inner: Region) -> bool:
    return outer.key_lo <= inner.key_lo and inner.key_hi <= outer.key_hi


def region_of(region_id: int) -> Region:
    """Return a region (1 query).

    :raises NotFound: no such region
    """
    return _region(region_id)


def _region(region_id: int) -> Region:
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise NotFound("policy.region_missing", region=region_id)
    return region


@dataclass(frozen=True, slots=True)
class AdoptionRow:
    """One adoption for display: whose, what, from when until when (None: still), and its reference."""

    id: int
    region_id: int
    region_key: int
    region_name: str
    subject: str
    subject_label: str
    packs: tuple[tuple[str, str, str], ...]
    effective_from: date
    effective_to: date | None
    document_number: str
    reason: str
    adopted_by: str
    recorded_at: datetime
    receipt: str


def list_adoptions(region: Region, *, upward: bool = True) -> list[AdoptionRow]:
    """Return the adoptions of a region, with those above it when ``upward``, newest first (1 query)."""
    rows = Adoption.objects.select_related("region")
    rows = (
        rows.filter(region__key_lo__lte=region.key_lo, region__key_hi__gte=region.key_hi)
        if upward
        else rows.filter(region=region)
    )
    return _adoption_rows(rows)


def _adoption_rows(rows: Iterable[Adoption]) -> list[AdoptionRow]:
    ends: dict[tuple[int, str], date] = {}
    found = []
    rows = list(rows)
    _notice(rows)
    labels = {key: pack.label for key, pack in packs().items()}
    for row in sorted(rows, key=lambda r: r.effective_from, reverse=True):
        named = tuple((key, labels.get(key, key), row.pack_versions.get(key, "")) for key in row.packs)
        found.append(
            AdoptionRow(
                row.pk,
                row.region_id,
                row.region_key,
                row.region.name,
                row.subject,
                SUBJECTS.get(row.subject, row.subject),
                named,
                row.effective_from,
                ends.get((row.region_id, row.subject)),
                row.document_number,
                row.reason,
                row.adopted_by,
                row.recorded_at,
                row.receipt,
            )
        )
        ends[row.region_id, row.subject] = row.effective_from
    return found


def list_all_adoptions() -> list[AdoptionRow]:
    """Return every adoption of every region, newest first (1 query); the caller narrows to its scope."""
    return _adoption_rows(Adoption.objects.select_related("region"))


def list_adopters(pack: str, on: date) -> list[AdoptionRow]:
    """Return the adoptions of a pack in force on a day (1 query)."""
    rows = _adoption_rows(Adoption.objects.select_related("region"))
    return [
        row
        for row in rows
        if row.effective_from <= on
        and (row.effective_to is None or on < row.effective_to)
        and pack in {key for key, _, _ in row.packs}
    ]


def regions_by_pack(on: date) -> dict[str, list[str]]:
    """Return the id of every pack in force somewhere on a day → names of the regions that adopted it (1 query)."""
    found: dict[str, list[str]] = {resolution.NATIONAL: ["全国"]}
    for row in list_all_adoptions():
        if row.effective_from <= on and (row.effective_to is None or on < row.effective_to):
            for key, _label, _version in row.packs:
                if row.region_name not in found.setdefault(key, []):
                    found[key].append(row.region_name)
    return found


def get_decision(decision_id: int) -> PolicyDecision:
    """Return a stored decision with its record (1 query).

    :raises NotFound: no such decision
    """
    row = PolicyDecision.objects.select_related("record").filter(pk=decision_id).first()
    if row is None:
        raise NotFound("policy.decision_missing", decision=decision_id)
    return row


def list_decisions(decision_ids: Iterable[int]) -> dict[int, PolicyDecision]:
    """Return stored decisions with their records by id (1 query); the caller has tested that their subject may be seen."""
    return PolicyDecision.objects.select_related("record").in_bulk(set(decision_ids))


_DECISIONS = OfKeys("pk", lambda: PolicyDecision.objects.all())


def decisions_of(ids: Iterable[int]) -> dict[int, PolicyDecision]:
    """Return stored decisions by id, without their records (1 query)."""
    return {row.pk: row for row in _DECISIONS.all(ids)}


def latest_decisions(subject_kind: str, subject_id: int) -> list[PolicyDecision]:
    """Return the newest decision of each table about a subject (1 query)."""
    rows = PolicyDecision.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("-id")
    newest: dict[str, PolicyDecision] = {}
    for row in rows:
        newest.setdefault(row.table_key, row)
    return list(newest.values())


def history_of(subject_kind: str, subject_id: int, table_key: str) -> list[PolicyDecision]:
    """Return all decisions of one table about a subject, newest first (1 query)."""
    return list(
        PolicyDecision.objects.filter(subject_kind=subject_kind, subject_id=subject_id, table_key=table_key).order_by(
            "-id"
        )
    )


def say_facts(row: PolicyDecision) -> list[tuple[str, str, str]]:
    """Return (label, key, words) of the facts that a stored decision used, worded by the tables that read them.

    The decision's own table goes first. A fact that no installed table knows any more stands as it was stored.
    """
    found: dict[str, Input] = {}
    pack = packs().get(f"{row.pack}@{row.pack_version}") or packs().get(row.pack)
    for table in (
        *(pack.tables.get(row.table_key, ())[::-1] if pack else ()),
        *(table for other in packs().values() for versions in other.tables.values() for table in versions[::-1]),
    ):
        if row.facts.keys() <= found.keys():
            break
        for key, one in table.inputs.items():
            found.setdefault(key, one)
    return [
        (found[key].label if key in found else key, key, _said(found.get(key), raw)) for key, raw in row.facts.items()
    ]


def _said(item: Input | None, raw: Any) -> str:
    if raw is None or raw == "":
        return "未报"
    try:
        return item.words(item.read(raw)) if item is not None else str(raw)
    except Refusal:  # the table has moved on since
        return str(raw)


def choices_of(table_key: str, input_key: str) -> dict[str, str]:
    """Return the codes and labels that an input of a table understands, for forms of other rooms.

    :raises KeyError: no such table or input
    """
    for pack in packs().values():
        if table_key in pack.tables:
            return dict(pack.tables[table_key][-1].inputs[input_key].choices)
    raise KeyError(table_key)


def record_of(digest: str) -> dict[str, Any] | None:
    """Return the canonical record with this hash from the installed packs, or None."""
    for pack in packs().values():
        if digest in pack.records:
            return dict(pack.records[digest])
    return None


def scorecard_of(digest: str) -> Scorecard:
    """Return the scorecard with this content hash: installed, or as it was archived when first applied (0–1 query).

    :raises NotFound: never applied here and not installed
    """
    for pack in packs().values():
        for cards in pack.scorecards.values():
            for card in cards:
                if card.hash == digest:
                    return card
    row = PolicyRecord.objects.filter(pk=digest).first()
    if row is None:
        raise NotFound("policy.decision_missing", decision=digest)
    return card_of_record(row.content, digest)
