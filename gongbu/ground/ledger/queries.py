"""Read the book."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import orjson
from django.db import connection
from django.db.models import Count, Max, Min, Value

from gongbu.ground.basics.clock import SHANGHAI
from gongbu.ground.ledger import hashing, kinds, leaf, receipts
from gongbu.ground.ledger.models import Entry, Head
from gongbu.ground.ledger.proofs import Proof, prove
from gongbu.ground.ledger.rules import Lateness, lateness
from gongbu.ground.ledger.sequencer import head_line
from gongbu.ground.ledger.services import DEMO_EDITION
from gongbu.ground.ledger.signing import public_keys

# 补录: later than this many days after the legal day an entry is shown as late. Packs may set their own tolerance.
DEFAULT_TOLERANCE_DAYS = 3
MOST_MONTHS = 240


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One entry of a subject's timeline. ``late`` says whether and by how much it was recorded after the day (补录)."""

    entry_id: int
    kind: str
    occurred_on: date
    recorded_at: datetime
    clock: str
    actor: Mapping[str, Any]
    content: Mapping[str, Any]
    receipt: str | None
    corrects_id: int | None
    corrected_by_id: int | None
    late: Lateness


def list_for_subject(
    kind: str, subject_id: int, *, tolerance_days: int = DEFAULT_TOLERANCE_DAYS, limit: int = 500
) -> list[TimelineRow]:
    """Return the newest ``limit`` entries of a subject, latest legal day first (2 queries).

    ``tolerance_days`` is the number of days after ``occurred_on`` within which an entry counts as on time (GO-07).
    """
    rows = list(
        Entry.objects.filter(subject_kind=kind, subject_id=subject_id)
        .order_by("-occurred_on", "-pk")
        .values_list("pk", "kind", "occurred_on", "recorded_at", "clock", "canonical", "receipt", "corrects_id")[:limit]
    )
    ids = [row[0] for row in rows]
    corrections: dict[int, int] = dict(
        Entry.objects.filter(corrects_id__in=ids).order_by("pk").values_list("corrects_id", "pk")
    )
    timeline = []
    for entry_id, entry_kind, occurred_on, recorded_at, clock, canonical, receipt, corrects_id in rows:
        content = orjson.loads(canonical)
        timeline.append(
            TimelineRow(
                entry_id, entry_kind, occurred_on, recorded_at, clock, content["actor"], content, receipt, corrects_id,
                corrections.get(entry_id), lateness(occurred_on, recorded_at, tolerance_days),
            )
        )  # fmt: skip
    return timeline


@dataclass(frozen=True, slots=True)
class LastAct:
    """Who did what to a subject last; ``by`` is 他人 and ``at`` None when its book is empty."""

    by: str
    at: datetime | None
    kind: str

    @property
    def when(self) -> str:
        """The minute in words."""
        return f"{self.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if self.at else "刚才"


def find_last_act(kind: str, subject_id: int) -> LastAct:
    """Return the act entered last, whatever its legal day, for the refusal of somebody who came second (1 query)."""
    rows = Entry.objects.filter(subject_kind=kind, subject_id=subject_id).order_by("-pk")
    row = rows.values_list("kind", "recorded_at", "canonical").first()
    return LastAct(orjson.loads(row[2])["actor"]["name"], row[1], row[0]) if row else LastAct("他人", None, "")


def find_entry(kind: str, subject_id: int, kinds: Collection[str]) -> int | None:
    """Return the newest entry of a subject that is of one of the kinds, for the entry that corrects it (1 query, or none)."""
    if not kinds:
        return None
    rows = Entry.objects.filter(subject_kind=kind, subject_id=subject_id, kind__in=kinds).order_by("-pk")
    found: int | None = rows.values_list("pk", flat=True).first()
    return found


def newest_entry_id() -> int | None:
    """Return the id of the newest entry (1 query): a stamp under which counts of anything of record may be kept."""
    found: int | None = Entry.objects.aggregate(newest=Max("pk"))["newest"]
    return found


def list_before(kind: str, subject_kind: str, subject_ids: Collection[int] | None = None) -> list[tuple[int, Any]]:
    """Return (subject, what stood before) of the entries of one kind, oldest first, of some subjects or all (1 query).

    Keep the subjects to some hundreds; without them the whole book is walked, for rebuilding what hangs on it.
    """
    rows = Entry.objects.filter(subject_kind=subject_kind, kind=kind)
    if subject_ids is not None:
        rows = rows.filter(subject_id__in=subject_ids)
    found = rows.order_by("pk").values_list("subject_id", "canonical")
    return [(subject_id, orjson.loads(text)["before"]) for subject_id, text in found.iterator()]


