"""导出追踪 (PF-04): what a file that left the system says about its export, and who asks the audit about a found file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.orgs import audit
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.orgs.rules.trace import make_code, number_of

TRACE = "orgs.trace_export"
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Trace:
    """Who took what out, when, by which filters, how many rows, and the code that leads back to the audit."""

    code: str
    name: str
    unit: str
    at: datetime
    what: str
    rows: int
    filters: Mapping[str, Any]

    @property
    def when(self) -> str:
        """The moment on the clock of China."""
        return f"{self.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}"

    @property
    def who(self) -> str:
        """Name and unit."""
        return f"{self.name}（{self.unit}）" if self.unit else self.name

    def lines(self) -> list[tuple[str, str]]:
        """Return what a file says about itself, as label and value."""
        filters = "；".join(f"{label}：{_said(value)}" for label, value in self.filters.items())
        return [
            ("内容", self.what), ("导出人", self.name), ("单位", self.unit or "—"), ("导出时间", self.when),
            ("筛选条件", filters or "无"), ("行数", str(self.rows)), ("追踪码", self.code),
        ]  # fmt: skip


def trace_of(event: AuditEvent) -> Trace:
    """Return the trace of a recorded export."""
    return Trace(
        code_of(event.pk, event.at, event.person_id, event.data), event.person_name, event.unit_name, event.at,
        str(event.data.get("what", "")), int(event.data.get("rows", 0)), event.data.get("filters") or {},
    )  # fmt: skip


def code_of(number: int, at: datetime, person_id: int | None, data: Mapping[str, Any]) -> str:
    """Return the code of the audit row of an export."""
    return make_code(number, at=at, person_id=person_id, what=str(data.get("what", "")), rows=int(data.get("rows", 0)))


def record(
    actor: Actor,
    what: str,
    rows: int,
    filters: Mapping[str, Any] | None = None,
    *,
    withheld: Mapping[int, str] | None = None,
) -> Trace:
    """Record an export in the audit and return what its file must carry; see :func:`audit.record_export`."""
    return trace_of(audit.record_export(actor, what, rows, filters, withheld=withheld))


def look_up(actor: Actor, code: str, *, source: str) -> AuditEvent | None:
    """Return the export that a code names, None without one in the actor's range; the question itself is audited.

    :param code: as :func:`rules.trace.read_code` returns it
    :param source: where the code was found (手工输入, or the name of the file)
    """
    found = None
    if (number := number_of(code)) <= LARGEST:
        rows = AuditEvent.objects.visible_to(actor, TRACE).filter(pk=number, kind=AuditEvent.Kind.EXPORTED)
        event = rows.first()
        if event is not None and code_of(event.pk, event.at, event.person_id, event.data) == code:
            found = event
    audit.record(
        actor,
        AuditEvent.Kind.AUDIT_VIEWED,
        what="导出追踪",
        trace=code,
        source=source[:120],
        is_found=found is not None,
    )
    return found


def _said(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
