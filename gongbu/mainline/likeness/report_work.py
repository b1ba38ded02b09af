"""Behind the pages: read a filed report, keep its fingerprints, find the reports that share words with it.

One job per document. Its words are read from the store in a process of their own, compared and forgotten. The job may
run twice or be cut off anywhere: it replaces the rows of its own report, and each of its writes is whole or not at all.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from gongbu.ground.basics import clock
from gongbu.ground.documents import contents, store
from gongbu.ground.documents.contents import Content
from gongbu.ground.jobs import services as jobs
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.policy import queries as policies
from gongbu.mainline.likeness import limits
from gongbu.mainline.likeness.choices import PairState, ReportState
from gongbu.mainline.likeness.lists import Unusable
from gongbu.mainline.likeness.models import Report, ReportPair, ReportPrint
from gongbu.mainline.likeness.reports import NoWords, Withheld, read_report
from gongbu.mainline.likeness.rules import prints
from gongbu.mainline.likeness.rules.texts import Passage, Sharing, Text, share
from gongbu.mainline.projects import traits as known_projects
from gongbu.mainline.projects import withholding
from gongbu.mainline.projects.models import Project

JOB, LABEL = "likeness.report", "比对报告"
SUBJECT = "project"
READABLE = frozenset({"PDF", "DOCX", "DOCM", "TEXT"})
CHUNK = 500
LEAST_SHARED = 3
"""Fingerprints shared by chance or by one short passage; fewer are not looked at."""
MOST_COMPARED, MOST_TEMPLATES, MOST_OTHERS = 6, 3, 8
COMMON_LOOKED_AT, COMMON_ROWS = 60, 3_000
SHOWN, SHOWN_COMMON, SHOWN_CHARACTERS = 40, 10, 800
MOST_CHARACTERS = 400_000
"""Read of one report; a longer one is compared by its beginning."""
STUCK_AFTER = timedelta(hours=6)


def register() -> None:
    """Listen to what is filed, offer the job, look once a day for what was missed (called once, when the room is ready)."""
    jobs.job(JOB, LABEL, read_and_compare)
    for topic in ("documents.added", "documents.replaced", "documents.withdrawn"):
        outbox.listen(topic, "likeness.note_report", note)
    outbox.listen("project.region_set", "likeness.move_reports", follow_region)
    jobs.daily("likeness.reports_missing", submit_missing, "查漏待比对的报告")


def note(message: OutboxMessage) -> None:
    """Put a filed, replaced or withdrawn report in line."""
    document_id = message.data.get("document")
    if message.subject_kind != SUBJECT or not isinstance(document_id, int):
        return
    content = contents.list_contents([document_id]).get(document_id)
    if content is not None:
        _line_up(content)


def _line_up(content: Content) -> bool:
    """Submit the job for a report, once per content; returns whether it was."""
    known = Report.objects.unscoped("by document").filter(document_id=content.document_id).first()
    covered = bool(_covered([content]))
    if known is None and not covered:
        return False
    if known is None:
        Report.objects.create(document_id=content.document_id, project_id=content.subject_id, noted_at=clock.now())
    elif known.sha256 == content.sha256 and known.compared_at is not None and covered:
        return False
    else:
        rows = Report.objects.unscoped("by id").filter(pk=known.pk)
        rows.update(state=ReportState.WAITING, noted_at=clock.now(), compared_at=None)
    jobs.submit(JOB, subject_kind="document", subject_id=content.document_id, document_id=content.document_id)
    return True


def _covered(rows: Sequence[Content]) -> list[Content]:
    """Return those of the documents that are reports of live projects to be compared (1 query, 3 per region)."""
    live = known_projects.list_traits({row.subject_id for row in rows}, with_hidden=True)
    regions = {traits.id: traits.region_key for traits in live}
    wanted = {key: limits_of(key) for key in set(regions.values())}
    return [
        row
        for row in rows
        if not row.is_withdrawn
        and (key := regions.get(row.subject_id)) is not None
        and wanted[key].covers(row.kind, row.title)
    ]


def submit_missing(_on: object = None) -> int:
    """Put in line the reports that nobody has looked at: filed before this room was opened, or given up by the worker."""
    done, after, since = 0, 0, clock.now() - STUCK_AFTER
    while rows := contents.list_of_subjects(SUBJECT, after):
        after = rows[-1].document_id
        known = Report.objects.unscoped("by document").filter(document_id__in=[row.document_id for row in rows])
        kept = {
            pk for pk, compared_at, noted_at in known.values_list("document_id", "compared_at", "noted_at")
            if compared_at is not None or noted_at >= since
        }  # fmt: skip
        for content in _covered([row for row in rows if row.document_id not in kept]):
            with transaction.atomic():
                done += _line_up(content)
    return done


def follow_region(message: OutboxMessage) -> None:
    """Let the pairs of a project follow it to another region."""
    pairs = ReportPair.objects.unscoped("follow their project")
    pairs.filter(a__project_id=message.subject_id).update(a_region_key=message.region_key)
    pairs.filter(b__project_id=message.subject_id).update(region_key=message.region_key)


def limits_of(region_key: int) -> limits.ReportLimits:
    """Return what a region says of reports today (at most 3 queries)."""
    today = clock.today()
    region = Region.objects.filter(key_lo=region_key).first()
    policy = policies.policies_of([region], today)[region.pk] if region else policies.policy_of_packs([])
    return limits.reports(policy, today)


# --- the job ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A report on file that shares words with the one read now, both as they were compared."""

    other: Report
    sharing: Sharing
    text: Text


