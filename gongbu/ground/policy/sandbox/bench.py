"""Measure a replay of a changed grading table over many projects, each with its stored decision, against a floor in the same run.

Floor: reading the same columns of the same rows with the driver, and the bare numpy comparison of both thresholds.
Everything happens in a child process on a SQLite home of its own, which is removed afterwards.
"""

import json
import os
import sys
import time
from datetime import date
from typing import Any

from gongbu.ground.basics.child_bench import in_child


def run(size: int = 100_000) -> dict[str, Any]:
    """Measure in a home of its own; see :func:`measure`."""
    return in_child(__name__, size)


def measure(size: int) -> dict[str, Any]:
    """Return ``value``: replay over ``size`` projects and as many stored decisions, rows kept; and its parts in ms."""
    from django.apps import apps
    from django.db import connection

    from gongbu.ground.basics import clock
    from gongbu.ground.orgs.queries import console_actor
    from gongbu.ground.policy.sandbox import editing, services, sources

    county = _adopt()
    filling = time.perf_counter()
    _fill(size, county)
    filled = time.perf_counter() - filling
    actor = console_actor()
    trial = services.open_trial(
        region_id=county.pk, subject="GRADING", base="centralized", name="测量", on=clock.today(), actor=actor
    )
    rows: list[dict[str, Any]] = [
        {"id": "A", "total_investment_fen": {"above": "8000万元"}, "then": "A"},
        {"id": "B", "total_investment_fen": {"at_least": "500万元", "up_to": "8000万元"}, "then": "B"},
        {"id": "C", "total_investment_fen": {"below": "500万元"}, "then": "C"},
    ]
    trial = services.change(
        trial_id=trial.pk, rev=1, actor=actor,
        change=lambda files: editing.with_table(files, "centralized.grade", trial.on, rows, "第一条"),
    )  # fmt: skip
    marks: list[int] = []
    begun = time.perf_counter()
    trial = services.replay_trial(
        trial_id=trial.pk, actor=actor, progress=lambda done, _total, _label: marks.append(done)
    )
    value = time.perf_counter() - begun
    kept = trial.rows.count()
    upside_down = [{**row, "then": {"A": "B", "B": "C", "C": "A"}[row["then"]]} for row in rows]
    worst = services.change(
        trial_id=trial.pk, rev=trial.rev, actor=actor,
        change=lambda files: editing.with_table(files, "centralized.grade", trial.on, upside_down, "第一条"),
    )  # fmt: skip
    begun = time.perf_counter()
    worst = services.replay_trial(trial_id=worst.pk, actor=actor)
    worst_ms = (time.perf_counter() - begun) * 1000
    floor = _floor(connection, apps.get_model("projects", "Project")._meta.db_table)
    by_source = {one["source"]: one for one in (trial.result or {"sources": []})["sources"]}
    return {
        "name": "sandbox",
        "value": round(value * 1000, 1),
        "unit": "ms",
        "floor": round(floor * 1000, 1),
        "floor_name": "bare reads of the same columns + numpy comparison of both thresholds",
        "ratio": round(value / floor, 1),
        "size": size,
        "sources": len(sources.all_sources()),
        "asked": sum(one["total"] for one in by_source.values()),
        "changed": trial.changed,
        "rows_kept": kept,
        "all_change_ms": round(worst_ms, 1),
        "all_change_rows": worst.rows.count(),
        "progress_marks": len(marks),
        "filling_ms": round(filled * 1000),
    }


def _adopt() -> Any:
    from gongbu.ground.orgs.models import Region
    from gongbu.ground.orgs.queries import console_actor
    from gongbu.ground.policy import services as policy

    county = Region.objects.get(name="泾川县", valid_to=None)
    policy.adopt_packs(
        region_id=county.pk, subject="GRADING", packs=["centralized"], effective_from=date(2025, 1, 1),
        actor=console_actor(), document_number="测量",
    )  # fmt: skip
    return county


