"""核对新入档项目: who is asked to look at what outsiders entered, and what ends it."""

from datetime import date
from types import SimpleNamespace

import pytest

from gongbu.ground.basics.findings import InvalidInput
from gongbu.ground.inbox import services as inbox
from gongbu.ground.inbox.models import Task
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Unit
from gongbu.ground.orgs.queries import actor_for
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.projects import services
from gongbu.mainline.projects.tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def desks(db) -> SimpleNamespace:
    """An officer, a township clerk and a project unit of one county, as people with posts."""
    county = make.region()
    bureau = make.unit("云溪县发展和改革局", "GOVERNMENT")
    firm = make.unit()

    def person(login: str, name: str, at: Unit, post: str, role: str) -> Actor:
        row = Person.objects.create(login_name=login, name=name, unit=at)
        seat = Post.objects.create(unit=at, name=post)
        Holding.objects.create(post=seat, person=row, valid_from=date(2020, 1, 1))
        Grant.objects.create(post=seat, role=role, region=county, valid_from=date(2020, 1, 1))
        return actor_for(row)

    return SimpleNamespace(
        county=county,
        firm=firm,
        officer=person("yue", "岳知行", bureau, "投资股经办", "INVESTMENT_OFFICER"),
        clerk=person("xiang", "向前", make.unit("云溪县城关镇人民政府", "GOVERNMENT"), "项目专干", "TOWNSHIP_CLERK"),
        owner=person("cheng", "程建", firm, "经办", "OWNER_UNIT"),
    )


def enter(desks: SimpleNamespace, by: Actor, name: str = "云溪县城东农贸市场项目") -> int:
    more = {"owner_unit_id": desks.firm.pk} if by is desks.owner else {}
    project = make.reserve_project(by=by, name=name, **more)
    outbox.dispatch()
    return project.pk


def open_tasks() -> list[str]:
    return list(Task.objects.filter(state="OPEN").order_by("pk").values_list("title", flat=True))


@pytest.mark.req("CM-10", "GO-12")
@pytest.mark.parametrize("who", ["clerk", "owner"])
def test_what_an_outsider_enters_is_looked_at_and_an_officers_act_ends_it(desks, who):
    pk = enter(desks, getattr(desks, who))
    task = Task.objects.get()
    assert (task.title, task.post_id) == ("核对新入档项目：云溪县城东农贸市场项目", desks.officer.post_id)
    assert task.url == f"/projects/{pk}/"
    OutboxMessage.objects.update(dispatched_at=None)
    outbox.dispatch()
    assert Task.objects.count() == 1

    services.update_project(project_id=pk, actor=desks.officer, rev=1, changes={"content": "已核对建设内容"})
    assert len(open_tasks()) == 1  # until the outbox is read
    outbox.dispatch()
    task.refresh_from_db()
    assert (task.state, task.done_by_name, task.outcome) == ("DONE", "岳知行", "修改项目信息")


def test_what_an_officer_enters_needs_no_second_look(desks):
    enter(desks, desks.officer)
    assert open_tasks() == []


def test_the_clerks_own_later_act_does_not_end_the_look_but_confirming_does(desks):
    pk = enter(desks, desks.clerk)
    services.update_project(project_id=pk, actor=desks.clerk, rev=1, changes={"content": "补充说明"})
    outbox.dispatch()
    assert len(open_tasks()) == 1
    inbox.confirm_task(task_id=Task.objects.get().pk, actor=desks.officer)
    assert open_tasks() == []
    assert Task.objects.get().outcome == "已核对，无误"


def test_a_refused_project_asks_nobody(desks):
    before = make.footprint()
    with pytest.raises(InvalidInput):
        make.reserve_project(by=desks.clerk, name="")
    outbox.dispatch()
    assert make.footprint() == before
    assert Task.objects.count() == 0


def test_a_repeated_creation_returns_the_first_project_though_its_name_is_taken_by_itself(desks):
    given = {"actor": desks.officer, "region_id": desks.county.pk, "name": "云溪县第二水厂", "key": "form:1"}
    first = services.create_project(**given)
    before = make.footprint()
    assert services.create_project(**given).pk == first.pk
    with pytest.raises(InvalidInput):
        services.create_project(**{**given, "key": "form:2"})
    assert make.footprint() == before
