"""Notices and limits as acts: rights, refusals that leave nothing behind, recomputation with one message each."""

from datetime import date, datetime

import pytest

from gongbu.ground.basics.clock import SHANGHAI
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, Refusal
from gongbu.ground.calendar import queries, services
from gongbu.ground.calendar.models import NATION, Deadline, Notice, WorkDay
from gongbu.ground.calendar.official import official_calendar
from gongbu.ground.calendar.rules.counting import Unit
from gongbu.ground.calendar.services import NewNotice
from gongbu.ground.calendar.tests.conftest import COUNTY, actor, new_deadline
from gongbu.ground.ledger.models import Entry
from gongbu.ground.outbox.models import OutboxMessage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]
D = date.fromisoformat


def traces() -> tuple[int, ...]:
    """What an act leaves behind."""
    return (
        Notice.objects.count(), WorkDay.objects.count(), Deadline.objects.unscoped("test").count(),
        Entry.objects.count(), OutboxMessage.objects.count(),
    )  # fmt: skip


def arrangement_2027(**changes) -> NewNotice:
    """自拟: an arrangement for 2027 as it might come."""
    off = {D(f"2027-02-{n:02}"): (False, "春节") for n in range(5, 13)}
    work = {D("2027-01-30"): (True, "春节"), D("2027-02-20"): (True, "春节")}
    new_year = {D(f"2027-01-{n:02}"): (False, "元旦") for n in (1, 2, 3)}
    given = {
        "kind": "ANNUAL", "year": 2027, "title": "国务院办公厅关于2027年部分节假日安排的通知",
        "issued_on": D("2026-11-19"), "days": {**off, **work, **new_year}, "document_number": "国办发明电〔2026〕9号",
    }  # fmt: skip
    return NewNotice(**{**given, **changes})


def test_loading_the_shipped_notices_is_repeatable_and_agrees_with_the_files():
    assert services.load_official() == 13
    assert services.load_official() == 0
    national = WorkDay.objects.filter(region_key=NATION)
    assert national.filter(day__year=2026, is_work=True).count() == 248
    first, last = national.get(day="2026-01-01"), national.get(day="2026-12-31")
    assert last.running - first.running == 248  # 1 January is off
    assert national.filter(is_provisional=True).earliest("day").day == D("2027-01-01")
    shipped = official_calendar()
    for day in ("2018-12-31", "2020-02-01", "2026-02-14", "2031-10-01"):
        assert national.get(day=day).is_work == shipped.is_workday(D(day))


@pytest.mark.parametrize("loaded", [False, True])
def test_one_lookup_gives_the_same_day_as_the_rules(loaded, django_assert_num_queries):
    if loaded:
        services.load_official()
    shipped = official_calendar()
    queries.get_calendar()
    for start in ("2016-01-01", "2020-01-23", "2026-09-26", "2026-12-30"):
        for amount in (1, 20, 250, -3, -1):
            assert queries.add_workdays(D(start), amount) == shipped.add_workdays(D(start), amount)
    assert queries.add_workdays(D("2060-01-01"), 3) == shipped.add_workdays(D("2060-01-01"), 3)
    if loaded:
        with django_assert_num_queries(1):
            queries.add_workdays(D("2026-03-02"), 20)


