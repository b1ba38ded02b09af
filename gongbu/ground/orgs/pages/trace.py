"""导出追踪: a code typed, or a found file dropped, and the answer who exported it, when, from where."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongbu.ground.basics.findings import Finding, InvalidInput, Severity
from gongbu.ground.basics.messages import word
from gongbu.ground.orgs import found_files
from gongbu.ground.orgs import trace as traces
from gongbu.ground.orgs.agents import in_words
from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.orgs.rules.trace import read_code
from gongbu.ground.registers import pages

MOST_CODES = 5
BY_HAND = "手工输入"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the audit says of one code; ``trace`` None: nothing in the person's range."""

    code: str
    trace: traces.Trace | None
    event: AuditEvent | None
    device: str = ""


@pages.page(traces.TRACE, methods=("GET", "POST"))
def page(request: HttpRequest) -> HttpResponse:
    """The form, and below it what the audit says."""
    error, answers = "", []
    if request.method == "POST":
        try:
            source, codes = _codes(request)
            answers = [_answer(request, code, source) for code in codes[:MOST_CODES]]
        except InvalidInput as refusal:
            error = " ".join(word(finding) for finding in refusal.findings)
    crumbs: list[tuple[str, str | None]] = [("导出追踪", None)]
    if request.actor.may("orgs.view_audit"):  # type: ignore[attr-defined]
        crumbs.insert(0, ("访问审计", reverse("orgs:audit")))
    context: dict[str, Any] = {
        "typed": request.POST.get("code", "")[:40], "error": error, "answers": answers, "crumbs": crumbs,
    }  # fmt: skip
    return pages.render(request, "orgs/trace.html", context, status=422 if error else 200)


def _codes(request: HttpRequest) -> tuple[str, list[str]]:
    """Return where the codes were found, and them.

    :raises InvalidInput: neither code nor file, a code that cannot be one, a file without one
    """
    typed, file = request.POST.get("code", "").strip(), request.FILES.get("file")
    if typed:
        if (code := read_code(typed)) is None:
            raise InvalidInput([Finding("orgs.trace_code_unreadable", {"typed": typed[:40]}, "code", Severity.REJECT)])
        return BY_HAND, [code]
    if file is None:
        raise InvalidInput([Finding("orgs.trace_nothing_given", {}, "code", Severity.REJECT)])
    name = file.name or ""
    codes = found_files.codes_in(name, file)  # type: ignore[arg-type]  # an uploaded file is a stream
    if not codes:
        raise InvalidInput([Finding("orgs.trace_file_bare", {"name": name[:80]}, "file", Severity.REJECT)])
    return name, codes


def _answer(request: HttpRequest, code: str, source: str) -> Answer:
    event = traces.look_up(request.actor, code, source=source)  # type: ignore[attr-defined]
    if event is None:
        return Answer(code, None, None)
    return Answer(code, traces.trace_of(event), event, in_words(event.agent))
