"""Tasks, delegation, urging, hand-over and delivery, each as the person concerned; refusals leave nothing behind."""

import json
from datetime import date

import pytest

from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.calendar import services as calendar
from gongbu.ground.calendar.tests.conftest import new_deadline
from gongbu.ground.inbox import ports, queries, services
from gongbu.ground.inbox.models import Delegation, Delivery, Message, Task
from gongbu.ground.inbox.tests.conftest import assign
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Holding
from gongbu.ground.orgs.queries import actor_for
from gongbu.ground.orgs.services.posts import hand_over
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db
D = date.fromisoformat


def traces() -> tuple[int, ...]:
    return (
        Task.objects.count(), Message.objects.count(), Delegation.objects.count(), Entry.objects.count(),
        OutboxMessage.objects.count(),
    )  # fmt: skip


def open_titles(person) -> list[str]:
    return list(queries.open_tasks(person.pk).order_by("pk").values_list("title", flat=True))


# -- tasks ---------------------------------------------------------------------------------------------------------


def test_a_task_is_seen_by_the_holder_of_the_post_and_by_nobody_else(office):
    assign(office)
    assert open_titles(office.officer) == ["可行性研究报告审批"]
    assert open_titles(office.head) == open_titles(office.deputy) == []


def test_assigning_finishing_and_withdrawing_twice_changes_nothing_more(office):
    first = assign(office)
    assert assign(office, title="另一个标题").pk == first.pk
    assert Task.objects.get().title == "可行性研究报告审批"
    actor = office.acting(office.officer)
    done = services.finish_task(key=first.key, actor=actor, outcome="同意")
    again = services.finish_task(key=first.key, actor=office.acting(office.head), outcome="不同意")
    assert (again.done_at, again.outcome, again.done_by_name) == (done.done_at, "同意", "林晓燕")
    assert services.withdraw_task(key=first.key).state == Task.State.DONE
    assert services.finish_task(key="nothing", actor=actor) is None
    assert open_titles(office.officer) == []
    assert [t.title for t in queries.done_tasks(office.officer.pk)] == ["可行性研究报告审批"]


def test_a_withdrawn_task_may_be_given_again(office):
    assign(office)
    services.withdraw_task(key="case:1:decide", reason="申请人撤回")
    assert open_titles(office.officer) == []
    assert assign(office, title="再次提交").state == Task.State.OPEN
    assert open_titles(office.officer) == ["再次提交"]


@pytest.mark.parametrize("wrong", [{"post_id": None}, {"person_id": 1}, {"kind": "decide"}])
def test_a_task_needs_one_holder_and_a_room(office, wrong):
    with pytest.raises(ValueError, match="one post or one person"):
        assign(office, **wrong)


def test_the_due_day_follows_the_limit_when_it_is_stopped_and_resumed(office, on):
    actor = office.acting(office.officer)
    with on("2026-03-02"):
        limit = calendar.start_deadline(new=new_deadline("2026-03-02", 5), actor=actor)
        task = assign(office, deadline_id=limit.pk, due_on=limit.due_on)
    with on("2026-03-04"):
        calendar.stop_deadline(deadline_id=limit.pk, kind="SUPPLEMENT", at=D("2026-03-04"), reason="补", actor=actor)
        outbox.dispatch()
        task.refresh_from_db()
        assert task.due_on is None
    with on("2026-03-06"):
        calendar.resume_deadline(deadline_id=limit.pk, kind="SUPPLEMENT", at=D("2026-03-06"), actor=actor)
        outbox.dispatch()
    task.refresh_from_db()
    assert task.due_on == D("2026-03-12")


# -- posts change hands --------------------------------------------------------------------------------------------


def hand_over_on(office, day):
    hand_over(
        actor=office.administrator, post_id=office.officer_post.pk, from_person_id=office.officer.pk,
        to_person_id=office.deputy.pk, reason="工作调动", on=D(day),
    )  # fmt: skip


