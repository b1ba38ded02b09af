"""Measure the reserve of one county with many projects: board, lists, a figure opened, one entry, a 300-row list checked.

In a child process on a SQLite home of its own. The files, their projects and entries are written straight into the
tables, as acts would leave them; the person is 发改经办 of the county, who sees all of it. Every page is set against the
same statements and rows through a bare loop.
"""

import io
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from gongbu.ground.basics.child_bench import in_child
from gongbu.mainline.projects import bench as projects

SEED, ROUNDS, LIST_ROWS = 20261127, 60, 300
COUNTY = "泾川县"
SECTORS = ("水利", "农业农村", "交通运输", "住房城乡建设", "工业和信息化", "文化旅游", "教育", "卫生健康")
CHAINS = ("FRUIT_VEGETABLE", "LIVESTOCK", "FOOD_PROCESSING", "CULTURE_TOURISM", "NEW_ENERGY", "MODERN_SERVICES")
TOWNSHIPS = 8
STATES = (("IN", 70), ("TOWNSHIP", 8), ("PENDING", 12), ("RETURNED", 4), ("REFUSED", 3), ("WITHDRAWN", 3))


def reserve(size: int) -> dict[str, Any]:
    """Board, list, filtered list, a figure of the board opened, one entry, and a list of 300 rows checked."""
    return in_child(__name__, size)


# ——— what follows runs in the child ———


