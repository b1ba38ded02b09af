"""Fill in all lines of a list on one page, saved in one act: 责任单位 and 年度计划, typed or pasted as columns.

A plan that may be a unit off is asked about once on its line, as in every form (:mod:`registers.doubts`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.text import read_id
from gongbu.ground.meetings.queries import list_offices
from gongbu.ground.registers import catalogue, doubts
from gongbu.ground.registers.doubts import Doubt
from gongbu.ground.registers.pages import page, render
from gongbu.ground.registers.reading import as_text, read
from gongbu.mainline.lists import queries, rules, services
from gongbu.mainline.lists.models import ListItem, ProjectList
from gongbu.mainline.lists.services.record import require_state

DUTY, YEAR = "list_duty_unit", "list_year_fen"
LINES = 300
"""Lines on one page: two inputs each stay below what a form may send (Django: 1,000)."""
OPENED_LENGTH = 200_000
Opened = Mapping[str, tuple[int, str, str]]
"""Project id → revision, responsible unit and plan as the form was opened on them."""


@dataclass(slots=True)
class Line:
    """One line as shown: what stands in its inputs, what is wrong there, what somebody else saved meanwhile."""

    item: ListItem
    number: int
    duty: str
    year: str
    errors: dict[str, str] = field(default_factory=dict)
    theirs: str = ""
    doubts: list[Doubt] = field(default_factory=list)
    opened: tuple[int, str, str] | None = None

    @property
    def is_asked(self) -> bool:
        """Whether something on the line is still to be looked at again."""
        return any(not doubt.is_sure for doubt in self.doubts)


@page("lists.set_item", methods=("GET", "POST"))
def grid(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill in the lines of a list."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_list(pk, actor)
    actor.require("lists.set_item", row.region_key)
    items = [item for item in queries.list_items(row) if item.state == ListItem.State.ON]
    pages = max(1, -(-len(items) // LINES))
    number = min(max(1, read_id(request.GET.get("page", "")) or 1), pages)
    first = (number - 1) * LINES
    lines = [
        Line(item, first + n, item.duty_unit, _year_text(item))
        for n, item in enumerate(items[first : first + LINES], 1)
    ]
    here, says, status = reverse("lists:show", args=[pk]), "", 200
    if request.method == "POST":
        says, status = _save(request, row, lines)
        if not says:
            return HttpResponseRedirect(f"{request.path}?page={number + 1}" if number < pages else here)
    else:
        require_state(row, "lists.set_item")
    context = {
        "title": "填写责任单位和年度计划", "row": row, "lines": lines, "says": says, "cancel": here, "page": number,
        "pages": pages, "crumbs": [("项目清单", reverse("lists:list")), (row.title, here), ("填写", None)],
        "opened": _opened_text(lines), "missing": sum(not line.item.duty_unit for line in lines),
        "units": list(dict.fromkeys(name for _pk, name in list_offices(row.region.key_lo, row.region.key_hi))),
        "wrong": [line for line in lines if line.errors or line.theirs or line.is_asked],
        "only_asks": any(line.is_asked for line in lines) and not any(line.errors or line.theirs for line in lines),
    }  # fmt: skip
    return render(request, "lists/grid.html", context, status=status)


def _year_text(item: ListItem) -> str:
    return as_text(catalogue.get(YEAR), item.year_fen)


def _opened_text(lines: Sequence[Line]) -> str:
    """Return what the inputs stand on, for the next submission to be compared with.

    A line that was typed over stays on what it was opened on: what somebody saved since is still told.
    """
    return orjson.dumps(
        {
            str(line.item.project_id): line.opened or (line.item.rev, line.item.duty_unit, _year_text(line.item))
            for line in lines
        }
    ).decode()


def _read_opened(text: str) -> Opened:
    """Return what the form was opened on; a line that is missing there counts as opened before anything was filled in."""
    try:
        given = orjson.loads(text) if len(text) <= OPENED_LENGTH else {}
    except orjson.JSONDecodeError:
        return {}
    found: dict[str, tuple[int, str, str]] = {}
    for key, value in given.items() if isinstance(given, dict) else ():
        match value:
            case [int() as rev, str() as duty, str() as year]:
                found[key] = (rev, duty, year)
    return found


def _save(request: HttpRequest, row: ProjectList, lines: Sequence[Line]) -> tuple[str, int]:
    """Save what was changed on the page; return what is said instead and its status, ("", 200) when it was saved."""
    filled = _read(request.POST, lines)
    if any(line.errors for line in lines):
        return "有的格子不能保存，请按提示改正。其余内容都还在，尚未保存。", 422
    if asked := sum(line.is_asked for line in lines):
        return f"有 {asked} 行的数额请再核对，内容都还在，尚未保存。填错的改正，没有填错的勾选“已核对”，再次保存。", 422
    by_project = {line.item.project_id: line for line in lines}
    try:
        services.set_items(list_id=row.pk, lines=filled, actor=request.actor)  # type: ignore[attr-defined]
    except ChangedMeanwhile as refusal:
        for project_id in refusal.data["clashes"]:
            line = by_project[project_id]
            line.item.refresh_from_db()
            line.opened = None
            unit, plan = line.item.duty_unit or "空", _year_text(line.item)
            line.theirs = f"{line.item.filled_by or '他人'}已填：{unit}{f'，{plan} 万元' if plan else ''}"
        return word(refusal) + "再次保存，将以您填写的为准。", 409
    except InvalidInput as refusal:
        for finding in refusal.findings:
            key = finding.field if finding.field in (DUTY, YEAR) else DUTY
            if (at := by_project.get(finding.data.get("project_id", 0))) is not None:
                at.errors[key] = word(finding)
        return "有的格子不能保存，请按提示改正。其余内容都还在，尚未保存。", 422
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return word(refusal), 422
    return "", 200


def _read(posted: QueryDict, lines: Sequence[Line]) -> list[services.Filled]:
    """Take what was typed into the lines and return those that were changed; what cannot be read is said on its line."""
    opened = _read_opened(posted.get("_opened", ""))
    filled = []
    for line in lines:
        pk = line.item.project_id
        if f"duty-{pk}" not in posted:
            continue
        duty, year = posted.get(f"duty-{pk}", "").strip(), posted.get(f"year-{pk}", "").strip()
        rev, *was = opened.get(str(pk), (0, "", ""))
        if [duty, year] == was:
            continue  # shown as it is now, whoever filled it in since
        line.duty, line.year = duty, year
        line.opened = (rev, was[0], was[1])
        values: dict[str, Any] = {}
        for key, text in ((DUTY, duty), (YEAR, year)):
            reading = read(catalogue.get(key), text, is_required=False)
            values[key] = reading.value
            if rejected := [one for one in reading.findings if one.severity.name == "REJECT"]:
                line.errors[key] = word(rejected[0])
        if YEAR not in line.errors and (over := rules.check_year(line.item.name, line.item.total_fen, values[YEAR])):
            line.errors[YEAR] = word(over)  # refused anyway: not asked about first
        if not line.errors:
            filled.append(services.Filled(pk, values[DUTY] or "", values[YEAR], rev))
            line.doubts = _find_doubts(line, values, posted.getlist(doubts.SURE)[: 2 * LINES])
    return filled


def _find_doubts(line: Line, values: Mapping[str, Any], sure: Sequence[str]) -> list[Doubt]:
    """Return what to look at again on a line; a box belongs to its line and its figure."""
    names = {key: f"{key}-{line.item.project_id}" for key in (DUTY, YEAR)}
    found = doubts.find_in_amounts(
        [(names[key], catalogue.get(key)) for key in (DUTY, YEAR)],
        {names[key]: values[key] for key in (DUTY, YEAR)},
        {names[YEAR]: line.item.year_fen},
    )
    return doubts.as_doubts(found, {}, sure)