@pytest.mark.req("PF-01")
def test_the_successor_inherits_open_tasks_and_the_predecessor_keeps_what_he_did(office, on):
    with on("2026-03-02"):
        assign(office, due_on=D("2026-03-03"))
        assign(office, key="case:2:decide", title="初步设计审批")
        services.finish_task(key="case:2:decide", actor=office.acting(office.officer))
        services.delegate(
            post_id=office.officer_post.pk, to_person_id=office.head.pk, valid_from=D("2026-03-02"),
            valid_to=D("2026-06-01"), reason="外出学习", actor=office.acting(office.officer),
        )  # fmt: skip
        assert open_titles(office.head) == ["可行性研究报告审批"]
    with on("2026-03-05"):
        hand_over_on(office, "2026-03-05")
        outbox.dispatch()
        outbox.dispatch()
        assert open_titles(office.officer) == []
        assert open_titles(office.deputy) == ["可行性研究报告审批"]
        assert open_titles(office.head) == []  # what the leaver delegated ends with him
        told = Message.objects.filter(person=office.deputy)
        assert [m.title for m in told] == ["您接任“投资股经办”，移交待办 1 件"]
        assert told.get().text.startswith("其中逾期 1 件")
    assert queries.done_tasks(office.officer.pk).count() == 1


def test_a_holding_that_begins_tomorrow_gives_nothing_today(office, on):
    assign(office)
    hand_over_on(office, "2026-03-05")
    with on("2026-03-04"):
        assert open_titles(office.deputy) == []
        assert open_titles(office.officer) == ["可行性研究报告审批"]


# -- delegation ----------------------------------------------------------------------------------------------------


def lend(office, **changes) -> Delegation:
    given = {
        "post_id": office.officer_post.pk, "to_person_id": office.deputy.pk, "valid_from": D("2026-03-05"),
        "valid_to": D("2026-03-10"), "reason": "出差", "actor": office.acting(office.officer),
    }  # fmt: skip
    return services.delegate(**{**given, **changes})


@pytest.mark.parametrize(("day", "seen"), [("2026-03-04", 0), ("2026-03-05", 1), ("2026-03-09", 1), ("2026-03-10", 0)])
def test_a_delegate_sees_the_tasks_on_the_days_of_the_delegation(office, on, day, seen):
    with on("2026-03-02"):
        assign(office)
        lend(office)
    with on(day):
        assert len(open_titles(office.deputy)) == seen
        assert queries.counts(office.deputy.pk).open == seen
        assert open_titles(office.officer) == ["可行性研究报告审批"]  # the giver keeps seeing it


def test_what_a_delegate_does_is_marked_and_the_book_knows_the_delegation(office, on):
    with on("2026-03-05"):
        task = assign(office)
        row = lend(office)
        done = services.finish_task(key=task.key, actor=office.acting(office.deputy))
    assert (done.done_as_delegate, done.done_by_name) == (True, "田秀梅")
    entry = Entry.objects.get(kind="inbox.delegated")
    assert (entry.subject_kind, entry.subject_id) == ("delegation", row.pk)
    assert json.loads(entry.canonical)["after"]["to_name"] == "田秀梅"
    assert Message.objects.get(person=office.deputy).title.startswith("林晓燕委托您办理")


def test_a_delegation_may_be_narrowed_to_one_room(office, on):
    with on("2026-03-05"):
        assign(office)
        assign(office, key="project:1", kind="projects.mend", title="补齐项目信息")
        lend(office, room="projects")
        assert open_titles(office.deputy) == ["补齐项目信息"]


def test_an_acting_for_arranged_by_the_administrator_shows_the_tasks_of_the_post(office, on):
    with on("2026-03-05"):
        assign(office)
        Holding.objects.create(
            post=office.officer_post, person=office.deputy, kind="ACTS_FOR", valid_from=D("2026-03-01")
        )
        assert open_titles(office.deputy) == ["可行性研究报告审批"]
        assert queries.own_posts(office.deputy.pk).isdisjoint({office.officer_post.pk})


def test_the_delegate_acts_in_the_post_with_its_rights_while_it_lasts(office, on):
    with on("2026-03-05"):
        lend(office)
        lent = actor_for(office.deputy, office.officer_post)
        assert (lent.name, lent.post_name, lent.roles) == ("田秀梅", "投资股经办", {"INVESTMENT_OFFICER"})
    with on("2026-03-10"), pytest.raises(LookupError):
        actor_for(office.deputy, office.officer_post)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"valid_from": D("2026-03-04")}, "inbox.delegation_in_past"),
        ({"valid_to": D("2026-03-05")}, "inbox.delegation_order"),
        ({"valid_to": D("2026-09-02")}, "inbox.delegation_too_long"),
        ({"reason": "  "}, "inbox.reason_missing"),
        ({"room": "weather"}, "inbox.room_unknown"),
        ({"to_person_id": 99_999}, "inbox.person_unknown"),
    ],
)
def test_a_delegation_that_cannot_be_leaves_nothing_behind(office, on, changes, code):
    with on("2026-03-05"):
        before = traces()
        with pytest.raises(InvalidInput) as refused:
            lend(office, **changes)
        assert [f.code for f in refused.value.findings] == [code]
        assert traces() == before


