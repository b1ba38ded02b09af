"""Pages that change a trial: the grid of a table and the value of a parameter, judged as they are typed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics.findings import ChangedMeanwhile, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.policy.rules.tables import UNDETERMINED, UNDETERMINED_LABEL, Table
from gongbu.ground.policy.rules.values import UNITS
from gongbu.ground.policy.sandbox import editing, grid, services, showing
from gongbu.ground.policy.sandbox.editions import Checked, Files
from gongbu.ground.policy.sandbox.models import Trial
from gongbu.ground.policy.sandbox.pages import CRUMBS
from gongbu.ground.registers.pages import actor_of, page, posted_rev, render

HINTS = {"fen": "写明单位，例如 8000万元、1亿元", "ratio": "例如 10% 或 0.10", "rated_ratio": "例如 105% 或 1.05", "date": "例如 2026-03-01",
         "texts": "各项以顿号隔开", "codes": "各代码以顿号隔开", "flag": "是 或 否"}  # fmt: skip


def _table_of(trial: Trial, key: str) -> Table:
    """Return the table to edit: the trial's own version when the draft can be read, else that of the base."""
    checked = services.check(trial)
    for pack in (checked.trial, checked.base):
        if pack is not None and key in pack.tables:
            return pack.tables[key][-1]
    raise NotFound("policy.unknown_key", key=key)


def _since(text: str, newest: date | None) -> date:
    """Return the day from which a new version holds; it follows the newest version of the base, whose past stays.

    :raises ValueError: worded in Chinese
    """
    try:
        since = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}”不是日期，请写成 2026-03-01") from None
    if newest is not None and since <= newest:
        raise ValueError(f"起始日期 {since} 须晚于现行版本的 {newest}，此前的规定不能改")
    return since


def _newest_table(trial: Trial, key: str) -> date | None:
    base = services.check(trial).base
    return base.tables[key][-1].effective_from if base is not None and key in base.tables else None


def _newest_value(trial: Trial, key: str) -> date | None:
    base = services.check(trial).base
    return base.parameters[key].versions[-1].effective_from if base is not None and key in base.parameters else None


