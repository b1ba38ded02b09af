"""What people do with trials: open, change, replay, discard; and the act of adopting one.

Drafts are not of record and leave no entry; adopting stores the edition for good, adopts it and enters both.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
from django.db import IntegrityError, connection, transaction
from django.utils.timezone import localtime

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.text import find_control_characters
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy import services as policy
from gongbu.ground.policy.diffing import diff_packs
from gongbu.ground.policy.loading import content_hash
from gongbu.ground.policy.models import StoredPack
from gongbu.ground.policy.reading import Fault
from gongbu.ground.policy.rules import resolution
from gongbu.ground.policy.rules.policy import Pack
from gongbu.ground.policy.rules.resolution import NATIONAL
from gongbu.ground.policy.sandbox import editing, editions, replaying, reporting
from gongbu.ground.policy.sandbox.editions import Checked, Files
from gongbu.ground.policy.sandbox.models import Trial, TrialRow
from gongbu.ground.policy.schemas import SUBJECTS

TRY, VIEW = "policy.try", "policy.view_trial"
TRIAL = "草稿"
CHUNK = 5_000
Change = Callable[[Files], dict[str, str]]


def may_see(actor: Actor, region_key: int, right: str = TRY) -> bool:
    """Return whether the actor holds the right over the whole of this region (no sector, not for own records only)."""
    return any(lo <= region_key < hi for lo, hi in actor.ranges(right))


def require(actor: Actor, region_key: int, right: str = TRY) -> None:
    """Raise unless :func:`may_see`.

    :raises NotAllowed: names the act
    """
    if not may_see(actor, region_key, right):
        raise NotAllowed("rights.not_allowed", act=rights().label(right), actor=actor.name, post=actor.post_name)


def get_trial(trial_id: int, actor: Actor, *, lock: bool = False, right: str = TRY) -> Trial:
    """Return a trial in the actor's scope for this right (1 query).

    :raises NotFound: no such trial, or out of scope
    """
    rows = Trial.objects.select_related("region")
    if lock:
        rows = rows.select_for_update(of=("self",))
    trial = rows.filter(pk=trial_id).first()
    if trial is None or not may_see(actor, trial.region_key, right):
        raise NotFound("sandbox.trial_missing")
    return trial


@transaction.atomic
def open_trial(
    *, region_id: int, subject: str, base: str, name: str, on: date, actor: Actor, files: Files | None = None
) -> Trial:
    """Open a trial of a pack for a region. ``files``: an edition brought along instead of the pack as it stands.

    :raises NotAllowed: the actor may not try packs in this region
    :raises NotFound: no such region or pack
    :raises InvalidInput: control characters in the name
    :raises Refusal: ``sandbox.other_pack``: the edition brought along is of another pack
    """
    if findings := find_control_characters((name,)):
        raise InvalidInput(findings)
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise NotFound("policy.region_missing", region=region_id)
    require(actor, region.key_lo)
    pack = policy_queries.all_packs().get(base)
    if pack is None:
        raise NotFound("policy.pack_missing", pack=base, known="、".join(policy_queries.packs()))
    if files is not None and editions.head_of(files)[0] != pack.key:
        raise Refusal("sandbox.other_pack", found=editions.head_of(files)[0], expected=pack.key, label=pack.label)
    versions = [one.version for one in policy_queries.packs().values() if one.key == pack.key]
    version = editing.next_version(pack.version, versions)
    edited = editing.with_head(files if files is not None else editions.files_of(base), version)
    now = clock.now()
    return Trial.objects.create(
        name=name.strip()[:120], region=region, region_key=region.key_lo, subject=subject, base=base,
        base_label=pack.label, applied=_applied(region, pack.key, on), base_version=pack.version, base_hash=pack.hash, version=version, files=edited, on=on,
        person_id=actor.person_id, person_name=actor.name[:60], last_by=actor.name[:60], created_at=now, updated_at=now,
    )  # fmt: skip


def check(trial: Trial, files: Files | None = None) -> Checked:
    """Return the edition of a trial, or one it might have, with what is wrong with it and with local law (§2)."""
    checked = editions.check(files if files is not None else trial.files, trial.base)
    if checked.trial is None or checked.faults:
        return checked
    faults, notes = _local_limits(trial, checked.trial)
    return replace(checked, faults=(*checked.faults, *faults), notes=(*checked.notes, *notes))


def _local_limits(trial: Trial, pack: Pack) -> tuple[list[Fault], list[Fault]]:
    """Return where the edition would loosen a statutory value in its region: faults where the text is checked, else notes."""
    packs = {**policy_queries.packs(), TRIAL: pack}
    order = policy_queries.placed_packs(trial.region, trial.on)
    mine = resolution.Placed(TRIAL, trial.region.level, 0)
    if any(packs[one.pack].key == pack.key for one in order):
        placed = [replace(mine, distance=o.distance) if packs[o.pack].key == pack.key else o for o in order]
    else:
        placed = [mine, *order]
    faults: list[Fault] = []
    notes: list[Fault] = []
    for near, far, loose in resolution.loosenings(placed, packs):
        if TRIAL not in (near.pack, far.pack):
            continue
        data = resolution.loosening_data(near, far, loose, packs)
        parameter = packs[near.pack].parameters[loose.key]
        fault = Fault(
            parameter.file, loose.local.line, loose.key,
            f"{data['label']}定为 {data['local']}（{data['local_basis']}），放宽了法定{data['direction']} "
            f"{data['superior']}（{data['superior_basis']}）",
            "从严，或写明法定授权（在上位值的授权幅度之内）",
        )  # fmt: skip
        (faults if loose.locked else notes).append(fault)
    return faults, notes


@transaction.atomic
def change(*, trial_id: int, rev: int, change: Change, actor: Actor) -> Trial:
    """Put a change into a trial, faults and all: a draft may be wrong, it only cannot be replayed then.

    :raises NotFound: no such trial in the actor's scope
    :raises ChangedMeanwhile: somebody else changed it since ``rev``; nothing is lost
    :raises Refusal: ``sandbox.closed``
    """
    trial = get_trial(trial_id, actor, lock=True)
    _require_open(trial)
    _require_rev(trial, rev)
    trial.files = change(trial.files)
    trial.rev += 1
    trial.last_by, trial.updated_at = actor.name[:60], clock.now()
    trial.save(update_fields=["files", "rev", "last_by", "updated_at"])
    return trial


def _require_open(trial: Trial) -> None:
    if not trial.is_open:
        raise Refusal("sandbox.closed", name=trial.name, state=trial.get_state_display())


def _require_rev(trial: Trial, rev: int) -> None:
    if trial.rev != rev:
        raise ChangedMeanwhile("sandbox.changed_meanwhile", who=trial.last_by, at=localtime(trial.updated_at))


@transaction.atomic
def discard_trial(*, trial_id: int, actor: Actor) -> Trial:
    """Give a trial up; its rows go, the draft stays readable.

    :raises Refusal: ``sandbox.closed``
    """
    trial = get_trial(trial_id, actor, lock=True)
    _require_open(trial)
    trial.state, trial.last_by, trial.updated_at = Trial.State.DISCARDED, actor.name[:60], clock.now()
    trial.save(update_fields=["state", "last_by", "updated_at"])
    trial.rows.all().delete()
    return trial


# -- replay ------------------------------------------------------------------------------------------------------------


def replay_trial(*, trial_id: int, actor: Actor, progress: replaying.Progress | None = None) -> Trial:
    """Replay a trial and keep the outcome. May run again at any time: rows of an unfinished run are replaced.

    Reading and deciding holds no lock; rows are written in small transactions, the result last.

    :raises NotFound: no such trial in the actor's scope
    :raises Refusal: ``sandbox.closed``, ``sandbox.not_readable``
    """
    trial = get_trial(trial_id, actor)
    _require_open(trial)
    rev, checked = trial.rev, check(trial)
    if checked.trial is None or checked.faults:
        raise Refusal("sandbox.not_readable", count=len(checked.faults), first=str(checked.faults[0]))
    _mark(trial, replay_state=Trial.Replay.RUNNING, trouble="")
    found = replaying.replay(
        checked.trial, checked.base, actor=actor, on=day_of(trial, checked), region=trial.region, progress=progress
    )
    regions = replaying.region_names(replaying.region_keys(found))
    _keep_rows(trial, found, regions)
    told = reporting.summary(found, regions)
    today = next((one for one in told["sources"] if one["source"] != "decisions"), None)
    _mark(
        trial, replay_state=Trial.Replay.DONE, result=told, result_rev=rev,
        changed=today["changed"] if today else None, money_fen=today["money_fen"] if today else None,
    )  # fmt: skip
    return trial


def day_of(trial: Trial, checked: Checked) -> date:
    """Return the day that is supposed: the trial's own, or a later one on which all it brings is in force."""
    return trial.on if checked.trial is None else max(trial.on, editions.natural_day(checked.trial, checked.base))


