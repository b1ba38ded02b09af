"""The second line holds alone (CM-14): with every filter of the application taken away, PostgreSQL still shows a county nothing of another.

The demo city is laid out, a person of one county holds every role there, and the filters are replaced by ones that
match everything. He then opens every list, page, export and API route that needs no id, and the pages of ids of the
other county. What is looked for is each text that only rows of the other county hold.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import F, Q
from django.test import Client
from openpyxl import load_workbook

from gongbu.config.demo import build
from gongbu.ground.basics import clock
from gongbu.ground.calendar.services import load_official
from gongbu.ground.notices.models import Notice
from gongbu.ground.orgs import row_security
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.managers import ScopedQuerySet
from gongbu.ground.orgs.models import Grant, Person, Region, Unit
from gongbu.ground.orgs.region_data import load_regions
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.tests.conftest import DAY, make_person
from gongbu.ground.policy.sandbox.models import Trial
from gongbu.ground.registers.importing.models import ImportBatch
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.projects import access
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects.models import Project, ProjectStatus, Works
from gongbu.mainline.promotion.models import CapitalOffer
from gongbu.mainline.reserve import queries as reserve_queries
from gongbu.mainline.reserve.models import ReserveFile
from gongbu.mainline.selection import queries as selection_queries
from tests.test_every_route import routes

pytestmark = [pytest.mark.postgres, pytest.mark.long, pytest.mark.django_db, pytest.mark.req("CM-14")]
NAMING = {
    "name",
    "title",
    "code",
    "topic",
    "number",
    "subject_name",
    "project_name",
    "person_name",
    "login_name",
    "phone",
    "file_name",
    "works_code",
}
LONG_ENOUGH = 6  # shorter texts stand on a page for other reasons
NEVER = re.compile(r"sign-out|/switch|logout|static")
# Tasks are no region-bound table (their manager is a plain one), and their titles name what they are about: the list
# of a region's tasks rests on the application's filter alone (ADR-0011).
REST_ON_THE_FIRST_LINE = re.compile(r"^inbox/region/")
GENERIC = {"重大项目储备审定专题会议"}  # offered by the program
PLANTED = {"projects_works", "importing_batch", "sandbox_trial"}
SURELY = {"projects_status", "reserve_file", "meetings_meeting"} | PLANTED
ALL = Q(pk__isnull=False)


def remove_the_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace each filter that narrows rows to an actor by one that matches every row."""
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda self, actor, act: self._scoped(f"visible_to:{act}"))
    monkeypatch.setattr(Actor, "scope", lambda self, *a, **k: ALL)
    monkeypatch.setattr(Actor, "scope_any_sector", lambda self, *a, **k: ALL)
    monkeypatch.setattr(Actor, "ranges", lambda self, act: [(0, 10**12)])
    for module, name in ((access, "visible"), (reserve_queries, "visible"), (selection_queries, "region_scope")):
        monkeypatch.setattr(module, name, lambda *a, **k: ALL)


def telling_texts(inside: Region, outside: Region) -> dict[str, str]:
    """Return text → table of what only rows of ``outside`` hold and no public notice names."""
    theirs: dict[str, str] = {}
    others: set[str] = set()
    for model in row_security.guarded():
        if model in (Unit, Grant):  # the address book: names of units are read everywhere (ADR-0011)
            continue
        key = region_of(model)
        try:
            rows: Any = model._base_manager.annotate(its_key=F(key))
        except FieldError:  # no region of its own
            continue
        names = [f.name for f in model._meta.concrete_fields if f.name in NAMING]
        for its_key, *texts in rows.values_list("its_key", *names):
            found = {t.strip() for t in texts if isinstance(t, str) and len(t.strip()) >= LONG_ENOUGH}
            if outside.key_lo <= its_key < outside.key_hi:
                theirs.update(dict.fromkeys(found, model._meta.db_table))
            else:
                others |= found
    names_of_units = "\n".join(Unit._base_manager.values_list("name", flat=True))
    laid_open = [
        *Notice._base_manager.values_list(),
        *CapitalOffer._base_manager.filter(published_on__isnull=False).values_list(),
    ]
    public = "\n".join(map(str, laid_open)) + names_of_units
    elsewhere = "\n".join(others)
    return {t: table for t, table in theirs.items() if t not in public and t not in elsewhere and t not in GENERIC}


def region_of(model: Any) -> str:
    """Return the path to the region that a row belongs to; of a part, to that of what it hangs on."""
    if hasattr(model, "_scope_rule"):
        return str(model._scope_rule.region_field)
    policy = model.row_policy
    return f"{policy.through[-1]}__region_key" if policy.through else str(policy.region_field)


