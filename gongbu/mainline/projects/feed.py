"""变更流 (GO-18): changes of projects in ledger order, by watermark.

The watermark is the index of a leaf in the ledger's tree. Leaves are numbered by one sequencer without a gap and never
move, so "after index n" neither skips nor doubles, whatever number the database gave to which transaction first.
An entry appears once it is in the tree (within a minute).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from gongbu.ground.basics import clock
from gongbu.ground.ledger.models import Leaf
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.trace import Trace
from gongbu.mainline.projects import queries, withholding
from gongbu.mainline.projects.rules.secrecy import find_secret_rule

START = -1
MOST = 1000
_SCANNED = 5000


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one project."""

    index: int
    entry_id: int
    kind: str
    project_id: int
    occurred_on: date
    recorded_at: datetime
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes and the watermark to go on from; ``has_more`` says that the feed has not reached the newest leaf."""

    items: list[Change]
    watermark: int
    has_more: bool
    withheld: int = 0
    trace: Trace | None = None


def list_changes(actor: Actor, *, after: int = START, limit: int = 200) -> Changes:
    """Return at most ``limit`` changes after the watermark, of projects that the actor may read (at most 6 queries).

    The watermark moves over leaves of other subjects and of projects out of sight, so a reader never gets stuck.
    """
    limit = max(1, min(limit, MOST))
    leaves = list(
        Leaf.objects.filter(index__gt=after)
        .order_by("index")
        .values_list("index", "entry__id", "entry__kind", "entry__subject_kind", "entry__subject_id")[:_SCANNED]
    )
    about = [leaf for leaf in leaves if leaf[3] == "project"]
    seen = queries.get_visible_ids({leaf[4] for leaf in about}, actor, clock.today())
    wanted = [leaf for leaf in about if leaf[4] in seen]
    taken = wanted[:limit]
    texts = dict(Leaf.objects.filter(index__in=[leaf[0] for leaf in taken]).values_list("index", "entry__canonical"))
    kept_back = withholding.find_withheld({leaf[4] for leaf in taken})
    items = []
    for leaf in taken:
        if leaf[4] not in kept_back and (rule := find_secret_rule([texts[leaf[0]]])):
            kept_back[leaf[4]] = rule  # a name or text that the project had once
        if leaf[4] not in kept_back:
            items.append(_change(leaf[0], leaf[1], leaf[2], leaf[4], orjson.loads(texts[leaf[0]])))
    trace = withholding.note(actor, "接口：变更流", len(items), kept_back, {"水位线": after})
    withheld = len(taken) - len(items)
    if len(wanted) > limit:
        return Changes(items, taken[-1][0], True, withheld, trace)
    watermark = leaves[-1][0] if leaves else after
    return Changes(items, watermark, len(leaves) == _SCANNED, withheld, trace)


def _change(index: int, entry_id: int, kind: str, project_id: int, content: Mapping[str, Any]) -> Change:
    return Change(
        index=index,
        entry_id=entry_id,
        kind=kind,
        project_id=project_id,
        occurred_on=date.fromisoformat(content["occurred_on"]),
        recorded_at=datetime.fromisoformat(content["recorded_at"]),
        before=content["before"],
        after=content["after"],
    )
