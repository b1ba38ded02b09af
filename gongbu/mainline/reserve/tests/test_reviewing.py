"""The path after the declaration: check, leader, group, admission; returned and sent again; refused with the clause."""

from datetime import timedelta

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.calendar.models import Deadline
from gongbu.ground.inbox.models import Message, Task
from gongbu.ground.ledger.models import Entry
from gongbu.mainline.projects import services as project_services
from gongbu.mainline.reserve import files, services
from gongbu.mainline.reserve.models import LibraryEntry, Opinion, ReserveFile
from gongbu.mainline.reserve.tests import factories as make
from gongbu.mainline.reserve.tests.test_declaring import refused

pytestmark = pytest.mark.django_db


@pytest.mark.req("JC-03", "JC-01")
def test_a_passed_check_puts_the_project_into_the_sector_library():
    mine = make.libraries()
    clerk = make.clerk()
    entry = make.declared(clerk, make.township())
    limit = Deadline.objects.unscoped("test").get(pk=make.fresh(entry).deadline_id)
    assert (limit.limit_amount, limit.limit_unit, limit.status) == (5, "WORKDAY", "RUNNING")
    done = services.preliminary_check(
        entry_id=entry.pk, points=make.fit(), actor=make.department(), text="符合水利规划"
    )
    assert (done.state, done.step, done.in_on) == ("IN", "", clock.today())
    file = make.flat(entry)
    assert (file.state, file.sector_id, file.township_id) == ("IN", mine["水利"].pk, mine["TOWNSHIP"].pk)
    opinion = Opinion.objects.get(entry=entry)
    assert [p["result"] for p in opinion.points] == ["FIT"] * 3
    assert (opinion.verdict, opinion.text) == ("PASSED", "符合水利规划")
    limit.refresh_from_db()
    assert limit.status == "CLOSED"
    task = Task.objects.get(kind="reserve.preliminary_check")
    assert (task.state, task.done_by_name, task.outcome) == ("DONE", make.department().name, "通过")
    assert Message.objects.filter(person_id=clerk.person_id, title__startswith="已入库").exists()
    assert Entry.objects.filter(kind="reserve.preliminary_check").count() == 1


@pytest.mark.req("JC-03")
def test_only_the_keeper_checks_and_every_point_must_fit():
    make.libraries()
    entry = make.declared()
    other = make.department("农业农村")
    error = refused(
        lambda: services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=other),
        NotAllowed,
        "reserve.not_the_one",
    )
    assert "云溪县水利局" in word(error)
    mine = make.department()
    for points, code in (
        (make.fit()[:2], "reserve.point_missing"),
        ([*make.fit()[:2], services.Point("县域发展契合度", "UNCLEAR")], "reserve.point_opinion_missing"),
        ([*make.fit()[:2], services.Point("县域发展契合度", "UNFIT", "与城南规划冲突")], "reserve.point_not_fit"),
        ([*make.fit(), services.Point("风水", "FIT")], "reserve.point_unknown"),
    ):
        refused(
            lambda points=points: services.preliminary_check(entry_id=entry.pk, points=points, actor=mine),
            InvalidInput,
            code,
        )
    refused(lambda: services.admit(entry_id=entry.pk, actor=mine), Refusal, "reserve.not_at_step")
    early = clock.today() - timedelta(days=1)
    refused(
        lambda: services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=mine, on=early),
        InvalidInput, "reserve.before_declaration",
    )  # fmt: skip


@pytest.mark.req("GO-14")
def test_the_check_waits_for_baseline_and_target_values():
    make.libraries()
    entry = make.declared(targets=make.targets()[:3])
    error = refused(
        lambda: services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=make.department()),
        InvalidInput, "reserve.targets_missing",
    )  # fmt: skip
    assert isinstance(error, InvalidInput)
    assert "单位排放" in word(error.findings[0])
    missing = [services.Target("单位排放", unfit_reason="供水工程没有排放")]
    services.set_targets(project_id=entry.project_id, targets=missing, actor=make.officer())
    services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=make.department())
    assert make.flat(entry).state == "IN"


