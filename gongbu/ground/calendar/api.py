"""The API of the calendar: counting days, and the judgement on one day."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import QueryEx, Router, Schema

from gongbu.ground.basics.findings import Finding, InvalidInput, Severity
from gongbu.ground.calendar import queries
from gongbu.ground.calendar.rules.workcalendar import OutsideCalendar
from gongbu.ground.registers.api import Right

router = Router(tags=["工作日历"])
MOST_WORKDAYS = 100_000


class CountOut(Schema):
    """Working days of a span, both ends counted."""

    workdays: int
    is_provisional: bool


class DayOut(Schema):
    """A day, and whether the answer rests on an estimated year."""

    day: date
    is_provisional: bool


class FactOut(Schema):
    """The judgement on one day. ``source`` is the key of the notice, empty for the ordinary week."""

    day: date
    is_workday: bool
    name: str
    source: str
    is_provisional: bool


@router.get(
    "/workdays/between",
    response=CountOut,
    summary="两日之间的工作日数",
    operation_id="workdays_between",
    auth=Right("calendar.view"),
)
def between(
    request: HttpRequest,
    first: Annotated[date, QueryEx(alias="from", description="起始日（计入）")],
    last: Annotated[date, QueryEx(alias="to", description="截止日（计入）")],
    region: Annotated[int | None, QueryEx(ge=0, le=10**12, description="区划序键，不填为全国")] = None,
) -> dict[str, Any]:
    """Count working days, both ends included; negative in reversed order."""
    calendar = queries.get_calendar(region)
    return {
        "workdays": calendar.workdays_between(first, last),
        "is_provisional": calendar.is_provisional(first, last),
    }


@router.get(
    "/workdays/add",
    response=DayOut,
    summary="某日之后第 N 个工作日",
    operation_id="workdays_add",
    auth=Right("calendar.view"),
)
def add(
    request: HttpRequest,
    day: Annotated[date, QueryEx(description="起算日（不计入）")],
    amount: Annotated[int, QueryEx(ge=-MOST_WORKDAYS, le=MOST_WORKDAYS, description="工作日数，负数向前")],
    region: Annotated[int | None, QueryEx(ge=0, le=10**12, description="区划序键，不填为全国")] = None,
) -> dict[str, Any]:
    """Return the n-th working day after a day, the day itself not counted."""
    calendar = queries.get_calendar(region)
    try:
        found = calendar.add_workdays(day, amount)
    except OutsideCalendar as error:
        finding = Finding("calendar.outside", {"day": day, "amount": amount}, "amount", Severity.REJECT)
        raise InvalidInput([finding]) from error
    return {"day": found, "is_provisional": calendar.is_provisional(day, found)}


@router.get(
    "/workdays/{day}",
    response=FactOut,
    summary="某日是否工作日",
    operation_id="workdays_day",
    auth=Right("calendar.view"),
)
def show(
    request: HttpRequest,
    day: date,
    region: Annotated[int | None, QueryEx(ge=0, le=10**12, description="区划序键，不填为全国")] = None,
) -> dict[str, Any]:
    """Return whether a day is worked, with the festival and the notice."""
    fact = queries.get_calendar(region).fact(day)
    return {
        "day": fact.day, "is_workday": fact.is_work, "name": fact.name, "source": fact.source,
        "is_provisional": fact.is_provisional,
    }  # fmt: skip
