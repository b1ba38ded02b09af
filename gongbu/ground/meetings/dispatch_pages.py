"""Pages of 每月专题调度: a county's year by unit and month, one month with its meetings, the workbook."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.basics.text import read_id
from gongbu.ground.meetings import dispatch, kinds, queries
from gongbu.ground.meetings.models import Meeting
from gongbu.ground.meetings.register import STATE_TONES
from gongbu.ground.meetings.rules.dispatch import Status
from gongbu.ground.orgs import trace as traces
from gongbu.ground.policy import queries as policies
from gongbu.ground.registers import exports
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.pages import actor_of, page, render

EARLIEST = 2015
_MONTHS = range(1, 13)


@page("meetings.view")
def show(request: HttpRequest) -> HttpResponse:
    """A county's year: units by month, who is behind, why."""
    found, years, counties = _asked(request)
    context: dict[str, Any] = {"title": "每月专题调度", "crumbs": [("会商", reverse("meetings:list")), ("每月专题调度", None)],
                               "counties": counties, "years": years, "found": found, "months": _MONTHS}  # fmt: skip
    if found is not None:
        today = clock.today()
        last = today.month - 1 if found.year == today.year else 12
        shown = {"behind": lambda u: u.missed, "kept": lambda u: u.kept}.get(request.GET.get("only", ""))
        context |= {
            "only": request.GET.get("only", "") if shown else "",
            "rows": [
                {"unit": unit, "cells": [dispatch.shown_month(m) for m in unit.months]}
                for unit in found.units
                if shown is None or shown(unit)
            ],
            "behind": sum(unit.missed > 0 for unit in found.units),
            "missed": sum(unit.missed for unit in found.units),
            "due": sum(unit.due for unit in found.units),
            "kept": sum(unit.kept for unit in found.units),
            "last_month": last,
            "behind_last": [u for u in found.units if last and u.months[last - 1].status is Status.MISSED],
            "basis": _basis(found.duty) if found.duty else None,
        }
    return render(request, "meetings/dispatch.html", context)


def _asked(request: HttpRequest) -> tuple[dispatch.CountyYear | None, list[int], list[Any]]:
    actor, today = actor_of(request), clock.today()
    counties = dispatch.list_counties(actor)
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdecimal() and EARLIEST <= int(text[:4]) <= today.year else today.year
    years = [*range(today.year, max(today.year - 4, EARLIEST), -1)]
    if not counties:
        return None, years, []
    chosen = request.GET.get("region", "")
    region = dispatch.get_county(read_id(chosen) or 0, actor) if chosen else counties[0]
    return dispatch.get_year(region, year, today), years, counties


def _basis(duty: dispatch.Duty) -> dict[str, Any]:
    return {
        "value": f"每月不少于 {duty.at_least} 次",
        "rule": f"{duty.duty}。计入：单位召集、当月召开的{'、'.join(kinds.label(code) for code in duty.kinds)}"
        f"{'，由主要负责人主持' if duty.chaired_by else ''}；设立或撤销当月不计"
        f"{'；主要负责人没有登记的先计入，主持人待核实' if duty.chaired_by else ''}",
        "clause": duty.basis,
        "dates": f"{duty.since.isoformat()} 起",
        "pack": policies.pack_words(duty.pack, duty.version),
        "check": policies.check_of(duty.confidence),
    }


@page("meetings.view")
def export(request: HttpRequest) -> HttpResponseBase:
    """The county's year as a workbook; the export is recorded."""
    found, _years, _counties = _asked(request)
    if found is None or found.duty is None:
        raise NotFound("meetings.dispatch_missing")
    columns = [
        Column("unit", "单位", width=24),
        *(Column(f"m{n}", f"{n}月", width=8) for n in _MONTHS),
        Column("due", "应开展月数", kind="int"),
        Column("kept", "已开展月数", kind="int"),
        Column("missed", "未开展月数", kind="int"),
        Column("why", "未开展的原因", width=40),
    ]
    rows = []
    for unit in found.units:
        why = [f"{m.month}月：{'、'.join(dispatch.reasons(m))}" for m in unit.months if m.status is Status.MISSED]
        cells = [dispatch.shown_month(m)["text"] for m in unit.months]
        rows.append((unit.name, *cells, unit.due, unit.kept, unit.missed, "；".join(why)))
    title = f"{found.region.name}{found.year}年每月专题调度"
    trace = traces.record(actor_of(request), f"{title}（XLSX）", len(rows), {"年度": str(found.year)})
    return exports.send_table(columns, rows, f"{title}_{clock.today():%Y%m%d}.xlsx", "每月专题调度", trace=trace)


@page("meetings.view")
def show_month(request: HttpRequest, region_id: int, unit_id: int, year: int, month: int) -> HttpResponse:
    """One unit's month: its dispatch meetings, which count and why not."""
    actor = actor_of(request)
    if not (1 <= month <= 12 and EARLIEST <= year <= clock.today().year):
        raise NotFound("meetings.dispatch_missing")
    region = dispatch.get_county(region_id, actor)
    duty, unit = dispatch.get_unit(region, unit_id, year, clock.today())
    found = unit.months[month - 1]
    open_to = queries.list_meetings(actor).filter(pk__in=[one.held.meeting_id for one in found.seen])
    titles = dict(open_to.values_list("pk", "title"))
    back = f"{reverse('meetings:dispatch')}?region={region.pk}&year={year}"
    context = {
        "title": f"{year}年{month}月专题调度",
        "crumbs": [("会商", reverse("meetings:list")), ("每月专题调度", back), (unit.name, None)],
        "unit": unit,
        "month": found,
        "cell": dispatch.shown_month(found),
        "rows": [
            {
                "id": one.held.meeting_id,
                "title": titles.get(one.held.meeting_id, ""),
                "day": one.held.day,
                "chair": one.held.chair,
                "state": Meeting.State(one.held.state).label,
                "tone": STATE_TONES[one.held.state],
                "counts": one.counts,
                "why": dispatch.say(one),
            }
            for one in found.seen
        ],
        "basis": _basis(duty),
        "back": back,
        "may_draft": actor.unit_id == unit.unit_id and actor.may("meetings.draft"),
    }
    return render(request, "meetings/dispatch_month.html", context)
