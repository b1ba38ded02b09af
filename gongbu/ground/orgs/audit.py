"""访问审计: who signed in, failed, was locked out, exported, changed a password or looked at grants.

Rows are only ever added (triggers refuse UPDATE and DELETE on both databases). They are not acts of record and do not
go into the ledger. No password, code or phone is ever written here.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from gongbu.ground.basics import clock, reach
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.client_ip import client_ip
from gongbu.ground.orgs.models import AuditEvent, Person
from gongbu.ground.outbox import services as outbox

_door: ContextVar[tuple[str, str]] = ContextVar("gongbu_audit_door", default=("", ""))


@contextmanager
def seen_from(request: HttpRequest) -> Iterator[None]:
    """Run the block (one request) so that every event in it carries the request's address and browser."""
    token = _door.set((client_ip(request), request.headers.get("User-Agent", "")[:200]))
    try:
        yield
    finally:
        _door.reset(token)


_KIND = AuditEvent.Kind
MEANS = frozenset({_KIND.PASSWORD_CHANGED, _KIND.PASSWORD_RESET, _KIND.TOTP_ENROLLED, _KIND.TOTP_REMOVED,
                   _KIND.RECOVERY_CODE_USED})  # fmt: skip
"""Events of a person's own means of signing in; he is told of each (ASVS 2.2.3, 2.5.5)."""
REFUSALS_KEPT = 20
NOWHERE = 0  # region key of what cannot be placed: only an auditor of the whole range sees it


def record_export(
    actor: Actor,
    what: str,
    rows: int,
    filters: Mapping[str, Any] | None = None,
    *,
    withheld: Mapping[int, str] | None = None,
) -> AuditEvent:
    """Record that ``actor`` took data out (PF-04). To be called by every export before the first byte is sent.

    :param what: the register or file in Chinese, as the auditor will read it (项目台账)
    :param rows: number of rows taken
    :param filters: the filters in force, as shown on the page
    :param withheld: id of each row left out → name of the secrecy rule it meets (GO-15); never its content
    """
    more: dict[str, Any] = {"withheld": {str(pk): rule for pk, rule in withheld.items()}} if withheld else {}
    return record(actor, AuditEvent.Kind.EXPORTED, what=what, rows=rows, filters=dict(filters or {}), **more)


def record_refused(actor: Actor, request: HttpRequest) -> AuditEvent | None:
    """Record that a signed-in person tried an act he has no right to (1 to 3 queries).

    At most :data:`REFUSALS_KEPT` an hour and person, so that nobody can flood the audit; forms that were merely open
    too long (CSRF) do not count. Looking at pages is not recorded: the menu already hides them.
    """
    if actor.person_id is None or getattr(request, "csrf_failed", False):
        return None
    since = clock.now() - timedelta(hours=1)
    kept = AuditEvent.objects.unscoped("how many already").filter(
        person_id=actor.person_id, kind=AuditEvent.Kind.REFUSED, at__gte=since
    )
    if kept.count() >= REFUSALS_KEPT:
        return None
    return record(actor, AuditEvent.Kind.REFUSED, what=f"{request.method} {request.path}"[:200])


def record(actor: Actor, kind: str, *, request: HttpRequest | None = None, **data: Any) -> AuditEvent:
    """Record one event of an actor (2 queries at most)."""
    row = _row(kind, request, data)
    row.person_id, row.person_name = actor.person_id, actor.name
    row.post_name, row.unit_name = actor.post_name, actor.unit_name
    if actor.person_id is not None:
        person = Person.objects.filter(pk=actor.person_id).values_list("login_name", "unit__region__key_lo").first()
        if person is not None:
            row.login_name, row.region_key = person[0], person[1] or NOWHERE
    _add(row)
    return row


def record_for_person(person_id: int, kind: str, *, request: HttpRequest | None = None, **data: Any) -> AuditEvent:
    """Record one event of a person who is not (or no longer) acting (2 queries); tell him of :data:`MEANS` (1 more)."""
    row = _row(kind, request, data)
    person = (
        Person.objects.filter(pk=person_id)
        .values_list("name", "login_name", "unit__name", "unit__region__key_lo")
        .first()
    )
    row.person_id = person_id
    if person is not None:
        row.person_name, row.login_name, row.unit_name = person[0], person[1], person[2] or ""
        row.region_key = person[3] or NOWHERE
    with transaction.atomic():
        _add(row)
        if kind in MEANS:
            outbox.add(
                "orgs.means_changed", subject_kind="person", subject_id=person_id, region_key=row.region_key,
                event=str(kind), at=row.at.isoformat(), from_where=row.address, by_name=str(data.get("by", "")),
            )  # fmt: skip
    return row


def record_for_login(login_name: str, kind: str, *, request: HttpRequest | None = None, **data: Any) -> AuditEvent:
    """Record an event of a login name that may belong to nobody (a failed sign-in)."""
    found = Person.objects.filter(login_name=login_name).values_list("pk", flat=True).first()
    if found is not None:
        return record_for_person(found, kind, request=request, **data)
    row = _row(kind, request, data)
    row.login_name = login_name[:60]
    _add(row)
    return row


def _add(row: AuditEvent) -> None:
    with reach.widened("an event stands where its person belongs, whoever caused it"):
        row.save(force_insert=True)


def _row(kind: str, request: HttpRequest | None, data: Mapping[str, Any]) -> AuditEvent:
    row = AuditEvent(kind=kind, at=clock.now(), clock=clock.kind(), region_key=NOWHERE, data=dict(data))
    row.address, row.agent = _door.get()
    if request is not None:
        row.address, row.agent = client_ip(request), request.headers.get("User-Agent", "")[:200]
    return row
