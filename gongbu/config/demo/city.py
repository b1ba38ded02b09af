"""The fictional city: regions, units, posts, people, grants, adopted packs. Found again when they exist."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from gongbu.config.demo.timeline import Timeline
from gongbu.ground.orgs import regions
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Region, Unit
from gongbu.ground.orgs.queries import actor_for, console_actor
from gongbu.ground.orgs.services import grants, people, posts, units
from gongbu.ground.orgs.services.regions import create_region
from gongbu.ground.policy import queries as policy
from gongbu.ground.policy.models import Adoption
from gongbu.ground.policy.services import adopt_packs

SEED = Path(__file__).parent / "fictional"
FOUNDED_DAYS_AGO = 1500
EDITION = "演示版"


def seed() -> dict[str, Any]:
    """Return the regions, adoptions and people of ``fictional/people.yaml``."""
    content: dict[str, Any] = yaml.load((SEED / "people.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    return content


def plan(timeline: Timeline) -> None:
    """Put the founding of the city on the timeline."""
    founded = timeline.days_ago(FOUNDED_DAYS_AGO)
    content = seed()
    for row in content["regions"]:
        timeline.at(founded, row["name"], partial(ensure_region, row))
    for row in content["people"]:
        timeline.at(founded, row["name"], partial(ensure_person, row, founded))
    for row in content["adoptions"]:
        day = timeline.days_ago(row["from_days_ago"])
        timeline.at(day, "采用制度包", partial(ensure_adoption, row, day))


def region_of(code: str) -> Region:
    """Return a region of the demo by its code."""
    match = regions.find_by_code(code)
    if match is None:
        raise LookupError(code)
    return match.region


def ensure_region(row: dict[str, str]) -> Region:
    """Create a demo region unless it exists."""
    if (match := regions.find_by_code(row["code"])) is not None:
        return match.region
    parent = region_of(row["parent"]) if "parent" in row else Region.objects.get(level=Region.Level.NATION)
    return create_region(
        actor=console_actor(),
        code=row["code"],
        name=row["name"],
        parent_id=parent.pk,
        level=row["level"],
        kind=row.get("kind", Region.Kind.ADMINISTRATIVE),
        edition=EDITION,
        is_demo=True,
    )


def kind_of_unit(name: str) -> str:
    """Tell what a unit is from the ending of its name."""
    if name.endswith(("有限公司", "集团")):
        return (
            Unit.Kind.STATE_OWNED if any(w in name for w in ("投资", "轨道", "安居", "港务")) else Unit.Kind.ENTERPRISE
        )
    if name.endswith(("医院", "中心", "大队", "整理组")):
        return Unit.Kind.PUBLIC_INSTITUTION
    return Unit.Kind.GOVERNMENT


def ensure_unit(name: str, region: Region, *, kind: str = "", sector: str = "") -> Unit:
    """Create a unit in a region unless it exists."""
    standing = Unit.objects.unscoped("the demo looks for its own units").filter(name=name, region=region).first()
    if standing is not None:
        return standing
    return units.create_unit(
        actor=console_actor(), name=name, kind=kind or kind_of_unit(name), region_id=region.pk, sector=sector
    )


def ensure_person(row: dict[str, str], founded: date) -> Person:
    """Create a person with unit, post and grant unless they exist."""
    console, region = console_actor(), region_of(row["region"])
    unit = ensure_unit(row["unit"], region, kind=row.get("kind", ""), sector=row.get("sector", ""))
    person = Person.objects.filter(login_name=row["login"]).first() or people.create_person(
        actor=console, unit_id=unit.pk, login_name=row["login"], name=row["name"], is_demo=True
    )
    post = Post.objects.filter(unit=unit, name=row["post"]).first() or posts.create_post(
        actor=console, unit_id=unit.pk, name=row["post"]
    )
    if not Holding.objects.filter(post=post, person=person).exists():
        posts.appoint(actor=console, post_id=post.pk, person_id=person.pk, on=founded)
    if not Grant.objects.unscoped("the demo looks for its own grants").filter(post=post, role=row["role"]).exists():
        grants.grant_role(
            actor=console,
            role=row["role"],
            region_id=region.pk,
            post_id=post.pk,
            sector=row.get("sector", ""),
            valid_from=founded,
        )
    return person


def ensure_adoption(row: dict[str, Any], day: date) -> None:
    """Let the region adopt its packs, one decision for each subject they speak about."""
    region, actor = region_of(row["region"]), console_actor()
    installed = policy.packs()
    by_subject: dict[str, list[str]] = {}
    for key in row["packs"]:
        for subject in installed[key].subjects:
            by_subject.setdefault(subject, []).append(key)
    for subject, keys in by_subject.items():
        if Adoption.objects.filter(region=region, subject=subject).exists():
            continue
        adopt_packs(
            region_id=region.pk,
            subject=subject,
            packs=keys,
            effective_from=day,
            actor=actor,
            document_number=f"{region.name[:1]}政办发〔{day.year}〕{day.month + 10}号",
            reason="演示：按本地办法采用",
        )


def acting(login: str, on: date) -> Actor:
    """Return a demo person acting in his post on the day."""
    return actor_for(Person.objects.get(login_name=login), on=on)
