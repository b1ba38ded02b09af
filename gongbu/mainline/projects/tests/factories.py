"""Test material, named by legal state. Places, units and people are fictional; codes begin with 99."""

from datetime import date
from itertools import count
from typing import Any

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.actor import Actor, GrantScope
from gongbu.ground.orgs.models import Region, Unit
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.projects import services
from gongbu.mainline.projects.models import Project, ProjectStatus
from gongbu.mainline.projects.rules.code import compute_check_digit

_NUMBER = count(1)
WAN = 1_000_000  # fen
YI = 10_000_000_000


def region(name: str = "云溪县", code: int = 991101, level: str = "COUNTY", width: int = 1_000_000) -> Region:
    """Return a county of the fictional city (created once); the subtree is ``code`` padded to twelve digits."""
    key = code * 1_000_000
    found = Region.objects.filter(key_lo=key).first()
    return found or Region.objects.create(parent=None, name=name, level=level, key_lo=key, key_hi=key + width)


def neighbour() -> Region:
    """Return the county next door."""
    return region("松岭县", 991102)


def unit(name: str = "云溪县城建投资有限公司", kind: str = "STATE_OWNED", at: Region | None = None) -> Unit:
    """Return a unit of the register."""
    rows = Unit.objects.unscoped("test")
    found = rows.filter(name=name).first()
    return found or Unit.objects.create(name=name, kind=kind, region=at or region())


def actor(role: str, at: Region | None = None, *, of: Unit | None = None, name: str = "", sector: str = "") -> Actor:
    """Return a person in a post with one grant over a region."""
    at = at or region()
    grant = GrantScope(role, at.key_lo, at.key_hi, sector)
    return Actor(
        person_id=next(_NUMBER) + 5000,
        name=name or "岳知行",
        post_name="经办",
        unit_id=of.pk if of else None,
        unit_name=of.name if of else "云溪县发展和改革局",
        grants=(grant,),
    )


def officer(at: Region | None = None, name: str = "岳知行") -> Actor:
    """发改经办."""
    return actor("INVESTMENT_OFFICER", at, name=name)


def head(at: Region | None = None) -> Actor:
    """发改负责人."""
    return actor("INVESTMENT_HEAD", at, name="施有恒")


def reserve_project(by: Actor | None = None, at: Region | None = None, **more: Any) -> Project:
    """A government project in 谋划储备, in no list yet, without a code."""
    at = at or region()
    values: dict[str, Any] = {"name": f"云溪县示例项目{next(_NUMBER)}", "funding_nature": "GOVERNMENT", **more}
    return services.create_project(actor=by or officer(at), region_id=at.pk, **values)


def approval_project(**more: Any) -> Project:
    """A government project that has entered 立项审批."""
    return reserve_project(stage="APPROVAL", **more)


def taken_over_project(**more: Any) -> Project:
    """A project under construction that came in by 历史接入."""
    values: dict[str, Any] = {"name": f"云溪县在建项目{next(_NUMBER)}", "funding_nature": "GOVERNMENT", **more}
    values.setdefault("stage", "CONSTRUCTION")
    return services.take_over(actor=values.pop("by", None) or officer(), region_id=region().pk, **values)


def valid_code(serial: int = 12345, region_code: str = "991101", month: str = "2603") -> str:
    """Return a 2020 code with a right check digit for a fictional region."""
    head19 = f"{month}{region_code}0401{serial:05d}"
    return f"{month}-{region_code}-04-01-{serial:05d}{compute_check_digit(head19)}"


def footprint() -> tuple[int, int, int, list[Any]]:
    """Return what a refused act must leave untouched: projects, entries, messages, and every revision."""
    return (
        Project.objects.unscoped("test").count(),
        Entry.objects.count(),
        OutboxMessage.objects.count(),
        list(Project.objects.unscoped("test").order_by("pk").values_list("pk", "rev", "state")),
    )


def flat_rows() -> list[dict[str, Any]]:
    """Return all flat status rows as plain values."""
    return list(ProjectStatus.objects.unscoped("test").order_by("pk").values())


DAY = date(2026, 3, 2)
