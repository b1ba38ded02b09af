"""Keeping: the general library by selection, one file however many libraries, renewal, leaving, handing over."""

from datetime import date, timedelta

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.inbox.models import Task
from gongbu.ground.ledger import services as ledger_services
from gongbu.ground.ledger.models import Entry
from gongbu.mainline.projects import facts
from gongbu.mainline.projects import services as project_services
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.reserve import ageing, files, services
from gongbu.mainline.reserve.models import LibraryEntry, ReserveFile
from gongbu.mainline.reserve.rules.ageing import add_months, compute_attention, compute_deadline, months_before
from gongbu.mainline.reserve.system import system_of
from gongbu.mainline.reserve.tests import factories as make
from gongbu.mainline.reserve.tests.test_declaring import refused

pytestmark = pytest.mark.django_db


@pytest.mark.req("JC-02")
def test_the_general_library_is_selected_from_sector_and_chain_libraries():
    mine = make.libraries()
    entry, waiting = make.admitted(), make.declared()
    call = {"reason": "前期成熟，符合国家投资方向"}
    refused(
        lambda: services.select(project_ids=[waiting.project_id], actor=make.officer(), **call),
        Refusal,
        "reserve.not_in_source",
    )
    refused(
        lambda: services.select(project_ids=[entry.project_id], actor=make.department(), **call),
        NotAllowed,
        "rights.not_allowed",
    )
    refused(
        lambda: services.select(project_ids=[entry.project_id], actor=make.officer(), reason="好"),
        InvalidInput,
        "reserve.reason_missing",
    )
    services.select(project_ids=[entry.project_id], actor=make.officer(), **call)
    file = make.flat(entry)
    assert (file.general_id, file.sector_id) == (mine["GENERAL"].pk, mine["水利"].pk)
    assert ReserveFile.objects.unscoped("test").filter(pk=entry.project_id).count() == 1
    refused(
        lambda: services.select(project_ids=[entry.project_id], actor=make.officer(), **call),
        Refusal,
        "reserve.already",
    )
    assert Entry.objects.filter(kind="reserve.select", subject_id=entry.project_id).count() == 1


@pytest.mark.req("JC-02")
def test_a_project_in_four_libraries_is_one_file():
    make.libraries()
    make.leader()
    clerk, place = make.clerk(), make.township()
    entry = make.admitted(clerk, place)
    chain = services.declare(
        library_id=make.libraries()["FRUIT_VEGETABLE"].pk, project_id=entry.project_id, actor=make.officer()
    )
    services.preliminary_check(entry_id=chain.pk, points=make.fit(), actor=make.chain_office())
    services.chain_leader_review(entry_id=chain.pk, actor=make.leader())
    services.select(project_ids=[entry.project_id], actor=make.officer(), reason="优中选优纳入综合库")
    file = make.flat(entry)
    assert all((file.general_id, file.sector_id, file.chain_id, file.township_id))
    assert Project.objects.unscoped("test").count() == 1
    given = facts.facts_of([entry.project_id], clock.today())[entry.project_id].contributed
    assert given["in_reserve"] is True
    assert given["in_general_library"] is True
    assert given["reserve_libraries"] == "GENERAL,SECTOR,CHAIN,TOWNSHIP"
    before = facts.facts_of([entry.project_id], clock.today() - timedelta(days=1))[entry.project_id].contributed
    assert before["in_reserve"] is False


@pytest.mark.req("JC-02")
def test_leaving_needs_a_reason_the_keeper_and_a_free_general_library():
    mine = make.libraries()
    entry = make.admitted()
    services.select(project_ids=[entry.project_id], actor=make.officer(), reason="优中选优纳入综合库")
    keeper = make.department()
    call = {"project_id": entry.project_id, "reason": "业主放弃，不再谋划"}
    refused(
        lambda: services.withdraw(actor=make.department("农业农村"), library_id=mine["水利"].pk, **call),
        NotAllowed, "reserve.not_the_keeper",
    )  # fmt: skip
    refused(
        lambda: services.withdraw(actor=keeper, library_id=mine["水利"].pk, **call), Refusal, "reserve.general_holds"
    )
    refused(lambda: services.withdraw(actor=keeper, **call), NotAllowed, "reserve.not_the_keeper")
    refused(
        lambda: services.withdraw(actor=make.officer(), project_id=entry.project_id, reason=""),
        InvalidInput,
        "reserve.reason_missing",
    )
    services.withdraw(actor=make.officer(), **call)
    file = make.flat(entry)
    assert (file.state, file.general_id, file.sector_id) == ("WITHDRAWN", None, None)
    rows = LibraryEntry.objects.unscoped("test").filter(project_id=entry.project_id)
    assert {row.reason for row in rows} == {"业主放弃，不再谋划"}
    refused(lambda: services.withdraw(actor=make.officer(), **call), NotFound, "reserve.entry_missing")


