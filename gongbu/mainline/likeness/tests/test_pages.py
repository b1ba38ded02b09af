"""Pages of likeness through the whole stack: the form of a new project, the panel, deciding, the register, imports."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongbu.ground.ledger import queries as ledger
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers import counting
from gongbu.ground.registers.importing import kinds
from gongbu.ground.registers.importing import services as importing
from gongbu.mainline.likeness import queries, services
from gongbu.mainline.likeness.tests.test_index import settle
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nation(db: None) -> None:
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})


def fields(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "funding_nature": "GOVERNMENT", "competent_region_id": make.region().pk, "stage": "RESERVE",
            "declared_level": "OPEN", "occurred_on": date.today().isoformat(), **more}  # fmt: skip


def named(name: str) -> "Project | None":
    return Project.objects.unscoped("test").filter(name=name).first()


@pytest.mark.req("CM-02")
def test_at_entry_the_like_is_shown_and_must_be_answered_before_saving() -> None:
    one = make.reserve_project(name="石桥镇污水处理厂")
    settle()
    client, name = signed_in("TOWNSHIP_CLERK"), "云溪县石桥镇污水厂新建项目"
    assert (
        "石桥镇污水处理厂"
        in client.get("/likeness/check", {"name": name, "competent_region_id": make.region().pk}).content.decode()
    )
    assert client.get("/likeness/check").content == b""
    answer = client.post("/projects/new", fields(name))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "有 1 个相似项目尚未说明" in page
    assert f'name="likeness-{one.pk}"' in page
    answer = client.post("/projects/new", fields(name, **{f"likeness-{one.pk}": "DIFFERENT"}))
    assert answer.status_code == 422
    assert "请写明理由" in answer.content.decode()
    assert 'value="DIFFERENT" checked' in answer.content.decode(), "what was ticked is still ticked"
    answer = client.post("/projects/new", fields(name, **{f"likeness-{one.pk}": "SAME"}))
    assert answer.status_code == 422
    assert named(name) is None
    said = {f"likeness-{one.pk}": "DIFFERENT", f"likeness-{one.pk}-reason": "位于工业园，处理工业废水"}
    assert client.post("/projects/new", fields(name, **said)).status_code == 302
    new = named(name)
    assert new is not None
    (pair,) = queries.pairs_of(new.pk)
    assert (pair.state, pair.verdict, pair.reason) == ("STATED", "DIFFERENT", "位于工业园，处理工业废水")
    assert any(row.kind == "likeness.decided" for row in ledger.list_for_subject("project", one.pk))


def test_a_name_like_nothing_is_saved_at_once() -> None:
    make.reserve_project(name="石桥镇污水处理厂")
    settle()
    client = signed_in("INVESTMENT_OFFICER")
    assert client.post("/projects/new", fields("东铺镇敬老院")).status_code == 302
    page = client.get("/likeness/check", {"name": "大坪镇农贸市场"}).content.decode()
    assert "没有发现相似项目" in page


def test_what_is_out_of_sight_is_counted_and_not_named() -> None:
    make.reserve_project(name="青石河大桥至石板滩公路", at=make.neighbour())
    settle()
    client = signed_in("TOWNSHIP_CLERK")
    page = client.get("/likeness/check", {"name": "青石河大桥至石板滩公路工程"}).content.decode()
    assert "青石河" not in page
    assert "另有 1 个相似项目不在您的查看范围内" in page


@pytest.mark.req("CM-02")
def test_the_panel_shows_what_waits_and_what_was_said_on_both_files() -> None:
    one, other = make.reserve_project(name="石桥镇敬老院"), make.reserve_project(name="石桥镇养老服务中心")
    settle()
    officer = signed_in("INVESTMENT_OFFICER")
    page = officer.get(f"/projects/{one.pk}/?tab=likeness").content.decode()
    assert "石桥镇养老服务中心" in page
    assert "待确认" in page, "the limit is a platform default, and says so"
    address = f"/likeness/{other.pk}/{one.pk}/decide"
    assert "两份档案" in officer.get(address).content.decode()
    assert officer.post(address, {"likeness_verdict": "DIFFERENT", "likeness_reason": ""}).status_code == 422
    assert officer.post(address, {"likeness_verdict": "SAME", "likeness_reason": "重复申报"}).status_code == 302
    for project in (one, other):
        page = officer.get(f"/projects/{project.pk}/?tab=likeness").content.decode()
        assert "认定记录" in page
        assert "重复申报" in page
    head = signed_in("INVESTMENT_HEAD")
    assert "合并两份档案" in head.get(f"/projects/{one.pk}/?tab=likeness").content.decode()
    timeline = officer.get(f"/projects/{one.pk}/?tab=timeline").content.decode()
    assert "认定相似项目" in timeline
    assert signed_in("LEADER").get(address).status_code == 403
    assert signed_in("INVESTMENT_OFFICER", make.neighbour()).get(address).status_code == 404


def test_an_officer_confirms_a_statement_on_the_panel() -> None:
    one, other = make.reserve_project(name="石桥镇敬老院"), make.reserve_project(name="石桥镇养老服务中心")
    pair = services.decide(
        project_id=other.pk, other_id=one.pk, verdict="OTHER_PHASE", actor=make.actor("TOWNSHIP_CLERK")
    )
    address = f"/likeness/{pair.pk}/confirm"
    assert signed_in("TOWNSHIP_CLERK").post(address).status_code == 403
    officer = signed_in("INVESTMENT_OFFICER")
    assert officer.post(address, {"rev": 99}).status_code == 409
    answer = officer.post(address, {"rev": pair.rev, "project": one.pk})
    assert answer.status_code == 302
    assert answer["Location"] == f"/projects/{one.pk}/?tab=likeness"
    assert queries.pairs().get().state == "DECIDED"


def many(count: int, start: int) -> None:
    for n in range(start, start + count):
        make.reserve_project(name=f"石桥镇第{n}小学教学楼")
        make.reserve_project(name=f"石桥镇第{n}小学教学综合楼建设项目")
    settle()


def asked(client: Client, address: str) -> int:
    client.get(address)
    counting.forget()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_register_and_the_panel_ask_as_much_for_thirty_as_for_one() -> None:
    client = signed_in("INVESTMENT_OFFICER")
    many(1, 1)
    first = Project.objects.unscoped("test").order_by("pk").first()
    assert first is not None
    addresses = ["/likeness/", f"/projects/{first.pk}/?tab=likeness", "/likeness/check?name=石桥镇第1小学教学楼改造"]
    few = [asked(client, a) for a in addresses]
    many(29, 2)
    assert [asked(client, a) for a in addresses] == few
    page = client.get("/likeness/").content.decode()
    assert "共 30 条" in page
    assert "疑似同一项目" in page
    assert "没有" in client.get("/likeness/?tab=DECIDED").content.decode()
    assert client.get("/likeness/export.csv").status_code == 200


@pytest.mark.req("CM-02")
def test_an_import_flags_what_is_like_a_project_on_file_or_another_row(tmp_path: Path) -> None:
    make.reserve_project(name="石桥镇污水处理厂")
    make.reserve_project(name="滨河路南段道路工程")
    settle()
    rows = [
        "项目名称",
        "云溪县石桥镇污水厂新建项目",
        "滨河路北段道路工程",
        "东铺镇敬老院",
        "东铺镇养老服务中心建设项目",
        "石桥镇污水处理厂",
    ]
    batch = importing.stage(content="\n".join(rows).encode(), file_name="储备.csv", kind=kinds.get("projects"),
                            actor=make.officer(), region=make.region())  # fmt: skip
    found = {row.number: row.findings for row in batch.rows.order_by("number")}
    assert "likeness.import_similar" in found[2]
    assert "石桥镇污水处理厂" in found[2]
    assert "likeness.import_other_part" in found[3], "another section of the same road is told as such"
    assert "likeness" not in found[4]
    assert "likeness.import_similar_row" in found[5]
    assert "likeness" not in found[6], "a row on file already is the importer's business"
    assert batch.rows_rejected == 0, "flagged, never rejected"


def test_checking_an_import_asks_as_much_for_thirty_rows_as_for_three() -> None:
    many(1, 1)

    def count(rows: int) -> int:
        names = [f"石桥镇第{n}小学教学大楼" for n in range(1, rows + 1)]
        content = "\n".join(["项目名称", *names]).encode()
        with CaptureQueriesContext(connection) as captured:
            importing.stage(
                content=content,
                file_name=f"{rows}.csv",
                kind=kinds.get("projects"),
                actor=make.officer(),
                region=make.region(),
            )
        return sum("likeness_" in q["sql"] for q in captured.captured_queries)

    assert count(3) == count(30)