def test_a_notice_moves_the_open_limits_it_touches_and_only_those(officer, administrator, on):
    services.load_official()
    with on("2026-11-10"):
        near = services.start_deadline(new=new_deadline("2026-11-10", 20, key="near"), actor=officer)
        far = services.start_deadline(new=new_deadline("2027-01-25", 10, key="far"), actor=officer)
        done = services.start_deadline(new=new_deadline("2026-11-05", 2, key="done"), actor=officer)
        services.close_deadline(deadline_id=done.pk, at=D("2026-11-09"), actor=officer)
    assert (near.due_on, near.is_provisional) == (D("2026-12-08"), False)
    # 01-26..29 (4), 02-01..04 (4), then 05 is 除夕 and 08, 09, 10 are made up: 11, 12
    assert (far.due_on, far.is_provisional) == (D("2027-02-12"), True)
    OutboxMessage.objects.all().delete()
    with on("2026-11-20"):
        notice = services.record_notice(new=arrangement_2027(), actor=administrator)
    far.refresh_from_db()
    # 01-26..29 (4), worked Saturday 30 (5), 02-01..04 (9), off until 12, Monday 15 (10)
    assert (far.due_on, far.is_provisional) == (D("2027-02-15"), False)
    told = OutboxMessage.objects.filter(topic="calendar.deadline_changed")
    assert [(m.data["key"], m.data["due_before"], m.data["due_after"]) for m in told] == [
        ("far", "2027-02-12", "2027-02-15")
    ]
    assert OutboxMessage.objects.get(topic="calendar.notice_recorded").data["deadlines_moved"] == 1
    kinds = list(Entry.objects.order_by("-pk").values_list("kind", flat=True)[:2])
    assert kinds == ["calendar.deadline_recomputed", "calendar.notice_recorded"]
    near.refresh_from_db()
    assert near.due_on == D("2026-12-08")
    assert WorkDay.objects.get(region_key=NATION, day="2027-01-30").source == notice.key
    assert queries.add_workdays(D("2027-02-04"), 1) == D("2027-02-15")


def test_a_same_year_correction_keeps_the_first_notice(administrator, on):
    services.load_official()
    with on("2026-11-20"):
        services.record_notice(
            new=NewNotice(
                "CORRECTION", 2026, "关于调整的通知（自拟）", D("2026-11-19"), {D("2026-12-31"): (False, "元旦")}
            ),
            actor=administrator,
        )
    assert queries.get_calendar().total_of_year(2026) == 247
    assert Notice.objects.filter(year=2026).count() == 2
    assert [n.title for n in queries.get_year(2026).notices][-1] == "关于调整的通知（自拟）"


def test_local_days_apply_in_the_region_and_nowhere_else(administrator, officer, on):
    services.load_official()
    with on("2026-11-20"):
        deadline = services.start_deadline(new=new_deadline("2026-11-20", 5), actor=officer)
        services.record_notice(
            new=NewNotice(
                "LOCAL", 2026, "青岚县关于民族节日放假的通知（自拟）", D("2026-11-19"),
                {D("2026-11-24"): (False, "民族节日")}, region=(COUNTY, COUNTY + 1_000_000, "青岚县"),
            ),
            actor=administrator,
        )  # fmt: skip
    assert not queries.is_workday(D("2026-11-24"), COUNTY)
    assert not queries.is_workday(D("2026-11-24"), COUNTY + 100_000)  # a township of the county
    assert queries.is_workday(D("2026-11-24"), COUNTY + 1_000_000)
    assert queries.is_workday(D("2026-11-24"))
    before = deadline.due_on
    deadline.refresh_from_db()
    assert (before, deadline.due_on) == (D("2026-11-27"), D("2026-11-30"))
    assert WorkDay.objects.filter(region_key=COUNTY, day="2026-11-24", is_work=False).exists()


def test_who_may_not_record_leaves_nothing_behind(officer, viewer, on):
    services.load_official()
    before = traces()
    with on("2026-11-20"):
        for person in (officer, viewer):
            with pytest.raises(NotAllowed):
                services.record_notice(new=arrangement_2027(), actor=person)
        elsewhere = arrangement_2027(kind="LOCAL", region=(110_000_000_000, 111_000_000_000, "别处"))
        with pytest.raises(NotAllowed):
            services.record_notice(new=elsewhere, actor=actor("SYSTEM_ADMIN"))
    assert traces() == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"year": 2026, "days": {D("2026-05-01"): (False, "劳动节")}}, "calendar.year_arranged"),
        ({"kind": "CORRECTION"}, "calendar.year_not_arranged"),
        ({"kind": "LOCAL"}, "calendar.region_mismatch"),
        (
            {"kind": "CORRECTION", "year": 2026, "days": {D("2026-10-01"): (False, "国庆节")}},
            "calendar.nothing_new",
        ),
        ({"days": {}}, "input.invalid"),
        ({"title": " "}, "input.invalid"),
        ({"issued_on": D("2026-11-21")}, "input.invalid"),
        ({"days": {D("2028-01-01"): (False, "元旦")}}, "input.invalid"),
    ],
)
def test_a_notice_that_cannot_be_leaves_nothing_behind(changes, code, administrator, on):
    services.load_official()
    before = traces()
    with on("2026-11-20"), pytest.raises(Refusal) as refused:
        services.record_notice(new=arrangement_2027(**changes), actor=administrator)
    assert refused.value.code == code
    assert traces() == before
    assert isinstance(refused.value, InvalidInput) == (code == "input.invalid")


