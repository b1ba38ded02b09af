"""Measure settling a round: read and open every sheet, rank, shake the weights, store the result, enter the book.

In a child process on a SQLite home of its own: one county under the reserve pack, as many candidates as asked for, every
step on file, nine scorers, every sheet handed in. Each of the rounds is settled once, by the act that a user calls. The
floor takes the same sheets out of the table and ranks them, and keeps nothing.
"""

import json
import os
import random
import statistics
import sys
import time
from typing import Any

from gongbu.ground.basics.child_bench import in_child

SEED, ROUNDS, SCORERS, PLACES = 20261127, 5, 9, 50


def scoring(size: int) -> dict[str, Any]:
    """Settle rounds of ``size`` projects and nine scorers."""
    return in_child(__name__, size)


def _county() -> tuple[Any, Any, list[Any]]:
    """Return a county under the reserve pack, its head of 发改, and the posts of nine scorers."""
    from datetime import date

    from gongbu.ground.basics import clock
    from gongbu.ground.orgs.actor import Actor, GrantScope
    from gongbu.ground.orgs.models import Person, Post, Region, Unit
    from gongbu.ground.orgs.queries import console_actor
    from gongbu.ground.policy import queries as policy
    from gongbu.ground.policy.services import adopt_packs

    county = Region.objects.filter(level="COUNTY", valid_to=None).order_by("key_lo")[0]
    adopt_packs(
        region_id=county.pk, subject=policy.packs()["county_reserve"].subjects[0], packs=["county_reserve"],
        effective_from=date(clock.today().year - 1, 1, 1), actor=console_actor(), document_number="测字〔2026〕1号",
        reason="测量",
    )  # fmt: skip
    posts = []
    for n in range(SCORERS):
        unit = Unit.objects.create(name=f"第{n + 1}评分单位", kind="GOVERNMENT", region=county)
        posts.append(Post.objects.create(unit=unit, name="负责人"))
    person = Person.objects.create(login_name="bench", name="测量", unit=posts[0].unit)
    head = Actor(
        person.pk, person.name, posts[0].pk, posts[0].name, posts[0].unit_id, posts[0].unit.name, "GOVERNMENT",
        (GrantScope("INVESTMENT_HEAD", county.key_lo, county.key_hi, ""),),
    )  # fmt: skip
    return county, head, posts


def _projects(county: Any, size: int) -> list[Any]:
    from gongbu.ground.basics import clock
    from gongbu.mainline.projects.models import Project

    now, today = clock.now(), clock.today()
    rows = [
        Project(
            name=f"第{n + 1}号测量项目", funding_nature="GOVERNMENT", competent_region=county, region_key=county.key_lo,
            stage="RESERVE", owner_name=f"第{n % 97}建设单位", origin="CREATED", state="ACTIVE", created_on=today,
            last_act_at=now,
        )
        for n in range(size)
    ]  # fmt: skip
    return Project.objects.bulk_create(rows, batch_size=500)


def _steps(card: Any, projects: list[Any], actor: Any) -> None:
    """Put every step on file, each visit with the picture that the card may ask for."""
    import io

    from PIL import Image

    from gongbu.ground.basics import clock
    from gongbu.ground.documents import services as documents
    from gongbu.mainline.selection.choices import STEP, StepForm
    from gongbu.mainline.selection.models import StepRecord

    now, today = clock.now(), clock.today()
    rows = [
        StepRecord(
            project=project, region_key=project.region_key, step=step.key, step_label=step.label, form=step.form.value,
            held_on=today, verdict="AGREED", text="已办", recorded_at=now,
        )
        for project in projects for step in card.steps
    ]  # fmt: skip
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    for row in StepRecord.objects.unscoped("bench").bulk_create(rows, batch_size=500):
        if row.form == StepForm.VISIT.value:
            documents.store(
                io.BytesIO(picture.getvalue()), "现场.png", subject_kind=STEP, subject_id=row.pk,
                region_key=row.region_key, access="INTERNAL", actor=actor, kind="SITE_VISIT",
            )  # fmt: skip


