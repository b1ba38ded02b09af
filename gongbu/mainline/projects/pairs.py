"""Search by two characters: an index of neighbouring characters (二字组) over the search text of the flat rows.

People look for 道路 and 水库, and the usual indexes know nothing of them: SQLite's trigrams need three characters, those of
PostgreSQL come out empty for Chinese under locale C. So each pair of neighbours is a word of an index: on SQLite in a
full-text table that :func:`write` keeps, on PostgreSQL under an expression that the database keeps by itself.
Codes are left out: pairs of digits are in every row and tell nothing.
"""

from collections.abc import Iterable
from functools import cache

from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.db.models.functions import StrIndex

from gongbu.mainline.projects.models import ProjectStatus

MOST_HITS = 1_000


def pairs_of(text: str) -> list[str]:
    """Return the different pairs of neighbouring characters that are not both ASCII."""
    return sorted({pair for i in range(len(text) - 1) if not (pair := text[i : i + 2]).isascii()})


def write(rows: Iterable[ProjectStatus]) -> None:
    """Enter flat rows that have just been saved (1 statement on SQLite, none on PostgreSQL)."""
    if connection.vendor == "sqlite" and _is_kept():
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT OR REPLACE INTO projects_pairs (rowid, pairs) VALUES (%s, %s)",
                [(row.pk, " ".join(pairs_of(row.search))) for row in rows],
            )


def narrow(rows: "QuerySet[ProjectStatus]", word: str) -> "QuerySet[ProjectStatus]":
    """Narrow flat rows to those whose search text holds a folded word (1 query on SQLite, at most 1 on PostgreSQL).

    Rows of another room do as well when they have the same keys and copy the text. A word with few hits is looked up
    here, and the hits stand in the filter as numbers; for a frequent word every walk finds its page soon, so the test
    itself stands there.
    """
    at = StrIndex(F("search"), Value(word))
    pairs = pairs_of(word)
    if pairs and connection.vendor == "postgresql":
        holds = _Holds(F("search"), Value(" ".join(pairs)))
        if rows.model is ProjectStatus:
            rows = rows.filter(holds)
        else:
            rows = rows.filter(pk__in=ProjectStatus.objects.unscoped("only narrows").filter(holds).values("pk"))
    else:
        ids = _list_by_pairs(pairs) if pairs and _is_kept() else _list_by_scan(at)
        if len(ids) <= MOST_HITS:
            rows = rows.filter(pk__in=ids)
    return rows.alias(at=at).filter(at__gt=0)  # type: ignore[misc]  # the stubs know no alias


def _list_by_pairs(pairs: list[str]) -> list[int]:
    query = " ".join('"{}"'.format(pair.replace('"', '""')) for pair in pairs)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rowid FROM projects_pairs WHERE projects_pairs MATCH %s LIMIT %s", [query, MOST_HITS + 1]
        )
        return [pk for (pk,) in cursor.fetchall()]


def _list_by_scan(at: StrIndex) -> list[int]:
    hits = ProjectStatus.objects.unscoped("only narrows rows in sight").filter(is_live=True).alias(at=at)
    return list(hits.filter(at__gt=0).order_by().values_list("pk", flat=True)[: MOST_HITS + 1])  # type: ignore[misc]


@cache
def _is_kept() -> bool:
    # A SQLite built without FTS5 has no such table; then every search scans, which is right, only slower.
    return "projects_pairs" in connection.introspection.table_names()


class _Holds(Func):
    """Whether a text holds every pair, asked in the words of the index (PostgreSQL)."""

    template = "projects_pairs(%(expressions)s, ' ')"
    arg_joiner = ") @> string_to_array("
    output_field = BooleanField()
