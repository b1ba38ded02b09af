"""The one door for files: every download gets its name, its trace and the headers that keep a browser from running it.

No other module writes ``Content-Disposition`` (a test looks). A file made from records carries the 追踪码 of its export in
its name and in the header ``X-Export-Trace``; what it says inside is the business of who makes it (:mod:`stamping`).
"""

import re
from typing import Any, TypeVar
from urllib.parse import quote

from gongbu.ground.basics.rules.filenames import plain, split_name
from gongbu.ground.orgs.trace import Trace

TRACE_HEADER = "X-Export-Trace"
Answer = TypeVar("Answer", bound=Any)


def attach(answer: Answer, name: str, trace: Trace | None) -> Answer:
    """Make an answer a download called ``name``, its 追踪码 before the ending; never cached, never run.

    :param trace: None only for what holds no record: a blank template, a public proof
    """
    answer["Content-Disposition"] = disposition(traced(name, trace))
    answer["X-Content-Type-Options"] = "nosniff"
    answer.headers.setdefault("Cache-Control", "private, no-store")
    mark(answer, trace)
    return answer


def mark(answer: Any, trace: Trace | None) -> None:
    """Let an answer of the API, which has no name, carry the code of its export in a header."""
    if trace is not None:
        answer[TRACE_HEADER] = trace.code


def traced(name: str, trace: Trace | None) -> str:
    """Return a file name with the code before its ending: 项目台账_20260304_00A7-K3QX9B.csv."""
    if trace is None:
        return name
    stem, ending = split_name(name)
    return f"{stem}_{trace.code}.{plain(ending)}" if ending and stem else f"{name}_{trace.code}"


def disposition(name: str) -> str:
    """Return the header value of RFC 6266/5987: an ASCII name for old readers, the real one in UTF-8."""
    plain = re.sub(r'[^A-Za-z0-9._ -]|["\\]', "_", name).strip("_ ")
    plain = f"file{plain}" if plain.startswith(".") else plain or "file"  # never an ending alone
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
