"""Measure lists, pages, acts and exports over many projects, each against a floor in the same run.

Everything happens in a child process on a SQLite home of its own, which is removed afterwards. The rows are written
straight into the tables (the acts are measured by themselves); the person is 发改经办 of a city that holds them all.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

SEED = 20261121
COUNTIES, ROUNDS = 10, 60
SURNAMES = "东西南北上下新古长平安和永清石柳云河山湖"
WORKS = (
    "道路改造工程",
    "第二小学新建项目",
    "污水处理厂提标工程",
    "人民医院综合楼项目",
    "水库除险加固工程",
    "产业园厂房项目",
)


def list_page(size: int) -> dict[str, Any]:
    """List page: two filters, a sort, tabs with counts, 50 rows, through the whole stack in process."""
    return _in_child("list", size)


def cockpit(size: int) -> dict[str, Any]:
    """Totals of all projects by stage, grade and funding, and this year's plan and completion."""
    return _in_child("cockpit", size)


def project_page(size: int) -> dict[str, Any]:
    """The page of one project, all tabs reachable."""
    return _in_child("page", size)


def act(size: int) -> dict[str, Any]:
    """One act over HTTP: change the annual investment by the form, ledger included."""
    return _in_child("act", size)


def export(size: int) -> dict[str, Any]:
    """CSV export of 10,000 rows out of ``size``."""
    return _in_child("export", size)


