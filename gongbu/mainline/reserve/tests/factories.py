"""Test material of the reserve: a county that adopted the pack, its libraries, and people of its units. All fictional."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.test import Client

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.actor import Actor, GrantScope
from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Region
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.policy import services as policy_services
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.projects.tests.factories import YI
from gongbu.mainline.reserve import services
from gongbu.mainline.reserve.models import Library, LibraryEntry, Opinion, ReserveFile

_NUMBER = count(1)
POINTS = ("产业政策", "资源禀赋", "县域发展契合度")
INDICATORS = ("亩均产出", "亩均税收", "单位能耗", "单位排放")


def county() -> Region:
    """云溪县, which has adopted county_reserve."""
    region = projects.region()
    adopt(region, ["county_reserve"])
    return region


def adopt(region: Region, packs: list[str], subject: str = "RESERVE", since: date = date(2023, 1, 1)) -> None:
    """Let a county adopt packs for a subject, once."""
    from gongbu.ground.policy.models import Adoption

    if not Adoption.objects.filter(region=region, subject=subject, effective_from=since).exists():
        policy_services.adopt_packs(
            region_id=region.pk, subject=subject, packs=packs, effective_from=since, actor=projects.head(region),
            document_number="云政办〔2023〕8号",
        )  # fmt: skip


def township(name: str = "松桥镇", number: int = 1, at: Region | None = None) -> Region:
    """A township of the county."""
    at = at or projects.region()
    key = at.key_lo + number * 1000
    found = Region.objects.filter(key_lo=key).first()
    return found or Region.objects.create(parent=at, name=name, level="TOWNSHIP", key_lo=key, key_hi=key + 1000)


def person(unit: str, role: str, at: Region, *, sector: str = "", post: str = "经办", name: str = "") -> Actor:
    """A person of a unit in a post with a grant, all in the tables, so that tasks find him."""
    at_unit = projects.unit(unit, "GOVERNMENT" if role != "OWNER_UNIT" else "STATE_OWNED", at)
    row = Post.objects.get_or_create(unit=at_unit, name=f"{post}{role}")[0]
    who = Person.objects.filter(holdings__post=row).first()
    if who is None:
        number = next(_NUMBER)
        who = Person.objects.create(
            login_name=f"{role.lower()}{number}", name=name or f"{unit[:2]}{number}", unit=at_unit
        )
        Holding.objects.create(post=row, person=who, valid_from=date(2020, 1, 1))
        Grant.objects.create(post=row, role=role, region=at, sector=sector, valid_from=date(2020, 1, 1))
    return Actor(
        who.pk, who.name, row.pk, row.name, at_unit.pk, at_unit.name, at_unit.kind,
        (GrantScope(role, at.key_lo, at.key_hi, sector),),
    )  # fmt: skip


def officer(at: Region | None = None) -> Actor:
    """发改经办 of the county."""
    return person("云溪县发展和改革局", "INVESTMENT_OFFICER", at or county())


def head(at: Region | None = None) -> Actor:
    """发改负责人 of the county."""
    return person("云溪县发展和改革局", "INVESTMENT_HEAD", at or county(), post="局长")


def department(sector: str = "水利", at: Region | None = None) -> Actor:
    """经办 of a department with a grant in its sector."""
    return person(f"云溪县{sector}局", "SECTOR_OFFICER", at or county(), sector=sector)


def browser(actor: Actor) -> Client:
    """A browser in which the person has signed in."""
    client = Client()
    sign_in(client, Person.objects.get(pk=actor.person_id))
    return client


def clerk(at: Region | None = None) -> Actor:
    """乡镇经办."""
    at = at or township()
    return person(f"{at.name}人民政府", "TOWNSHIP_CLERK", at)


def leader(at: Region | None = None) -> Actor:
    """县领导."""
    return person("云溪县人民政府", "LEADER", at or county(), post="副县长")


def owner(at: Region | None = None) -> Actor:
    """项目单位."""
    return person("云溪县城建投资有限公司", "OWNER_UNIT", at or county())


def libraries(at: Region | None = None, *, sectors: tuple[str, ...] = ("水利", "农业农村")) -> dict[str, Library]:
    """Open the general library, sector libraries, one chain and one township library; by scope or kind."""
    at = at or county()
    known = {row.scope or row.kind: row for row in Library.objects.unscoped("test").filter(region=at, closed_on=None)}
    if known:
        return known
    by = officer(at)
    drafts = [services.NewLibrary("GENERAL", by.unit_id or 0)]
    drafts += [services.NewLibrary("SECTOR", department(s, at).unit_id or 0, s) for s in sectors]
    chain = person("云溪县果业中心", "SECTOR_OFFICER", at, sector="农业农村")
    drafts.append(services.NewLibrary("CHAIN", chain.unit_id or 0, "FRUIT_VEGETABLE"))
    place = township(at=at)
    drafts.append(services.NewLibrary("TOWNSHIP", clerk(place).unit_id or 0, township_id=place.pk))
    made = services.open_libraries(region_id=at.pk, libraries=drafts, actor=by)
    found = {row.scope if row.kind in ("SECTOR", "CHAIN") else row.kind: row for row in made}
    return found


def chain_office(at: Region | None = None) -> Actor:
    """经办 of the chain's office."""
    return person("云溪县果业中心", "SECTOR_OFFICER", at or county(), sector="农业农村")


