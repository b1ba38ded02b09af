"""Tasks and messages that acts of other rooms cause: registrations, imports, limits; crashes and repeats between."""

from datetime import date
from io import BytesIO

import pytest

from gongbu.ground.basics.findings import NotAllowed, NotFound, Refusal
from gongbu.ground.calendar import services as calendar
from gongbu.ground.calendar.tests.conftest import new_deadline
from gongbu.ground.inbox import listeners, queries, services, urging
from gongbu.ground.inbox.models import Message, Task
from gongbu.ground.inbox.tests.conftest import COUNTY, assign
from gongbu.ground.jobs import services as jobs
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.actor import ANONYMOUS, Actor
from gongbu.ground.orgs.models import Grant, Person, Post, Region, Unit
from gongbu.ground.orgs.queries import nearest_posts
from gongbu.ground.orgs.services import registrations
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.registers.importing import services as importing
from gongbu.ground.registers.importing.models import ImportBatch

pytestmark = pytest.mark.django_db
D = date.fromisoformat
FIRM = "青岚县丰禾农产品有限公司"


def register(office, name: str = FIRM, code: str = "91350100M000100Y43", login: str = "fenghe"):
    region = Region.objects.get(key_lo=COUNTY)
    form = registrations.Application(
        code, name, "ENTERPRISE", region.pk, "冯丰禾", "13800000000", login, "Long-enough-2026!"
    )
    row, _code = registrations.register(
        actor=ANONYMOUS, application=form, letter=BytesIO(b"%PDF-1.4 letter"), letter_name="授权书.pdf"
    )
    return row


def titles(person) -> list[str]:
    return list(queries.open_tasks(person.pk).order_by("pk").values_list("title", flat=True))


def repeat_everything() -> None:
    """Tell every message once more, as after a crash between a listener's commit and the mark."""
    OutboxMessage.objects.update(dispatched_at=None)
    outbox.dispatch()


# -- 单位注册 --------------------------------------------------------------------------------------------------------


@pytest.mark.req("PF-03", "PF-01")
def test_a_registration_becomes_a_task_of_the_officer_and_ends_with_the_decision(office, home):
    row = register(office)
    assert titles(office.officer) == []  # nothing before the outbox is read
    outbox.dispatch()
    assert titles(office.officer) == [f"审核单位注册：{FIRM}"]
    assert titles(office.head) == titles(office.deputy) == []
    assert Task.objects.get().url == f"/registrations/{row.pk}/"

    registrations.approve_registration(actor=office.acting(office.officer), registration_id=row.pk)
    outbox.dispatch()
    assert titles(office.officer) == []
    done = queries.done_tasks(office.officer.pk).get()
    assert (done.outcome, done.done_by_name, done.done_as_delegate) == ("通过", "林晓燕", False)
    applicant = Person.objects.get(login_name="fenghe")
    assert [m.title for m in queries.list_messages(applicant.pk)] == [f"“{FIRM}”的注册已通过"]

    before = (Task.objects.count(), Message.objects.count())
    repeat_everything()
    assert (Task.objects.count(), Message.objects.count()) == before
    assert titles(office.officer) == []


def test_a_head_who_decides_himself_has_done_it_and_not_as_a_delegate(office, home):
    row = register(office)
    outbox.dispatch()
    registrations.reject_registration(actor=office.acting(office.head), registration_id=row.pk, reason="授权书没有盖章")
    outbox.dispatch()
    done = queries.done_tasks(office.head.pk).get()
    assert (done.outcome, done.done_as_delegate) == ("退回", False)
    assert titles(office.officer) == []
    assert not Message.objects.filter(key__startswith="registration:").exists()  # no account, nobody to tell