def everything_he_may_open(client: Client) -> Iterator[tuple[str, str]]:
    """Yield address → what it answers, as text, of every GET route without an id (exports in both forms)."""
    for path in sorted({r.path for r in routes() if r.method == "GET"}):
        if "987654321" in path or "nothing" in path or "00000000-" in path or NEVER.search(path):
            continue
        if REST_ON_THE_FIRST_LINE.search(path):
            continue
        for address in {path, re.sub(r"\bcsv\b", "xlsx", path)}:
            yield f"/{address}", text_of(client.get(f"/{address}", follow=True))


def pages_of(client: Client, ids: dict[str, list[int]]) -> Iterator[tuple[str, str]]:
    for path in sorted({r.path for r in routes() if r.method == "GET" and r.path.count("987654321") == 1}):
        for start, few in ids.items():
            if path.startswith(start):
                for pk in few:
                    address = "/" + path.replace("987654321", str(pk))
                    yield address, text_of(client.get(address))


def text_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content[:2] == b"PK" and "sheet" in response.headers.get("Content-Type", ""):
        sheets = load_workbook(io.BytesIO(content), read_only=True)
        return "\n".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)
    return content.decode(errors="replace")


def leaks(pages: list[tuple[str, str]], texts: dict[str, str]) -> dict[str, set[str]]:
    """Return table → where something of the other county stands."""
    pattern = re.compile("|".join(re.escape(t) for t in sorted(texts, key=len, reverse=True)))
    found: dict[str, set[str]] = {}
    for address, text in pages:
        for match in pattern.findall(text):
            found.setdefault(texts[match], set()).add(f"{address} ({match})")
    return found


@pytest.fixture
def two_counties(home: Path) -> tuple[Region, Region]:
    """The demo city; the two counties with most projects."""
    load_regions()
    load_official()
    build(home, lambda done, total, what: None)
    counties = list(Region.objects.filter(level="COUNTY"))
    keys = list(ProjectStatus._base_manager.values_list("region_key", flat=True))
    held = {c.pk: sum(c.key_lo <= key < c.key_hi for key in keys) for c in counties}
    outside, inside = sorted(counties, key=lambda c: -held[c.pk])[:2]
    return inside, outside


def plant(outside: Region) -> dict[str, list[int]]:
    """Give the other county what the demo city has not: works, a staged file, a trial; return address → ids."""
    at, project = clock.now(), Project._base_manager.filter(region_key=outside.key_lo).first()
    assert project is not None
    Works.objects.create(project=project, name="外县隐蔽单项工程甲", level="SINGLE")
    batch = ImportBatch.objects.create(
        kind="projects", file_name="外县待接收清单甲.xlsx", scope_region=outside, region_key=outside.key_lo,
        state="STAGED", created_at=at,
    )  # fmt: skip
    trial = Trial.objects.create(
        name="外县试行草案甲", region=outside, region_key=outside.key_lo, files={}, on=DAY, created_at=at, updated_at=at,
    )  # fmt: skip
    return {"imports/": [batch.pk], "policy/sandbox/": [trial.pk]}


def test_without_the_first_line_a_county_still_sees_nothing_of_another(
    two_counties: tuple[Region, Region], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = two_counties
    planted = plant(outside)
    client, texts = Client(), telling_texts(inside, outside)
    sign_in(client, somebody_with_every_role(inside))
    assert len(texts) > 100, "the other county holds enough to be found"
    assert set(texts.values()) >= SURELY
    theirs = {"region_key__gte": outside.key_lo, "region_key__lt": outside.key_hi}
    ids = {
        "projects/": list(Project._base_manager.filter(**theirs).values_list("pk", flat=True)[:1]),
        "reserve/": list(ReserveFile._base_manager.filter(**theirs).values_list("pk", flat=True)[:1]),
        **planted,
    }
    remove_the_first_line(monkeypatch)
    project_queries.forget()
    assert leaks([*everything_he_may_open(client), *pages_of(client, ids)], texts) == {}, "the second line alone"

    project_queries.forget()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in row_security.guarded():
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE ROW LEVEL SECURITY")
    asked = (
        "/projects/export.csv",
        "/reserve/",
        "/meetings/",
        "/imports/",
        "/policy/sandbox/",
        f"/imports/{planted['imports/'][0]}/",
    )  # the first page of projects need not hold one of theirs
    pages = [(address, text_of(client.get(address))) for address in asked]
    shown = {address for found in leaks(pages, texts).values() for address in found}
    for list_page in ("/projects/", "/reserve/", "/meetings/", "/imports/ ", "/policy/sandbox/", asked[-1]):
        assert any(address.startswith(list_page) for address in shown), f"neither line: {list_page} can leak"


def somebody_with_every_role(inside: Region) -> Person:
    unit = Unit._base_manager.filter(region=inside, kind="GOVERNMENT").first()
    person: Person = make_person("walker", unit, "VIEWER", inside)
    post = person.holdings.get().post
    for role in sorted(set(rights().roles) - {"PUBLIC", "CONSOLE", "VIEWER", *rights().own_records_only}):
        Grant.objects.create(post=post, role=role, region=inside, valid_from=DAY)
    return person