def read_and_compare(document_id: int) -> None:
    """Read a report, keep its fingerprints, compare it with those on file and keep what was found."""
    report = Report.objects.unscoped("by document").select_related("project").filter(document_id=document_id).first()
    content = contents.list_contents([document_id]).get(document_id)
    if report is None or content is None:
        return
    wanted = limits_of(report.project.region_key)
    if content.is_withdrawn or not wanted.covers(content.kind, content.title):
        _settle(report, content, ReportState.GONE)
        return
    if withholding.find_withheld([report.project_id]):
        _settle(report, content, ReportState.WITHHELD)
        return
    if content.format not in READABLE or content.is_encrypted:
        _settle(report, content, ReportState.UNREADABLE)
        return
    try:
        text = _read(content.sha256)
    except NoWords:
        _settle(report, content, ReportState.NO_WORDS)
    except Withheld:
        _settle(report, content, ReportState.WITHHELD)
    except Unusable:
        _settle(report, content, ReportState.UNREADABLE)
    else:
        own = prints.prints_of(text.counted)
        # Fingerprints first, so that of two reports filed at once the later sees the other.
        if _keep_prints(report, content, text, own):
            found = list(_compare(report, text, own, wanted))
            _keep_found(report, content, text, sorted(found, key=lambda row: row.other.pk))


def _read(sha256: str) -> Text:
    return Text(read_report(store.path_of(sha256))[:MOST_CHARACTERS].replace("\x00", ""))


@transaction.atomic
def _settle(report: Report, content: Content, state: ReportState) -> None:
    """Close a report that cannot be compared, or no longer is: no fingerprints, no open pairs."""
    locked = Report.objects.unscoped("by id").select_for_update().get(pk=report.pk)
    if not _is_present(content):
        return
    _remove_prints(locked)
    locked.state, locked.sha256, locked.characters, locked.prints = state, content.sha256, 0, b""
    locked.compared_at = clock.now()
    locked.save()
    _pairs_of(report.pk).filter(state=PairState.OPEN).update(state=PairState.CLOSED, passages=[])


def _is_present(content: Content) -> bool:
    """Whether a document still is what the job read; when not, the job of its new version, or of its withdrawal, follows."""
    return contents.list_contents([content.document_id]).get(content.document_id) == content


@transaction.atomic
def _keep_prints(report: Report, content: Content, text: Text, own: Sequence[int]) -> bool:
    locked = Report.objects.unscoped("by id").select_for_update().get(pk=report.pk)
    if not _is_present(content):
        return False
    packed = prints.pack(own)
    if (locked.sha256, locked.version, bytes(locked.prints)) != (content.sha256, prints.VERSION, packed):
        _remove_prints(locked)
        rows = [ReportPrint(print=value, report_id=report.pk) for value in own]
        ReportPrint.objects.bulk_create(rows, batch_size=400, ignore_conflicts=True)
    locked.state, locked.sha256, locked.version = ReportState.READ, content.sha256, prints.VERSION
    locked.characters, locked.prints = len(text.counted), packed
    locked.save()
    return True