def test_the_declarer_takes_back_what_is_still_examined():
    make.libraries()
    clerk = make.clerk()
    entry = make.declared(clerk, make.township())
    services.withdraw(project_id=entry.project_id, reason="与邻镇合并申报", actor=clerk)
    assert make.flat(entry).state == "WITHDRAWN"
    assert not Task.objects.filter(kind="reserve.preliminary_check", state="OPEN").exists()


def test_handed_over_to_another_department_with_what_waits():
    mine = make.libraries()
    entry = make.declared()
    refused(
        lambda: services.transfer(entry_id=entry.pk, library_id=mine["GENERAL"].pk, reason="归口调整移交", actor=make.department()),
        Refusal, "reserve.library_other_kind",
    )  # fmt: skip
    services.transfer(entry_id=entry.pk, library_id=mine["农业农村"].pk, reason="归口调整移交", actor=make.department())
    task = Task.objects.get(kind="reserve.preliminary_check", state="OPEN")
    assert task.post_id == make.department("农业农村").post_id
    assert Project.objects.unscoped("test").get(pk=entry.project_id).sector == "农业农村"
    assert make.flat(entry).sector == "农业农村"
    services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=make.department("农业农村"))
    assert make.flat(entry).sector_id == mine["农业农村"].pk


def test_a_library_changes_its_keeper_and_closes_only_when_empty():
    mine = make.libraries()
    entry = make.declared()
    new = make.person("云溪县城市管理局", "SECTOR_OFFICER", make.county())
    refused(
        lambda: services.change_keeper(library_id=mine["水利"].pk, keeper_id=new.unit_id, reason="机构改革", actor=make.officer()),
        NotAllowed, "rights.not_allowed",
    )  # fmt: skip
    services.change_keeper(library_id=mine["水利"].pk, keeper_id=new.unit_id, reason="机构改革划转", actor=make.head())
    assert Task.objects.get(kind="reserve.preliminary_check", state="OPEN").post_id == new.post_id
    services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=new)
    close = {"library_id": mine["水利"].pk, "reason": "机构改革撤销", "actor": make.head()}
    refused(lambda: services.close_library(**close), Refusal, "reserve.library_not_empty")
    services.withdraw(project_id=entry.project_id, reason="库撤销，另行申报", actor=make.officer())
    assert services.close_library(**close).closed_on == clock.today()
    refused(
        lambda: services.open_libraries(
            region_id=make.county().pk, libraries=[services.NewLibrary("CHAIN", new.unit_id or 0, "ROCKETS")], actor=make.officer()
        ),
        InvalidInput, "reserve.chain_unknown",
    )  # fmt: skip
    refused(
        lambda: services.open_libraries(
            region_id=make.county().pk, libraries=[services.NewLibrary("GENERAL", new.unit_id or 0)], actor=make.officer()
        ),
        Refusal, "reserve.library_stands",
    )  # fmt: skip


# --- ageing -----------------------------------------------------------------------------------------------------------


def test_months_end_on_the_corresponding_day_or_the_last():
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 11, 30), 12) == date(2027, 11, 30)
    assert months_before(date(2026, 2, 28), 12) == date(2025, 2, 28)
    assert months_before(date(2027, 2, 28), 1) == date(2027, 1, 31)
    days = {"renewed_on": date(2025, 3, 2), "months": 12, "grace_days": 30}
    assert compute_attention(on=date(2026, 3, 1), asked_on=None, **days)[0] == ""
    assert compute_attention(on=date(2026, 3, 2), asked_on=None, **days)[0] == "RENEWAL"
    assert compute_attention(on=date(2026, 4, 1), asked_on=date(2026, 3, 2), **days)[0] == "RENEWAL"
    assert compute_attention(on=date(2026, 4, 2), asked_on=date(2026, 3, 2), **days)[0] == "STALE"