def test_two_officers_share_the_duty_and_the_second_is_let_go(office, home):
    region = Region.objects.get(key_lo=COUNTY)
    second = Post.objects.create(unit=Unit.objects.unscoped("test").get(), name="投资股经办二")
    Grant.objects.create(post=second, role="INVESTMENT_OFFICER", region=region, valid_from=date(2026, 1, 1))
    row = register(office)
    outbox.dispatch()
    assert Task.objects.count() == 2
    registrations.approve_registration(actor=office.acting(office.officer), registration_id=row.pk)
    outbox.dispatch()
    states = dict(Task.objects.values_list("post_id", "state"))
    assert states == {office.officer_post.pk: Task.State.DONE, second.pk: Task.State.WITHDRAWN}


def test_the_county_officer_is_asked_and_not_the_citys(office):
    city = Region.objects.create(name="澜安市", level="CITY", key_lo=990_100_000_000, key_hi=990_200_000_000)
    unit = Unit.objects.create(name="澜安市发展和改革委员会", kind="GOVERNMENT", region=city)
    post = Post.objects.create(unit=unit, name="投资科经办")
    Grant.objects.create(post=post, role="INVESTMENT_OFFICER", region=city, valid_from=date(2026, 1, 1))
    roles = ("INVESTMENT_OFFICER", "INVESTMENT_HEAD")
    assert nearest_posts(roles, COUNTY + 100_000) == [office.officer_post.pk]
    assert nearest_posts(roles, 990_130_000_000) == [post.pk]
    assert nearest_posts(roles, 880_000_000_000) == []


def test_a_refused_registration_tells_nobody(office, home):
    register(office)
    outbox.dispatch()
    before = (Task.objects.count(), OutboxMessage.objects.count(), Entry.objects.count())
    with pytest.raises(Refusal):
        register(office, login="another")
    outbox.dispatch()
    assert (Task.objects.count(), OutboxMessage.objects.count(), Entry.objects.count()) == before


def test_a_crash_while_telling_loses_nothing_and_doubles_nothing(office, home, monkeypatch):
    register(office)
    real, calls = services.assign_task, []

    def dies_after_writing(**given):
        task = real(**given)
        calls.append(task.pk)
        if len(calls) == 1:
            raise RuntimeError("power cut")
        return task

    monkeypatch.setattr(listeners.services, "assign_task", dies_after_writing)
    outbox.dispatch()
    assert Task.objects.count() == 0
    assert OutboxMessage.objects.get(topic="orgs.registration_submitted").attempts == 1
    outbox.dispatch()
    assert titles(office.officer) == [f"审核单位注册：{FIRM}"]


# -- 导入 ------------------------------------------------------------------------------------------------------------


def batch_told(office, topic: str, **more) -> None:
    """Leave the message that an import batch of the officer leaves; the importer's own tests prove that it does."""
    region = Region.objects.get(key_lo=COUNTY)
    batch, _ = ImportBatch.objects.get_or_create(
        digest="0" * 64,
        defaults={
            "kind": "projects", "file_name": "四季度.xlsx", "scope_region": region, "region_key": COUNTY,
            "person_id": office.officer.pk, "person_name": "林晓燕", "created_at": "2026-03-02T09:00:00+08:00",
            "rows_total": 12,
        },
    )  # fmt: skip
    for name in ("rows_rejected", "rows_flagged", "rows_done"):
        setattr(batch, name, more.pop(name, 0))
    from django.db import transaction

    with transaction.atomic():
        importing._tell(topic, batch, office.acting(office.officer), **more)
    outbox.dispatch()


@pytest.mark.req("GO-13", "PF-01")
def test_an_import_with_rows_sent_back_is_the_uploaders_task_until_it_is_taken(office):
    batch_told(office, "importing.staged", rows_rejected=2, rows_flagged=3)
    assert titles(office.officer) == ["核对导入《四季度.xlsx》：2 行退回，3 行有提示"]
    assert titles(office.head) == []
    batch_told(office, "importing.mended", rows_rejected=1, rows_flagged=3)
    assert titles(office.officer) == ["核对导入《四季度.xlsx》：1 行退回，3 行有提示"]
    batch_told(office, "importing.published", rows_rejected=1, rows_done=11, in_background=True)
    assert titles(office.officer) == []
    assert queries.done_tasks(office.officer.pk).get().outcome == "已接收 11 行，退回 1 行"
    messages = queries.list_messages(office.officer.pk)
    assert [(m.title, m.text) for m in messages] == [("导入完成：《四季度.xlsx》", "已接收 11 行，退回 1 行。")]
    repeat_everything()
    assert (Task.objects.count(), len(queries.list_messages(office.officer.pk))) == (1, 1)
    assert titles(office.officer) == []


