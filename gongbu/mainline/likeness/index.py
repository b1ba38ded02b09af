"""The index of names: kept after every act on a project, made anew at any time; both give the same rows.

An act leaves a message, the listener marks the project, and :func:`catch_up` (every few seconds, by one worker) looks
at the marked ones in bulk: ten thousand imported projects cost some statements per chunk, and no act waits for it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from gongbu.ground.basics import clock
from gongbu.ground.orgs.managers import ScopedQuerySet
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.likeness.models import IndexedName, Outdated
from gongbu.mainline.likeness.rules import keys
from gongbu.mainline.projects import traits as projects

CHUNK = 200
# What changes a name, a content, a region, or whether a project lives.
TOPICS = (
    "project.created", "project.taken_over", "project.updated", "project.renamed", "project.split", "project.split_off",
    "project.merged", "project.merged_into", "project.package_made", "project.region_set", "project.withdrawn",
)  # fmt: skip
_READ_BY_INDEX = frozenset({"content", "name"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row that the index should hold."""

    project_id: int
    text: str
    is_current: bool
    region_key: int
    keys: bytes

    @property
    def place(self) -> tuple[int, str, bool]:
        """What tells rows of the index apart."""
        return self.project_id, self.text, self.is_current


def note(message: OutboxMessage) -> None:
    """Mark the project of a message; an update of other facts is passed over."""
    fields = message.data.get("fields")
    if fields is None or _READ_BY_INDEX.intersection(fields):
        mark([message.subject_id])


def mark(project_ids: Iterable[int]) -> None:
    """Have projects looked at again (1 statement per 500)."""
    ids, now = sorted(set(project_ids)), clock.now()
    for start in range(0, len(ids), 500):
        Outdated.objects.bulk_create(
            [Outdated(project_id=pk, marked_at=now) for pk in ids[start : start + 500]],
            update_conflicts=True, unique_fields=["project_id"], update_fields=["marked_at"],
        )  # fmt: skip


def take_marked(limit: int = CHUNK) -> dict[int, datetime]:
    """Return up to ``limit`` marked projects, longest waiting first, with their marks (1 query)."""
    rows = Outdated.objects.order_by("marked_at", "project_id")
    return dict(rows.values_list("project_id", "marked_at")[:limit])


def unmark(taken: Mapping[int, datetime]) -> None:
    """Take marks away that nobody has renewed meanwhile (1 statement per distinct mark)."""
    by_mark: dict[datetime, list[int]] = {}
    for project_id, marked_at in taken.items():
        by_mark.setdefault(marked_at, []).append(project_id)
    for marked_at, ids in by_mark.items():
        Outdated.objects.filter(project_id__in=ids, marked_at=marked_at).delete()


def refresh(project_ids: Collection[int]) -> int:
    """Bring the rows of these projects up to date and return how many rows changed (4 queries when nothing has).

    Reading and taking apart happen before the transaction, so that the write lock is held for the writes alone.
    """
    ids = sorted(set(project_ids))
    wanted = {row.place: row for row in _wanted(ids, projects.list_former_names(ids))}
    with transaction.atomic():
        present = list(names().filter(project_id__in=ids).select_for_update())
        stale = [row for row in present if not _is_current(row, wanted.get((row.project_id, row.text, row.is_current)))]
        kept = {(row.project_id, row.text, row.is_current) for row in present} - {
            (row.project_id, row.text, row.is_current) for row in stale
        }
        _remove(stale)
        _insert([row for place, row in wanted.items() if place not in kept])
    return len(stale) + len(wanted) - len(kept)


def rebuild(progress: Callable[[int], object] | None = None) -> int:
    """Make the whole index anew, chunk by chunk, and return the number of live projects in it."""
    former = projects.list_former_names()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM likeness_gram")
        cursor.execute("DELETE FROM likeness_name")
    after, count = 0, 0
    while ids := projects.list_live_ids(after, 500):
        rows = _wanted(ids, former)
        with transaction.atomic():
            _insert(rows)
        after, count = ids[-1], count + len(ids)
        if progress is not None:
            progress(count)
    return count


def find_missing(limit: int = 5_000) -> list[int]:
    """Return live projects that the index does not hold, or holds by an older way of taking names apart.

    Walks both lists of ids side by side, 2 queries per 10,000 projects; for once a day and after an upgrade.
    """
    old = list(names().exclude(version=keys.VERSION).values_list("project_id", flat=True)[:limit])
    missing, after = set(old), 0
    while len(missing) < limit and (ids := projects.list_live_ids(after, 10_000)):
        rows = names().filter(project_id__gt=after, project_id__lte=ids[-1])
        missing.update(set(ids) - set(rows.values_list("project_id", flat=True)))
        after = ids[-1]
    return sorted(missing)[:limit]


def newest() -> int:
    """Return the newest project that the index has looked at; later ones are read from the register (1 query)."""
    return names().order_by("-project_id").values_list("project_id", flat=True).first() or 0


def names() -> ScopedQuerySet[IndexedName]:
    """Return all rows of the index, unevaluated: it holds every project, and callers narrow what they show."""
    return IndexedName.objects.unscoped("the index holds every project; what is shown is narrowed by the caller")


def _wanted(ids: Sequence[int], former: dict[int, list[str]]) -> list[Wanted]:
    """Return the rows that these projects should have: the present name, and former ones that say something else."""
    rows = []
    for traits in projects.list_traits(ids, with_hidden=True):
        present = keys.name_keys(traits.name)
        marks = keys.content_keys(traits.content)
        rows.append(Wanted(traits.id, traits.name, True, traits.region_key, keys.pack(present | marks)))
        for text in dict.fromkeys(former.get(traits.id, ())):
            if text != traits.name:
                rows.append(Wanted(traits.id, text, False, traits.region_key, keys.pack(keys.name_keys(text))))
    return rows


def _is_current(row: IndexedName, wanted: Wanted | None) -> bool:
    return (
        wanted is not None
        and row.version == keys.VERSION
        and (row.region_key, bytes(row.keys)) == (wanted.region_key, wanted.keys)
    )


def _remove(rows: Sequence[IndexedName]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM likeness_gram WHERE gram = %s AND region_key = %s AND name_id = %s",
            [(key, row.region_key, row.pk) for row in rows for key in keys.unpack(bytes(row.keys))],
        )
    names().filter(pk__in=[row.pk for row in rows]).delete()


def _insert(rows: Sequence[Wanted]) -> None:
    if not rows:
        return
    made = IndexedName.objects.bulk_create(
        [
            IndexedName(project_id=row.project_id, text=row.text, is_current=row.is_current, region_key=row.region_key,
                        version=keys.VERSION, keys=row.keys)
            for row in rows
        ],
        batch_size=500,
    )  # fmt: skip
    entries = sorted((key, row.region_key, row.pk) for row in made for key in keys.unpack(bytes(row.keys)))
    with connection.cursor() as cursor:
        for start in range(0, len(entries), 10_000):
            chunk = entries[start : start + 10_000]
            if connection.vendor == "postgresql":
                columns = [list(column) for column in zip(*chunk, strict=True)]
                cursor.execute(
                    "INSERT INTO likeness_gram (gram, region_key, name_id)"
                    " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])",
                    columns,
                )
            else:
                cursor.executemany("INSERT INTO likeness_gram (gram, region_key, name_id) VALUES (%s, %s, %s)", chunk)
