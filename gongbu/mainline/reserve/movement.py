"""本月变化 of a reserve: what came into a library, left one, or was refused since the first of the month."""

from datetime import date
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.mainline.reserve import queries
from gongbu.mainline.reserve.choices import EntryState, LibraryKind
from gongbu.mainline.reserve.models import LibraryEntry

CHOICES = {"IN": "本月入库", "WITHDRAWN": "本月退出", "REFUSED": "本月不予入库"}


def by_moved(rows: Any, value: str) -> Any:
    """Narrow files of the reserve to what moved since the first of this month (the filter of the register)."""
    return rows.filter(pk__in=_moved(value, clock.today().replace(day=1)))


def count_moved(actor: Actor, holder: Region, since: date) -> list[tuple[str, str, int]]:
    """Return code, label and number of the files of a county in sight that moved since a day (3 queries)."""
    rows = queries.list_files(actor).filter(holder_key=holder.key_lo).order_by()
    return [(code, label, rows.filter(pk__in=_moved(code, since)).count()) for code, label in CHOICES.items()]


def _moved(code: str, since: date) -> Any:
    """Return ids of the projects: entered when none of their libraries held them before, left when none does now.

    Township libraries hold what was declared and is not checked yet: they are no 入库, as on the board.
    """
    rows = LibraryEntry.objects.unscoped("only narrows rows in sight").exclude(kind=LibraryKind.TOWNSHIP)
    if code == "IN":
        before = rows.filter(in_on__lt=since).exclude(out_on__lt=since).values("project_id")
        return rows.filter(in_on__gte=since).exclude(project_id__in=before).values("project_id")
    state = EntryState.WITHDRAWN if code == "WITHDRAWN" else EntryState.REFUSED
    held = rows.filter(state__in=(EntryState.IN, EntryState.PENDING)).values("project_id")
    return rows.filter(state=state, out_on__gte=since).exclude(project_id__in=held).values("project_id")