def test_nobody_delegates_to_himself_nor_the_post_of_another_nor_passes_on(office, on):
    with on("2026-03-05"):
        lend(office)
        before = traces()
        with pytest.raises(InvalidInput):
            lend(office, to_person_id=office.officer.pk)
        with pytest.raises(NotAllowed):  # the delegate passes it on
            lend(office, to_person_id=office.head.pk, actor=office.acting(office.deputy))
        with pytest.raises(NotAllowed):  # the head lends a subordinate's post
            lend(office, actor=office.acting(office.head))
        with pytest.raises(Refusal) as refused:  # twice to the same person
            lend(office, valid_from=D("2026-03-08"), valid_to=D("2026-03-20"))
        assert refused.value.code == "inbox.delegated_already"
        assert traces() == before


def test_the_giver_ends_a_delegation_and_only_he(office, on):
    with on("2026-03-06"):
        assign(office)
        row = lend(office, valid_from=D("2026-03-06"))
        with pytest.raises(NotFound):
            services.end_delegation(delegation_id=row.pk, actor=office.acting(office.head))
        services.end_delegation(delegation_id=row.pk, actor=office.acting(office.officer), reason="提前返回")
        assert open_titles(office.deputy) == []
        assert Entry.objects.filter(kind="inbox.delegation_ended").count() == 1
        with pytest.raises(Refusal) as refused:
            services.end_delegation(delegation_id=row.pk, actor=office.acting(office.officer))
        assert refused.value.code == "inbox.delegation_over"


# -- urging --------------------------------------------------------------------------------------------------------


def test_a_head_urges_once_a_day_and_holder_and_delegate_hear_of_it(office, on):
    with on("2026-03-05"):
        task = assign(office, due_on=D("2026-03-04"))
        lend(office)
        Message.objects.all().delete()
        services.urge_task(task_id=task.pk, actor=office.acting(office.head), text="请今天办结")
        heard = Message.objects.filter(tone=Message.Tone.URGE).values_list("person__name", flat=True)
        assert sorted(heard) == ["林晓燕", "田秀梅"]
        assert Entry.objects.filter(kind="inbox.task_urged").count() == 1
        before = traces()
        with pytest.raises(Refusal) as refused:
            services.urge_task(task_id=task.pk, actor=office.acting(office.head))
        assert refused.value.code == "inbox.urged_today"
        with pytest.raises(NotAllowed):
            services.urge_task(task_id=task.pk, actor=office.acting(office.officer))
        with pytest.raises(NotFound):
            services.urge_task(task_id=task.pk + 1, actor=office.acting(office.head))
        assert traces() == before
    with on("2026-03-06"):
        assert services.urge_task(task_id=task.pk, actor=office.acting(office.head)).urged_times == 2


# -- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 30])
def test_the_badges_cost_one_query_whatever_there_is(office, on, rows, django_assert_num_queries):
    with on("2026-03-05"):
        for n in range(rows):
            assign(office, key=f"late:{n}", due_on=D("2026-03-04"))
            assign(office, key=f"today:{n}", due_on=D("2026-03-05"))
            assign(office, key=f"later:{n}", post_id=None, person_id=office.officer.pk)
        services.notify(key="m", people=[office.officer.pk, office.head.pk], title="通知")
        with django_assert_num_queries(1):
            found = queries.counts(office.officer.pk)
    assert (found.open, found.overdue, found.today, found.unread) == (3 * rows, rows, rows, 1)


@pytest.mark.parametrize("room", ["", "projects"])
def test_the_badge_counts_what_the_list_shows(office, on, room):
    with on("2026-03-05"):
        assign(office, due_on=D("2026-03-05"))
        assign(office, key="p", kind="projects.mend")
        assign(office, key="me", post_id=None, person_id=office.deputy.pk, due_on=D("2026-03-04"))
        assign(office, key="done")
        services.finish_task(key="done", actor=office.acting(office.officer))
        lend(office, room=room)
        for person in (office.officer, office.deputy, office.head):
            shown = queries.open_tasks(person.pk)
            found = queries.counts(person.pk)
            assert found.open == shown.count()
            assert found.overdue == shown.filter(due_on__lt=D("2026-03-05")).count()
            assert found.today == shown.filter(due_on=D("2026-03-05")).count()


def test_someone_without_anything_has_zeros(office):
    assert queries.counts(office.deputy.pk) == queries.Counts(0, 0, 0, 0)
    assert queries.counts(99_999) == queries.Counts(0, 0, 0, 0)


