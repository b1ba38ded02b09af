"""Declaring: paths by the pack, the gate with its clause, townships, owners, refusals that leave nothing behind."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.inbox.models import Task
from gongbu.ground.ledger.models import Entry
from gongbu.ground.policy.models import PolicyDecision
from gongbu.mainline.projects import services as project_services
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.projects.tests.factories import YI
from gongbu.mainline.reserve import services
from gongbu.mainline.reserve.models import LibraryEntry, PerformanceTarget
from gongbu.mainline.reserve.tests import factories as make

pytestmark = pytest.mark.django_db


def refused(call: Any, kind: type[Refusal], code: str) -> Refusal:
    """The act refuses with this code, and nothing was saved, entered or sent."""
    before = make.footprint()
    with pytest.raises(kind) as caught:
        call()
    error = caught.value
    codes = [f.code for f in error.findings] if isinstance(error, InvalidInput) else [error.code]
    assert code in codes
    assert make.footprint() == before
    return error


def open_tasks(kind: str) -> list[tuple[str, int | None]]:
    return list(Task.objects.filter(kind=kind, state="OPEN").order_by("pk").values_list("title", "post_id"))


@pytest.mark.req("JC-03", "JC-01")
def test_a_township_project_stands_in_its_library_and_waits_for_the_department():
    mine = make.libraries()
    clerk, place = make.clerk(), make.township()
    entry = make.declared(clerk, place)
    assert (entry.state, entry.step, entry.path, entry.declarer) == (
        "PENDING",
        "PRELIMINARY_CHECK",
        "TOWNSHIP",
        "TOWNSHIP",
    )
    rows = {e.kind: e for e in LibraryEntry.objects.unscoped("test").filter(project_id=entry.project_id)}
    assert (rows["TOWNSHIP"].state, rows["TOWNSHIP"].in_on) == ("IN", clock.today())
    file = make.flat(entry)
    assert (file.state, file.step, file.township_id, file.sector_id) == (
        "PENDING",
        "PRELIMINARY_CHECK",
        mine["TOWNSHIP"].pk,
        None,
    )
    assert open_tasks("reserve.preliminary_check") == [(f"储备初核：{file.name}", make.department().post_id)]
    content = orjson.loads(Entry.objects.filter(kind="reserve.declare").get().canonical)
    assert content["subject"]["kind"] == "project"
    assert content["after"]["township_library"] == "松桥镇储备库"
    assert {ref["key"] for ref in content["policy"]} == {"county_reserve.entry_gate", "county_reserve.entry_path"}
    tables = PolicyDecision.objects.filter(subject_id=entry.project_id).values_list("table_key", flat=True)
    assert "county_reserve.entry_path" in tables


@pytest.mark.req("JC-03")
@pytest.mark.parametrize(
    ("who", "library", "path", "step"),
    [
        ("department", "水利", "SECTOR", "PRELIMINARY_CHECK"),
        ("owner", "水利", "SECTOR", "PRELIMINARY_CHECK"),
        ("officer", "FRUIT_VEGETABLE", "CHAIN", "PRELIMINARY_CHECK"),
        ("chain_office", "FRUIT_VEGETABLE", "CHAIN_OFFICE", "CHAIN_LEADER_REVIEW"),
    ],
)
def test_each_declarer_goes_the_path_of_the_pack(who, library, path, step):
    make.libraries()
    by = getattr(make, who)()
    sector = "农业农村" if who == "chain_office" else "水利"
    entry = make.declared(by, sector=sector, library=library)
    assert (entry.path, entry.step) == (path, step)
    if step == "CHAIN_LEADER_REVIEW":
        make.leader()
        assert "链长审核" in make.flat(entry).get_step_display()


@pytest.mark.req("JC-03")
def test_what_is_under_construction_is_refused_with_the_clause():
    mine = make.libraries()
    project = projects.taken_over_project(sector="水利", total_investment_fen=YI)
    error = refused(
        lambda: services.declare(library_id=mine["水利"].pk, project_id=project.pk, actor=make.officer()),
        InvalidInput, "reserve.started",
    )  # fmt: skip
    assert isinstance(error, InvalidInput)
    finding = next(f for f in error.findings if f.code == "reserve.started")
    assert str(finding.basis) == "关于进一步健全完善项目管理机制的实施方案（泾川县2023年，据平办发〔2022〕36号）第3条"
    assert "施工建设" in word(finding)


def test_an_early_stage_nobody_stated_is_asked_and_not_guessed():
    mine = make.libraries()
    project = projects.reserve_project(sector="水利", total_investment_fen=YI)
    refused(
        lambda: services.declare(library_id=mine["水利"].pk, project_id=project.pk, actor=make.officer()),
        InvalidInput, "reserve.stage_unclear",
    )  # fmt: skip
    entry = services.declare(
        library_id=mine["水利"].pk, project_id=project.pk, actor=make.officer(), early_stage="PLANNED",
        changes={"content": "新建泵站一座"},
    )  # fmt: skip
    project.refresh_from_db()
    assert (project.early_stage, project.content, entry.step) == ("PLANNED", "新建泵站一座", "PRELIMINARY_CHECK")


def test_a_declaration_without_total_twice_elsewhere_or_by_a_stranger_is_refused():
    mine = make.libraries()
    by = make.officer()
    new = make.new_project(projects.region(), total_investment_fen=None)
    refused(
        lambda: services.declare(library_id=mine["水利"].pk, new=new, actor=by), InvalidInput, "reserve.total_missing"
    )
    entry = make.declared(by)
    again = {"library_id": mine["农业农村"].pk, "project_id": entry.project_id, "actor": by}
    refused(lambda: services.declare(**again), Refusal, "reserve.already")
    neighbour = make.person("松岭县发展和改革局", "INVESTMENT_OFFICER", projects.neighbour())
    refused(lambda: services.declare(**{**again, "actor": neighbour}), Refusal, "projects.not_found")
    viewer = projects.actor("VIEWER")
    refused(lambda: services.declare(library_id=mine["水利"].pk, new=make.new_project(projects.region()), actor=viewer),
            NotAllowed, "rights.not_allowed")  # fmt: skip
    refused(lambda: make.declared(by, cases=["没有这一项"]), InvalidInput, "reserve.case_unknown")


@pytest.mark.req("GO-15")
def test_a_secret_note_does_not_enter():
    make.libraries()
    refused(lambda: make.declared(note="机密★三年"), InvalidInput, "secrecy.refused")
    bad = [services.Target("亩均产出", unfit_reason="涉密项目")]
    refused(lambda: make.declared(targets=bad), InvalidInput, "secrecy.refused")


def test_a_department_declares_only_of_its_sector_and_an_owner_only_its_own():
    mine = make.libraries()
    refused(
        lambda: services.declare(
            library_id=mine["农业农村"].pk, new=make.new_project(projects.region(), "农业农村"), actor=make.department("水利")
        ),
        NotAllowed, "rights.not_allowed",
    )  # fmt: skip
    other = projects.unit("云溪县交通投资有限公司")
    new = make.new_project(projects.region(), owner_unit_id=other.pk)
    refused(
        lambda: services.declare(library_id=mine["水利"].pk, new=new, actor=make.owner()),
        NotAllowed,
        "rights.not_allowed",
    )
    entry = make.declared(make.owner())
    assert (entry.declarer, entry.project.owner_name) == ("OWNER", "云溪县城建投资有限公司")


@pytest.mark.req("JC-01")
def test_a_county_with_other_packs_has_no_libraries_and_says_why():
    region = projects.neighbour()
    make.adopt(region, ["classified_initiation"], "INITIATION", clock.today() - timedelta(days=400))
    by = make.person("松岭县发展和改革局", "INVESTMENT_OFFICER", region)
    new = [services.NewLibrary("GENERAL", by.unit_id or 0)]
    error = refused(
        lambda: services.open_libraries(region_id=region.pk, libraries=new, actor=by), Refusal, "reserve.no_system"
    )
    said = word(error)
    assert "松岭县" in said
    assert "立项三类分级" in said
    bare = projects.region("白石县", 991103)
    stranger = make.person("白石县发展和改革局", "INVESTMENT_OFFICER", bare)
    error = refused(
        lambda: services.open_libraries(region_id=bare.pk, libraries=new, actor=stranger), Refusal, "reserve.no_packs"
    )
    assert "没有采用" in word(error)


@pytest.mark.req("GO-14")
def test_indicators_come_from_the_packs_in_a_reserve_or_not():
    region = projects.neighbour()
    make.adopt(region, ["classified_initiation"], "INITIATION")
    by = make.person("松岭县发展和改革局", "INVESTMENT_OFFICER", region)
    project = projects.reserve_project(by, region, total_investment_fen=YI)
    services.set_targets(
        project_id=project.pk, actor=by,
        targets=[services.Target("新增就业岗位数", Decimal(0), Decimal(120)), services.Target("群众满意度评分", unfit_reason="不面向群众")],
    )  # fmt: skip
    rows = {row.indicator: row for row in PerformanceTarget.objects.filter(project=project)}
    assert (rows["新增就业岗位数"].unit, rows["新增就业岗位数"].target) == ("个", Decimal(120))
    assert rows["群众满意度评分"].unfit_reason == "不面向群众"
    content = orjson.loads(Entry.objects.filter(kind="reserve.set_targets").get().canonical)
    assert content["policy"][0]["key"] == "classified_initiation.performance_targets"
    half = [services.Target("新增就业岗位数", Decimal(1))]
    refused(
        lambda: services.set_targets(project_id=project.pk, actor=by, targets=half), InvalidInput, "reserve.target_half"
    )
    for value in (Decimal(10) ** 12, Decimal("NaN"), Decimal("-Infinity")):
        huge = [services.Target("新增就业岗位数", Decimal(1), value)]
        refused(
            lambda targets=huge: services.set_targets(project_id=project.pk, actor=by, targets=targets),
            InvalidInput,
            "reserve.target_large",
        )
    alien = [services.Target("亩均产出", Decimal(1), Decimal(2))]
    refused(
        lambda: services.set_targets(project_id=project.pk, actor=by, targets=alien),
        InvalidInput,
        "reserve.indicator_unknown",
    )
    bare = projects.region("白石县", 991103)
    other = projects.reserve_project(projects.officer(bare), bare)
    stranger = make.person("白石县发展和改革局", "INVESTMENT_OFFICER", bare)
    refused(
        lambda: services.set_targets(project_id=other.pk, actor=stranger, targets=alien),
        Refusal,
        "reserve.no_indicators",
    )


def test_the_same_key_declares_once():
    mine = make.libraries()
    project = projects.reserve_project(sector="水利", total_investment_fen=YI, early_stage="PLANNED")
    call = {"library_id": mine["水利"].pk, "project_id": project.pk, "actor": make.officer(), "key": "once"}
    first = services.declare(**call)
    with pytest.raises(Refusal):
        services.declare(**{**call, "key": "twice"})
    assert LibraryEntry.objects.unscoped("test").filter(project_id=project.pk).count() == 1
    assert first.pk


def test_a_project_changed_meanwhile_is_not_completed_over():
    mine = make.libraries()
    project = projects.reserve_project(sector="水利", total_investment_fen=YI, early_stage="PLANNED")
    project_services.update_project(project_id=project.pk, rev=1, changes={"location": "城东"}, actor=make.officer())
    refused(
        lambda: services.declare(
            library_id=mine["水利"].pk, project_id=project.pk, actor=make.officer(), changes={"content": "甲"}, rev=1
        ),
        Refusal, "projects.changed_meanwhile",
    )  # fmt: skip
    assert Project.objects.unscoped("test").get(pk=project.pk).content == ""
