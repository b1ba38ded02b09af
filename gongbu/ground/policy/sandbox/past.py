"""The source of stored decisions (历次判定): the facts kept with each decision are asked again, whatever it was about."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy.models import PolicyDecision
from gongbu.ground.policy.sandbox.sources import Batch, Question, Source, Span

CHUNK = 10_000
MONEY = "total_investment_fen"


def _rows(actor: Actor, span: Span) -> "QuerySet[PolicyDecision]":
    inside = Q(region_key__gte=span[0], region_key__lt=span[1])
    return PolicyDecision.objects.filter(actor.scope("policy.view"), inside)


def count(actor: Actor, span: Span) -> int:
    """Return how many decisions are stored in the span (1 query)."""
    return _rows(actor, span).count()


def read(actor: Actor, span: Span, questions: Sequence[Question], on: date) -> Iterator[Batch]:
    """Yield the stored facts of every decision of the tables asked, oldest first (1 query per ten thousand)."""
    asked = {question.table: question for question in questions}
    if not asked:
        return
    rows = _rows(actor, span).filter(table_key__in=list(asked)).order_by("pk")
    last = 0
    while True:
        chunk = list(
            rows.filter(pk__gt=last).values_list(
                "pk", "table_key", "subject_kind", "subject_id", "region_key", "value", "facts"
            )[:CHUNK]
        )
        if not chunk:
            return
        last = chunk[-1][0]
        grouped: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in chunk:
            grouped[row[1], row[2]].append(row)
        for (table, kind), some in grouped.items():
            yield _batch(asked[table], kind, some)


def _batch(question: Question, kind: str, rows: Sequence[Any]) -> Batch:
    ids, _tables, _kinds, subjects, regions, values, facts = zip(*rows, strict=True)
    money = [one.get(MONEY) for one in facts]
    return Batch(
        table=question.table,
        subject_kind=kind,
        ids=subjects,
        region_keys=regions,
        money_fen=[fen if isinstance(fen, int) else None for fen in money],
        counts=[True] * len(ids),
        parts=[one.get("annual_year") or 0 for one in facts],
        columns={key: [one.get(key) for one in facts] for key in question.reads},
        decided=values,
        decision_ids=ids,
    )


SOURCE = Source("decisions", "历次判定", "项判定", read, count, is_asked_by_classification=False)
