"""Read stored perfect nodes in one or two queries, for the pure functions of :mod:`tree`."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from gongbu.ground.ledger.models import Leaf, Node
from gongbu.ground.ledger.tree import NodeAt


def stored_nodes(positions: Iterable[tuple[int, int]]) -> NodeAt:
    """Return a look-up over the given (level, index) positions, read now (2 queries at most).

    The look-up raises ``KeyError`` for a node that is not stored.
    """
    wanted: dict[int, list[int]] = defaultdict(list)
    for level, index in positions:
        wanted[level].append(index)
    found: dict[tuple[int, int], bytes] = {}
    if leaves := wanted.pop(0, None):
        for index, value in Leaf.objects.filter(index__in=leaves).values_list("index", "hash"):
            found[0, index] = bytes.fromhex(value)
    if wanted:
        where = Q()
        for level, indexes in wanted.items():
            where |= Q(level=level, index__in=indexes)
        for level, index, value in Node.objects.filter(where).values_list("level", "index", "hash"):
            found[level, index] = bytes.fromhex(value)
    return lambda level, index: found[level, index]