def test_a_clean_import_asks_nothing_and_one_on_the_page_sends_no_message(office):
    batch_told(office, "importing.staged")
    batch_told(office, "importing.published", rows_done=12, in_background=False)
    assert (Task.objects.count(), Message.objects.count()) == (0, 0)


def test_an_import_given_up_or_stopped_says_so(office):
    batch_told(office, "importing.staged", rows_rejected=2)
    batch_told(office, "importing.stopped", rows_rejected=2, trouble="岗位已交接，不能再导入。")
    assert [m.text for m in queries.list_messages(office.officer.pk)] == ["岗位已交接，不能再导入。"]
    assert len(titles(office.officer)) == 1  # still waiting
    batch_told(office, "importing.discarded", rows_rejected=2)
    assert titles(office.officer) == []
    assert Task.objects.get().outcome == "已放弃"


def test_a_job_knows_that_it_runs_behind_the_page():
    assert jobs.is_running() is False
    token = jobs._current.set(__import__("uuid").uuid4())
    try:
        assert jobs.is_running() is True
    finally:
        jobs._current.reset(token)


# -- 时限 ------------------------------------------------------------------------------------------------------------


@pytest.mark.req("PF-01", "GO-07")
def test_a_limit_about_to_end_becomes_a_task_and_a_message_once(office, on):
    actor = office.acting(office.officer)
    with on("2026-03-02"):
        limit = calendar.start_deadline(new=new_deadline("2026-03-02", 10), actor=actor)
        outbox.dispatch()
        assert limit.due_on == D("2026-03-16")
        assert urging.urge_deadlines(D("2026-03-10")) == 0  # four working days left
        assert Task.objects.count() == 0
    with on("2026-03-11"):
        assert urging.urge_deadlines(D("2026-03-11")) == 1
        assert urging.urge_deadlines(D("2026-03-11")) == urging.urge_deadlines(D("2026-03-12")) == 0
    task = Task.objects.get()
    assert (task.post_id, task.due_on, task.deadline_id) == (office.officer_post.pk, limit.due_on, limit.pk)
    message = queries.list_messages(office.officer.pk)[0]
    assert (message.tone, message.title.split("：")[0]) == ("WARN", "2026-03-16 到期")

    with on("2026-03-18"):
        assert urging.urge_deadlines(D("2026-03-18")) == 1
        assert urging.urge_deadlines(D("2026-03-19")) == 0
        assert queries.list_messages(office.officer.pk)[0].tone == "URGE"
        assert urging.urge_deadlines(D("2026-03-23")) == 1  # the next week
        assert Task.objects.count() == 1
        calendar.close_deadline(deadline_id=limit.pk, at=D("2026-03-18"), actor=actor)
        outbox.dispatch()
        assert urging.urge_deadlines(D("2026-03-30")) == 0
    task.refresh_from_db()
    assert (task.state, task.outcome) == (Task.State.DONE, "时限已办结")


def test_a_limit_with_a_task_reminds_its_people_and_makes_no_second_task(office, on):
    actor = office.acting(office.officer)
    with on("2026-03-02"):
        limit = calendar.start_deadline(new=new_deadline("2026-03-02", 3), actor=actor)
        assign(office, post_id=office.head_post.pk, deadline_id=limit.pk, due_on=limit.due_on)
        assert urging.urge_deadlines(D("2026-03-02")) == 1
    assert Task.objects.count() == 1
    assert [m.url for m in queries.list_messages(office.head.pk)] == ["/approvals/1"]
    assert queries.list_messages(office.officer.pk) == []


