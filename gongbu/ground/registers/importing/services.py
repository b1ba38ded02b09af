"""Stage a file, mend a row, accept a batch, resume after a crash. Staging is not of record; accepting is.

The file is read and checked outside any transaction. Rows go in by short transactions, so that nobody waits for an
import; acceptance takes one chunk per transaction together with the mark on its rows, so that a crash at any moment
leaves each row either done or not, and the next run goes on from there.
"""

import gc
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import Count, F, Q

from gongbu.ground.basics import clock, messages, reach
from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotFound, Refusal
from gongbu.ground.jobs import services as jobs
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.rights import rights
from gongbu.ground.outbox import services as outbox
from gongbu.ground.registers.importing import checking, kinds, reader, stored
from gongbu.ground.registers.importing.kinds import AcceptContext, Accepted, CheckContext, CheckedRow, ImportKind
from gongbu.ground.registers.importing.limits import LIMITS, Limits
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.ground.registers.importing.places import Places
from gongbu.ground.registers.importing.table import Table, TableFinding

STAGE_CHUNK = 1_000
CHUNK_SECONDS = (
    0.08  # of the processor, for one acceptance transaction; other writers wait about this long and one look more
)
# By the clock a busy machine takes many times as long. Smaller chunks would not help it: what each costs whatever its
# size, and the gap after it, would only be paid more often. So the clock counts for little: about a second is the longest.
BUSY_TIMES = 12
SMALLEST_CHUNK = 20
# (after a transaction shorter than this, a gap of this): SQLite's waiters look again after at most 25 ms until they have
# waited 128 ms, after 50 ms until 228 ms, then after 100 ms. So whoever waited for the transaction finds the gap.
GAPS_SECONDS = ((0.12, 0.026), (0.22, 0.051), (float("inf"), 0.101))
STAGING_LEASE = timedelta(minutes=10)  # reading and checking the largest file takes less than a minute
LEASE = timedelta(seconds=60)  # without a sign of life for so long, the accepting process is taken for dead
OPEN = (ImportRow.State.READY, ImportRow.State.FLAGGED)
Progress = Callable[[int, int], None]


class Checked:
    """A checked file that has not been staged (dry run), with what staging would keep."""

    def __init__(self, tables: list[Table], notes: list[TableFinding], rows: list[CheckedRow]) -> None:
        self.tables, self.notes, self.rows = tables, notes, rows


def _nothing(_done: int, _total: int) -> None:
    return None


def context_for(kind: ImportKind, actor: Actor, region: Region | None, places: Places | None = None) -> CheckContext:
    """Return what checks of this actor's import may know.

    :raises NotAllowed: the actor may import this kind nowhere, or not into ``region``
    """
    ranges = tuple(ranges_of(kind, actor))
    if region is None or not (kind.judges_rows and any(lo <= region.key_lo < hi for lo, hi in ranges)):
        actor.require(kind.act, region.key_lo if region else None)
    return CheckContext(actor, clock.today(), region, places or Places(), ranges)


def ranges_of(kind: ImportKind, actor: Actor) -> list[tuple[int, int]]:
    """Return the region ranges in which the actor may import this kind (0 queries)."""
    return actor.reach(kind.act) if kind.judges_rows else actor.ranges(kind.act)


def check_book(book: reader.Book, kind: ImportKind, context: CheckContext) -> Checked:
    """Check a file that has been read, without writing anything.

    :raises Unreadable: no table of this kind in it
    """
    return Checked(*checking.check_file(book, kind, context))


def stage(
    *, content: bytes, file_name: str, kind: ImportKind, actor: Actor, region: Region | None = None,
    book: reader.Book | None = None,
    checked: Checked | None = None, limits: Limits = LIMITS, progress: Progress = _nothing,
) -> ImportBatch:  # fmt: skip
    """Read, check and stage a file; the batch then waits for acceptance.

    A batch of the same file, kind and person that was left half-way is taken up again instead.

    :raises Unreadable: the file cannot be read, or is secret by its name or its sheets (GO-15); nothing is kept
    :raises NotAllowed: the actor may not import there
    """
    context = context_for(kind, actor, region)
    checking.check_file_name(file_name, kind)
    digest = hashlib.sha256(content).hexdigest()
    if (unfinished := find_unfinished(digest, kind, actor, region)) is not None:
        return unfinished
    if checked is None:
        checked = check_book(book or reader.read(content, limits), kind, context)
    return _keep(checked, kind=kind, context=context, digest=digest, file_name=file_name, progress=progress)


