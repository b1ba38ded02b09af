"""查重 by the API: candidates with score and evidence, within the caller's sight; nothing is stored."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.mainline.likeness.models import Pair
from gongbu.mainline.likeness.tests.test_index import settle
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nation(db: None) -> None:
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})


def ask(client: Client, **body: Any) -> Any:
    return client.post("/api/likeness", json.dumps(body), content_type="application/json")


@pytest.mark.req("CM-02", "GO-18")
def test_candidates_come_with_score_and_evidence() -> None:
    one = make.reserve_project(name="石桥镇污水处理厂")
    make.reserve_project(name="滨河路南段道路工程")
    settle()
    before = Entry.objects.count(), Pair.objects.unscoped("test").count()
    answer = ask(signed_in("INVESTMENT_OFFICER"), name="云溪县石桥镇污水厂新建项目", total_investment_fen=100)
    assert answer.status_code == 200, answer.content.decode()
    (row,) = answer.json()["candidates"]
    assert (row["project_id"], row["relation"], row["relation_label"]) == (one.pk, "SAME", "疑似同一项目")
    assert 0.8 < row["score"] <= 1
    assert all(evidence["message"] for evidence in row["evidence"])
    assert answer.json()["same_at"] > answer.json()["shown_at"]
    assert ask(signed_in("INVESTMENT_OFFICER"), name="石桥镇污水处理厂", exclude=[one.pk]).json()["candidates"] == []
    assert (Entry.objects.count(), Pair.objects.unscoped("test").count()) == before


@pytest.mark.req("CM-10", "GO-15")
def test_what_is_out_of_sight_is_counted_and_what_is_secret_stays() -> None:
    one = make.reserve_project(name="青石河大桥至石板滩公路", at=make.neighbour())
    mine = make.reserve_project(name="东铺镇敬老院")
    settle()
    officer = signed_in("INVESTMENT_OFFICER")
    answer = ask(officer, name="青石河大桥至石板滩公路工程").json()
    assert (answer["candidates"], answer["hidden"]) == ([], 1)
    assert ask(signed_in("INVESTMENT_OFFICER", make.neighbour()), name=one.name).json()["hidden"] == 0
    Project.objects.unscoped("test").filter(pk=mine.pk).update(content="涉密工程，机密级")
    answer = ask(officer, name="东铺镇敬老院建设项目").json()
    assert (answer["candidates"], answer["withheld"]) == ([], 1)
    assert ask(officer, name="机密级指挥所工程").status_code == 422


def test_who_may_not_and_what_cannot_be_read_is_refused() -> None:
    officer = signed_in("INVESTMENT_OFFICER")
    assert ask(Client(), name="东铺镇敬老院").status_code == 401
    assert ask(signed_in("OWNER_UNIT"), name="东铺镇敬老院").status_code == 403
    assert ask(officer, name="院").status_code == 422
    assert ask(officer, name="东铺镇敬老院", region="999999").status_code == 422
    assert ask(officer, name="东铺镇敬老院", colour="red").status_code == 422


def test_it_asks_as_much_for_many_as_for_one() -> None:
    client = signed_in("INVESTMENT_OFFICER")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ask(client, name="石桥镇第1小学教学大楼").status_code == 200
        return len(captured)

    make.reserve_project(name="石桥镇第1小学教学楼")
    settle()
    count()
    few = count()
    for n in range(2, 12):
        make.reserve_project(name=f"石桥镇第{n}小学教学楼")
    settle()
    assert count() == few
