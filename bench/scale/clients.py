"""Ask a server over several connections at once, each waiting for its answer; a process of its own, without Django.

``python -m bench.scale.clients PLAN`` reads a JSON file (:class:`Plan`) and prints what was seen. Threads share this
process's interpreter lock, not the server's; the processors they do share, and the result says how much they took.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

CSRF = "b" * 32
IMPORT_ROWS = 300
STAGES, ORDERS = "ABC", ("-total_investment_fen", "total_investment_fen", "-year_planned_fen")


@dataclass(slots=True)
class Plan:
    """What to ask: ``kind`` list, page, act or import; ``clients`` connections for ``seconds`` after ``warm_up_s``."""

    port: int
    kind: str
    clients: int
    seconds: float
    warm_up_s: float
    sessions: list[str]
    pages: list[int]
    size: int
    on: str
    revs_file: str
    turn: int


class Client(threading.Thread):
    """One connection of one session; notes when each answer came, and what was wrong with it."""

    def __init__(self, plan: Plan, number: int, end: float, revs: dict[int, int]) -> None:
        super().__init__(daemon=True)
        self.plan, self.number, self.end, self.revs = plan, number, end, revs
        self.spans: list[tuple[float, float]] = []
        self.faults: list[str] = []
        session = plan.sessions[number % len(plan.sessions)]
        self._headers = {"Cookie": f"gongbu_session={session}; csrftoken={CSRF}"}
        self._connection = HTTPConnection("127.0.0.1", plan.port, timeout=60)
        changed = frozenset(plan.pages)  # by the filling: their revision is not 1
        mine = range(1 + number, plan.size + 1, len(plan.sessions))
        self._own = [pk for pk in mine if pk not in changed]

    def run(self) -> None:
        """Ask until the time is over."""
        ask: Callable[[int], None] = getattr(self, f"_{self.plan.kind}")
        turn = 0
        while (started := time.monotonic()) < self.end:
            try:
                ask(turn)
            except (OSError, HTTPException, ValueError) as error:
                self.faults.append(f"{type(error).__name__}: {error}"[:200])
                self._connection.close()
            else:
                self.spans.append((started, time.monotonic()))
            turn += 1

    def _list(self, turn: int) -> None:
        n = turn * 31 + self.number
        query = {"grade": STAGES[n % 3], "funding": ("GOVERNMENT", "ENTERPRISE")[n % 2], "sort": ORDERS[n // 3 % 3]}
        self._get(f"/projects/?{urlencode(query)}&size=50&page={1 + n % 3}")

    def _page(self, turn: int) -> None:
        self._get(f"/projects/{self.plan.pages[(turn * 7 + self.number) % len(self.plan.pages)]}/")

    def _act(self, turn: int) -> None:
        """登记年度投资, each client on projects of its own; the revision is known, as it is to the page of the form."""
        pk = self._own[(turn * 97 + self.plan.turn) % len(self._own)]
        rev = self.revs.get(pk, 1)
        plan = (100 + rev % 3_900) / 100  # 万元, never what it was before
        form = {"annual_year": self.plan.on[:4], "annual_planned_fen": f"{plan:.2f}", "annual_completed_fen": "",
                "occurred_on": self.plan.on, "rev": str(rev), "csrfmiddlewaretoken": CSRF}  # fmt: skip
        self._post(f"/projects/{pk}/annual", urlencode(form).encode(), "application/x-www-form-urlencoded")
        self.revs[pk] = rev + 1

    def _import(self, turn: int) -> None:
        """Upload a list of projects, have it checked, and take it in at once."""
        mark = f"{self.plan.turn}-{self.number}-{turn}"
        lines = [f"导入{mark}第{n}号工程,洛阳市,{100 + n % 7},在建" for n in range(IMPORT_ROWS)]
        content = "\r\n".join(["项目名称,所属区划,总投资（万元）,阶段", *lines])
        limit = "gongbu-part"
        fields = {"csrfmiddlewaretoken": CSRF, "kind": "projects"}
        parts = [f'--{limit}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
        parts.append(
            f'--{limit}\r\nContent-Disposition: form-data; name="file"; filename="{mark}.csv"\r\n'
            f"Content-Type: text/csv\r\n\r\n{content}\r\n--{limit}--\r\n"
        )
        where = self._post("/imports/new", "".join(parts).encode(), f"multipart/form-data; boundary={limit}")
        form = urlencode({"csrfmiddlewaretoken": CSRF}).encode()
        self._post(f"{where.rstrip('/')}/accept", form, "application/x-www-form-urlencoded")

    def _get(self, path: str) -> None:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise ValueError(f"{path}: {answer.status}")

    def _post(self, path: str, body: bytes, content_type: str) -> str:
        self._connection.request("POST", path, body, {**self._headers, "Content-Type": content_type})
        answer = self._connection.getresponse()
        answer.read()
        if answer.status not in (302, 303):
            raise ValueError(f"{path}: {answer.status}")
        return answer.headers.get("Location") or ""


def run(plan: Plan) -> dict[str, Any]:
    """Run the clients and return what they saw; ``import`` is one importer beside readers of the list."""
    begun, kept = time.monotonic(), Path(plan.revs_file)
    end = begun + plan.warm_up_s + plan.seconds
    revs = {int(k): v for k, v in json.loads(kept.read_text()).items()} if kept.exists() else {}
    crew = [Client(plan, n, end, revs) for n in range(plan.clients)]
    readers = crew
    if plan.kind == "import":
        reading = Plan(**{name: getattr(plan, name) for name in Plan.__slots__} | {"kind": "list"})
        readers = [Client(reading, n, end, revs) for n in range(1, plan.clients)]
        crew = [crew[0], *readers]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    kept.write_text(json.dumps(revs))
    since = begun + plan.warm_up_s
    found = {"clients": plan.clients, **figures(readers, since, plan.seconds), "client_cpu_s": time.process_time()}
    found["asked"] = sum(len(one.spans) for one in readers)  # with the warm-up: what the processors worked for
    if plan.kind == "import":
        spans = [b - a for a, b in crew[0].spans]
        found |= {"imports": len(spans), "import_s": round(_at(spans, 0.5), 2), "import_faults": crew[0].faults[:3]}
    return found


def figures(crew: list[Client], since: float, seconds: float) -> dict[str, Any]:
    """Return throughput, latencies in milliseconds and faults of what was asked after the warm-up."""
    waits = [(b - a) * 1000 for one in crew for a, b in one.spans if a >= since]
    faults = [text for one in crew for text in one.faults]
    return {
        "per_s": round(len(waits) / seconds, 1), "p50": round(_at(waits, 0.5), 1), "p95": round(_at(waits, 0.95), 1),
        "errors": len(faults), "first_errors": faults[:3],
    }  # fmt: skip


def _at(values: list[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else 0.0


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text())
    sys.stdout.write(json.dumps(run(Plan(**asked)), ensure_ascii=False) + "\n")