def find_unfinished(digest: str, kind: ImportKind, actor: Actor, region: Region | None) -> ImportBatch | None:
    """Return the batch of this very file whose acceptance was interrupted."""
    mine = ImportBatch.objects.filter(digest=digest, kind=kind.key, person_id=actor.person_id, region=region)
    return mine.filter(state=ImportBatch.State.ACCEPTING).order_by("-pk").first()


def _keep(
    checked: Checked, *, kind: ImportKind, context: CheckContext, digest: str, file_name: str, progress: Progress
) -> ImportBatch:
    scope = context.region or _home_region(context)
    batch = ImportBatch.objects.create(
        kind=kind.key,
        file_name=file_name[-200:],
        digest=digest,
        form="",
        region=context.region,
        scope_region=scope,
        region_key=scope.key_lo,
        tables=_tables_of(checked),
        notes=stored.dump_notes(checked.notes),
        rows_total=len(checked.rows),
        person_id=context.actor.person_id,
        person_name=context.actor.name,
        created_at=clock.now(),
    )
    headings = [_headings(t) for t in checked.tables]
    sheet_no = {t.sheet: n for n, t in enumerate(checked.tables)}
    total = len(checked.rows)
    for start in range(0, total, STAGE_CHUNK):
        rows = [
            _staged(batch.pk, sheet_no[r.sheet], r, headings[sheet_no[r.sheet]])
            for r in checked.rows[start : start + STAGE_CHUNK]
        ]
        began = time.perf_counter()
        # Row-level security would ask of each row whether its batch may be read, which takes as long as writing it.
        with reach.widened("rows of the batch just made"), transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(_INSERT_ROW, rows)
        _let_others_in(time.perf_counter() - began)
        progress(min(start + STAGE_CHUNK, total), total)
    _count(batch)
    with transaction.atomic():
        now = ImportBatch.objects.select_for_update().filter(pk=batch.pk, state=ImportBatch.State.STAGING)
        if not now.exists():  # taken for dead, or the same file was uploaded again meanwhile
            raise Refusal("import.staging_cut_off")
        batch.state = ImportBatch.State.STAGED
        batch.save()
        _tell("importing.staged", batch, context.actor)
    return batch


def _tables_of(checked: Checked) -> str:
    tables = stored.dump_tables(checked.tables)
    return stored.withhold_around(tables) if any(row.secret_rule for row in checked.rows) else tables


def _tell(topic: str, batch: ImportBatch, actor: Actor, **more: Any) -> None:
    outbox.add(
        topic, subject_kind="import_batch", subject_id=batch.pk, region_key=batch.region_key,
        file_name=batch.file_name, person_id=batch.person_id, rows=batch.rows_total, ready=batch.rows_ready,
        flagged=batch.rows_flagged, rejected=batch.rows_rejected, accepted=batch.rows_done, by_person=actor.person_id,
        by_name=actor.name, **more,
    )  # fmt: skip


def _home_region(context: CheckContext) -> Region:
    """Return the smallest region that holds everything the actor may import into."""
    ranges = context.ranges
    lo, hi = min(r[0] for r in ranges), max(r[1] for r in ranges)
    found = Region.objects.filter(key_lo__lte=lo, key_hi__gte=hi).order_by("-key_lo", "key_hi").first()
    return found or context.places.nation


def _headings(table: Table) -> dict[str, str]:
    return {c.field.key: c.heading for c in table.columns if c.field}


_STAGED_COLUMNS = ("batch_id", "sheet_no", "number", "state", "cells", "plan", "findings", "match_key")
# Plain SQL: ten thousand rows through model instances take four times as long, and these are not of record.
_INSERT_ROW = (
    f"INSERT INTO importing_row ({', '.join(_STAGED_COLUMNS)}, mended_by, original, rev, is_new, subject_kind)"  # noqa: S608
    f" VALUES ({', '.join(['%s'] * len(_STAGED_COLUMNS))}, '', '', 1, FALSE, '')"
)


def _staged(batch_id: int, sheet_no: int, row: CheckedRow, headings: dict[str, str]) -> tuple[Any, ...]:
    plan = orjson.dumps(row.plan).decode() if row.plan else "{}"
    return (
        batch_id,
        sheet_no,
        row.number,
        checking.state_of(row),
        stored.dump_cells(row.cells),
        plan,
        stored.dump_findings(row.findings, headings),
        row.match_key[:300],
    )