def test_stop_and_resume_leave_the_time_out_and_enter_the_book(officer, on):
    with on("2026-03-02"):
        deadline = services.start_deadline(new=new_deadline("2026-03-02", 5), actor=officer)
        assert services.start_deadline(new=new_deadline("2026-03-02", 5), actor=officer).pk == deadline.pk
    assert deadline.due_on == D("2026-03-09")
    with on("2026-03-04"):
        stopped = services.stop_deadline(
            deadline_id=deadline.pk, kind="SUPPLEMENT", at=D("2026-03-04"), reason="缺用地预审意见", actor=officer
        )
        assert (stopped.status, stopped.due_on) == ("STOPPED", None)
    with on("2026-03-05"):
        services.stop_deadline(
            deadline_id=deadline.pk, kind="EXPERT_REVIEW", at=D("2026-03-05"), reason="消防专家评审", actor=officer
        )
    with on("2026-03-06"):
        half = services.resume_deadline(deadline_id=deadline.pk, kind="SUPPLEMENT", at=D("2026-03-06"), actor=officer)
        assert half.status == "STOPPED"
    with on("2026-03-10"):
        whole = services.resume_deadline(
            deadline_id=deadline.pk, kind="EXPERT_REVIEW", at=D("2026-03-10"), actor=officer
        )
    # 03-03 counted; 03-04 to 03-10 left out once; 11, 12, 13, 16
    assert (whole.status, whole.due_on) == ("RUNNING", D("2026-03-16"))
    assert list(Entry.objects.filter(subject_kind="case").order_by("pk").values_list("kind", flat=True)) == [
        "calendar.deadline_started", "calendar.deadline_stopped", "calendar.deadline_stopped",
        "calendar.deadline_resumed", "calendar.deadline_resumed",
    ]  # fmt: skip


def test_a_limit_is_extended_once_within_its_bound_by_a_head(officer, head, on):
    with on("2026-03-02"):
        deadline = services.start_deadline(new=new_deadline("2026-03-02", 20, extension_max=10), actor=officer)
        before = traces()
        for amount, reason, person, code in [
            (10, "案情复杂", officer, "rights.not_allowed"),
            (11, "案情复杂", head, "calendar.extension_too_long"),
            (0, "案情复杂", head, "calendar.extension_too_long"),
            (10, " ", head, "calendar.reason_missing"),
        ]:
            with pytest.raises(Refusal) as refused:
                services.extend_deadline(
                    deadline_id=deadline.pk, amount=amount, on=D("2026-03-02"), reason=reason, actor=person
                )
            assert refused.value.code == code
        assert traces() == before
    with on("2026-03-30"):  # the last day itself is still in time
        longer = services.extend_deadline(
            deadline_id=deadline.pk, amount=10, on=D("2026-03-30"), reason="案情复杂", actor=head
        )
        assert longer.due_on == official_calendar().add_workdays(D("2026-03-02"), 30)
        with pytest.raises(Refusal) as refused:
            services.extend_deadline(deadline_id=deadline.pk, amount=1, on=D("2026-03-30"), reason="再延", actor=head)
        assert refused.value.code == "calendar.extended_already"