def targets() -> list[services.Target]:
    """Baseline and target of every indicator of the pack."""
    return [services.Target(name, Decimal(n + 1), Decimal(n + 2)) for n, name in enumerate(INDICATORS)]


def fit() -> list[services.Point]:
    """Every check point 符合."""
    return [services.Point(point, "FIT") for point in POINTS]


def new_project(at: Region, sector: str = "水利", **more: Any) -> Any:
    """A planned project about to be created."""
    from gongbu.mainline.projects.services import NewProject

    values = {
        "name": f"云溪县谋划项目{next(_NUMBER)}", "funding_nature": "GOVERNMENT", "stage": "RESERVE", "early_stage": "PLANNED",
        "sector": sector, "total_investment_fen": 2 * YI, "industry_code": "7610", **more,
    }  # fmt: skip
    return NewProject(at, values)


def declared(by: Actor | None = None, at: Region | None = None, sector: str = "水利", **more: Any) -> LibraryEntry:
    """A project just declared for its sector library, waiting for the check."""
    holder = projects.region()
    mine = libraries(county())
    keys = {key: more.pop(key) for key in ("cases", "note", "library", "on", "targets") if key in more}
    library = mine[keys.pop("library", sector)]
    by = by or officer(holder)
    keys.setdefault("targets", targets())
    return services.declare(library_id=library.pk, new=new_project(at or holder, sector, **more), actor=by, **keys)


def admitted(by: Actor | None = None, at: Region | None = None, sector: str = "水利", **more: Any) -> LibraryEntry:
    """A project in its sector library."""
    entry = declared(by, at, sector, **more)
    return services.preliminary_check(entry_id=entry.pk, points=fit(), actor=department(sector), on=more.get("on"))


def flat(entry: LibraryEntry) -> ReserveFile:
    """The flat row of an entry's project."""
    return ReserveFile.objects.unscoped("test").get(pk=entry.project_id)


def fresh(entry: LibraryEntry) -> LibraryEntry:
    """The entry as the table has it."""
    return LibraryEntry.objects.unscoped("test").select_related("library").get(pk=entry.pk)


def tell() -> None:
    """Deliver the outbox."""
    while outbox.dispatch(limit=1000):
        pass


def footprint() -> tuple[Any, ...]:
    """What a refused act must leave untouched."""
    rows = LibraryEntry.objects.unscoped("test").order_by("pk").values_list("pk", "state", "step", "rev")
    return (
        *projects.footprint(), list(rows), Opinion.objects.count(), Entry.objects.count(), OutboxMessage.objects.count(),
        ReserveFile.objects.unscoped("test").count(),
    )  # fmt: skip
