"""Classifications follow the packs: when a region adopts others, its projects are asked again, from the day on that it counts.

Only changed answers enter the book. Running twice changes nothing more.
"""

from datetime import date

from django.db import transaction

from gongbu.ground.basics import clock
from gongbu.ground.jobs import services as jobs
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.policy import queries as policy_queries
from gongbu.mainline.projects.choices import State
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.services import record
from gongbu.mainline.projects.services.classifying import UNRULED, judge

JOB = "projects.follow_packs"
CHUNK = 100
SYSTEM = Actor(None, "系统（制度采用后重新分类）")


def on_adopted(message: OutboxMessage) -> None:
    """Ask again at once when the adoption has begun; a later one waits for its day."""
    if date.fromisoformat(message.data["effective_from"]) <= clock.today():
        jobs.submit(JOB, lo=message.region_key, hi=message.data["region_key_hi"])


def on_day(on: date) -> None:
    """Ask again where an adoption begins on this day, or a new version of a table in a pack that is adopted."""
    packs = policy_queries.all_packs()
    regions = set()
    for row in policy_queries.list_all_adoptions():
        if row.effective_from > on or (row.effective_to is not None and row.effective_to <= on):
            continue
        tables = [
            one
            for key, _, _ in row.packs
            if key in packs
            for versions in packs[key].tables.values()
            for one in versions
        ]
        if row.effective_from == on or any(one.effective_from == on for one in tables):
            regions.add(row.region_id)
    for region_id in sorted(regions):
        region = policy_queries.region_of(region_id)
        jobs.submit(JOB, lo=region.key_lo, hi=region.key_hi)


def follow(lo: int, hi: int) -> int:
    """Decide anew for every project of the regions and enter what changed; return how many changed."""
    today, changed, last, done = clock.today(), 0, 0, 0
    rows = Project.objects.unscoped("classification follows the packs").filter(
        region_key__gte=lo, region_key__lt=hi, state=State.ACTIVE
    )
    total = rows.count()
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        last = ids[-1]
        changed += _some(ids, today)
        done += len(ids)
        jobs.report(done, total, "重新分类")
    return changed


@transaction.atomic
def _some(ids: list[int], today: date) -> int:
    projects = list(
        Project.objects.unscoped("classification follows the packs")
        .select_for_update(of=("self",))
        .select_related("competent_region")
        .filter(pk__in=ids)
        .order_by("pk")
    )
    judged = judge(projects, today)
    changed = [one for one in projects if judged[one.pk].answers and UNRULED not in judged[one.pk].answers]
    for project in changed:
        record.commit(
            "project.classified", project, actor=SYSTEM, on=today,
            after={"classification": judged[project.pk].answers}, policy=judged[project.pk].refs,
        )  # fmt: skip
    return len(changed)