def contents_of(entry_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the contents of entries by id, for rooms that compute again what their own entries hold (1 query per 500)."""
    ids, found = list(entry_ids), {}
    for start in range(0, len(ids), 500):
        rows = Entry.objects.filter(pk__in=ids[start : start + 500]).values_list("pk", "canonical")
        found.update({pk: orjson.loads(text) for pk, text in rows})
    return found


def is_demo_edition() -> bool:
    """Return whether the first entry of the book declares a demo edition (1 query by primary key)."""
    return Entry.objects.order_by("pk").values_list("kind", flat=True).first() == DEMO_EDITION


def get_newest_id() -> int | None:
    """Return the id of the newest entry, None in an empty book: it moves with every act (1 query, not through models)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM ledger_entry")
        newest: int | None = cursor.fetchone()[0]
    return newest


def list_heads(*, limit: int = 20, before: int | None = None) -> list[dict[str, Any]]:
    """Return the newest signed heads (of fewer than ``before`` entries), newest first, in the form of ``heads.log``."""
    keys = public_keys()
    rows = Head.objects.order_by("-size") if before is None else Head.objects.filter(size__lt=before).order_by("-size")
    return [head_line(head, keys.get(head.key_id)) for head in rows[:limit]]


def has_head(size: int) -> bool:
    """Return whether the book has a head of so many entries (1 query)."""
    return Head.objects.filter(size=size).exists()


def list_keys_of_heads() -> list[tuple[str, str]]:
    """Return (key id, public key in hex) of every key that signs or signed heads."""
    return [(key_id, raw.hex()) for key_id, raw in public_keys().items()]


def list_head_months() -> list[date]:
    """Return the first day of each month from the first head to the last, newest first (2 queries)."""
    ends = [Head.objects.order_by(order).values_list("signed_at", flat=True).first() for order in ("size", "-size")]
    if ends[0] is None or ends[1] is None:
        return []
    first, last = (moment.astimezone(SHANGHAI).date().replace(day=1) for moment in ends if moment is not None)
    months: list[date] = []
    while first <= last and len(months) < MOST_MONTHS:
        months.append(last)
        last = (last - timedelta(days=1)).replace(day=1)
    return months


@dataclass(frozen=True, slots=True)
class HeadMonth:
    """The heads of one month: how many, the first, and the last one of each day in which there was one."""

    first_day: date
    last_day: date
    count: int
    first: Mapping[str, Any]
    days: Sequence[tuple[date, Mapping[str, Any]]]

    @property
    def last(self) -> Mapping[str, Any]:
        """The last head of the month."""
        return self.days[-1][1]


def get_head_month(first_day: date) -> HeadMonth | None:
    """Return the heads of the month that begins on a day, None when there was none (2 queries, at most 32 rows each).

    The database counts each day by the index over the moments of signing; a busy book signs 5,760 heads a day.
    """
    next_month = (first_day + timedelta(days=32)).replace(day=1)
    starts = [first_day + timedelta(days=n) for n in range((next_month - first_day).days + 1)]
    moments = [datetime.combine(day, time.min, SHANGHAI) for day in starts]
    days = [
        Head.objects.filter(signed_at__gte=start, signed_at__lt=end)
        .order_by()
        .annotate(day=Value(number))
        .values("day")
        .annotate(count=Count("size"), first=Min("size"), last=Max("size"))
        .values_list("day", "count", "first", "last")
        for number, (start, end) in enumerate(pairwise(moments))
    ]
    rows = sorted(row for row in days[0].union(*days[1:], all=True) if row[1])
    if not rows:
        return None
    first = min(row[2] for row in rows)
    keys, wanted = public_keys(), {first, *(row[3] for row in rows)}
    heads = {head.size: head_line(head, keys.get(head.key_id)) for head in Head.objects.filter(size__in=wanted)}
    last_of_day = [(starts[number], heads[last]) for number, _, _, last in rows]
    return HeadMonth(first_day, next_month - timedelta(days=1), sum(row[1] for row in rows), heads[first], last_of_day)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt page may show without an account: the whitelisted fields, both days, and the proof.

    All of it is read from the entry's text, which the leaf covers. ``entry_hash`` is the inner hash (hex) with which the
    leaf binds these fields; None for an entry of format 1, whose fields are bound only as part of the whole text.
    """

    code: str
    kind: str
    kind_label: str
    public: Mapping[str, Any]
    occurred_on: date
    recorded_at: datetime
    clock: str
    late: Lateness
    proof: Proof
    corrected_by: str | None
    is_corrected: bool
    corrects: str | None
    entry_hash: str | None


def get_receipt(text: str, *, tolerance_days: int = DEFAULT_TOLERANCE_DAYS) -> Receipt | None:
    """Return the receipt a person typed or scanned, None if there is none (at most 8 queries, whatever the size).

    The entry is checked while it is read: digest, place in the tree, signature of the head.
    """
    code = receipts.normalise(text)
    if code is None:
        return None
    entry = Entry.objects.select_related("corrects").filter(receipt=code).first()
    if entry is None:
        return None
    content = orjson.loads(entry.canonical)
    occurred_on, recorded_at = (
        date.fromisoformat(content["occurred_on"]),
        datetime.fromisoformat(content["recorded_at"]),
    )
    inner = None
    if leaf.is_bound(content):
        inner = leaf.entry_hash(entry.canonical.encode(), hashing.digest_of(entry.algorithm)).hex()
    corrections = list(Entry.objects.filter(corrects=entry).order_by("pk").values_list("receipt", flat=True))
    return Receipt(
        code=content["receipt"],
        kind=content["kind"],
        kind_label=content.get("kind_label") or kinds.label(content["kind"]),
        public=_in_reading_order(content.get("public") or {}),
        occurred_on=occurred_on,
        recorded_at=recorded_at,
        clock=content["clock"],
        late=lateness(occurred_on, recorded_at, tolerance_days),
        proof=prove(entry),
        corrected_by=next((receipt for receipt in reversed(corrections) if receipt), None),
        is_corrected=bool(corrections),
        corrects=entry.corrects.receipt if entry.corrects else None,
        entry_hash=inner,
    )


_FIRST = ("文书", "文号", "名称", "项目名称", "项目代码", "出具单位")


def _in_reading_order(public: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical JSON sorts keys by code point; people want the number and the name first."""
    known = [key for key in _FIRST if key in public]
    return {key: public[key] for key in [*known, *(key for key in public if key not in _FIRST)]}
