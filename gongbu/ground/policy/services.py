"""Acts of policy: adopt packs for a region; keep a decision with what it was made from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction

from gongbu.ground.basics import bulk, clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.basics.prepared import OfKeys, Prepared
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox
from gongbu.ground.policy import queries, stored
from gongbu.ground.policy.models import Adoption, PolicyDecision, PolicyRecord
from gongbu.ground.policy.rules import resolution
from gongbu.ground.policy.rules.dated import PolicyRef
from gongbu.ground.policy.rules.decisions import Decision
from gongbu.ground.policy.schemas import SUBJECTS

LEVEL_LABELS = {"NATION": "国家", "PROVINCE": "省级", "CITY": "市级", "COUNTY": "县级", "TOWNSHIP": "乡级"}


@act("policy.adopt", "采用制度包")
def adopt_packs(
    *,
    region_id: int,
    subject: str,
    packs: Sequence[str],
    effective_from: date,
    actor: Actor,
    document_number: str = "",
    reason: str = "",
) -> Adoption:
    """Adopt an ordered set of packs for one subject (采用制度包) in a region from a day; empty gives the subject up.

    Tested for the region and for every region below it that has adoptions of its own: no two packs without an
    order give the same key, and none loosens a checked statutory value.

    :raises NotAllowed: the actor may not adopt in this region
    :raises NotFound: no such region
    :raises Refusal: ``policy.subject_unknown``, ``policy.pack_missing``, ``policy.pack_level``,
        ``policy.pack_subject``, ``policy.pack_twice``, ``policy.nothing_to_end``, ``policy.adopted_already``,
        ``policy.unordered_keys``, ``policy.order_cycle``, ``policy.loosens_law``
    """
    return _adopt_all(region_id, {subject: packs}, effective_from, actor, document_number, reason)[0]


@act("policy.adopt_in_place", "换用制度包")
def adopt_in_place(
    *,
    region_id: int,
    key: str,
    pack: str,
    effective_from: date,
    actor: Actor,
    also: Sequence[str] = (),
    document_number: str = "",
    reason: str = "",
) -> list[Adoption]:
    """Adopt ``pack`` wherever the region has adopted a pack of this key, in its place; and first for the subjects ``also``.

    One act, since an edition and the one it follows may not both apply: they give the same keys without an order.
    Returns the adoptions, those of ``also`` first.

    :raises NotAllowed, NotFound, Refusal: as :func:`adopt_packs`
    """
    sets = queries.adopted_with(region_id, key, pack, effective_from, also)
    return _adopt_all(region_id, sets, effective_from, actor, document_number, reason)


def _adopt_all(
    region_id: int, sets: Mapping[str, Sequence[str]], effective_from: date, actor: Actor, number: str, reason: str
) -> list[Adoption]:
    """Adopt for each subject, test what comes of all of them together, and enter each."""
    region = Region.objects.select_for_update().filter(pk=region_id).first()
    if region is None:
        raise NotFound("policy.region_missing", region=region_id)
    actor.require("policy.adopt", region.key_lo)
    pairs = []
    for subject, packs in sets.items():
        _check_packs(region, subject, packs)
        earlier = Adoption.objects.filter(region=region, subject=subject)
        if not packs and not earlier.filter(effective_from__lt=effective_from).exists():
            raise Refusal("policy.nothing_to_end", region=region.name, subject=SUBJECTS[subject])
        before = earlier.filter(effective_from__lte=effective_from).last()
        pairs.append((before, _keep(region, subject, packs, effective_from, actor, number, reason)))
    _check_below(region, effective_from)
    for before, row in pairs:
        _enter(region, before, row, actor)
    return [row for _, row in pairs]


def _keep(
    region: Region, subject: str, packs: Sequence[str], effective_from: date, actor: Actor, number: str, reason: str
) -> Adoption:
    installed = queries.packs()  # _check_packs() has taken notice of stored ones
    row = Adoption(
        region=region,
        region_key=region.key_lo,
        subject=subject,
        packs=list(packs),
        pack_versions={key: installed[key].version for key in packs},
        effective_from=effective_from,
        document_number=number.strip(),
        reason=reason.strip(),
        adopted_by=" ".join(part for part in (actor.unit_name, actor.post_name, actor.name) if part)[:120],
        recorded_at=clock.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Refusal(
            "policy.adopted_already", region=region.name, subject=SUBJECTS[subject], on=effective_from
        ) from error
    return row


def _enter(region: Region, before: Adoption | None, row: Adoption, actor: Actor) -> None:
    installed, packs, subject, effective_from = queries.packs(), row.packs, row.subject, row.effective_from
    entry = ledger.append(
        EntryDraft(
            kind="policy.adopted",
            subject=Subject("policy_adoption", row.pk, region.key_lo, f"{region.name}·{SUBJECTS[subject]}"),
            actor=actor.stamp,
            occurred_on=effective_from if effective_from <= clock.today() else clock.today(),
            before=_shown(before) if before else None,
            after=_shown(row),
            policy=[
                {"pack": installed[key].key, "version": installed[key].version, "hash": installed[key].hash}
                for key in packs
            ],
            public={
                "采用地区": region.name,
                "事项": SUBJECTS[subject],
                "制度包": "、".join(installed[k].label for k in packs) or "停止采用",
                "自": effective_from.isoformat(),
                "文件": row.document_number,
            },
        )
    )
    row.receipt = entry.receipt or ""
    row.save(update_fields=["receipt"])
    outbox.add(
        "policy.adopted",
        subject_kind="policy_adoption",
        subject_id=row.pk,
        region_key=region.key_lo,
        region_id=region.pk,
        region_key_hi=region.key_hi,
        subject=subject,
        packs=list(packs),
        effective_from=effective_from.isoformat(),
    )


def _check_packs(region: Region, subject: str, packs: Sequence[str]) -> None:
    if subject not in SUBJECTS or subject == "LAW":
        raise Refusal(
            "policy.subject_unknown", subject=subject, known="、".join(v for k, v in SUBJECTS.items() if k != "LAW")
        )
    installed = queries.all_packs() if any(map(stored.is_stored, packs)) else queries.packs()
    if len({installed[key].key if key in installed else key for key in packs}) != len(packs):
        raise Refusal("policy.pack_twice")
    for key in packs:
        pack = installed.get(key)
        if pack is None or key == resolution.NATIONAL:
            raise Refusal(
                "policy.pack_missing", pack=key, known="、".join(k for k in installed if k != resolution.NATIONAL)
            )
        if region.level not in pack.levels:
            levels = "、".join(LEVEL_LABELS[level] for level in pack.levels)
            raise Refusal(
                "policy.pack_level",
                pack=pack.label,
                region=region.name,
                level=LEVEL_LABELS[region.level],
                levels=levels,
            )
        if subject not in pack.subjects:
            subjects = "、".join(SUBJECTS[one] for one in pack.subjects)
            raise Refusal("policy.pack_subject", pack=pack.label, subject=SUBJECTS[subject], subjects=subjects)


def _check_below(region: Region, effective_from: date) -> None:
    """Test the resulting order in the region and below it, on the day and on every later day something changes."""
    installed = queries.packs()
    inside = Adoption.objects.filter(region_key__gte=region.key_lo, region_key__lt=region.key_hi)
    regions = {row.region_id: row.region for row in inside.select_related("region")}
    regions[region.pk] = region
    for one in regions.values():
        path = Adoption.objects.filter(region__key_lo__lte=one.key_lo, region__key_hi__gte=one.key_hi)
        later = path.filter(effective_from__gt=effective_from).values_list("effective_from", flat=True)
        for on in sorted({effective_from, *later}):
            resolution.require_lawful(queries.placed_packs(one, on), installed)


def _shown(row: Adoption) -> dict[str, object]:
    return {
        "region_id": row.region_id,
        "subject": row.subject,
        "packs": list(row.packs),
        "versions": dict(row.pack_versions),
        "from": row.effective_from.isoformat(),
        "document_number": row.document_number,
        "reason": row.reason,
    }


@dataclass(frozen=True, slots=True)
class DecisionOf:
    """A decision and the subject it is about, for :func:`record_decisions`."""

    decision: Decision
    subject_kind: str
    subject_id: int
    region_key: int


def record_decision(decision: Decision, subject_kind: str, subject_id: int, region_key: int) -> PolicyDecision:
    """Keep a decision with facts, record and explanation; call it inside the act that made it.

    The same decision on the same facts as the newest one is not kept twice: the newest is returned.
    The act puts ``decision.ref.as_dict()`` into its own ledger entry.
    """
    return record_decisions([DecisionOf(decision, subject_kind, subject_id, region_key)])[0]


def record_decisions(items: Iterable[DecisionOf]) -> list[PolicyDecision]:
    """Keep many decisions (importers, recomputation) in a few statements; same rule as :func:`record_decision`.

    :raises RuntimeError: called outside a transaction
    """
    items = list(items)
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("record_decisions() outside a transaction would keep decisions of acts that may not happen")
    newest = _newest(items)
    _archive(items)
    now, clock_kind = clock.now(), clock.kind()
    kept: list[PolicyDecision] = []
    fresh: list[PolicyDecision] = []
    for item in items:
        row = _row(item)
        known = newest.get((item.subject_kind, item.subject_id, item.decision.table))
        if known is not None and known.content == row.content:
            kept.append(known)
            continue
        row.decided_at, row.clock = now, clock_kind
        newest[item.subject_kind, item.subject_id, item.decision.table] = row
        fresh.append(row)
        kept.append(row)
    bulk.insert(fresh)
    return kept


FEW = 8  # up to so many are asked for one by one, however long their history
_NEWEST = Prepared(
    lambda kind, pk, table: PolicyDecision.objects.filter(subject_kind=kind, subject_id=pk, table_key=table).order_by(
        "-id"
    )[:1]
)
_KEPT = OfKeys("pk", lambda: PolicyRecord.objects.values_list("pk", flat=True))


def _newest(items: Sequence[DecisionOf]) -> dict[tuple[str, int, str], PolicyDecision]:
    newest: dict[tuple[str, int, str], PolicyDecision] = {}
    if len(items) <= FEW:
        for item in items:
            place = (item.subject_kind, item.subject_id, item.decision.table)
            if (row := _NEWEST.first(*place)) is not None:
                newest[place] = row
        return newest
    for kind in {item.subject_kind for item in items}:
        ids = sorted({item.subject_id for item in items if item.subject_kind == kind})
        tables = {item.decision.table for item in items}
        for start in range(0, len(ids), 500):
            rows = PolicyDecision.objects.filter(
                subject_kind=kind, subject_id__in=ids[start : start + 500], table_key__in=tables
            )
            for row in rows.order_by("id"):
                newest[row.subject_kind, row.subject_id, row.table_key] = row
    return newest


def _archive(items: Sequence[DecisionOf]) -> None:
    refs = []
    for item in items:
        for decision in (item.decision, *item.decision.steps):
            refs.append(decision.ref)
            refs += [conflict.law_ref for conflict in decision.conflicts]
    keep_records(refs)


def keep_records(used: Iterable[PolicyRef]) -> None:
    """Archive the records that an act pinned or applied, so that they can be read when the pack has moved on."""
    refs = {ref.hash: ref for ref in used}
    known = set(_KEPT.all(refs))
    if refs.keys() <= known:
        return
    PolicyRecord.objects.bulk_create(
        [
            PolicyRecord(
                hash=digest,
                pack=ref.pack,
                pack_version=ref.version,
                key=ref.key,
                content=queries.record_of(digest) or {},
                first_applied_at=clock.now(),
            )
            for digest, ref in refs.items()
            if digest not in known
        ],
        ignore_conflicts=True,
    )


def _row(item: DecisionOf) -> PolicyDecision:
    decision = item.decision
    return PolicyDecision(
        subject_kind=item.subject_kind,
        subject_id=item.subject_id,
        region_key=item.region_key,
        table_key=decision.table,
        value=decision.value,
        label=decision.label,
        row=decision.row or "",
        on=decision.on,
        facts=decision.facts_json(),
        content=decision.as_dict(),
        confidence=decision.confidence.value,
        pack=decision.ref.pack,
        pack_version=decision.ref.version,
        record_id=decision.ref.hash,
        has_conflict=bool(decision.conflicts),
    )
