"""A small county office: two posts, three people; the leader's post above them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.inbox import services
from gongbu.ground.inbox.models import Task
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs.actor import Actor, GrantScope
from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Region, Unit
from gongbu.ground.orgs.queries import actor_for

COUNTY = 990_121_000_000
START = date(2026, 1, 1)


@dataclass
class Office:
    """The people and posts of the tests."""

    officer: Person
    head: Person
    deputy: Person
    officer_post: Post
    head_post: Post
    administrator: Actor

    def acting(self, person: Person) -> Actor:
        """The person as an actor today."""
        return actor_for(person)


@pytest.fixture
def office(db) -> Office:
    from gongbu.ground.ledger.services import mark_demo_edition

    mark_demo_edition()
    region = Region.objects.create(
        name="青岚县", level="COUNTY", key_lo=COUNTY, key_hi=COUNTY + 1_000_000, is_demo=True
    )
    unit = Unit.objects.create(name="青岚县发展和改革局", kind="GOVERNMENT", region=region)

    def person(login: str, name: str) -> Person:
        return Person.objects.create(login_name=login, name=name, unit=unit, must_change_password=False)

    def post(name: str, holder: Person, role: str) -> Post:
        row = Post.objects.create(unit=unit, name=name)
        Holding.objects.create(post=row, person=holder, valid_from=START)
        Grant.objects.create(post=row, role=role, region=region, valid_from=START)
        return row

    officer, head, deputy = person("lin", "林晓燕"), person("qiao", "乔建平"), person("tian", "田秀梅")
    officer_post = post("投资股经办", officer, "INVESTMENT_OFFICER")
    head_post = post("局长", head, "INVESTMENT_HEAD")
    post("综合股经办", deputy, "VIEWER")
    administrator = Actor(99, "邵文博", grants=(GrantScope("SYSTEM_ADMIN", COUNTY, COUNTY + 1_000_000),))
    return Office(officer, head, deputy, officer_post, head_post, administrator)


@pytest.fixture
def on() -> Callable[[str], object]:
    """Run a block on a simulated day."""
    return lambda text: clock.simulate(date.fromisoformat(text))


def assign(office: Office, key: str = "case:1:decide", **changes) -> Task:
    given = {
        "key": key, "kind": "approvals.decide", "title": "可行性研究报告审批", "url": "/approvals/1",
        "subject": Subject("case", 1, COUNTY, "城关镇污水管网工程"), "post_id": office.officer_post.pk,
    }  # fmt: skip
    return services.assign_task(**{**given, **changes})
