"""Open libraries, give one to another keeper, close one that is empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import (
    ChangedMeanwhile,
    Finding,
    InvalidInput,
    NotFound,
    Refusal,
    Severity,
    raise_on_reject,
)
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Post, Region, Unit
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.projects.services.record import day_of
from gongbu.mainline.reserve import files
from gongbu.mainline.reserve.choices import EntryState, LibraryKind
from gongbu.mainline.reserve.models import Library, LibraryEntry
from gongbu.mainline.reserve.rules.checks import check_reason
from gongbu.mainline.reserve.services import record
from gongbu.mainline.reserve.system import system_of

SUBJECT = "reserve_library"


@dataclass(frozen=True, slots=True)
class NewLibrary:
    """A library about to be opened. ``scope``: sector name or chain code; ``township_id`` of a township library.

    ``name`` may be empty: then it is named after what it holds. ``leader_post_id`` is the post of the 链长.
    """

    kind: str
    keeper_id: int
    scope: str = ""
    township_id: int | None = None
    name: str = ""
    leader_post_id: int | None = None


@act("reserve.open_libraries", "设立储备库")
def open_libraries(
    *, region_id: int, libraries: Sequence[NewLibrary], actor: Actor, on: date | None = None
) -> list[Library]:
    """Open libraries of a county (设立储备库), each with its keeper; one entry per library.

    :raises Refusal: the county's packs know no libraries (says why); one for this sector, chain or township stands
    :raises InvalidInput: a chain that the pack does not name, a township outside, no sector
    :raises NotAllowed: not in this county
    """
    region = Region.objects.select_related("parent").filter(pk=region_id).first()
    if region is None:
        raise NotFound("policy.region_missing", region=region_id)
    actor.require("reserve.open_libraries", region.key_lo)
    day = day_of(on)
    system = system_of(region, day).require()
    if not libraries:
        raise Refusal("reserve.nothing_chosen")
    units = Unit.objects.unscoped("keepers named by the act").in_bulk([new.keeper_id for new in libraries])
    made = []
    for new in libraries:
        scope, name, township = _scope_of(new, region, system.chains)
        keeper = units.get(new.keeper_id)
        if keeper is None:
            raise _bad("reserve.keeper_missing", "library_keeper_id")
        leader = Post.objects.filter(pk=new.leader_post_id, closed_on=None).first() if new.leader_post_id else None
        refuse_secret(new.name)
        row = Library(
            region=region, region_key=region.key_lo, kind=new.kind, scope=scope, name=(new.name.strip() or name)[:80],
            keeper=keeper, leader_post=leader, township=township, opened_on=day,
        )  # fmt: skip
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise Refusal("reserve.library_stands", name=row.name) from error
        made.append(row)
    for row in made:
        _enter("reserve.open_libraries", row, actor, day, after=_shown(row))
    outbox.add_many("reserve.library_opened", SUBJECT, [(row.pk, row.region_key) for row in made])
    return made


def _scope_of(new: NewLibrary, region: Region, chains: dict[str, str]) -> tuple[str, str, Region | None]:
    """Return (scope, name, township) of a new library.

    :raises InvalidInput: what it should hold is not named, or not here
    """
    if new.kind == LibraryKind.GENERAL:
        return "", f"{region.name}综合储备库", None
    if new.kind == LibraryKind.SECTOR:
        if not new.scope.strip():
            raise _bad("reserve.sector_missing", "library_sector")
        return new.scope.strip()[:40], f"{new.scope.strip()}行业储备库", None
    if new.kind == LibraryKind.CHAIN:
        if new.scope not in chains:
            raise _bad("reserve.chain_unknown", "library_chain", known="、".join(chains.values()))
        return new.scope, f"{chains[new.scope]}产业链储备库", None
    township = Region.objects.filter(pk=new.township_id or 0, valid_to=None).first()
    if (
        new.kind != LibraryKind.TOWNSHIP
        or township is None
        or not region.contains(township.key_lo)
        or township == region
    ):
        raise _bad("reserve.township_missing", "library_township_id")
    return str(township.pk), f"{township.name}储备库", township


def _bad(code: str, field: str, **data: object) -> InvalidInput:
    return InvalidInput([Finding(code, data, field, Severity.REJECT)])


@act("reserve.change_keeper", "更换储备库管理单位")
def change_keeper(
    *, library_id: int, reason: str, actor: Actor, keeper_id: int | None = None, leader_post_id: int | None = None,
    rev: int | None = None, on: date | None = None,
) -> Library:  # fmt: skip
    """Give a library to another keeper, or name another 链长; what waits there is handed to the new posts.

    :raises Refusal: nothing changed
    :raises InvalidInput: no reason, or no such unit
    """
    library = _lock(library_id, rev)
    actor.require("reserve.change_keeper", library.region_key)
    day = day_of(on)
    refuse_secret(reason)
    raise_on_reject(check_reason(reason, "reserve_reason"))
    before = _shown(library)
    if keeper_id is not None:
        keeper = Unit.objects.unscoped("keeper named by the act").filter(pk=keeper_id).first()
        if keeper is None:
            raise _bad("reserve.keeper_missing", "library_keeper_id")
        library.keeper = keeper
    if leader_post_id is not None:
        library.leader_post = Post.objects.filter(pk=leader_post_id, closed_on=None).first()
    if _shown(library) == before:
        raise Refusal("projects.nothing_changed")
    library.rev += 1
    library.save()
    _enter("reserve.change_keeper", library, actor, day, before=before, after=_shown(library), reason=reason)
    outbox.add("reserve.keeper_changed", subject_kind=SUBJECT, subject_id=library.pk, region_key=library.region_key)
    _hand_over(library, actor, day)
    return library


def _hand_over(library: Library, actor: Actor, day: date) -> None:
    """Give what waits in the library to the posts now on duty; limits run on."""
    system = system_of(library.region, day)
    rows = LibraryEntry.objects.unscoped("what waits in the library").select_for_update(of=("self",))
    waiting = rows.filter(library=library, state=EntryState.PENDING).select_related("project", "library__keeper")
    for entry in waiting.order_by("pk"):
        entry.library = library
        record.close_step(entry, entry.step, actor, "管理单位变更")
        entry.round, entry.batch_id = entry.round + 1, None
        entry.save(update_fields=["round", "batch_id"])
        record.hand_on(entry, system, actor, day)


@act("reserve.close_library", "撤销储备库")
def close_library(
    *, library_id: int, reason: str, actor: Actor, rev: int | None = None, on: date | None = None
) -> Library:
    """Close a library that holds and examines nothing any more.

    :raises Refusal: closed before, or projects are in it
    :raises InvalidInput: no reason
    """
    library = _lock(library_id, rev)
    actor.require("reserve.close_library", library.region_key)
    day = day_of(on)
    refuse_secret(reason)
    raise_on_reject(check_reason(reason, "reserve_reason"))
    rows = LibraryEntry.objects.unscoped("whether it is empty").filter(library=library, state__in=files.HELD_STATES)
    if count := rows.count():
        raise Refusal("reserve.library_not_empty", name=library.name, count=count)
    library.closed_on = day
    library.rev += 1
    library.save()
    _enter("reserve.close_library", library, actor, day, after={"closed_on": day.isoformat()}, reason=reason)
    return library


def _lock(library_id: int, rev: int | None) -> Library:
    rows = Library.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    library = rows.select_related("region", "keeper").filter(pk=library_id, closed_on=None).first()
    if library is None:
        raise NotFound("reserve.library_missing")
    if rev is not None and rev != library.rev:
        raise ChangedMeanwhile("reserve.changed_meanwhile", name=library.name, state="已更改", rev=library.rev)
    return library


def _shown(library: Library) -> dict[str, Any]:
    shown = {
        "name": library.name,
        "kind": library.get_kind_display(),
        "keeper": library.keeper.name,
        "leader": library.leader_post.name if library.leader_post else "",
    }
    return {key: value for key, value in shown.items() if value}


def _enter(
    kind: str, library: Library, actor: Actor, day: date, *, after: dict[str, Any], before: dict[str, Any] | None = None,
    reason: str = "",
) -> None:  # fmt: skip
    ledger.append(
        EntryDraft(
            kind=kind, subject=Subject(SUBJECT, library.pk, library.region_key, library.name), actor=actor.stamp,
            occurred_on=day, before=before, after=after, extra={"reason": reason.strip()} if reason.strip() else {},
        )
    )  # fmt: skip