@pytest.mark.parametrize(("day", "late"), [("2026-03-06", False), ("2026-03-09", False), ("2026-03-10", True)])
def test_closing_on_the_last_day_is_in_time(day, late, officer, on):
    with on("2026-03-02"):
        deadline = services.start_deadline(new=new_deadline("2026-03-02", 5), actor=officer)
    with on(day):
        closed = services.close_deadline(deadline_id=deadline.pk, at=D(day), actor=officer)
        assert (closed.status, closed.is_late) == ("CLOSED", late)
        with pytest.raises(Refusal) as refused:
            services.stop_deadline(deadline_id=deadline.pk, kind="OTHER", at=D(day), reason="", actor=officer)
    assert refused.value.code == "calendar.deadline_closed"


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([("stop", "2026-03-01")], "calendar.stop_before_start"),
        ([("stop", "2026-03-12")], "calendar.day_in_future"),
        ([("stop", "2026-03-10")], "calendar.stop_after_due"),
        ([("stop", "2026-03-04"), ("stop", "2026-03-05")], "calendar.stopped_already"),
        ([("resume", "2026-03-05")], "calendar.not_stopped"),
        ([("stop", "2026-03-05"), ("resume", "2026-03-04")], "calendar.resume_before_stop"),
    ],
)
def test_a_stop_that_cannot_be_leaves_nothing_behind(steps, code, officer, on):
    with on("2026-03-11"):
        deadline = services.start_deadline(new=new_deadline("2026-03-02", 5), actor=officer)

        def take(step, day):
            if step == "stop":
                services.stop_deadline(
                    deadline_id=deadline.pk, kind="SUPPLEMENT", at=D(day), reason="补正", actor=officer
                )
            else:
                services.resume_deadline(deadline_id=deadline.pk, kind="SUPPLEMENT", at=D(day), actor=officer)

        for step, day in steps[:-1]:
            take(step, day)
        before = traces()
        with pytest.raises(Refusal) as refused:
            take(*steps[-1])
    assert refused.value.code == code
    assert traces() == before


def test_nobody_starts_or_stops_a_limit_of_another_county(officer, on):
    with on("2026-03-02"):
        deadline = services.start_deadline(new=new_deadline("2026-03-02", 5), actor=officer)
        neighbour = actor("INVESTMENT_OFFICER", COUNTY + 1_000_000, COUNTY + 2_000_000)
        before = traces()
        with pytest.raises(NotAllowed):
            services.start_deadline(new=new_deadline("2026-03-02", 5, key="other"), actor=neighbour)
        with pytest.raises(NotAllowed):
            services.close_deadline(deadline_id=deadline.pk, at=D("2026-03-02"), actor=neighbour)
        assert traces() == before


def test_twenty_four_hours_on_the_spot(officer, on):
    """企业备案 24 小时即来即办 (JC-10), counted within working days."""
    start = datetime(2026, 3, 6, 15, 0, tzinfo=SHANGHAI)
    with on("2026-03-06"):
        new = new_deadline("2026-03-06", 24, Unit.WORKDAY_HOUR)
        new = type(new)(new.key, new.title, new.subject, start, new.limit)
        deadline = services.start_deadline(new=new, actor=officer)
    assert deadline.due_at == datetime(2026, 3, 9, 15, 0, tzinfo=SHANGHAI)
    with on("2026-03-09"):
        late = services.close_deadline(
            deadline_id=deadline.pk, at=datetime(2026, 3, 9, 9, 30, tzinfo=SHANGHAI), actor=officer
        )
    assert not late.is_late


def test_deadlines_of_a_subject_cost_the_same_for_one_and_for_thirty(officer, on, django_assert_num_queries):
    with on("2026-03-02"):
        for count in (1, 30):
            for n in range(count):
                services.start_deadline(new=new_deadline("2026-03-02", 5, key=f"k{count}:{n}"), actor=officer)
            with django_assert_num_queries(2):
                rows = queries.list_deadlines_for_subject("case", 1)
                assert all(list(row.stops.all()) == [] for row in rows)


def test_a_year_on_one_page():
    services.load_official()
    year = queries.get_year(2026)
    assert (year.workdays, sum(year.quarters), len(year.months)) == (248, 248, 12)
    signs = {f.day.isoformat(): f.sign for m in year.months for week in m.weeks for f in week if f}
    assert (signs["2026-02-14"], signs["2026-02-15"], signs["2026-03-01"], signs["2026-03-02"]) == ("班", "休", "", "")
    assert not year.is_provisional
    assert queries.get_year(2027).is_provisional