def test_a_stopped_limit_urges_nobody(office, on):
    actor = office.acting(office.officer)
    with on("2026-03-02"):
        limit = calendar.start_deadline(new=new_deadline("2026-03-02", 3), actor=actor)
        calendar.stop_deadline(deadline_id=limit.pk, kind="SUPPLEMENT", at=D("2026-03-02"), reason="补", actor=actor)
        assert urging.urge_deadlines(D("2026-03-20")) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("PF-01")
def test_the_job_has_no_transaction_of_its_own_and_each_reminder_is_whole(office, on):
    actor = office.acting(office.officer)
    with on("2026-03-02"):
        for key in ("case:1", "case:2"):
            calendar.start_deadline(new=new_deadline("2026-03-02", 3, key=key), actor=actor)
        assert urging.urge_deadlines(D("2026-03-02")) == 2
    told = OutboxMessage.objects.filter(topic="inbox.deliver").values_list("subject_id", flat=True)
    assert set(Message.objects.values_list("pk", flat=True)) <= set(told)


@pytest.mark.django_db(transaction=True)
def test_a_limit_that_fails_hides_no_other_and_is_reminded_of_the_next_time(office, on, monkeypatch):
    actor = office.acting(office.officer)
    with on("2026-03-02"):
        limits = [
            calendar.start_deadline(new=new_deadline("2026-03-02", 3, key=f"case:{n}"), actor=actor) for n in range(3)
        ]
        whole = services.notify

        def fails_for_the_first(**message):
            sent = whole(**message)
            if message["key"].startswith(f"deadline:{limits[0].pk}:"):
                raise OSError("磁盘已满")
            return sent

        with monkeypatch.context() as patch:
            patch.setattr(services, "notify", fails_for_the_first)
            with pytest.raises(RuntimeError, match="1 个时限没有提醒成，其余已提醒"):
                urging.urge_deadlines(D("2026-03-02"))
        assert not Message.objects.filter(key__startswith=f"deadline:{limits[0].pk}:").exists()
        assert Message.objects.filter(key__startswith="deadline:").count() == 2
        assert urging.urge_deadlines(D("2026-03-02")) == 1


# -- 确认办结 --------------------------------------------------------------------------------------------------------


def test_confirming_is_of_record_and_only_for_tasks_that_are_for_looking(office, on):
    actor = office.acting(office.officer)
    with on("2026-03-02"):
        calendar.start_deadline(new=new_deadline("2026-03-02", 3), actor=actor)
        urging.urge_deadlines(D("2026-03-02"))
        reminder, other = Task.objects.get(), assign(office)
        before = (Entry.objects.count(), Message.objects.count())
        with pytest.raises(Refusal, match="task_not_confirmable"):
            services.confirm_task(task_id=other.pk, actor=actor)
        with pytest.raises(NotFound):
            services.confirm_task(task_id=reminder.pk, actor=office.acting(office.head))
        with pytest.raises(NotAllowed):
            services.confirm_task(task_id=reminder.pk, actor=Actor(office.officer.pk, "林晓燕"))
        assert (Entry.objects.count(), Message.objects.count()) == before
        assert Task.objects.filter(state=Task.State.OPEN).count() == 2

        services.confirm_task(task_id=reminder.pk, actor=actor, text="已约企业补件")
        reminder.refresh_from_db()
        assert (reminder.state, reminder.outcome) == (Task.State.DONE, "已约企业补件")
        assert Entry.objects.filter(kind="inbox.task_confirmed").count() == 1
        with pytest.raises(Refusal, match="task_is_closed"):
            services.confirm_task(task_id=reminder.pk, actor=actor)
    with on("2026-03-06"):  # missed all the same: a task of its own
        assert urging.urge_deadlines(D("2026-03-06")) == 1
        assert titles(office.officer)[-1].startswith("时限已过")
