"""Ageing of the reserve, once a day: ask for renewal, propose leaving. A person decides; nothing leaves by itself."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse

from gongbu.ground.inbox import services as inbox
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.models import Region
from gongbu.mainline.reserve import board, files
from gongbu.mainline.reserve.choices import Attention, EntryState, LibraryKind
from gongbu.mainline.reserve.models import Library, LibraryEntry, ReserveFile
from gongbu.mainline.reserve.rules.ageing import months_before
from gongbu.mainline.reserve.services import record
from gongbu.mainline.reserve.system import GRACE, MONTHS, System, system_of

CHUNK = 500


def run_daily(on: date) -> None:
    """Ask for renewals, propose what to let go, and keep the month's figures. May run again for the same day."""
    keys = Library.objects.unscoped("which counties have libraries").filter(closed_on=None).values("region_id")
    for holder in Region.objects.filter(pk__in=keys).order_by("key_lo"):
        system = system_of(holder, on)
        months, grace = system.number(MONTHS), system.number(GRACE)
        if months is not None:
            ask_renewals(holder, system, on, months)
            if grace is not None:
                propose_stale(holder, on, grace)
        files.set_deadlines(system)
        files.catch_up(system)
    board.take_snapshots(on)


@transaction.atomic
def ask_renewals(holder: Region, system: System, on: date, months: int) -> int:
    """Ask the declaring units to renew what was last renewed ``months`` ago; one task per unit and day."""
    rows = ReserveFile.objects.unscoped("all of a county").filter(
        files.HELD, holder_key=holder.key_lo, renewed_on__lte=months_before(on, months), renewal_asked_on=None
    )
    due = list(rows.exclude(attention__in=[Attention.STARTED, Attention.CLOSED]).select_for_update().order_by("pk"))
    by_unit: dict[int | None, list[ReserveFile]] = {}
    for file in due:
        by_unit.setdefault(file.declared_unit_id, []).append(file)
    for start in range(0, len(due), CHUNK):
        ids = [file.pk for file in due[start : start + CHUNK]]
        ReserveFile.objects.unscoped("the job holds them").filter(pk__in=ids).update(renewal_asked_on=on)
        files.refresh(ids)
    for unit_id, mine in by_unit.items():
        _ask(holder, system, unit_id, mine, on, months)
    return len(due)


def _ask(holder: Region, system: System, unit_id: int | None, mine: list[ReserveFile], on: date, months: int) -> None:
    posts = orgs.unit_posts(unit_id, record.DECLARING) if unit_id is not None else []
    posts = posts or orgs.nearest_posts(record.OFFICERS, holder.key_lo)
    title = f"储备续报：{mine[0].name}" + (f"等 {len(mine)} 个项目" if len(mine) > 1 else "")
    grace = system.number(GRACE)
    subject = Subject(f"reserve_renewal:{on:%Y%m%d}", unit_id or 0, holder.key_lo, f"满 {months} 个月须续报")
    for post_id in posts:
        inbox.assign_task(
            key=f"reserve:renewal:{unit_id or 0}:{on:%Y%m%d}:{post_id}", kind=record.RENEW, title=title, post_id=post_id,
            subject=subject, url=reverse("reserve:mine", query={"attention": Attention.RENEWAL}),
            due_on=on + timedelta(days=grace) if grace is not None else None, opened_by="系统",
        )  # fmt: skip


@transaction.atomic
def propose_stale(holder: Region, on: date, grace: int) -> int:
    """Propose to the keepers that projects leave whose renewal was asked more than ``grace`` days ago."""
    rows = ReserveFile.objects.unscoped("all of a county").filter(
        files.HELD,
        holder_key=holder.key_lo,
        renewal_asked_on__lt=on - timedelta(days=grace),
        attention=Attention.RENEWAL,
    )
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    files.refresh(ids)
    propose(ids, f"通知续报后 {grace} 日没有续报")
    return len(ids)


def propose(project_ids: Iterable[int], why: str) -> None:
    """Give the keepers of what holds these projects the task to decide whether they leave."""
    entries = LibraryEntry.objects.unscoped("what holds them").filter(
        project_id__in=list(project_ids), state=EntryState.IN
    )
    for entry in entries.exclude(kind=LibraryKind.GENERAL).select_related("project", "library"):
        posts = orgs.unit_posts(entry.library.keeper_id, record.KEEPING)
        for post_id in posts or orgs.nearest_posts(record.OFFICERS, entry.library.region_key):
            inbox.assign_task(
                key=f"reserve:leaving:{entry.pk}:{entry.rev}:{post_id}", kind=record.LEAVE,
                title=f"建议退出{entry.library.name}：{entry.project.name}（{why}）", post_id=post_id,
                subject=Subject(record.ENTRY, entry.pk, entry.region_key, entry.project.name),
                url=reverse("reserve:withdraw", args=[entry.project_id]), opened_by="系统",
            )  # fmt: skip


def propose_for(project_id: int) -> None:
    """Propose leaving when a project has begun or its file was closed (实施方案 第3条：不储备已开工建设的项目)."""
    file = ReserveFile.objects.unscoped("the listener follows the project").filter(pk=project_id).first()
    if file is None or file.attention not in (Attention.STARTED, Attention.CLOSED):
        return
    why = Attention(file.attention).label.partition("，")[0]
    if file.attention == Attention.STARTED:
        holder = Region.objects.filter(key_lo=file.holder_key).first()
        gate = system_of(holder, file.last_act_at.date()).gate({"stage": file.stage}) if holder else None
        why = f"{why}，{gate.basis}" if gate is not None else why
    propose([project_id], why)