@pytest.mark.req("JC-03")
def test_matters_of_the_leading_group_go_to_it_before_admission():
    make.libraries()
    entry = make.declared(make.clerk(), make.township())
    make.leader()
    entry = services.preliminary_check(
        entry_id=entry.pk, points=make.fit(), actor=make.department(), cases=["重大公共利益"], text="涉及跨乡镇供水"
    )
    assert (entry.state, entry.step, entry.cases) == ("PENDING", "LEADING_GROUP_REVIEW", ["重大公共利益"])
    task = Task.objects.get(kind="reserve.leading_group_review", state="OPEN")
    assert task.post_id == make.officer().post_id
    refused(
        lambda: services.leading_group_review(entry_id=entry.pk, document="", actor=make.officer()),
        InvalidInput, "reserve.document_missing",
    )  # fmt: skip
    refused(
        lambda: services.leading_group_review(entry_id=entry.pk, document="纪要〔2026〕3号", actor=make.department()),
        NotAllowed, "reserve.not_the_one",
    )  # fmt: skip
    entry = services.leading_group_review(
        entry_id=entry.pk, document="县重大项目领导小组会议纪要〔2026〕3号", actor=make.officer(), text="同意开展前期"
    )
    assert entry.step == "ADMISSION"
    entry = services.admit(entry_id=entry.pk, actor=make.department())
    assert make.flat(entry).state == "IN"
    steps = list(Opinion.objects.filter(entry=entry).order_by("pk").values_list("step", "verdict"))
    assert steps == [("PRELIMINARY_CHECK", "PASSED"), ("LEADING_GROUP_REVIEW", "PASSED"), ("ADMISSION", "PASSED")]


@pytest.mark.req("JC-03")
def test_a_chain_project_goes_to_its_leader():
    mine = make.libraries()
    entry = make.declared(make.clerk(), make.township(), "农业农村", library="FRUIT_VEGETABLE")
    services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=make.chain_office())
    boss = make.leader()
    # The leader came after the task: the officers of the county hold it, so that nothing lies unseen.
    assert Task.objects.filter(kind="reserve.chain_leader_review", state="OPEN").count() == 1
    services.chain_leader_review(entry_id=entry.pk, actor=boss, text="同意列入")
    file = make.flat(entry)
    assert (file.state, file.chain, file.chain_id) == ("IN", "FRUIT_VEGETABLE", mine["FRUIT_VEGETABLE"].pk)


def test_the_named_leader_of_a_chain_alone_reviews():
    mine = make.libraries()
    boss = make.leader()
    services.change_keeper(
        library_id=mine["FRUIT_VEGETABLE"].pk, leader_post_id=boss.post_id, reason="明确果蔬链链长", actor=make.head()
    )
    entry = make.declared(make.chain_office(), sector="农业农村", library="FRUIT_VEGETABLE")
    other = make.person("云溪县委", "LEADER", make.county(), post="副书记")
    refused(lambda: services.chain_leader_review(entry_id=entry.pk, actor=other), NotAllowed, "reserve.not_the_one")
    assert services.chain_leader_review(entry_id=entry.pk, actor=boss).state == "IN"