def _remove_prints(report: Report) -> None:
    for chunk in _chunks(prints.unpack(bytes(report.prints))):
        ReportPrint.objects.unscoped("of one report").filter(print__in=chunk, report_id=report.pk).delete()


def _chunks(values: Iterable[int]) -> Iterator[list[int]]:
    rows = list(values)
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _compare(report: Report, text: Text, own: Sequence[int], wanted: limits.ReportLimits) -> Iterator[Found]:
    likely, templates, others = list_likely(report, own, wanted.common_in)
    ids = [*likely, *(pk for pk in templates if pk not in likely)]
    rows = {row.pk: row for row in _on_file([*ids, *others])}
    read: dict[int, Text] = {}

    def words(pk: int) -> Text | None:
        if pk not in read and pk in rows:
            try:
                read[pk] = _read(rows[pk].sha256)
            except Unusable:
                return None
        return read.get(pk)

    for pk in ids:
        row = rows.get(pk)
        if row is None or _are_parts(report.project, row.project) or (other := words(pk)) is None:
            continue
        thirds = {rows[o].project_id: o for o in [*others, *ids] if o in rows}
        for project_id in (report.project_id, row.project_id):
            thirds.pop(project_id, None)
        more = [found for o in list(thirds.values())[:MOST_OTHERS] if (found := words(o)) is not None]
        sharing = share(text, other, wanted.least, more, wanted.common_in)
        common = sharing.common_characters / max(len(text.counted), 1)
        if max(sharing.share, sharing.other_share) >= wanted.share or common >= wanted.template_share:
            yield Found(row, sharing, other)


def _on_file(ids: Collection[int]) -> list[Report]:
    """Return reports that still hold what their fingerprints say, whose documents stand and whose projects are not withheld."""
    rows = list(Report.objects.unscoped("compared behind the pages").filter(pk__in=ids, state=ReportState.READ)
                .select_related("project"))  # fmt: skip
    there = contents.list_contents([row.document_id for row in rows])
    secret = withholding.find_withheld({row.project_id for row in rows})
    return [
        row
        for row in rows
        if row.project_id not in secret
        and (content := there.get(row.document_id)) is not None
        and not content.is_withdrawn
        and content.sha256 == row.sha256
    ]


def _are_parts(one: Project, other: Project) -> bool:
    """Whether two projects are one, or parts of one package: they may well share a report."""
    parents = {one.parent_id, other.parent_id} - {None}
    return one.pk == other.pk or one.pk in parents or other.pk in parents or (
        one.parent_id is not None and one.parent_id == other.parent_id
    )  # fmt: skip


def list_likely(report: Report, own: Sequence[int], common_in: int) -> tuple[list[int], list[int], list[int]]:
    """Return the reports of other projects that share most rare fingerprints, those that share most common ones (the
    same template), and further holders of common ones, by which common wording is told (2 queries per 500 fingerprints).
    """  # fmt: skip
    rare: Counter[int] = Counter()
    common_marks: list[int] = []
    with connection.cursor() as cursor:
        for chunk in _chunks(own):
            marks = ", ".join(["%s"] * len(chunk))
            cursor.execute(
                f"SELECT print, COUNT(*) FROM likeness_report_print WHERE print IN ({marks}) GROUP BY print"  # noqa: S608
                " HAVING COUNT(*) > 1",
                chunk,
            )
            counts = dict(cursor.fetchall())
            few = [mark for mark, count in counts.items() if count < common_in]
            common_marks += [mark for mark, count in counts.items() if count >= common_in]
            if few:
                rare.update(_holders(cursor, few))
        sample = sorted(common_marks)[:COMMON_LOOKED_AT]
        common = Counter(_holders(cursor, sample)) if sample else Counter()
    own_ids = set(
        Report.objects.unscoped("of one project").filter(project_id=report.project_id).values_list("pk", flat=True)
    )
    likely = [pk for pk, count in rare.most_common(50) if pk not in own_ids and count >= LEAST_SHARED][:MOST_COMPARED]
    holders = [pk for pk, _count in common.most_common(50) if pk not in own_ids]
    whole = len(common_marks) * 2 >= len(own) > 0
    templates = holders[:MOST_TEMPLATES] if whole else []
    return likely, templates, holders[: MOST_OTHERS + len(likely)]