def _mark(trial: Trial, **values: Any) -> None:
    for name, value in values.items():
        setattr(trial, name, value)
    Trial.objects.filter(pk=trial.pk).update(**values)


_COLUMNS = (
    "trial_id", "source", "table_key", "table_label", "subject_kind", "subject_id", "name", "part", "region_key",
    "region_name", "before", "before_label", "before_row", "after", "after_label", "after_row", "move", "money_fen",
    "has_conflict", "decision_id", "facts",
)  # fmt: skip


def _keep_rows(trial: Trial, found: replaying.Replay, regions: Mapping[int, str]) -> None:
    """Replace the rows of the trial, some thousands in a transaction; written as tuples, an instance each costs most."""
    rows = TrialRow.objects.filter(trial=trial).order_by("pk")
    while ids := list(rows.values_list("pk", flat=True)[:CHUNK]):
        rows.filter(pk__gte=ids[0], pk__lte=ids[-1]).delete()
    names = replaying.names_of(found.rows)
    quoted = ", ".join(map(connection.ops.quote_name, _COLUMNS))
    marks = ", ".join(["%s"] * len(_COLUMNS))
    statement = f"INSERT INTO {TrialRow._meta.db_table} ({quoted}) VALUES ({marks})"  # noqa: S608 — names of our own
    for start in range(0, len(found.rows), CHUNK):
        some = [_row(trial.pk, found, row, names, regions) for row in found.rows[start : start + CHUNK]]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(statement, some)