@page(services.TRY, methods=("GET", "POST"))
def edit_table(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The grid: rows × conditions × outcome. Saving keeps the draft even when it is not right yet, and says why."""
    actor = actor_of(request)
    trial = services.get_trial(pk, actor)
    table = _table_of(trial, key)
    rev, problem = trial.rev, ""
    if request.method == "POST":
        form = grid.read(table, request.POST)
        rev = posted_rev(request) or 0
        if request.POST.get("do", "save") == "save":
            change = _grid_change(trial, table, form)
            try:
                if not form.errors:
                    services.change(trial_id=pk, rev=rev, change=change, actor=actor)
                    return HttpResponseRedirect(reverse("sandbox:trial", args=[pk]))
                problem = "有格子读不出来，没有保存。"
            except Refusal as refusal:  # what was typed stays
                problem = word(refusal)
                if isinstance(refusal, ChangedMeanwhile):
                    trial.refresh_from_db()
    else:
        form = grid.of_table(table, trial.on.isoformat(), table.basis.article)
    context = _grid_context(trial, table, form, rev)
    context |= {"problem": problem, "findings": _findings(trial, table, form)}
    return render(request, "sandbox/table.html", context, status=422 if problem else 200)


def _grid_change(trial: Trial, table: Table, form: grid.GridForm) -> services.Change:
    known = _known_rows(trial.files, table.key)
    rows = grid.raw_rows(table, form, known)
    since = trial.on
    try:
        since = _since(form.since, _newest_table(trial, table.key))
    except ValueError as error:
        form.trouble = str(error)
    return lambda files: editing.with_table(files, table.key, since, rows, form.article)


def _known_rows(files: Files, key: str) -> dict[str, Mapping[str, Any]]:
    versions = list(editing.raw_tables(files, key).values())
    rows = (versions[-1].get("rows") or []) if versions else []
    return {str(row.get("id") or number): row for number, row in enumerate(rows, 1) if isinstance(row, dict)}


def _findings(trial: Trial, table: Table, form: grid.GridForm) -> dict[str, Any]:
    """Return what the loader says of the trial with this grid in it: faults with a counterexample, cases, notes."""
    change = _grid_change(trial, table, form)
    if form.errors:  # what the cells say is shown; the loader is asked once all of it can be read
        return {"errors": form.errors, "faults": [], "cases": [], "ok": False}
    return _judged(trial, change)


def _judged(trial: Trial, change: services.Change) -> dict[str, Any]:
    try:
        checked: Checked = services.check(trial, change(trial.files))
    except KeyError as error:
        raise NotFound("policy.unknown_key", key=str(error)) from None
    return {
        "errors": [],
        "faults": showing.faults(checked.faults),
        "cases": showing.faults(checked.cases),
        "ok": not checked.faults and not checked.cases,
    }


def _grid_context(trial: Trial, table: Table, form: grid.GridForm, rev: int) -> dict[str, Any]:
    outcomes = [(code, output.label) for code, output in table.outputs.items()]
    if UNDETERMINED not in table.outputs:
        outcomes.append((UNDETERMINED, UNDETERMINED_LABEL))
    return {
        "trial": trial,
        "table": table,
        "origin": _newest_table(trial, table.key) or table.effective_from,
        "form": form,
        "rev": rev,
        "inputs": [
            (key, item, item.type in ("fen", "integer", "ratio", "date"), grid.options(item), HINTS.get(item.type, ""))
            for key, item in table.inputs.items()
        ],
        "lows": grid.LOWS,
        "highs": grid.HIGHS,
        "outcomes": outcomes,
        "crumbs": [*CRUMBS, (trial.name, reverse("sandbox:trial", args=[trial.pk])), (table.label, None)],
    }


@page(services.TRY, methods=("POST",))
def check_table(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Judge the grid as it is typed; nothing is kept."""
    trial = services.get_trial(pk, actor_of(request))
    table = _table_of(trial, key)
    found = _findings(trial, table, grid.read(table, request.POST))
    return render(request, "sandbox/findings.html", {"findings": found})


@page(services.TRY, methods=("GET", "POST"))
def edit_parameter(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """One value: a new version from a day, with article; judged against statutory limits."""
    actor = actor_of(request)
    trial = services.get_trial(pk, actor)
    checked = services.check(trial)
    pack = next((one for one in (checked.trial, checked.base) if one is not None and key in one.parameters), None)
    if pack is None:
        raise NotFound("policy.unknown_key", key=key)
    parameter = pack.parameters[key]
    typed = {name: request.POST.get(name, "").strip()[:400] for name in ("value", "since", "article", "note")}
    rev, problem, findings = trial.rev, "", None
    if request.method == "POST":
        rev = posted_rev(request) or 0
        findings = _value_findings(trial, key, parameter.unit, typed)
        if not findings["errors"]:
            try:
                change = _value_change(trial, key, parameter.unit, typed)
                services.change(trial_id=pk, rev=rev, change=change, actor=actor)
                return HttpResponseRedirect(reverse("sandbox:trial", args=[pk]))
            except Refusal as refusal:
                problem = word(refusal)
    else:
        typed |= {"since": trial.on.isoformat(), "article": parameter.versions[-1].basis.article}
    context = {
        "trial": trial,
        "parameter": parameter,
        "versions": [(v.effective_from, parameter.value_words(v), str(v.basis)) for v in reversed(parameter.versions)],
        "unit": UNITS[parameter.unit].word,
        "hint": HINTS.get(parameter.unit, ""),
        "typed": typed,
        "rev": rev,
        "problem": problem,
        "findings": findings,
        "bad": {name for one in (findings or {}).get("errors", []) for name in one.fields},
        "crumbs": [*CRUMBS, (trial.name, reverse("sandbox:trial", args=[pk])), (parameter.label, None)],
    }
    return render(
        request, "sandbox/parameter.html", context, status=422 if problem or (findings and findings["errors"]) else 200
    )


def _value_change(trial: Trial, key: str, unit: str, typed: Mapping[str, str]) -> services.Change:
    value, since = _value(unit, typed), _day(typed, _newest_value(trial, key))
    return lambda files: editing.with_value(files, key, since, value, typed["article"], typed["note"])


class _Unreadable(ValueError):
    """A field of the form of a parameter that cannot be read."""

    def __init__(self, field: str, error: ValueError) -> None:
        super().__init__(str(error))
        self.field = field


def _value(unit: str, typed: Mapping[str, str]) -> Any:
    try:
        return editing.raw_value(unit, typed["value"])
    except ValueError as error:
        raise _Unreadable("value", error) from error


def _day(typed: Mapping[str, str], newest: date | None) -> date:
    try:
        return _since(typed["since"], newest)
    except ValueError as error:
        raise _Unreadable("since", error) from error


def _value_findings(trial: Trial, key: str, unit: str, typed: Mapping[str, str]) -> dict[str, Any]:
    try:
        return _judged(trial, _value_change(trial, key, unit, typed))
    except _Unreadable as error:
        wrong = grid.Wrong(str(error), (error.field,))
        return {"errors": [wrong], "faults": [], "cases": [], "ok": False}


@page(services.TRY, methods=("POST",))
def check_parameter(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Judge a value as it is typed; nothing is kept."""
    trial = services.get_trial(pk, actor_of(request))
    checked = services.check(trial)
    pack = next((one for one in (checked.trial, checked.base) if one is not None and key in one.parameters), None)
    if pack is None:
        raise NotFound("policy.unknown_key", key=key)
    typed = {name: request.POST.get(name, "").strip()[:400] for name in ("value", "since", "article", "note")}
    found = _value_findings(trial, key, pack.parameters[key].unit, typed)
    return render(request, "sandbox/findings.html", {"findings": found})