def _let_others_in(held: float) -> None:
    """Leave a gap after a transaction of ``held`` seconds. PostgreSQL wakes its waiters and needs none."""
    if connection.vendor == "sqlite":
        time.sleep(next(gap for longest, gap in GAPS_SECONDS if held < longest))


def _count(batch: ImportBatch) -> None:
    """Set the counts of a batch (1 query, counted by the database)."""
    rejected = Q(state=ImportRow.State.REJECTED)
    flagged = ~rejected & Q(findings__contains=stored.FLAGGED)
    found = ImportRow.objects.filter(batch=batch).aggregate(
        rows=Count("pk"), rejected=Count("pk", filter=rejected), flagged=Count("pk", filter=flagged)
    )
    batch.rows_rejected, batch.rows_flagged = found["rejected"], found["flagged"]
    batch.rows_ready = found["rows"] - found["rejected"] - found["flagged"]


# --- mend ------------------------------------------------------------------------------------------------------


def mend_row(*, row_id: int, rev: int, cells: dict[int, str], actor: Actor) -> ImportRow:
    """Change cells of a staged row and check it again. ``cells`` maps column indexes to what the user wrote.

    :raises NotFound: no such row in the actor's scope
    :raises ChangedMeanwhile: another user mended the row since ``rev``; tells who
    :raises Refusal: the batch no longer takes changes, or the row was secret
    """
    with transaction.atomic():
        row, batch, kind = _open_row(row_id, rev, actor)
        old = stored.load_cells(row.cells)
        if not old:
            raise Refusal("import.row_secret", row=row.number)
        fresh = [cells[i].strip() if i in cells else cell for i, cell in enumerate(old)]
        sheet, unit, columns = stored.load_columns(batch.tables, kind.fields())[row.sheet_no]
        checked = CheckedRow(
            row.number, sheet, tuple(fresh), stated=frozenset(c.field.key for c in columns if c.field), id=row.pk
        )
        checking.read_rows([checked], columns, unit, kind)
        checking.finish(kind, context_for(kind, actor, batch.region), [checked])
        if checked.match_key and not checked.is_rejected:
            _flag_twins(batch, row, checked)
        headings = {c.field.key: c.heading for c in columns if c.field}
        row.original = row.original or row.cells
        row.state = checking.state_of(checked)
        row.cells = stored.dump_cells(checked.cells)
        if checked.secret_rule:
            row.original = ""
            batch.notes = stored.withhold_sums(batch.notes)
            batch.tables = stored.withhold_around(batch.tables)
        row.plan = orjson.dumps(checked.plan).decode()
        row.findings = stored.dump_findings(checked.findings, headings)
        row.match_key = checked.match_key[:300]
        row.mended_by, row.mended_at = actor.name, clock.now()
        row.rev += 1
        row.save()
        _count(batch)
        batch.save(update_fields=["rows_ready", "rows_flagged", "rows_rejected", "notes", "tables"])
        if batch.state == ImportBatch.State.STAGED:
            _tell("importing.mended", batch, actor)
    return row


def _open_row(row_id: int, rev: int, actor: Actor) -> tuple[ImportRow, ImportBatch, ImportKind]:
    """Return a row that may still be changed, locked.

    :raises NotFound, ChangedMeanwhile, Refusal: as :func:`mend_row`
    """
    row = ImportRow.objects.select_for_update().filter(pk=row_id).first()
    if row is None:
        raise NotFound("import.row_missing")
    batch = get_batch(row.batch_id, actor)
    if (
        batch.state not in (ImportBatch.State.STAGED, ImportBatch.State.PUBLISHED)
        or row.state == ImportRow.State.ACCEPTED
    ):
        raise Refusal("import.batch_closed", state=batch.get_state_display())
    if row.rev != rev:
        raise ChangedMeanwhile("import.row_changed_meanwhile", who=row.mended_by, row=row.number)
    return row, batch, kinds.get(batch.kind)