@pytest.mark.req("JC-03")
def test_returned_for_supplement_and_sent_again():
    make.libraries()
    clerk = make.clerk()
    entry = make.declared(clerk, make.township())
    first = make.fresh(entry).deadline_id
    refused(
        lambda: services.return_entry(entry_id=entry.pk, reason="补", actor=make.department()),
        InvalidInput,
        "reserve.reason_missing",
    )
    services.return_entry(entry_id=entry.pk, reason="请补充水源论证和用地意见", actor=make.department())
    assert make.flat(entry).state == "RETURNED"
    task = Task.objects.get(kind="reserve.supplement", state="OPEN")
    assert task.post_id == clerk.post_id
    assert Deadline.objects.unscoped("test").get(pk=first).status == "CLOSED"
    refused(lambda: services.resubmit(entry_id=entry.pk, actor=make.officer()), NotAllowed, "reserve.not_the_declarer")
    refused(
        lambda: services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=make.department()),
        Refusal, "reserve.not_pending",
    )  # fmt: skip
    services.resubmit(entry_id=entry.pk, actor=clerk, note="已补水源论证")
    again = make.fresh(entry)
    assert (again.state, again.step) == ("PENDING", "PRELIMINARY_CHECK")
    assert again.deadline_id not in (None, first)
    task.refresh_from_db()
    assert task.state == "DONE"
    assert Task.objects.filter(kind="reserve.preliminary_check", state="OPEN").count() == 1
    services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=make.department())
    assert make.flat(entry).state == "IN"


def test_a_project_that_began_meanwhile_is_stopped_at_the_next_step():
    make.libraries()
    entry = make.declared()
    for stage in ("APPROVAL", "DESIGN", "PROCUREMENT", "CONSTRUCTION"):
        project_services.set_stage(project_id=entry.project_id, stage=stage, actor=make.officer())
    error = refused(
        lambda: services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=make.department()),
        Refusal,
        "reserve.started",
    )
    assert "第3条" in str(error.basis)


@pytest.mark.req("JC-03")
def test_refused_with_the_clause_and_the_township_lets_it_go():
    make.libraries()
    clerk = make.clerk()
    entry = make.declared(clerk, make.township())
    call = {"entry_id": entry.pk, "actor": make.department()}
    refused(lambda: services.refuse(reason="与产业政策不符", clause="", **call), InvalidInput, "reserve.clause_missing")
    points = [services.Point("产业政策", "UNFIT", "属限制类"), *make.fit()[1:]]
    services.refuse(reason="属限制类项目，与产业政策不符", clause="实施方案第3条", points=points, **call)
    rows = {e.kind: e for e in LibraryEntry.objects.unscoped("test").filter(project_id=entry.project_id)}
    assert (rows["SECTOR"].state, rows["TOWNSHIP"].state) == ("REFUSED", "WITHDRAWN")
    assert make.flat(entry).state == "REFUSED"
    opinion = Opinion.objects.get(entry=entry)
    assert (opinion.clause, opinion.points[0]["result"]) == ("实施方案第3条", "UNFIT")
    message = Message.objects.get(person_id=clerk.person_id, title__startswith="不予入库")
    assert "实施方案第3条" in message.text
    again = make.libraries()["农业农村"]
    entry = services.declare(library_id=again.pk, project_id=entry.project_id, actor=make.officer())
    assert make.flat(entry).state == "PENDING"


def test_two_who_act_on_the_same_entry_are_told_apart():
    make.libraries()
    entry = make.declared()
    rev = make.fresh(entry).rev
    services.return_entry(entry_id=entry.pk, reason="请补充用地意见", actor=make.department(), rev=rev)
    refused(
        lambda: services.refuse(entry_id=entry.pk, reason="不符合规划", clause="第3条", actor=make.department(), rev=rev),
        Refusal, "reserve.changed_meanwhile",
    )  # fmt: skip


def test_flat_rows_rebuilt_equal_those_that_acts_have_kept():
    make.libraries()
    clerk, place = make.clerk(), make.township()
    make.admitted(clerk, place)
    returned = make.declared(clerk, place)
    services.return_entry(entry_id=returned.pk, reason="请补充用地意见", actor=make.department())
    make.declared(make.officer(), sector="农业农村", library="FRUIT_VEGETABLE")
    make.tell()
    kept = list(ReserveFile.objects.unscoped("test").order_by("pk").values())
    assert files.rebuild() == 3
    assert list(ReserveFile.objects.unscoped("test").order_by("pk").values()) == kept
