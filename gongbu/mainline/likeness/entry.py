"""查重 while a project is being entered: what is alike stands behind its name, and is answered before it is saved."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from markupsafe import Markup

from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity
from gongbu.ground.basics.text import read_id
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers.forms import Form
from gongbu.ground.registers.pages import render_text
from gongbu.mainline.likeness import queries, services, showing
from gongbu.mainline.likeness.choices import Verdict
from gongbu.mainline.projects import at_entry
from gongbu.mainline.projects.models import Project

WATCHED = ("name", "owner_name", "location", "competent_region_id")
ANSWER = "likeness-"
# 同一项目 is no answer here: then there is nothing to enter, and the file on record is opened instead.
ANSWERS = [(v.value, v.label) for v in (Verdict.OTHER_PHASE, Verdict.OTHER_SECTION, Verdict.DIFFERENT)]
SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person ticked about one project on file."""

    verdict: str
    reason: str


def register() -> None:
    """Take part in entering projects (called once, when the room is ready)."""
    at_entry.add(at_entry.EntryCheck("likeness", ask, before, after))


def ask(request: HttpRequest, form: Form) -> str:
    """Return the block behind the name: what is alike now, and where to ask again when the name changes."""
    texts = {key: str(form.fields[key].value or "") for key in WATCHED if key in form.fields}
    given = request.POST if request.method == "POST" else {}
    context = {
        "body": Markup(render(request, texts, given)),  # noqa: S704 — our own template
        "address": reverse("likeness:check"),
        "ids": {key: form.fields[key].id for key in texts},
    }
    return Markup(render_text(request, "likeness/ask.html", context))  # noqa: S704 — our own template


def render(request: HttpRequest, texts: Mapping[str, str], given: Mapping[str, str]) -> str:
    """Return the rows of what is like a project with these texts, with the answers given so far."""
    name = " ".join(texts.get("name", "").split())
    if len(name) < SHORTEST_NAME:
        return ""
    seen = queries.find_for(request.actor, _question(name, texts))  # type: ignore[attr-defined]
    context = {
        "strong": [row for row in seen.rows if row.is_strong],
        "similar": [row for row in seen.rows if not row.is_strong],
        "hidden": seen.hidden,
        "basis": showing.basis_of(seen.stated),
        "answers": ANSWERS,
        "given": _read(given),
        "say": showing,
    }
    return render_text(request, "likeness/check.html", context)


def _question(name: str, texts: Mapping[str, str]) -> queries.Question:
    region_id = texts.get("competent_region_id", "")
    region = Region.objects.filter(pk=read_id(region_id) or 0).first() if region_id else None
    return queries.Question(
        name,
        region_key=region.key_lo if region else None,
        owner=texts.get("owner_name", ""),
        location=texts.get("location", ""),
    )


def _read(given: Mapping[str, str]) -> dict[int, Answer]:
    found = {}
    for key, verdict in given.items():
        project_id = read_id(key.removeprefix(ANSWER))
        if key.startswith(ANSWER) and project_id is not None and verdict:
            found[project_id] = Answer(verdict, given.get(f"{key}-reason", ""))
    return found


def before(request: HttpRequest, values: Mapping[str, Any]) -> None:
    """Stop a project whose like nobody has spoken on, and one that its applicant says is on file already.

    :raises InvalidInput: with what is to be answered
    """
    region = Region.objects.filter(pk=values.get("competent_region_id") or 0).first()
    start = values.get("planned_start_on")
    question = queries.Question(
        str(values.get("name") or ""), str(values.get("content") or ""), region.key_lo if region else None,
        str(values.get("owner_name") or ""), str(values.get("location") or ""), start.on if start else None,
        values.get("total_investment_fen"),
    )  # fmt: skip
    seen = queries.find_for(request.actor, question)  # type: ignore[attr-defined]
    answers = _read(request.POST)
    strong = [row for row in seen.rows if row.is_strong]
    open_rows = [row for row in strong if row.project_id not in answers]
    for row in strong:
        if (answer := answers.get(row.project_id)) is None:
            continue
        if answer.verdict == Verdict.SAME:
            raise InvalidInput([Finding("likeness.is_same", {"name": row.name}, "name", Severity.REJECT)])
        try:
            services.check_answer(answer.verdict, answer.reason)
        except InvalidInput as refusal:
            found = refusal.findings[0]
            raise InvalidInput([Finding(found.code, found.data, "name", Severity.REJECT, found.basis)]) from None
    if open_rows:
        data = {"count": len(open_rows), "names": "、".join(f"“{row.name}”" for row in open_rows[:3])}
        raise InvalidInput([Finding("likeness.undecided", data, "name", Severity.REJECT)])


def after(request: HttpRequest, project: Project) -> None:
    """Record the answers on both files. One that can no longer be recorded is left to the list of open likenesses."""
    for other_id, answer in _read(request.POST).items():
        with suppress(Refusal):
            services.decide(
                project_id=project.pk, other_id=other_id, verdict=answer.verdict, reason=answer.reason,
                actor=request.actor,  # type: ignore[attr-defined]
            )  # fmt: skip