def test_the_last_day_for_renewal_counts_from_the_day_it_was_asked():
    days = {"renewed_on": date(2025, 3, 2), "months": 12}
    assert compute_deadline(asked_on=None, grace_days=30, **days) == date(2026, 4, 1)
    assert compute_deadline(asked_on=date(2026, 3, 9), grace_days=30, **days) == date(2026, 4, 8)
    assert compute_deadline(asked_on=None, grace_days=None, **days) == date(2026, 3, 2)


def test_last_days_follow_the_packs_once_a_day():
    make.libraries()
    entry = make.admitted()
    right = make.flat(entry).renew_by_on
    rows = ReserveFile.objects.unscoped("test")
    rows.update(renew_by_on=date(2020, 1, 1))
    system = system_of(make.county(), clock.today())
    assert files.set_deadlines(system) == 1
    assert make.flat(entry).renew_by_on == right
    assert files.set_deadlines(system) == 0
    rows.update(renew_by_on=None)
    ageing.run_daily(clock.today())
    assert make.flat(entry).renew_by_on == right


@pytest.mark.req("JC-01")
def test_stale_projects_are_asked_for_renewal_then_proposed_to_leave():
    ledger_services.mark_demo_edition()  # only there may the clock be moved
    start = add_months(clock.today(), -13)
    with clock.simulate(start):
        make.libraries()
        clerk, place = make.clerk(), make.township()
        first, second = make.admitted(clerk, place), make.admitted(clerk, place)
        assert make.flat(first).renew_by_on == add_months(start, 12) + timedelta(days=30)
        assert make.flat(make.declared()).renew_by_on is None, "no library holds it"
    day = add_months(start, 12)
    with clock.simulate(day - timedelta(days=1)):
        ageing.run_daily(clock.today())
        assert not Task.objects.filter(kind="reserve.renewal").exists()
    with clock.simulate(day):
        ageing.run_daily(day)
        ageing.run_daily(day)
        task = Task.objects.get(kind="reserve.renewal")
        assert (task.post_id, task.title, task.due_on) == (
            clerk.post_id, f"储备续报：{make.flat(first).name}等 2 个项目", day + timedelta(days=30),
        )  # fmt: skip
        assert make.flat(first).attention == "RENEWAL"
        assert make.flat(first).renew_by_on == task.due_on
        services.renew(project_id=first.project_id, actor=clerk, note="已委托可研")
        assert make.flat(first).attention == ""
        assert make.flat(first).renew_by_on == add_months(day, 12) + timedelta(days=30)
        task.refresh_from_db()
        assert task.state == "OPEN"
    late = day + timedelta(days=31)
    with clock.simulate(late):
        ageing.run_daily(late)
        assert make.flat(second).attention == "STALE"
        proposed = Task.objects.filter(kind="reserve.leaving", state="OPEN")
        assert {t.post_id for t in proposed} == {clerk.post_id, make.department().post_id}
        refused(
            lambda: services.renew(project_id=second.project_id, actor=make.department("农业农村")),
            NotAllowed,
            "reserve.not_the_declarer",
        )
        services.withdraw(project_id=second.project_id, reason="长期没有进展，退出", actor=make.officer())
        assert not proposed.all().exists()
        task.refresh_from_db()
        assert task.state != "OPEN"


def test_what_began_is_proposed_to_leave_and_no_longer_counted():
    make.libraries()
    entry = make.admitted()
    for stage in ("APPROVAL", "DESIGN", "PROCUREMENT"):
        project_services.set_stage(project_id=entry.project_id, stage=stage, actor=make.officer())
    make.tell()
    assert (make.flat(entry).attention, make.flat(entry).is_counted) == ("", True)
    project_services.set_stage(project_id=entry.project_id, stage="CONSTRUCTION", actor=make.officer())
    make.tell()
    file = make.flat(entry)
    assert (file.attention, file.is_counted, file.state) == ("STARTED", False, "IN")
    task = Task.objects.get(kind="reserve.leaving")
    assert "第3条" in task.title
    services.withdraw(project_id=entry.project_id, reason="已开工，按方案退出", actor=make.officer())
    task.refresh_from_db()
    assert task.state != "OPEN"


def test_flat_rows_follow_the_project():
    make.libraries()
    entry = make.admitted()
    rev = Project.objects.unscoped("test").get(pk=entry.project_id).rev
    project_services.update_project(
        project_id=entry.project_id,
        rev=rev,
        changes={"total_investment_fen": projects.WAN, "industry_code": "1391"},
        actor=make.officer(),
    )
    make.tell()
    file = make.flat(entry)
    assert (file.total_investment_fen, file.industry) == (projects.WAN, "YES")