def _in_child(what: str, size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="gongbu-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {"GONGBU_HOME": folder}
        done = subprocess.run(
            [sys.executable, "-m", __name__, what, str(size)], env=environment, capture_output=True, text=True
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


# ——— what follows runs in the child ———


def fill(size: int) -> Any:
    """Write ``size`` projects of ten counties and return (city, officer)."""
    from django.db import connection, transaction

    from gongbu.ground.basics import clock
    from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Region, Unit
    from gongbu.mainline.projects.models import Project, ProjectStatus

    draw, now, today = random.Random(SEED), clock.now(), clock.today()
    city = Region.objects.get(name="洛阳市")
    counties = list(Region.objects.filter(parent=city, valid_to=None).order_by("key_lo")[:COUNTIES])
    stages = ("RESERVE", "APPROVAL", "DESIGN", "PROCUREMENT", "CONSTRUCTION", "ACCEPTANCE", "OPERATION", "BUILT")

    def rows(start: int, stop: int) -> tuple[list[Any], list[Any]]:
        projects, statuses = [], []
        for n in range(start, stop):
            region = counties[n % len(counties)]
            name = f"{region.name}{draw.choice(SURNAMES)}{draw.choice(SURNAMES)}{draw.choice(WORKS)}（{n}号）"
            total = int(10 ** draw.uniform(1.7, 5.4)) * 1_000_000
            order = draw.choices(range(8), (24, 12, 8, 7, 30, 6, 4, 9))[0]
            grade = "A" if total > 10_000_000_000 else "B" if total >= 500_000_000 else "C"
            planned = total // draw.randint(2, 6)
            fact = {"id": n + 1, "name": name, "funding_nature": draw.choice(("GOVERNMENT",) * 4 + ("ENTERPRISE",)),
                    "region_key": region.key_lo, "owner_name": f"{region.name}第{n % 97}建设单位", "stage": stages[order],
                    "total_investment_fen": total, "origin": "CREATED", "kind": "PROJECT", "state": "ACTIVE",
                    "rev": 1, "works_type": draw.choice(("BUILDING", "MUNICIPAL", "WATER", "HIGHWAY"))}  # fmt: skip
            at = now - timedelta(minutes=draw.randint(0, 500_000))
            projects.append(Project(**fact, competent_region_id=region.pk, created_on=today, last_act_at=at))
            code = f"2603-410300-04-01-{n:06d}"
            statuses.append(ProjectStatus(
                **fact, region_name=region.name, code=code, stage_order=order, grade=grade,
                grade_label=f"{grade} 级", sort_key=name, search=f"{name} {code} {fact['owner_name']}", last_act_at=at,
                year=today.year, year_planned_fen=planned, year_completed_fen=planned // 2, completed_fen=planned // 2,
                catalogue_year=today.year if planned > 500_000_000 else None,
            ))  # fmt: skip
        return projects, statuses

    for start in range(0, size, 10_000):
        projects, statuses = rows(start, min(start + 10_000, size))
        with transaction.atomic():
            Project.objects.bulk_create(projects, batch_size=500)
            ProjectStatus.objects.bulk_create(statuses, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    unit = Unit.objects.create(name="洛阳市发展和改革委员会", kind=Unit.Kind.GOVERNMENT, region=city)
    post = Post.objects.create(unit=unit, name="投资科")
    person = Person.objects.create(
        login_name="bench", name="测量员", unit=unit, must_change_password=False, password_set_at=now
    )
    Holding.objects.create(post=post, person=person, valid_from=today)
    Grant.objects.create(post=post, role="INVESTMENT_OFFICER", region=city, valid_from=today)
    return city, person


def signed_in(person: Any) -> Any:
    """Return a client of the whole stack (middleware included), signed in as the person."""
    from django.test import Client

    from gongbu.ground.basics import clock
    from gongbu.ground.orgs import middleware

    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session, now = client.session, clock.now().timestamp()
    session.update({middleware.EPOCH_KEY: person.session_epoch, middleware.STARTED_KEY: now, middleware.SEEN_KEY: now})
    session.save()
    return client


def timed(job: Callable[[int], object], rounds: int = ROUNDS) -> dict[str, float]:
    """Return median and p95 milliseconds of ``job(round)`` after three warm-up rounds."""
    for n in range(3):
        job(n)
    spent = []
    for n in range(rounds):
        started = time.perf_counter()
        job(n)
        spent.append((time.perf_counter() - started) * 1000)
    return {"median": round(statistics.median(spent), 2), "p95": round(sorted(spent)[int(rounds * 0.95) - 1], 2)}


def floor_of(statements: list[str], columns: int) -> Callable[[int], object]:
    """Return the floor of a page: the same statements, their rows through a bare Jinja2 loop, in one bare view."""
    from django.db import connection
    from django.http import HttpResponse
    from jinja2 import Environment

    template = Environment(autoescape=True).from_string(
        "<table>{% for r in rows %}<tr>{% for c in r %}<td>{{ c }}</td>{% endfor %}</tr>{% endfor %}</table>"
    )

    def view(_n: int) -> HttpResponse:
        widest: list[Any] = []
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                found = cursor.fetchall()
                if found and len(found[0]) >= columns:
                    widest = found
        return HttpResponse(template.render(rows=widest))

    return view


def reads_of(ask: Callable[[], object]) -> list[str]:
    """Return the SELECT statements that a request runs."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        ask()
    return [q["sql"] for q in captured.captured_queries if q["sql"].startswith("SELECT")]


def measure(what: str, size: int) -> dict[str, Any]:
    """Fill the home and measure one path."""
    started = time.perf_counter()
    city, person = fill(size)
    filled = round(time.perf_counter() - started, 1)
    client = signed_in(person)
    result = {"list": _list, "cockpit": _cockpit, "page": _page, "act": _act, "export": _export}[what](
        client, city, size
    )
    return {**result, "rows": size, "filled_in_seconds": filled}


def _list(client: Any, city: Any, size: int) -> dict[str, Any]:
    from gongbu.ground.registers import counting

    draw = random.Random(SEED)
    asks = [
        f"/projects/?grade={draw.choice('ABC')}&funding={draw.choice(('GOVERNMENT', 'ENTERPRISE'))}"
        f"&sort={draw.choice(('-total_investment_fen', 'total_investment_fen', '-year_planned_fen'))}&size=50&page={1 + n % 3}"
        for n in range(ROUNDS + 3)
    ]

    def ask(n: int) -> None:
        answer = client.get(asks[n])
        assert answer.status_code == 200, answer.status_code

    def ask_uncounted(n: int) -> None:
        counting.forget()
        ask(n)

    ask(0)
    counting.forget()
    statements = reads_of(lambda: ask(1))
    cold, warm = timed(ask_uncounted), timed(ask)
    floor = timed(floor_of(statements, 8))
    return {"value": cold["median"], "unit": "ms", "floor": floor["median"],
            "floor_name": "同样的语句和同样的行，裸 Jinja2 循环", "p95": cold["p95"], "floor_p95": floor["p95"],
            "with_kept_counts": warm, "queries": len(statements)}  # fmt: skip


def _cockpit(client: Any, city: Any, size: int) -> dict[str, Any]:
    from gongbu.ground.orgs.queries import actor_for
    from gongbu.mainline.projects import portfolio

    actor = actor_for(client.session["_auth_user_id"] and int(client.session["_auth_user_id"]))
    statements = reads_of(lambda: portfolio.get_portfolio(actor))
    value = timed(lambda _n: portfolio.get_portfolio(actor), 30)
    floor = timed(floor_of(statements, 2), 30)
    return {"value": value["median"], "unit": "ms", "p95": value["p95"], "floor": floor["median"],
            "floor_name": "同样的语句，裸游标", "queries": len(statements)}  # fmt: skip


def _page(client: Any, city: Any, size: int) -> dict[str, Any]:
    draw = random.Random(SEED)
    asks = [f"/projects/{draw.randint(1, size)}/" for _ in range(ROUNDS + 3)]

    def ask(n: int) -> None:
        assert client.get(asks[n]).status_code == 200

    ask(0)
    statements = reads_of(lambda: ask(1))
    value, floor = timed(ask), timed(floor_of(statements, 8))
    return {"value": value["median"], "unit": "ms", "p95": value["p95"], "floor": floor["median"],
            "floor_name": "同样的语句和同样的行，裸 Jinja2 循环", "queries": len(statements)}  # fmt: skip


def _act(client: Any, city: Any, size: int) -> dict[str, Any]:
    from django.db import connection, transaction

    from gongbu.mainline.projects.models import Project

    draw = random.Random(SEED)
    ids = [draw.randint(1, size) for _ in range(ROUNDS + 3)]

    def do(n: int) -> None:
        rev = Project.objects.unscoped("the measurement knows its rows").values_list("rev", flat=True).get(pk=ids[n])
        answer = client.post(
            f"/projects/{ids[n]}/stage",
            {"stage": "RESERVE", "early_stage": "PLANNED", "reason": f"测量{n}-{time.time_ns()}", "rev": rev},
        )
        assert answer.status_code in {200, 302}, answer.status_code

    def bare(n: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE projects_project SET rev = rev + 1 WHERE id = %s", [ids[n]])

    value, floor = timed(do), timed(bare)
    return {"value": value["median"], "unit": "ms", "p95": value["p95"], "floor": floor["median"],
            "floor_name": "一条 UPDATE 加一次同步提交"}  # fmt: skip


def _export(client: Any, city: Any, size: int) -> dict[str, Any]:
    from django.db import connection

    from gongbu.ground.orgs.models import Region

    county = Region.objects.filter(parent=city, valid_to=None).order_by("key_lo").first()
    assert county is not None

    def ask(form: str) -> int:
        answer = client.get(f"/projects/export.{form}?region={county.pk}")
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200
        return len(body)

    def bare(_n: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, code, region_name, stage, grade, funding_nature, owner_name, total_investment_fen"
                " FROM projects_status WHERE region_key >= %s AND region_key < %s", [county.key_lo, county.key_hi])  # fmt: skip
            "\n".join(",".join(map(str, row)) for row in cursor.fetchall())

    csv, xlsx, floor = timed(lambda _n: ask("csv"), 5), timed(lambda _n: ask("xlsx"), 3), timed(bare, 5)
    return {"value": csv["median"], "unit": "ms", "floor": floor["median"], "floor_name": "同样的行，裸游标拼接文本",
            "exported_rows": size // COUNTIES, "xlsx_ms": xlsx["median"]}  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    import django

    django.setup()
    from gongbu.config import home as _home  # the child prepares its own home, as the program does

    _home.prepare(quiet=True)
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2])), ensure_ascii=False))  # noqa: T201