def settle_row(*, row_id: int, rev: int, actor: Actor, change: Callable[[CheckContext, CheckedRow], None]) -> ImportRow:
    """Let a person settle the findings of a staged row that its kind has people decide on (``ImportKind.decision``).

    ``change`` gets the row with its plan and match key, alters them and adds findings; the settled ones go.

    :raises NotFound, ChangedMeanwhile, Refusal: as :func:`mend_row`
    """
    with transaction.atomic():
        row, batch, kind = _open_row(row_id, rev, actor)
        gone = kind.decision.codes | kind.decision.outcomes if kind.decision else frozenset()
        kept = [f for f in orjson.loads(row.findings) if f["code"] not in gone]
        settled = CheckedRow(row.number, "", (), plan=orjson.loads(row.plan), match_key=row.match_key, id=row.pk)
        change(context_for(kind, actor, batch.region), settled)
        _sheet, _unit, columns = stored.load_columns(batch.tables, kind.fields())[row.sheet_no]
        headings = {c.field.key: c.heading for c in columns if c.field}
        found = [*kept, *(stored.finding_row(f, headings) for f in settled.findings)]
        row.state = checking.state_by(f["severity"] for f in found)
        row.findings = orjson.dumps(found).decode()
        row.plan, row.match_key = orjson.dumps(settled.plan).decode(), settled.match_key[:300]
        row.mended_by, row.mended_at = actor.name, clock.now()
        row.rev += 1
        row.save()
        _count(batch)
        batch.save(update_fields=["rows_ready", "rows_flagged", "rows_rejected"])
    return row


def _flag_twins(batch: ImportBatch, row: ImportRow, checked: CheckedRow) -> None:
    twins = ImportRow.objects.filter(batch=batch, match_key=checked.match_key[:300]).exclude(pk=row.pk)
    first = twins.exclude(state=ImportRow.State.REJECTED).order_by("sheet_no", "number").first()
    if first is not None:
        checked.find("import.twice_in_file", None, row=first.number)
        checked.plan |= {"action": "SAME", "same_as": first.number}


# --- accept ----------------------------------------------------------------------------------------------------


def accept(*, batch_id: int, actor: Actor, progress: Progress = _nothing) -> ImportBatch:
    """Accept all rows that are not rejected, chunk by chunk, and publish the batch at once at the end.

    Run again after a crash it goes on where it stopped; on a finished batch it takes rows mended since.

    :raises NotFound: no such batch in the actor's scope
    :raises Refusal: the batch was discarded
    """
    batch = get_batch(batch_id, actor)
    kind = kinds.get(batch.kind)
    if batch.state in (ImportBatch.State.STAGING, ImportBatch.State.DISCARDED):
        raise Refusal("import.batch_closed", state=batch.get_state_display())
    context_for(kind, actor, batch.region)  # tests the right
    done = ImportRow.objects.filter(batch=batch, state=ImportRow.State.ACCEPTED).count()
    ImportBatch.objects.filter(pk=batch.pk).update(
        state=ImportBatch.State.ACCEPTING, trouble="", rows_done=done, job_id=jobs.running_id(),
        acting_person=actor.person_id, acting_post=actor.post_id, alive_at=clock.now(),
    )  # fmt: skip
    context = AcceptContext(actor, clock.today(), batch.pk, batch.scope_region)
    open_rows = ImportRow.objects.filter(batch=batch, state__in=OPEN)
    total = batch.rows_total
    if kind.warm_up:
        kind.warm_up()
    ids = list(open_rows.order_by("sheet_no", "number").values_list("pk", flat=True))
    parts: list[list[int]] = []  # of a refused chunk, to be tried by themselves
    size = SMALLEST_CHUNK
    while ids or parts:
        if not parts:
            parts, ids = [ids[:size]], ids[size:]
        part = parts.pop()
        began, used = time.perf_counter(), time.thread_time()
        halves = _accept_chunk(kind, context, part)
        held, used = time.perf_counter() - began, time.thread_time() - used
        _let_others_in(held)
        if halves:
            parts += reversed(halves)  # in the order of the file: later rows may belong to a project of earlier ones
            continue
        size = _next_size(len(part), max(used, held / BUSY_TIMES), kind.chunk)
        done += len(part)
        progress(done, total)
    batch.refresh_from_db()
    batch.rows_done = ImportRow.objects.filter(batch=batch, state=ImportRow.State.ACCEPTED).count()
    _count(batch)  # before the lock: counting ten thousand rows is not what others should wait for
    not_new = ImportRow.objects.filter(kinds.stands(), batch=batch, state=ImportRow.State.ACCEPTED).count()
    with transaction.atomic():
        kind.publish(context)
        batch.state = ImportBatch.State.PUBLISHED
        batch.published_at = batch.published_at or clock.now()
        batch.save()
        _tell("importing.published", batch, actor, in_background=jobs.is_running(), not_new=not_new)
    return batch