def test_the_lamp_turns_on_the_days_around_the_due_day():
    soon = D("2026-03-09")
    shown = [
        queries.lamp(D(d), D("2026-03-04"), soon) for d in ("2026-03-03", "2026-03-04", "2026-03-09", "2026-03-10")
    ]
    assert shown == ["OVERDUE", "TODAY", "SOON", "RUNNING"]
    assert queries.lamp(None, D("2026-03-04"), soon) == "NONE"
    assert queries.soon_until(D("2026-03-04")) == soon  # 5, 6, 9


# -- messages and delivery -----------------------------------------------------------------------------------------


def test_a_message_is_sent_once_per_person_and_key_and_only_its_reader_marks_it_read(office):
    services.notify(key="k", people=[office.officer.pk, office.officer.pk, office.head.pk], title="甲")
    services.notify(key="k", people=[office.officer.pk, office.deputy.pk], title="甲")
    assert Message.objects.count() == 3
    mine = Message.objects.get(person=office.officer)
    assert services.mark_read(person_id=office.head.pk, message_ids=[mine.pk]) == 0
    assert services.mark_read(person_id=office.officer.pk, message_ids=[mine.pk]) == 1
    assert services.mark_read(person_id=office.officer.pk) == 0
    assert queries.list_messages(office.head.pk, unread_only=True)[0].title == "甲"


def test_the_log_port_writes_one_line_without_a_phone_number(office, home):
    type(office.officer).objects.filter(pk=office.officer.pk).update(phone="13800000000")
    services.notify(key="k", people=[office.officer.pk], title="可研批复已出", url="/approvals/1")
    assert not (home / "deliveries.log").exists()
    assert outbox.dispatch() == 1
    assert outbox.dispatch() == 0
    lines = (home / "deliveries.log").read_text("utf-8").splitlines()
    assert json.loads(lines[0])["title"] == "可研批复已出"
    assert len(lines) == 1
    assert "13800000000" not in lines[0]
    assert "13800000000" not in json.dumps(list(OutboxMessage.objects.values_list("data", flat=True)))
    assert Delivery.objects.get().port == "log"


class Flaky:
    """A gateway that fails twice."""

    calls = 0

    def send(self, parcel):
        Flaky.calls += 1
        if Flaky.calls < 3:
            raise TimeoutError("gateway")
        return "SN-7"


def test_a_failing_port_is_tried_again_and_repeats_nothing_of_the_others(office, home, settings):
    Flaky.calls = 0
    ports.register("flaky", Flaky)
    settings.INBOX_PORTS = ["log", "flaky"]
    services.notify(key="k", people=[office.officer.pk], title="甲")
    assert outbox.dispatch() == 1
    assert outbox.dispatch() == 0
    assert OutboxMessage.objects.get(dispatched_at=None).last_error == "TimeoutError: gateway"
    assert outbox.dispatch() == 1
    assert len((home / "deliveries.log").read_text().splitlines()) == 1
    assert Delivery.objects.get(port="flaky").reference == "SN-7"


def test_a_port_nobody_registered_is_refused_before_anything_is_written(office, settings):
    settings.INBOX_PORTS = ["pigeon"]
    with pytest.raises(LookupError, match="pigeon"):
        ports.configured()


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_the_act_and_the_dispatch_loses_and_doubles_nothing(office, home, on, monkeypatch):
    """The act commits; the process dies in the middle of delivering; a new one delivers what is left."""
    with on("2026-03-05"):
        task = assign(office)
        services.urge_task(task_id=task.pk, actor=office.acting(office.head))

        def die(self, parcel):
            raise SystemExit("killed")  # not an Exception: the queue cannot swallow it

        with monkeypatch.context() as patch:
            patch.setattr(ports.LogPort, "send", die)
            with pytest.raises(SystemExit):
                outbox.dispatch()
        assert OutboxMessage.objects.filter(dispatched_at=None).exists()
        assert not Delivery.objects.exists()
        outbox.dispatch()
        outbox.dispatch()
    assert len((home / "deliveries.log").read_text().splitlines()) == 1
    assert Delivery.objects.count() == 1


def test_an_act_rolled_back_tells_nobody(office, on):
    from django.db import transaction

    with on("2026-03-05"):
        task = assign(office)
        before = traces()
        with transaction.atomic():
            services.urge_task(task_id=task.pk, actor=office.acting(office.head))
            transaction.set_rollback(True)
        assert traces() == before