def _fill(size: int, county: Any) -> None:
    """Write projects, flat rows, one annual investment and one stored decision each, straight into the tables."""
    from django.apps import apps
    from django.db import transaction

    from gongbu.ground.basics import clock
    from gongbu.ground.policy import bench, queries, services
    from gongbu.ground.policy.models import PolicyDecision

    project, status, annual = (
        apps.get_model("projects", name) for name in ("Project", "ProjectStatus", "AnnualInvestment")
    )
    columns, now, today = bench.sample(size), clock.now(), clock.today()
    policy = queries.policy_for(county.pk, today)
    ref = policy.decide("centralized.grade", {}, today).ref
    with transaction.atomic():
        services.keep_records([ref])
    codes = policy.decide_many("centralized.grade", {"total_investment_fen": columns["total_investment_fen"]}, today)
    values = codes.values
    for start in range(0, size, 5_000):
        span = range(start, min(start + 5_000, size))
        totals = columns["total_investment_fen"]
        with transaction.atomic():
            project.objects.bulk_create(
                [
                    project(
                        id=n + 1, name=f"测量项目{n + 1}", kind="PROJECT", funding_nature="GOVERNMENT",
                        competent_region=county, region_key=county.key_lo, stage="APPROVAL", origin="CREATED",
                        total_investment_fen=totals[n], works_type="WATER", created_on=today, last_act_at=now,
                    )
                    for n in span
                ],
                batch_size=500,
            )  # fmt: skip
            status.objects.bulk_create(
                [
                    status(
                        id=n + 1, region_key=county.key_lo, region_name=county.name, name=f"测量项目{n + 1}",
                        kind="PROJECT", state="ACTIVE", stage="APPROVAL", stage_order=1, funding_nature="GOVERNMENT",
                        origin="CREATED", sort_key="", search="", last_act_at=now, rev=1,
                        total_investment_fen=totals[n],
                    )
                    for n in span
                ],
                batch_size=500,
            )  # fmt: skip
            annual.objects.bulk_create(
                [annual(project_id=n + 1, year=today.year, planned_fen=columns["annual_planned_fen"][n]) for n in span],
                batch_size=1_000,
            )
            PolicyDecision.objects.bulk_create(
                [
                    PolicyDecision(
                        subject_kind="project", subject_id=n + 1, region_key=county.key_lo,
                        table_key="centralized.grade", value=values[n], label="", on=today,
                        facts={"total_investment_fen": totals[n]}, content={}, confidence="S", pack=ref.pack,
                        pack_version=ref.version, record_id=ref.hash, clock="SYSTEM", decided_at=now,
                    )
                    for n in span
                ],
                batch_size=500,
            )  # fmt: skip


def _floor(connection: Any, table: str) -> float:
    import numpy as np

    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, stage, total_investment_fen, region_key FROM {table} ORDER BY id")
        totals = np.array([row[2] or 0 for row in cursor.fetchall()], dtype=np.int64)
        cursor.execute("SELECT project_id, year, planned_fen FROM projects_annual_investment ORDER BY project_id")
        planned = np.array([row[2] or 0 for row in cursor.fetchall()], dtype=np.int64)
        cursor.execute("SELECT id, subject_id, region_key, value, facts FROM policy_decision ORDER BY id")
        then = np.array([json.loads(row[4])["total_investment_fen"] or 0 for row in cursor.fetchall()], dtype=np.int64)
    for column in (totals, then):
        before = np.where(column > 10**10, 0, np.where(column >= 5 * 10**8, 1, 2))
        after = np.where(column > 8 * 10**9, 0, np.where(column >= 5 * 10**8, 1, 2))
        np.flatnonzero(before != after)
    np.flatnonzero(planned > 5 * 10**8)
    return time.perf_counter() - begun


def main() -> None:
    """Measure in the home of the environment and print the result (run by :func:`run`)."""
    import django

    from gongbu.ground.basics import reach

    django.setup()
    reach.widen_process("a measurement")
    from gongbu.config import home

    home.prepare(quiet=True)
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    main()