def _round(county: Any, head: Any, posts: list[Any], projects: list[Any], number: int) -> Any:
    """Return a round that waits to be settled, with every sheet sealed and handed in."""
    from gongbu.ground.basics import clock
    from gongbu.ground.ledger.hashing import DEFAULT, digest_of
    from gongbu.mainline.selection import queries, services
    from gongbu.mainline.selection.models import Candidate, Scorer, Sheet
    from gongbu.mainline.selection.rules.sealing import commitment_of
    from gongbu.mainline.selection.services import NewRound, rounds
    from gongbu.mainline.selection.services.scoring import text_of

    draw, now, today = random.Random(SEED + number), clock.now(), clock.today()
    round_ = services.open_round(
        new=NewRound(county.pk, f"第{number}批", today.year, min(PLACES, len(projects))), actor=head
    )
    candidates = Candidate.objects.unscoped("bench").bulk_create(
        [Candidate(round=round_, project=p, region_key=p.region_key, name=p.name, sort_key=p.name) for p in projects],
        batch_size=500,
    )
    scorers = Scorer.objects.bulk_create(
        [
            Scorer(
                round=round_, post=post, name=f"{post.unit.name}{post.name}", unit_id=post.unit_id,
                unit_name=post.unit.name, role="SECTOR_HEAD", appointed_on=today,
            )
            for post in posts
        ]
    )  # fmt: skip
    keys, digest = [one.key for one in queries.card_of(round_).dimensions], digest_of(DEFAULT)
    sheets = []
    for candidate in candidates:
        quality = draw.uniform(55, 92)
        for scorer in scorers:
            marks = {key: str(max(0, min(100, round(draw.gauss(quality, 5))))) for key in keys}
            sheet = Sheet(
                round=round_, candidate=candidate, scorer=scorer, marks=marks, salt=draw.randbytes(32).hex(),
                algorithm=DEFAULT, comment="情况属实，同意。" if draw.random() < 0.2 else "", person_name="测量",
                submitted_at=now,
            )  # fmt: skip
            sheet.commitment = commitment_of(text_of(sheet, candidate.project_id), digest)
            sheets.append(sheet)
    Sheet.objects.bulk_create(sheets, batch_size=500)
    round_.state, round_.started_on = "SCORING", today
    round_.save()
    rounds.recount(round_)
    return round_


def measure(size: int) -> dict[str, Any]:
    """Fill, settle each round once, and look at the floor."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from gongbu.mainline.selection import queries, services
    from gongbu.mainline.selection.models import Candidate, Sheet
    from gongbu.mainline.selection.services.settling import compute

    county, head, posts = _county()
    with transaction.atomic():
        projects = _projects(county, size)
        rounds = [_round(county, head, posts, projects, n) for n in range(1, ROUNDS + 2)]
        _steps(queries.card_of(rounds[0]), projects, head)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    floors = []
    for round_ in rounds:
        started = time.perf_counter()
        candidates = list(Candidate.objects.unscoped("bench").filter(round=round_).only("pk"))
        compute(queries.card_of(round_), candidates, list(Sheet.objects.filter(round=round_)), round_.places)
        floors.append((time.perf_counter() - started) * 1000)
    took, used = [], []
    for round_ in rounds[:-1]:
        started, cpu = time.perf_counter(), time.process_time()
        services.settle_round(round_id=round_.pk, actor=head)
        took.append((time.perf_counter() - started) * 1000)
        used.append((time.process_time() - cpu) * 1000)
    with CaptureQueriesContext(connection) as seen:
        services.settle_round(round_id=rounds[-1].pk, actor=head)
    started = time.perf_counter()
    assert services.verify(rounds[0].pk).sheets == size * SCORERS
    return {
        "value": round(statistics.median(took), 1), "unit": "ms", "worst": round(max(took), 1),
        "cpu": round(statistics.median(used), 1), "floor": round(statistics.median(floors), 1),
        "floor_name": "同样的评分表取出并排名，不保存", "scorers": SCORERS, "sheets": size * SCORERS, "queries": len(seen),
        "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def main() -> None:
    """Run in the child."""
    from gongbu.config.cli import setup_django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    setup_django()
    sys.stdout.write(json.dumps(measure(int(sys.argv[1])), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
