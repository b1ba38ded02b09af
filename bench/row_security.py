"""What row-level security costs on PostgreSQL: a list page and an act, with it and without it in the same run (ADR-0011).

A throw-away cluster is filled with projects of ten counties; an officer of the whole city and one of a county ask in
turn, in blocks: with policies and telling, without either, with, without. Prints one JSON line for each path, and the
plan of a county's count, whose index condition is the policy's own.
"""

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "plugins")]
BLOCKS, ROUNDS = 6, 30


def measure(size: int) -> list[dict[str, Any]]:
    """Fill, then measure each path both ways."""
    from gongbu.config import home, serving
    from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Unit
    from gongbu.mainline.projects import bench
    from gongbu.mainline.projects.models import Project

    home.prepare(quiet=True)
    _city, officer = bench.fill(size)
    county = Project.objects.unscoped("bench").select_related("competent_region").get(pk=1).competent_region
    unit = Unit.objects.create(name=f"{county.name}发展和改革局", kind=Unit.Kind.GOVERNMENT, region=county)
    post = Post.objects.create(unit=unit, name="投资科")
    local = Person.objects.create(login_name="local", name="县经办", unit=unit, must_change_password=False,
                                  password_set_at=officer.password_set_at)  # fmt: skip
    Holding.objects.create(post=post, person=local, valid_from="2026-01-01")
    Grant.objects.create(post=post, role="INVESTMENT_OFFICER", region=county, valid_from="2026-01-01")
    serving.settle()
    results = []
    for who, person in (("city", officer), ("county", local)):
        client = bench.signed_in(person)
        ids = [1 + 10 * n for n in random.Random(bench.SEED).sample(range(size // 10), ROUNDS + 3)]  # noqa: S311
        poster = bench._Poster(client, ids)
        results += [
            compare(f"list page, {who}", _list(client)),
            compare(f"project page, {who}", partial(_page, client, ids)),
            compare(f"act, {who}", partial(_act, poster, ids)),
        ]
    return [*results, {"name": "plan of a county's count", "plan": plan(local)}]


def _page(client: Any, ids: list[int], n: int) -> None:
    _well(client.get(f"/projects/{ids[n]}/"))


def _act(poster: Any, ids: list[int], n: int) -> None:
    poster.post(ids[n])


def _list(client: Any) -> Callable[[int], None]:
    from gongbu.ground.registers import counting

    def ask(n: int) -> None:
        counting.forget()
        grade, funding = "ABC"[n % 3], ("GOVERNMENT", "ENTERPRISE")[n % 2]
        _well(
            client.get(
                f"/projects/?grade={grade}&funding={funding}&sort=-total_investment_fen&size=50&page={1 + n % 3}"
            )
        )

    return ask


def _well(answer: Any) -> None:
    assert answer.status_code == 200, answer.status_code


def compare(name: str, job: Callable[[int], object]) -> dict[str, Any]:
    """Return the lower-quartile milliseconds with and without, over blocks in turn: other programs share the machine."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    for block in range(BLOCKS):
        switch(block % 2 == 0)
        for n in range(ROUNDS + 3):
            started = time.perf_counter()
            job(n)
            if n >= 3:
                spent[block % 2 == 0].append((time.perf_counter() - started) * 1000)
    switch(True)
    value, floor = (statistics.quantiles(spent[is_on], n=4)[0] for is_on in (True, False))
    return {"name": name, "value": round(value, 2), "floor": round(floor, 2), "floor_name": "no policies, nothing told",
            "unit": "ms", "ratio": round(value / floor, 3)}  # fmt: skip


def switch(is_on: bool) -> None:
    """Put policies and telling in force, or both out of it."""
    from django.db import connection

    from gongbu.ground.basics.postgresql import base
    from gongbu.ground.orgs import row_security

    if not hasattr(base.Cursor, "kept"):
        base.Cursor.kept = base.Cursor.execute
    base.Cursor.execute = base.Cursor.kept if is_on else base._DjangosCursor.execute
    word = "ENABLE" if is_on else "DISABLE"
    with connection.cursor() as cursor:
        for model in row_security.guarded():
            cursor.execute(f"ALTER TABLE {model._meta.db_table} {word} ROW LEVEL SECURITY")


def plan(person: Any) -> list[str]:
    """Return how PostgreSQL counts a county's rows under the policy."""
    from django.db import connection

    from gongbu.ground.basics import reach
    from gongbu.ground.orgs.queries import actor_for

    with reach.told(actor_for(person).row_reach), connection.cursor() as cursor:
        lo, hi = reach.current().ranges[0]
        cursor.execute(
            "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT count(*) FROM projects_status"  # noqa: S608
            f" WHERE region_key >= {lo} AND region_key < {hi}"
        )
        return [row[0] for row in cursor.fetchall()]


def main() -> None:
    """Print one JSON line for each path."""
    import throwaway_postgres

    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=100_000)
    size = parser.parse_args().size
    cluster = throwaway_postgres.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.environ |= {"DATABASE_URL": cluster.url, "GONGBU_HOME": folder, "GONGBU_HOSTS": "localhost",
                           "DJANGO_SETTINGS_MODULE": "gongbu.config.settings"}  # fmt: skip
            from gongbu.config.cli import setup_django

            setup_django(prepare=False)
            for row in measure(size):
                sys.stdout.write(
                    json.dumps(row | {"size": size, "load": round(os.getloadavg()[0], 1)}, ensure_ascii=False) + "\n"
                )
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