def _holders(cursor: Any, marks: Sequence[int]) -> list[int]:
    places = ", ".join(["%s"] * len(marks))
    cursor.execute(
        f"SELECT report_id FROM likeness_report_print WHERE print IN ({places}) LIMIT {COMMON_ROWS}",  # noqa: S608
        list(marks),
    )
    return [row[0] for row in cursor.fetchall()]


# --- what was found --------------------------------------------------------------------------------------------------


@transaction.atomic
def _keep_found(report: Report, content: Content, text: Text, found: Sequence[Found]) -> None:
    """Keep what was found of a report; pairs that are alike no more are closed, what people said of these words stays."""
    locked = Report.objects.unscoped("by id").select_for_update().get(pk=report.pk)
    if locked.sha256 != content.sha256 or not _is_present(content):
        return
    kept = set()
    for row in found:
        kept.add(_keep_pair(report, content.sha256, text, row))
    _pairs_of(report.pk).filter(state=PairState.OPEN).exclude(pk__in=kept).update(state=PairState.CLOSED, passages=[])
    locked.compared_at = clock.now()
    locked.save(update_fields=["compared_at"])


def _keep_pair(report: Report, sha256: str, text: Text, found: Found) -> int:
    mine = (report, sha256, text, found.sharing.share)
    theirs = (found.other, found.other.sha256, found.text, found.sharing.other_share)
    later = report.pk > found.other.pk
    a, b = (theirs, mine) if later else (mine, theirs)
    common = found.sharing.common_characters / max(len(b[2].counted), 1)
    values: dict[str, Any] = {
        "a_region_key": a[0].project.region_key, "region_key": b[0].project.region_key, "share_a": _decimal(a[3]),
        "share_b": _decimal(b[3]), "common_share": _decimal(min(common, 1.0)), "a_sha": a[1], "b_sha": b[1],
        "passages": [_shown(p, text, found.text, later) for p in _chosen(found.sharing.passages)],
        "passages_total": sum(not p.is_common for p in found.sharing.passages),
    }  # fmt: skip
    pair = ReportPair.objects.unscoped("of two reports").select_for_update().filter(a=a[0], b=b[0]).first()
    if pair is None:
        return ReportPair.objects.create(a=a[0], b=b[0], found_on=clock.today(), **values).pk
    if pair.state == PairState.CLOSED or (pair.a_sha, pair.b_sha) != (a[1], b[1]):  # other words: to be judged again
        values |= {"state": PairState.OPEN, "verdict": "", "reason": "", "rev": pair.rev + 1}
    ReportPair.objects.unscoped("by id").filter(pk=pair.pk).update(**values)
    return pair.pk


def _chosen(passages: Sequence[Passage]) -> list[Passage]:
    """Return the longest passages in reading order, some common wording among them."""
    longest = sorted(passages, key=lambda p: -p.characters)
    kept = [p for p in longest if not p.is_common][:SHOWN] + [p for p in longest if p.is_common][:SHOWN_COMMON]
    return sorted(kept, key=lambda p: p.start)


def _shown(passage: Passage, text: Text, other: Text, later: bool) -> dict[str, Any]:
    mine = text.written[passage.start : passage.end][:SHOWN_CHARACTERS]
    theirs = other.written[passage.other_start : passage.other_end][:SHOWN_CHARACTERS]
    a, b = (theirs, mine) if later else (mine, theirs)
    return {"a": a, "b": b, "characters": passage.characters, "common": passage.is_common}


def _pairs_of(report_id: int) -> Any:
    return ReportPair.objects.unscoped("of one report").filter(Q(a_id=report_id) | Q(b_id=report_id))


def _decimal(ratio: float) -> Decimal:
    return Decimal(f"{ratio:.4f}")
