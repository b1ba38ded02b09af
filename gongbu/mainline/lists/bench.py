"""Measure drafting: one list, nominating anew, and the five, in a county with many projects, and how long others wait.

In a child process on a SQLite home of its own, filled by the bench of the reserve; a share of the projects is then taken
on to later stages. A second connection asks for the write lock all the while: its longest wait is what a colleague feels.
The floor is writing as many decisions and lines as were drafted, and nothing else.
"""

import json
import os
import random
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from gongbu.ground.basics.child_bench import in_child

SEED = 20261128
STAGES = (("RESERVE", 24), ("APPROVAL", 12), ("DESIGN", 8), ("PROCUREMENT", 7), ("CONSTRUCTION", 30), ("OPERATION", 19))


def drafting(size: int) -> dict[str, Any]:
    """Draft the five lists of a county with ``size`` projects; one list and nominating anew beside it."""
    return in_child(__name__, size)


# ——— what follows runs in the child ———


def fill(size: int) -> tuple[Any, Any]:
    """Write the reserve's projects and take a share of them on; return (county, officer)."""
    from gongbu.mainline.projects.models import Project, ProjectStatus
    from gongbu.mainline.projects.rules.lifecycle import compute_stage_order
    from gongbu.mainline.reserve import bench as reserve

    county, person = reserve.fill(size)
    draw = random.Random(SEED)
    by_stage: dict[str, list[int]] = {}
    for pk in range(1, size + 1):
        by_stage.setdefault(draw.choices([s for s, _ in STAGES], [w for _, w in STAGES])[0], []).append(pk)
    for stage, ids in by_stage.items():
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            Project.objects.unscoped("the measurement's own rows").filter(pk__in=some).update(stage=stage)
            ProjectStatus.objects.unscoped("the measurement's own rows").filter(pk__in=some).update(
                stage=stage, stage_order=compute_stage_order(stage, "")
            )
    return county, person


def measure(size: int) -> dict[str, Any]:
    """Return the figures of the three acts, each with the longest wait of somebody else who writes."""
    from gongbu.ground.basics import clock
    from gongbu.ground.orgs.queries import actor_for
    from gongbu.mainline.lists import services

    county, person = fill(size)
    actor, year = actor_for(person), clock.today().year
    rows: list[Any] = []
    one = _timed(
        lambda: rows.append(services.draft_list(region_id=county.pk, kind="ANNUAL_MAJOR", year=year, actor=actor))
    )
    again = _timed(lambda: services.redraft(list_id=rows[0].pk, actor=actor))
    five = _timed(lambda: rows.extend(services.draft_five(region_id=county.pk, year=year, actor=actor)))
    counts = {row.kind: row.item_count for row in rows}
    return {"value": five["ms"], "unit": "ms", "waited": five["waited"], "floor": _floor(rows[1:]),
            "floor_name": "写入同样多的判定和清单行", "one": one, "redraft": again, "lines": counts, "rows": size}  # fmt: skip


def _floor(rows: Sequence[Any]) -> float:
    """Return the milliseconds of writing the decisions and lines of the lists a second time, rolled back."""
    from django.db import transaction

    from gongbu.ground.policy.models import PolicyDecision
    from gongbu.mainline.lists.models import ListItem

    items = list(ListItem.objects.unscoped("the measurement's own rows").filter(list__in=rows))
    kept = list(PolicyDecision.objects.filter(pk__in=[item.decision_id for item in items]))
    with transaction.atomic():
        ListItem.objects.unscoped("the measurement's own rows").filter(list__in=rows).delete()
        for one in (*items, *kept):
            one.pk = None
        began = time.perf_counter()
        PolicyDecision.objects.bulk_create(kept, batch_size=500)
        ListItem.objects.bulk_create(items, batch_size=500)
        taken = time.perf_counter() - began
        transaction.set_rollback(True)
    return round(taken * 1000)


def _timed(act: Callable[[], object]) -> dict[str, float]:
    """Return how long an act took and the longest that another connection waited for the write lock, in milliseconds."""
    from django.db import connection

    path, over, waits = str(connection.settings_dict["NAME"]), threading.Event(), [0.0]

    def another() -> None:
        other = sqlite3.connect(path, timeout=120, isolation_level=None)
        while not over.is_set():
            began = time.perf_counter()
            other.execute("BEGIN IMMEDIATE")
            other.execute("COMMIT")
            waits.append(time.perf_counter() - began)
            time.sleep(0.02)
        other.close()

    thread = threading.Thread(target=another)
    thread.start()
    began = time.perf_counter()
    act()
    taken = time.perf_counter() - began
    over.set()
    thread.join()
    return {"ms": round(taken * 1000), "waited": round(max(waits) * 1000)}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    import django

    django.setup()
    from gongbu.config import home as _home  # the child prepares its own home, as the program does

    _home.prepare(quiet=True)
    print(json.dumps(measure(int(sys.argv[1])), ensure_ascii=False))  # noqa: T201