def list_forsaken() -> list[ImportBatch]:
    """Return the batches whose accepting process has given no sign of life for :data:`LEASE` (1 query)."""
    now = clock.now()
    silent = Q(alive_at=None) | Q(alive_at__lt=now - LEASE) | Q(alive_at__gt=now + LEASE)  # or the clock was set back
    return list(ImportBatch.objects.filter(silent, state=ImportBatch.State.ACCEPTING).order_by("pk"))


def close_cut_off() -> int:
    """Discard the batches whose staging has not ended within :data:`STAGING_LEASE` and tell; return how many.

    Their rows were never shown, and the uploader still has the file: it is asked for again, unless that was done.
    """
    closed = 0
    old = ImportBatch.objects.filter(state=ImportBatch.State.STAGING, created_at__lt=clock.now() - STAGING_LEASE)
    for pk in old.values_list("pk", flat=True):
        with transaction.atomic():
            batch = ImportBatch.objects.select_for_update().filter(pk=pk, state=ImportBatch.State.STAGING).first()
            if batch is None:
                continue
            ImportRow.objects.filter(batch=batch).delete()
            batch.state, batch.trouble = ImportBatch.State.DISCARDED, messages.word(Refusal("import.staging_cut_off"))
            batch.save(update_fields=["state", "trouble"])
            later = ImportBatch.objects.filter(digest=batch.digest, person_id=batch.person_id, pk__gt=batch.pk)
            if not later.exists():
                _tell("importing.stopped", batch, Actor(None, "系统"), trouble=batch.trouble)
            closed += 1
    return closed


def claim(batch: ImportBatch) -> bool:
    """Take over a batch that :func:`list_forsaken` gave, inside a transaction; False when it has moved since."""
    now = ImportBatch.objects.select_for_update().filter(pk=batch.pk, state=ImportBatch.State.ACCEPTING).first()
    return now is not None and (now.alive_at, now.job_id) == (batch.alive_at, batch.job_id)


def stop_for_trouble(*, batch_id: int, actor: Actor, trouble: str) -> None:
    """Put a batch whose acceptance was refused behind the page back to 待接收, with the reason for its uploader."""
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        batch.state, batch.trouble = ImportBatch.State.STAGED, trouble[:300]
        batch.save(update_fields=["state", "trouble"])
        _tell("importing.stopped", batch, actor, trouble=batch.trouble)


def _next_size(size: int, seconds: float, largest: int) -> int:
    """Return how many rows the next transaction takes, so that it lasts about :data:`CHUNK_SECONDS`."""
    wanted = int(size * CHUNK_SECONDS / max(seconds, 0.001))
    return max(SMALLEST_CHUNK, min(largest, wanted, size * 2))