def _row(
    trial_id: int, found: replaying.Replay, row: replaying.Row, names: Mapping[tuple[str, int], str],
    regions: Mapping[int, str],
) -> tuple[Any, ...]:  # fmt: skip
    """Return the values of a row in the order of ``_COLUMNS``."""
    tally, moved = found.tallies[row.source][row.table], row.moved
    before, after = tally.labels[moved.before], tally.labels[moved.after]
    return (
        trial_id, row.source, row.table, tally.label, row.subject_kind, row.subject_id,
        names.get((row.subject_kind, row.subject_id), ""), row.part or None, row.region_key,
        regions.get(row.region_key, ""), moved.before, before, moved.before_row, moved.after, after, moved.after_row,
        f"{before} → {after}", row.money_fen, moved.has_conflict, row.decision_id or None,
        orjson.dumps(row.facts).decode(),
    )  # fmt: skip


def stop_replay(*, trial_id: int, trouble: str) -> None:
    """Say that a replay did not come to its end, and why."""
    Trial.objects.filter(pk=trial_id).update(replay_state=Trial.Replay.FAILED, trouble=trouble[:400])


# -- adoption ----------------------------------------------------------------------------------------------------------


@act("policy.adopt_trial", "采用试行制度")
def adopt_trial(
    *,
    trial_id: int,
    rev: int,
    effective_from: date,
    document_number: str,
    actor: Actor,
    document_title: str = "",
    reason: str = "",
    is_checked: bool = False,
) -> Trial:
    """Adopt a trial: store its edition under a new version and adopt it in the region from a day.

    The edition cites the document issued in the place of the draft; ``is_checked`` says that its values were compared
    with that document. It takes the place of the pack of its key in every subject for which the region has adopted that;
    other packs stay in their order.

    :raises NotAllowed: the actor may not adopt packs in this region
    :raises NotFound: no such trial in the actor's scope
    :raises ChangedMeanwhile: somebody else changed the trial since ``rev``
    :raises Refusal: ``sandbox.closed``, ``sandbox.no_document``, ``sandbox.base_changed``, ``sandbox.other_day``, ``sandbox.nothing_changed``,
        ``sandbox.not_clean``, ``sandbox.not_replayed``, ``sandbox.version_taken``, and those of :func:`adopt_packs`
    """
    trial = get_trial(trial_id, actor, lock=True)
    require(actor, trial.region_key, "policy.adopt")
    _require_open(trial)
    _require_rev(trial, rev)
    number = document_number.strip()
    if not number:
        raise Refusal("sandbox.no_document", field="policy.document_number")
    base = policy_queries.all_packs().get(trial.base)
    _require_same_base(trial, effective_from)
    if not trial.is_current:
        raise Refusal("sandbox.not_replayed")
    versions = [one.version for one in policy_queries.packs().values() if base is not None and one.key == base.key]
    version = trial.version if trial.version not in versions else editing.next_version(trial.version, versions)
    files = editing.with_document(
        editing.with_head(trial.files, version), document_title.strip(), number, clock.today() if is_checked else None
    )
    checked = editions.check(files, trial.base)
    if checked.trial is None or checked.faults or checked.cases:
        wrong = [*checked.faults, *checked.cases]
        raise Refusal("sandbox.not_clean", count=len(wrong), first=str(wrong[0]))
    if base is not None and all(change.what == "pack" for change in diff_packs(base, checked.trial)):
        raise Refusal("sandbox.nothing_changed", pack=trial.base_label)
    pack, now = checked.trial, clock.now()
    stored = StoredPack(
        key=pack.key, version=version, label=pack.label, digest=content_hash(files), pack_hash=pack.hash, files=files,
        base=trial.base, base_hash=trial.base_hash, region_key=trial.region_key, document_number=number[:120],
        stored_by=" ".join(part for part in (actor.unit_name, actor.post_name, actor.name) if part)[:120], stored_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            stored.save(force_insert=True)
    except IntegrityError as error:  # another trial took the number a moment ago
        raise Refusal("sandbox.version_taken", version=version) from error
    ledger.append(
        EntryDraft(
            kind="policy.pack_stored",
            subject=Subject("policy_stored_pack", stored.pk, trial.region_key, f"{pack.label} {version}"),
            actor=actor.stamp,
            occurred_on=clock.today(),
            before={"pack": trial.base, "version": trial.base_version, "hash": trial.base_hash},
            after={
                "pack": str(stored),
                "hash": pack.hash,
                "files": stored.digest,
                "document_number": number,
                "changes": [str(change)[:300] for change in diff_packs(base, pack)][:50] if base else [],
            },
            policy=[{"pack": pack.key, "version": version, "hash": pack.hash}],
        )
    )
    trial.adoption = policy.adopt_in_place(
        region_id=trial.region_id, key=pack.key, pack=str(stored), also=[trial.subject], effective_from=effective_from,
        document_number=number, reason=reason.strip() or trial.name, actor=actor,
    )[0]  # fmt: skip
    trial.stored, trial.state, trial.version = stored, Trial.State.ADOPTED, version
    trial.last_by, trial.updated_at = actor.name[:60], now
    trial.save(update_fields=["adoption", "stored", "state", "version", "last_by", "updated_at"])
    return trial


def _applied(region: Region, key: str, on: date) -> str:
    """Return the id of the pack of this key that applies in a region on a day, or an empty string."""
    placed = policy_queries.placed_packs(region, on)
    return next((one.pack for one in placed if one.pack.partition("@")[0] == key), "")


def _require_same_base(trial: Trial, on: date) -> None:
    """Refuse when the pack it was made from, or the version that applies in the region, is another than at the opening."""
    base = policy_queries.all_packs().get(trial.base)
    key = trial.base.partition("@")[0]
    now = _applied(trial.region, key, on)
    is_same = base is not None and base.hash == trial.base_hash
    if on < trial.on and is_same and now != trial.applied == _applied(trial.region, key, trial.on):
        there = policy_queries.packs().get(now)
        raise Refusal(
            "sandbox.other_day", on=on, day=trial.on, region=trial.region.name, pack=trial.base_label,
            found=f"适用的是 {there.version}" if there else "还没有采用它", version=trial.base_version,
            field="policy.effective_from",
        )  # fmt: skip
    if is_same and now == trial.applied:
        return
    other = policy_queries.packs().get(now) if is_same else base
    difference = ""
    if base is not None and other is not None and other is not base:
        changes = [str(one).replace("\n    ", "，") for one in diff_packs(base, other) if one.what != "pack"]
        difference = f"，与草稿的原版有 {len(changes)} 处不同" + (f"：{'；'.join(changes[:3])}" if changes else "")
    raise Refusal(
        "sandbox.base_changed", pack=trial.base_label, version=trial.base_version, digest=f"{trial.base_hash[:19]}…",
        found=(f"{other.version}（内容摘要 {other.hash[:19]}…）" if other else "不再适用") + difference,
    )  # fmt: skip


def subjects_of(trial: Trial, on: date) -> list[str]:
    """Return the subjects for which adopting the trial on a day changes the packs of its region: its own, then others."""
    key = trial.base.partition("@")[0]
    return list(policy_queries.adopted_with(trial.region_id, key, trial.base, on, [trial.subject]))


def is_adoptable(trial: Trial) -> bool:
    """Return whether a pack may be adopted locally at all: the national base may only be tried."""
    return trial.base.partition("@")[0] != NATIONAL and trial.subject in SUBJECTS and trial.subject != "LAW"