def fill(size: int) -> tuple[Any, Any]:
    """Write ``size`` projects of one county's reserve over its libraries and return (county, officer)."""
    from django.db import connection, transaction

    from gongbu.ground.orgs.models import Region
    from gongbu.mainline.projects.models import Project, ProjectStatus
    from gongbu.mainline.reserve.models import LibraryEntry, ReserveFile

    county = Region.objects.get(name=COUNTY, valid_to=None)
    person = _officer(county)
    libraries = _libraries(county, person.unit)
    draw = random.Random(SEED)
    for start in range(0, size, 5_000):
        made = [_one(draw, n, county, libraries, person) for n in range(start, min(start + 5_000, size))]
        with transaction.atomic():
            Project.objects.bulk_create([one[0] for one in made], batch_size=500)
            ProjectStatus.objects.bulk_create([one[1] for one in made], batch_size=500)
            ReserveFile.objects.bulk_create([one[2] for one in made], batch_size=500)
            LibraryEntry.objects.bulk_create([entry for one in made for entry in one[3]], batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return county, person


def _officer(county: Any) -> Any:
    from gongbu.ground.basics import clock
    from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Unit
    from gongbu.ground.policy.models import Adoption

    today = clock.today()
    unit = Unit.objects.create(name="示例县发展和改革局", kind=Unit.Kind.GOVERNMENT, region=county)
    post = Post.objects.create(unit=unit, name="投资科")
    person = Person.objects.create(
        login_name="bench", name="测量员", unit=unit, must_change_password=False, password_set_at=clock.now()
    )
    Holding.objects.create(post=post, person=person, valid_from=today)
    Grant.objects.create(post=post, role="INVESTMENT_OFFICER", region=county, valid_from=today)
    Adoption.objects.create(
        region=county, region_key=county.key_lo, subject="RESERVE", packs=["county_reserve"],
        effective_from=today - timedelta(days=900), adopted_by="测量", recorded_at=clock.now(),
    )  # fmt: skip
    return person


def _libraries(county: Any, keeper: Any) -> dict[str, list[Any]]:
    """Open one general library, one per sector, chain and township; return them by kind."""
    from gongbu.ground.basics import clock
    from gongbu.mainline.reserve.models import Library

    opened = clock.today() - timedelta(days=800)
    scopes = [("GENERAL", "")] + [("SECTOR", s) for s in SECTORS] + [("CHAIN", c) for c in CHAINS]
    scopes += [("TOWNSHIP", str(n)) for n in range(TOWNSHIPS)]
    found: dict[str, list[Any]] = {}
    for kind, scope in scopes:
        library = Library.objects.create(
            region=county, region_key=county.key_lo, kind=kind, name=f"{scope or '综合'}储备库", scope=scope,
            keeper=keeper, opened_on=opened,
        )  # fmt: skip
        found.setdefault(kind, []).append(library)
    return found


def _one(draw: random.Random, n: int, county: Any, libraries: dict[str, list[Any]], person: Any) -> tuple[Any, ...]:
    """Return project, flat project row, reserve file and entries of one project."""
    from gongbu.ground.basics import clock
    from gongbu.mainline.projects.models import Project, ProjectStatus
    from gongbu.mainline.reserve.models import LibraryEntry, ReserveFile

    today, pk = clock.today(), n + 1
    state = draw.choices([s for s, _ in STATES], [w for _, w in STATES])[0]
    sector = draw.choice(libraries["SECTOR"])
    own = {"SECTOR": sector}
    if draw.random() < 0.2:
        own["CHAIN"] = draw.choice(libraries["CHAIN"])
    if state == "TOWNSHIP" or draw.random() < 0.3:
        own["TOWNSHIP"] = draw.choice(libraries["TOWNSHIP"])
    if state == "IN" and draw.random() < 0.3:
        own["GENERAL"] = libraries["GENERAL"][0]
    declared = today - timedelta(days=draw.randint(5, 700))
    at = clock.now() - timedelta(minutes=draw.randint(0, 900_000))
    name = f"{COUNTY}{draw.choice(projects.SURNAMES)}{draw.choice(projects.SURNAMES)}{draw.choice(projects.WORKS)}（{pk}号）"
    fact = {
        "id": pk, "name": name, "funding_nature": draw.choice(("GOVERNMENT", "GOVERNMENT", "ENTERPRISE")),
        "region_key": county.key_lo + draw.randint(0, TOWNSHIPS) * 1000, "owner_name": f"{COUNTY}第{n % 97}建设单位",
        "stage": "RESERVE", "early_stage": draw.choice(("CONCEIVED", "PLANNED", "INTENDED", "PREPARING")),
        "total_investment_fen": None if draw.random() < 0.03 else int(10 ** draw.uniform(1.7, 5.4)) * 1_000_000,
        "sector": sector.scope,
    }  # fmt: skip
    more = {"origin": "CREATED", "kind": "PROJECT", "state": "ACTIVE", "rev": 1}
    project = Project(**fact, **more, competent_region_id=county.pk, created_on=declared, last_act_at=at)
    shown = {"region_name": county.name, "stage_order": 0, "sort_key": name, "search": f"{name} {fact['owner_name']}"}
    flat = ProjectStatus(**fact, **more, **shown, last_act_at=at)
    held = [kind for kind in own if state == "IN" or (state == "TOWNSHIP" and kind == "TOWNSHIP")]
    is_open = state in ("PENDING", "RETURNED")
    step = (
        draw.choice(("PRELIMINARY_CHECK", "PRELIMINARY_CHECK", "LEADING_GROUP_REVIEW", "ADMISSION")) if is_open else ""
    )
    renewed = max(declared, today - timedelta(days=draw.randint(1, 420)))
    file = ReserveFile(
        **fact, **shown, holder_key=county.key_lo, industry=draw.choice(("YES", "YES", "NO", "UNKNOWN")),
        is_counted=draw.random() < 0.95, ready=[], ready_count=(ready := draw.randint(0, 6)), ready_order=ready * 100, state=state, step=step,
        attention="RENEWAL" if held and (today - renewed).days > 365 else "", path="SECTOR" if step else "",
        step_library_id=sector.pk if step else None, step_since_on=declared if step else None,
        chain=own["CHAIN"].scope if "CHAIN" in own else "", declared_on=declared, declared_unit_id=person.unit_id,
        declared_unit_name=person.unit.name, declared_person_id=person.pk, in_on=declared if held else None,
        renewed_on=renewed, last_act_at=at, **{f"{kind.lower()}_id": own[kind].pk for kind in held},
    )  # fmt: skip
    entries = [
        LibraryEntry(
            project_id=pk, library_id=library.pk, kind=kind, region_key=county.key_lo, path="SECTOR", step=step,
            state="IN" if kind in held else state if state in ("PENDING", "RETURNED", "WITHDRAWN") else "REFUSED",
            step_since_on=declared, declarer="INVESTMENT", declared_on=declared, declared_unit_id=person.unit_id,
            declared_unit_name=person.unit.name, in_on=declared if kind in held else None,
        )
        for kind, library in own.items()
    ]  # fmt: skip
    return project, flat, file, entries


def measure(size: int) -> dict[str, Any]:
    """Fill the home and measure every path."""
    from gongbu.config import serving

    started = time.perf_counter()
    county, person = fill(size)
    filled = round(time.perf_counter() - started, 1)
    client = projects.signed_in(person)
    serving.settle()  # as a web process does
    load = os.getloadavg()[0]
    return {**measure_pages(client, county, size), "list_of_300": check_list(county, person), "rows": size,
            "filled_in_seconds": filled, "load_before": round(load, 1)}  # fmt: skip


def measure_pages(client: Any, county: Any, size: int) -> dict[str, Any]:
    """Return the figures of the board, which are the value, and beside them those of the other pages."""
    found = {name: _against_floor(client, asks) for name, asks in addresses(county, size).items()}
    return {**found.pop("board"), **found}


def addresses(county: Any, size: int) -> dict[str, Sequence[str]]:
    """Return the requests of each path."""
    from gongbu.mainline.reserve.models import Library

    draw = random.Random(SEED)
    every = list(Library.objects.unscoped("the measurement knows its rows").filter(region=county).order_by("pk"))
    asks = range(ROUNDS + 3)
    sorts = ("-total_investment_fen", "total_investment_fen", "-declared_on", "-last_act_at")
    library = {kind: [lib.pk for lib in every if lib.kind == kind] for kind in ("SECTOR", "CHAIN", "TOWNSHIP")}
    return {
        "board": ["/reserve/board"] * len(asks),
        "list": [f"/reserve/?size=50&page={1 + n % 3}" for n in asks],
        "filtered": [
            f"/reserve/?library={draw.choice(library['SECTOR'])}&stage={draw.choice(('PLANNED', 'PREPARING'))}"
            f"&sort={sorts[n % 4]}&size=50" for n in asks
        ],
        "drill": [f"/reserve/?held={draw.choice(every).pk}&counted=YES&size=50" for _ in asks],
        "drill_county": ["/reserve/?tab=IN&counted=YES&size=50"] * len(asks),
        "drill_kind": [f"/reserve/?kind={draw.choice(('SECTOR', 'CHAIN', 'TOWNSHIP'))}&counted=YES&size=50" for _ in asks],
        "drill_waiting": [f"/reserve/?{('step=PRELIMINARY_CHECK', 'attention=RENEWAL')[n % 2]}" for n in asks],
        "entry": [f"/reserve/entries/{draw.randint(1, size)}/" for _ in asks],
    }  # fmt: skip


def _against_floor(client: Any, asks: Sequence[str]) -> dict[str, Any]:
    """Measure the requests, no count kept from an earlier one, and the floor of the same statements."""
    from gongbu.ground.registers import counting

    def ask(n: int) -> None:
        counting.forget()
        answer = client.get(asks[n])
        assert answer.status_code == 200, (asks[n], answer.status_code)

    ask(0)
    statements = [projects.reads_of(_asking(ask, n)) for n in range(len(asks))]
    floors = [projects.floor_of(one) for one in statements]
    value, floor = projects.timed(ask, ROUNDS), projects.timed(lambda n: floors[n](n), ROUNDS)
    return {"value": value["median"], "unit": "ms", "p95": value["p95"], "cpu": value["cpu"], "floor": floor["median"],
            "floor_cpu": floor["cpu"], "floor_name": projects.FLOOR_NAME,
            "cpu_ratio": round(value["cpu"] / floor["cpu"], 2), "queries": max(map(len, statements))}  # fmt: skip


def _asking(ask: Callable[[int], None], n: int) -> Callable[[], None]:
    return lambda: ask(n)


def workbook(size: int) -> bytes:
    """Return a list of ``size`` projects as a department would send it, with the stage of each and its library."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("储备项目")
    headings = ("序号", "项目名称", "建设单位", "总投资（万元）", "前期阶段", "行业归口", "建设内容", "建设地点")
    sheet.write_row(0, 0, headings)
    words = projects.SURNAMES
    for n in range(size):
        first, second = words[n % len(words)], words[n // len(words) % len(words)]
        name = f"{COUNTY}{first}{second}村{projects.WORKS[n % 6]}"
        stage = ("策划", "规划", "拟开展前期", "正在开展前期")[n % 4]
        place = f"第{n % 40 + 1}村"
        sheet.write_row(
            n + 1, 0, (n + 1, name, COUNTY, 800 + n * 7.5, stage, SECTORS[n % len(SECTORS)], f"改造 {n} 处", place)
        )
    book.close()
    return out.getvalue()


def check_list(county: Any, person: Any) -> dict[str, Any]:
    """Read, check and stage a list of 300 rows against everything on file, in milliseconds; the processor's time beside."""
    from gongbu.ground.basics.findings import Severity
    from gongbu.ground.orgs.queries import actor_for
    from gongbu.ground.registers.importing import kinds, reader, services

    content, kind = workbook(LIST_ROWS), kinds.get("reserve")
    actor = actor_for(person)

    def now() -> tuple[float, float]:
        used = os.times()
        return time.perf_counter(), used.user + used.system + used.children_user + used.children_system

    began = now()
    book = reader.read(content)
    checked = services.check_book(book, kind, services.context_for(kind, actor, county))
    services.stage(content=content, file_name="bench.xlsx", kind=kind, actor=actor, checked=checked)
    ended = now()
    return {"value": round((ended[0] - began[0]) * 1000), "cpu": round((ended[1] - began[1]) * 1000), "unit": "ms",
            "rows": len(checked.rows), "rows_in_order": sum(all(f.severity != Severity.REJECT for f in row.findings) for row in checked.rows)}  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    import django

    from gongbu.ground.basics import reach

    django.setup()
    reach.widen_process("a measurement")
    from gongbu.config import home as _home  # the child prepares its own home, as the program does

    _home.prepare(quiet=True)
    print(json.dumps(measure(int(sys.argv[1])), ensure_ascii=False))  # noqa: T201