def _accept_chunk(kind: ImportKind, context: AcceptContext, ids: list[int]) -> list[list[int]]:
    """Accept one chunk. Refused by the acts themselves, it comes back in halves; a single row keeps the reason."""
    try:
        with _undisturbed(), transaction.atomic():
            rows = _lock_rows(ids)
            _mark(rows, kind.accept(context, rows))
            if kind.personal:
                _forget_personal(kind, context.batch_id, [row.id for row in rows if row.id is not None])
            ImportBatch.objects.filter(pk=context.batch_id).update(
                rows_done=F("rows_done") + len(rows), alive_at=clock.now()
            )
    except (InvalidInput, Refusal) as refusal:
        if len(ids) > 1:
            return [ids[: len(ids) // 2], ids[len(ids) // 2 :]]
        _reject_late(ids[0], refusal)
    return []


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off the collection of garbage: a look through all memory takes longer than the chunk for which others wait."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _lock_rows(ids: Sequence[int]) -> list[CheckedRow]:
    """Return the rows that are still to be accepted, as far as acceptance needs them, in the order of the file."""
    rows = ImportRow.objects.select_for_update().filter(pk__in=ids, state__in=OPEN)
    kept = rows.order_by("sheet_no", "number").values_list("pk", "number", "plan", "match_key")
    return [
        CheckedRow(number, "", (), plan=orjson.loads(plan), match_key=match_key, id=pk)
        for pk, number, plan, match_key in kept
    ]


def _mark(rows: Sequence[CheckedRow], results: Sequence[Accepted]) -> None:
    marks = [(r.subject_kind, r.subject_id, r.is_new, row.id) for row, r in zip(rows, results, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE importing_row SET state = 'ACCEPTED', subject_kind = %s, subject_id = %s, is_new = %s WHERE id = %s",
            marks,
        )


def _forget_personal(kind: ImportKind, batch_id: int, ids: Sequence[int]) -> None:
    """Take personal data out of accepted rows: from now on the kind's own, erasable table alone holds them."""
    text = ImportBatch.objects.values_list("tables", flat=True).get(pk=batch_id)
    if (without := stored.withhold_around(text)) != text:  # who filled the form in, and a telephone below the table
        ImportBatch.objects.filter(pk=batch_id).update(tables=without)
    tables = orjson.loads(text)
    places = [[at for at, c in enumerate(table["columns"]) if c["key"] in kind.personal] for table in tables]
    rows = list(ImportRow.objects.filter(pk__in=ids))
    for row in rows:
        cells = list(stored.load_cells(row.cells))
        for at in places[row.sheet_no]:
            if at < len(cells):
                cells[at] = None
        row.cells, row.plan, row.original = stored.dump_cells(cells), "{}", ""
    ImportRow.objects.bulk_update(rows, ["cells", "plan", "original"])


def _reject_late(row_id: int, refusal: Refusal) -> None:
    found = list(refusal.findings) if isinstance(refusal, InvalidInput) else [refusal.as_finding()]
    with transaction.atomic():
        row = ImportRow.objects.select_for_update().get(pk=row_id)
        kept = orjson.loads(row.findings)
        if any(f.code == "secrecy.refused" for f in found):  # nothing of it stays, as of a row refused when it was read
            kept, row.cells, row.plan, row.original, row.match_key = [], stored.dump_cells(()), "{}", "", ""
            batch = ImportBatch.objects.select_for_update().get(pk=row.batch_id)
            batch.notes, batch.tables = stored.withhold_sums(batch.notes), stored.withhold_around(batch.tables)
            batch.save(update_fields=["notes", "tables"])
        row.findings = orjson.dumps([*kept, *(stored.finding_row(f, {}) for f in found)]).decode()
        row.state = ImportRow.State.REJECTED
        row.save(update_fields=["findings", "state", "cells", "plan", "original", "match_key"])


def discard(*, batch_id: int, actor: Actor) -> ImportBatch:
    """Give up a staged batch that has not been accepted; its rows are removed.

    :raises Refusal: acceptance has begun
    """
    with transaction.atomic():
        batch = get_batch(batch_id, actor)
        if batch.state not in (ImportBatch.State.STAGED, ImportBatch.State.STAGING):
            raise Refusal("import.batch_closed", state=batch.get_state_display())
        ImportRow.objects.filter(batch=batch).delete()
        batch.state = ImportBatch.State.DISCARDED
        batch.save(update_fields=["state"])
        _tell("importing.discarded", batch, actor)
    return batch


def get_batch(batch_id: int, actor: Actor) -> ImportBatch:
    """Return a batch whose region the actor may import into.

    :raises NotFound: none such (outside the scope and absent are not told apart)
    """
    batch = ImportBatch.objects.select_related("region", "scope_region").filter(pk=batch_id).first()
    if batch is None or not _sees(actor, batch):
        raise NotFound("import.batch_missing")
    return batch


def _sees(actor: Actor, batch: ImportBatch) -> bool:
    kind = kinds.get(batch.kind)
    if any(lo <= batch.region_key < hi for lo, hi in actor.ranges(kind.act)):
        return True
    is_own = actor.person_id is not None and batch.person_id == actor.person_id
    return kind.judges_rows and is_own and actor.may(kind.act)


def visible_batches(actor: Actor) -> Q:
    """Return the filter of batches whose kind and region the actor may import."""
    where = Q(pk__in=[])
    for kind in kinds.all_kinds():
        if kind.act in rights().acts:
            where |= Q(kind=kind.key) & actor.scope(kind.act)
            if kind.judges_rows and actor.may(kind.act):
                where |= Q(kind=kind.key, person_id=actor.person_id)
    return where
