"""Golden cases of the counting rules, each with its arithmetic, and properties against a day-by-day oracle."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongbu.ground.basics.clock import SHANGHAI
from gongbu.ground.calendar.official import list_official_notices, official_calendar
from gongbu.ground.calendar.rules.counting import (
    Due,
    Lamp,
    Limit,
    Stop,
    Unit,
    add_months,
    compute_due,
    compute_latest_start,
    compute_remaining,
    merge_stops,
)
from gongbu.ground.calendar.rules.hours import OfficeHours, StopMoment, compute_due_at
from gongbu.ground.calendar.rules.lunar import compute_festivals
from gongbu.ground.calendar.rules.noticetext import read_notice
from gongbu.ground.calendar.rules.statutory import compute_provisional_days, list_statutory_holidays
from gongbu.ground.calendar.rules.workcalendar import DayMark, OutsideCalendar

CALENDAR = official_calendar()
D = date.fromisoformat
days = st.dates(date(2015, 6, 1), date(2029, 6, 30))


def workdays(n: int) -> Limit:
    return Limit(n, Unit.WORKDAY)


# 法规事实库 14.2 (2019–2026); 2016–2018 from the same notices.
TOTALS = {
    2016: 250, 2017: 249, 2018: 250, 2019: 250, 2020: 249, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248,
    2026: 248,
}  # fmt: skip


@pytest.mark.parametrize(("year", "total"), TOTALS.items())
def test_each_official_year_has_its_published_number_of_working_days(year, total):
    assert CALENDAR.workdays_between(date(year, 1, 1), date(year, 12, 31)) == total
    assert CALENDAR.total_of_year(year) == total
    assert not CALENDAR.is_provisional(date(year, 1, 1), date(year, 12, 31))


def test_a_holiday_that_begins_in_december_belongs_to_the_notice_of_the_next_year():
    fact = CALENDAR.fact(D("2018-12-31"))
    assert (fact.is_work, fact.name, fact.source) == (False, "元旦", "cn-2019")
    assert CALENDAR.is_workday(D("2018-12-29"))  # Saturday, worked


def test_same_year_corrections_supersede_the_first_notice_and_can_be_undone_by_asking_as_of_an_earlier_day():
    assert [n.key for n in list_official_notices() if n.kind == "CORRECTION"] == [
        "cn-2019-labour-day",
        "cn-2020-spring-festival",
    ]
    before, after = official_calendar(D("2020-01-26")), official_calendar(D("2020-01-27"))
    assert before.is_workday(D("2020-01-31"))  # Friday: the first notice ended on the 30th
    assert before.is_workday(D("2020-02-01"))  # Saturday, to be worked
    assert not after.is_workday(D("2020-01-31"))
    assert not after.is_workday(D("2020-02-01"))
    assert after.is_workday(D("2020-02-03"))
    assert official_calendar(D("2019-03-21")).total_of_year(2019) == 250  # 2 and 3 May off, two Sundays worked: equal


def test_the_year_after_the_last_notice_is_estimated_and_says_so():
    assert CALENDAR.is_provisional(D("2026-12-31"), D("2027-01-04"))
    assert CALENDAR.is_provisional(D("2027-01-04"), D("2026-12-31"))
    new_year = CALENDAR.fact(D("2027-02-06"))  # 初一, a Saturday: shown as 休, made up on a weekday
    assert (new_year.is_provisional, new_year.sign, new_year.name) == (True, "休", "春节")
    assert CALENDAR.total_of_year(2027) == 261 - 13  # 261 Mondays to Fridays, every statutory day made up


# 正月初一 · 清明 · 端午 · 中秋: published almanacs of these years (an ephemeris agrees for 1990–2099).
ALMANAC = {
    2024: ("02-10", "04-04", "06-10", "09-17"), 2025: ("01-29", "04-04", "05-31", "10-06"),
    2026: ("02-17", "04-05", "06-19", "09-25"), 2027: ("02-06", "04-05", "06-09", "09-15"),
    2028: ("01-26", "04-04", "05-28", "10-03"), 2029: ("02-13", "04-04", "06-16", "09-22"),
    2030: ("02-03", "04-05", "06-05", "09-12"), 2033: ("01-31", "04-04", "06-01", "09-08"),
    2034: ("02-19", "04-05", "06-20", "09-27"),
}  # fmt: skip


@pytest.mark.parametrize(("year", "expected"), ALMANAC.items())
def test_lunar_festivals_agree_with_the_almanac(year, expected):
    """2033/34 is the known hard case: the leap month follows the eleventh, not the seventh."""
    found = compute_festivals(year)
    shown = (found.spring, found.tomb_sweeping, found.dragon_boat, found.mid_autumn)
    assert tuple(f"{d:%m-%d}" for d in shown) == expected


def test_lunar_festivals_agree_with_every_official_notice():
    """A statutory festival day is off in every year that has a notice."""
    for year in CALENDAR.official_years:
        assert [d for d, _ in list_statutory_holidays(year) if CALENDAR.is_workday(d)] == [], year


@pytest.mark.parametrize(("year", "statutory"), [(2024, 11), (2025, 13), (2026, 13), (2027, 13)])
def test_eleven_statutory_days_until_2024_and_thirteen_from_2025(year, statutory):
    assert len(list_statutory_holidays(year)) == statutory
    assert len(compute_provisional_days(year)) == statutory  # a weekend day is made up, so as many weekdays are off


def test_new_year_on_a_saturday_is_made_up_on_monday():
    assert compute_provisional_days(2028)[D("2028-01-03")] == "元旦补假"


def test_years_without_lunar_data_follow_the_week():
    assert CALENDAR.is_workday(date(1, 1, 1))
    assert CALENDAR.total_of_year(2300) == 261


@pytest.mark.parametrize("start", [date(9999, 12, 1), date(1, 1, 5)])
def test_an_answer_outside_the_calendar_is_refused(start):
    with pytest.raises(OutsideCalendar):
        CALENDAR.add_workdays(start, 40 if start.year > 1 else -40)


# -- properties against an oracle that walks the days ------------------------------------------------------------


def oracle_between(first: date, last: date) -> int:
    return sum(CALENDAR.is_workday(first + timedelta(days=n)) for n in range((last - first).days + 1))


def oracle_add(start: date, amount: int) -> date:
    step = timedelta(days=1 if amount > 0 else -1)
    for _ in range(abs(amount)):
        start += step
        while not CALENDAR.is_workday(start):
            start += step
    return start


@settings(deadline=None)
@given(days, st.integers(0, 900))
def test_between_agrees_with_walking(first, span):
    last = min(first + timedelta(days=span), date(2029, 6, 30))
    first = min(first, last)
    assert CALENDAR.workdays_between(first, last) == oracle_between(first, last)
    if first != last:
        assert CALENDAR.workdays_between(last, first) == -oracle_between(first, last)


@settings(deadline=None)
@given(days, st.integers(-300, 300))
def test_add_agrees_with_walking(start, amount):
    assert CALENDAR.add_workdays(start, amount) == oracle_add(start, amount)


@settings(deadline=None)
@given(days, st.integers(1, 2000))
def test_add_and_between_are_inverse(start, amount):
    """The n-th working day after a day: n working days lie between, the start not counted."""
    end = CALENDAR.add_workdays(start, amount)
    assert CALENDAR.is_workday(end)
    assert CALENDAR.workdays_between(start + timedelta(days=1), end) == amount
    back = CALENDAR.add_workdays(end, -amount)
    assert back <= start
    assert CALENDAR.is_workday(start) == (back == start)


@settings(deadline=None)
@given(days, days, st.integers(1, 400))
def test_add_is_monotone(one, other, amount):
    one, other = min(one, other), max(one, other)
    assert CALENDAR.add_workdays(one, amount) <= CALENDAR.add_workdays(other, amount)
    assert CALENDAR.add_workdays(one, amount) < CALENDAR.add_workdays(one, amount + 1)


# -- limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "limit", "due", "why"),
    [
        ("2026-03-02", workdays(20), "2026-03-30", "03-03 is the first day; four weeks without a holiday"),
        ("2026-02-11", workdays(3), "2026-02-14", "12, 13, then the worked Saturday 14"),
        ("2026-02-12", workdays(3), "2026-02-24", "13, 14, then the first day after 02-15 to 02-23"),
        ("2026-09-18", Limit(7, Unit.DAY), "2026-09-28", "09-25 is 中秋 to 09-27; moves to Monday"),
        ("2026-09-23", Limit(7, Unit.DAY), "2026-09-30", "ends on a worked Wednesday"),
        ("2026-09-24", Limit(7, Unit.DAY), "2026-10-08", "10-01 moves behind the seven days"),
        ("2026-01-31", Limit(1, Unit.MONTH), "2026-02-28", "no 31 February: month end, a worked Saturday"),
        ("2024-02-29", Limit(1, Unit.YEAR), "2025-02-28", "no 29 February in 2025"),
        ("2026-07-01", Limit(3, Unit.MONTH), "2026-10-08", "10-01 moves on"),
    ],
)
def test_last_day_of_a_limit(start, limit, due, why):
    assert compute_due(D(start), limit, CALENDAR).due_on == D(due), why


def test_a_due_day_says_when_it_moved_and_when_it_is_provisional():
    due = compute_due(D("2026-09-24"), Limit(7, Unit.DAY), CALENDAR)
    assert due == Due(D("2026-10-08"), False, 0, D("2026-10-01"))
    assert compute_due(D("2026-12-25"), workdays(20), CALENDAR).is_provisional


@pytest.mark.parametrize(
    ("stops", "due", "why"),
    [
        ([], "2026-03-09", "5 working days after Monday 03-02"),
        ([Stop(D("2026-03-04"), D("2026-03-06"))], "2026-03-12", "Wed to Fri left out: 3 working days"),
        ([Stop(D("2026-03-04"), D("2026-03-04"))], "2026-03-10", "a day the clock did not run through is not counted"),
        ([Stop(D("2026-03-06"), D("2026-03-08"))], "2026-03-10", "Friday only; the weekend did not count anyway"),
        (
            [Stop(D("2026-03-04"), D("2026-03-06")), Stop(D("2026-03-05"), D("2026-03-10"))],
            "2026-03-16",
            "overlap is left out once: 03-04 to 03-10, 5 working days",
        ),
        ([Stop(D("2026-03-09"), D("2026-03-13"))], "2026-03-16", "stopped on the last day: one day is left"),
        ([Stop(D("2026-03-10"), D("2026-03-13"))], "2026-03-09", "a stop after the last day has no effect"),
        ([Stop(D("2026-02-27"), D("2026-03-03"))], "2026-03-10", "only 03-03 lies in the limit"),
    ],
)
def test_time_that_is_not_counted(stops, due, why):
    assert compute_due(D("2026-03-02"), workdays(5), CALENDAR, stops).due_on == D(due), why


def test_an_open_stop_leaves_no_due_day():
    assert compute_due(D("2026-03-02"), workdays(5), CALENDAR, [Stop(D("2026-03-04"))]).due_on is None


def test_natural_days_are_lengthened_by_stopped_natural_days():
    stops = [Stop(D("2026-03-05"), D("2026-03-09"))]  # 5 days; 03-17 + 5 = Sunday 03-22 → Monday
    assert compute_due(D("2026-03-02"), Limit(15, Unit.DAY), CALENDAR, stops).due_on == D("2026-03-23")


def test_a_stop_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="ends before"):
        merge_stops([Stop(D("2026-03-05"), D("2026-03-04"))])


spans = st.lists(
    st.tuples(st.integers(0, 120), st.integers(0, 30)).map(
        lambda t: Stop(date(2026, 1, 5) + timedelta(days=t[0]), date(2026, 1, 5) + timedelta(days=t[0] + t[1]))
    ),
    max_size=5,
)


@settings(max_examples=200, deadline=None)
@given(spans, st.integers(1, 60))
def test_working_days_with_stops_agree_with_walking(stops, amount):
    start, counted, day = date(2026, 1, 5), 0, date(2026, 1, 5)
    while counted < amount:
        day += timedelta(days=1)
        if CALENDAR.is_workday(day) and not any(s.since <= day <= s.until for s in stops):
            counted += 1
    assert compute_due(start, workdays(amount), CALENDAR, stops).due_on == day


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [("2025-10-31", 4, "2026-02-28"), ("2026-03-31", -1, "2026-02-28"), ("2026-12-15", 1, "2027-01-15")],
)
def test_corresponding_day_or_month_end(start, months, end):
    assert add_months(D(start), months) == D(end)


def test_fifteen_days_before_an_event():
    assert compute_latest_start(D("2026-06-20"), Limit(15, Unit.DAY), CALENDAR) == D("2026-06-05")


@pytest.mark.parametrize(
    ("today", "lamp", "left"),
    [
        ("2026-03-02", Lamp.RUNNING, 5),
        ("2026-03-04", Lamp.SOON, 3),
        ("2026-03-09", Lamp.TODAY, 0),
        ("2026-03-10", Lamp.OVERDUE, -1),
        ("2026-03-16", Lamp.OVERDUE, -5),
    ],
)
def test_the_last_day_itself_is_still_in_time(today, lamp, left):
    found = compute_remaining(D("2026-03-09"), D(today), CALENDAR)
    assert (found.lamp, found.workdays) == (lamp, left)


# -- hours ---------------------------------------------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("unit", "start", "hours", "end", "why"),
    [
        (Unit.HOUR, "2026-03-06 15:00", 24, "2026-03-07 15:00", "round the clock, Saturday too"),
        (Unit.WORKDAY_HOUR, "2026-03-06 15:00", 24, "2026-03-09 15:00", "9 hours on Friday, 15 on Monday"),
        (Unit.WORKDAY_HOUR, "2026-02-13 15:00", 24, "2026-02-14 15:00", "02-14 is a worked Saturday"),
        (Unit.WORKDAY_HOUR, "2026-03-07 10:00", 24, "2026-03-10 00:00", "begins on a day off: all of Monday"),
        (Unit.OFFICE_HOUR, "2026-03-06 16:30", 2, "2026-03-09 10:00", "1 h on Friday until 17:30, 1 h on Monday"),
        (Unit.OFFICE_HOUR, "2026-03-06 11:30", 1, "2026-03-06 14:00", "the lunch break does not count"),
    ],
)
def test_limits_in_hours(unit, start, hours, end, why):
    assert compute_due_at(at(start), Limit(hours, unit), CALENDAR) == at(end), why


def test_hours_leave_out_stops_once_and_an_open_stop_leaves_no_end():
    stops = [
        StopMoment(at("2026-03-06 16:00"), at("2026-03-06 18:00")),
        StopMoment(at("2026-03-06 17:00"), at("2026-03-06 20:00")),
    ]
    assert compute_due_at(at("2026-03-06 15:00"), Limit(4, Unit.HOUR), CALENDAR, stops=stops) == at("2026-03-06 23:00")
    still = [StopMoment(at("2026-03-06 16:00"))]
    assert compute_due_at(at("2026-03-06 15:00"), Limit(4, Unit.HOUR), CALENDAR, stops=still) is None
    assert compute_due_at(at("2026-03-06 15:00"), Limit(1, Unit.HOUR), CALENDAR, stops=still) == at("2026-03-06 16:00")


@settings(deadline=None)
@given(st.integers(0, 20 * 24 * 60), st.integers(1, 30))
def test_office_hours_agree_with_walking_minutes(offset, hours):
    office = OfficeHours(((time(8, 30), time(12, 0)), (time(14, 0), time(17, 30))))
    moment = start = at("2026-09-20 00:00") + timedelta(minutes=offset)
    left = hours * 60
    while left:
        open_now = CALENDAR.is_workday(moment.date()) and any(b <= moment.time() < e for b, e in office.spans)
        moment += timedelta(minutes=1)
        left -= open_now
    assert compute_due_at(start, Limit(hours, Unit.OFFICE_HOUR), CALENDAR, office) == moment


def test_office_hours_must_be_in_order():
    with pytest.raises(ValueError, match="in order"):
        OfficeHours(((time(14, 0), time(12, 0)),))


def test_local_days_win_over_the_national_calendar_on_their_days_only():
    """自治地方节日, 自拟: 2026-03-20 off in one region."""
    local = CALENDAR.with_overlay({D("2026-03-20"): DayMark(False, "开斋节", "r1")})
    assert not local.is_workday(D("2026-03-20"))
    assert CALENDAR.is_workday(D("2026-03-20"))
    assert local.total_of_year(2026) == 247


# -- pasted notices ------------------------------------------------------------------------------------------------

PROSE_2020 = """国务院办公厅关于2020年部分节假日安排的通知
国办发明电〔2019〕16号
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2020年元旦、春节、清明节、劳动节、端午节、国庆节和中秋节放假调休日期的具体安排通知如下。
一、元旦：2020年1月1日放假，共1天。
二、春节：1月24日至30日放假调休，共7天。1月19日（星期日）、2月1日（星期六）上班。
三、清明节：4月4日至6日放假调休，共3天。
四、劳动节：5月1日至5日放假调休，共5天。4月26日（星期日）、5月9日（星期六）上班。
五、端午节：6月25日至27日放假调休，共3天。6月28日（星期日）上班。
六、国庆节、中秋节：10月1日至8日放假调休，共8天。9月27日（星期日）、10月10日（星期六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。
国务院办公厅
2019年11月21日
"""


def test_the_text_of_a_real_notice_gives_the_days_of_that_notice():
    read = read_notice(PROSE_2020, 2020)
    shipped = next(n for n in list_official_notices() if n.key == "cn-2020").days
    missing = {D("2020-01-31"), D("2020-02-02"), D("2020-02-03")}  # the correction's days
    assert {d: w for d, (w, _) in read.days.items()} == {d: m.is_work for d, m in shipped.items() if d not in missing}
    assert read.days[D("2020-10-10")] == (True, "国庆节、中秋节")
    assert read.bad == ()


def test_a_holiday_that_crosses_the_year_is_read_with_its_years():
    read = read_notice("一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。", 2023)
    assert list(read.days) == [D("2022-12-31"), D("2023-01-01"), D("2023-01-02")]


def test_weekdays_in_brackets_and_a_second_month_are_read():
    text = (
        "二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。"
        "1月26日（周日）、2月8日（周六）上班。"
    )
    read = read_notice(text, 2025)
    assert len([d for d, (w, _) in read.days.items() if not w]) == 8
    assert [d for d, (w, _) in read.days.items() if w] == [D("2025-01-26"), D("2025-02-08")]


def test_a_list_of_days_is_read_and_what_is_not_understood_is_named():
    lines = ["2027-01-01 休 元旦", "2027-02-05至2027-02-07 休 春节", "2027-1-30 班 春节"]
    text = "\n".join([*lines, "2027-02-30 休", "2027-02-06 班", "明天 休 2 天"])
    read = read_notice(text, 2027)
    assert len(read.days) == 5
    assert [(b.line, b.code) for b in read.bad] == [
        (4, "calendar.line_unreadable"),
        (5, "calendar.day_twice"),
        (6, "calendar.line_unreadable"),
    ]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text):
    read_notice(text, 2027)
