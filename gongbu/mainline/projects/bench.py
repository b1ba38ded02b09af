"""Measure lists, pages, acts and exports over many projects, each against a floor in the same run.

Everything happens in a child process on a SQLite home of its own, which is removed afterwards. The rows are written
straight into the tables (the acts are measured by themselves); the person is 发改经办 of a city that holds them all.
"""

import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from gongbu.ground.basics.child_bench import in_child

SEED = 20261121
ANSWERING = "answering"
"""What the process is asked that measures memory in a home already filled."""
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
    return in_child(__name__, "list", size)


def cockpit(size: int) -> dict[str, Any]:
    """Totals of all projects by stage, grade and funding, and this year's plan and completion."""
    return in_child(__name__, "cockpit", size)


def project_page(size: int) -> dict[str, Any]:
    """The page of one project, all tabs reachable."""
    return in_child(__name__, "page", size)


def act(size: int) -> dict[str, Any]:
    """One act over HTTP: change the annual investment by the form, ledger included."""
    return in_child(__name__, "act", size)


def export(size: int) -> dict[str, Any]:
    """CSV and XLSX export of a tenth of ``size`` rows."""
    return in_child(__name__, "export", size)


def search(size: int) -> dict[str, Any]:
    """List page narrowed by two characters out of names, codes and owners."""
    return in_child(__name__, "search", size)


def memory(size: int) -> dict[str, Any]:
    """Largest memory of one web process after lists, pages, searches and exports."""
    return in_child(__name__, "memory", size)


# ——— what follows runs in the child ———


def fill(size: int) -> Any:
    """Write ``size`` projects of ten counties and return (city, officer)."""
    from django.db import connection, transaction

    from gongbu.ground.basics import clock
    from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Region, Unit
    from gongbu.ground.policy.models import Adoption
    from gongbu.mainline.projects import pairs
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
            pairs.write(statuses)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO projects_code (project_id, code, form, attached_on, reason)"
            " SELECT id, code, '2020', %s, '' FROM projects_status", [today.isoformat()])  # fmt: skip
        cursor.execute(
            "INSERT INTO projects_annual_investment (project_id, year, planned_fen, completed_fen, is_opening_balance)"
            " SELECT id, year, year_planned_fen, year_completed_fen, FALSE FROM projects_status")  # fmt: skip
        cursor.execute("ANALYZE")
    unit = Unit.objects.create(name="洛阳市发展和改革委员会", kind=Unit.Kind.GOVERNMENT, region=city)
    post = Post.objects.create(unit=unit, name="投资科")
    person = Person.objects.create(
        login_name="bench", name="测量员", unit=unit, must_change_password=False, password_set_at=now
    )
    Holding.objects.create(post=post, person=person, valid_from=today)
    Grant.objects.create(post=post, role="INVESTMENT_OFFICER", region=city, valid_from=today)
    Adoption.objects.create(
        region=city, region_key=city.key_lo, subject="GRADING", packs=["centralized"], effective_from=date(2023, 1, 1),
        adopted_by="测量", recorded_at=now,
    )  # fmt: skip
    return city, person


def furnish(person: Any, ids: Iterable[int]) -> None:
    """Give the projects whose pages are opened what a page shows: answers of the packs, a unit, a history."""
    from gongbu.ground.basics.findings import Refusal
    from gongbu.ground.orgs.queries import actor_for
    from gongbu.mainline.projects import services

    actor = actor_for(person)
    for pk in sorted(set(ids)):
        with suppress(Refusal):
            services.classify(project_id=pk, actor=actor)
        with suppress(Refusal):
            services.add_member(project_id=pk, unit_id=person.unit_id, role="USER", actor=actor)
        for place in ("城东", "城西"):
            rev = _rev(pk)
            services.update_project(project_id=pk, rev=rev, changes={"location": place}, actor=actor)


def _rev(pk: int) -> int:
    from gongbu.mainline.projects.models import Project

    return int(Project.objects.unscoped("the measurement knows its rows").values_list("rev", flat=True).get(pk=pk))


def signed_in(person: Any) -> Any:
    """Return a client of the whole stack (middleware included), signed in as the person."""
    from django.test import Client

    from gongbu.ground.basics import clock
    from gongbu.ground.orgs import middleware

    client = Client(SERVER_NAME="localhost")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session, now = client.session, clock.now().timestamp()
    session.update({middleware.EPOCH_KEY: person.session_epoch, middleware.STARTED_KEY: now, middleware.SEEN_KEY: now})
    session.save()
    return client


def timed(job: Callable[[int], object], rounds: int = ROUNDS) -> dict[str, float]:
    """Return median and p95 milliseconds of ``job(round)``, and its median processor time, after three warm-up rounds.

    Processor time says what the path costs when other programs share the machine; what people wait for is the clock.
    """
    for n in range(3):
        job(n)
    spent, worked = [], []
    for n in range(rounds):
        started, began = time.perf_counter(), time.process_time()
        job(n)
        worked.append((time.process_time() - began) * 1000)
        spent.append((time.perf_counter() - started) * 1000)
    p95 = sorted(spent)[int(rounds * 0.95) - 1]
    return {
        "median": round(statistics.median(spent), 2),
        "p95": round(p95, 2),
        "cpu": round(statistics.median(worked), 2),
    }


def floor_of(statements: list[str]) -> Callable[[int], object]:
    """Return the floor of a page: the same statements, all their rows through a bare Jinja2 loop, in one bare view."""
    from django.db import connection
    from django.http import HttpResponse
    from jinja2 import Environment

    template = Environment(autoescape=True).from_string(
        "{% for rows in tables %}<table>{% for r in rows %}<tr>{% for c in r %}<td>{{ c }}</td>{% endfor %}</tr>"
        "{% endfor %}</table>{% endfor %}"
    )

    def view(_n: int) -> HttpResponse:
        tables: list[Any] = []
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                tables.append(cursor.fetchall())
        return HttpResponse(template.render(tables=tables))

    return view


def reads_of(ask: Callable[[], object]) -> list[str]:
    """Return the reading statements that a request runs."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        ask()
    return [q["sql"] for q in captured.captured_queries if q["sql"].lstrip().startswith(("SELECT", "WITH"))]


def measure(what: str, size: int) -> dict[str, Any]:
    """Fill the home and measure one path."""
    from gongbu.config import serving

    started = time.perf_counter()
    city, person = fill(size)
    filled = round(time.perf_counter() - started, 1)
    client = signed_in(person)
    serving.settle()  # as a web process does
    paths = {"list": _list, "cockpit": _cockpit, "page": _page, "act": _act, "export": _export, "search": _search,
             "memory": _memory}  # fmt: skip
    load = os.getloadavg()[0]
    result = paths[what](client, city, size)
    return {**result, "rows": size, "filled_in_seconds": filled, "load_before": round(load, 1)}


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

    return _against_floor(ask_uncounted) | {"with_kept_counts": timed(ask)}


def _search(client: Any, city: Any, size: int) -> dict[str, Any]:
    from urllib.parse import quote

    from gongbu.ground.registers import counting

    draw = random.Random(SEED)
    words = [draw.choice(SURNAMES) + draw.choice(SURNAMES) for _ in range(ROUNDS // 2)] + ["水库", "医院", "路改"] * 11
    asks = [f"/projects/?q={quote(word)}" for word in words[: ROUNDS + 3]]

    def ask(n: int) -> None:
        counting.forget()
        assert client.get(asks[n]).status_code == 200

    return _against_floor(ask)


FLOOR_NAME = "同样的语句和同样的行，裸 Jinja2 循环"


def _against_floor(ask: Callable[[int], None]) -> dict[str, Any]:
    """Measure ``ask(n)`` and, request by request, the floor of the same statements."""
    ask(0)
    statements = [reads_of(lambda n=n: ask(n)) for n in range(ROUNDS + 3)]  # type: ignore[misc]
    floors = [floor_of(one) for one in statements]
    value, floor = timed(ask), timed(lambda n: floors[n](n))
    return {"value": value["median"], "unit": "ms", "p95": value["p95"], "cpu": value["cpu"], "floor": floor["median"],
            "floor_cpu": floor["cpu"],
            "floor_p95": floor["p95"], "floor_name": FLOOR_NAME, "queries": max(map(len, statements))}  # fmt: skip


def _cockpit(client: Any, city: Any, size: int) -> dict[str, Any]:
    from gongbu.ground.orgs.queries import actor_for
    from gongbu.mainline.projects import portfolio

    actor = actor_for(client.session["_auth_user_id"] and int(client.session["_auth_user_id"]))
    statements = reads_of(lambda: portfolio.get_portfolio(actor))
    value = timed(lambda _n: portfolio.get_portfolio(actor), 30)
    floor = timed(floor_of(statements), 30)
    return {"value": value["median"], "unit": "ms", "p95": value["p95"], "cpu": value["cpu"], "floor": floor["median"],
            "floor_cpu": floor["cpu"],
            "floor_name": FLOOR_NAME, "queries": len(statements)}  # fmt: skip


def _page(client: Any, city: Any, size: int) -> dict[str, Any]:
    from gongbu.ground.orgs.models import Person

    draw = random.Random(SEED)
    ids = [draw.randint(1, size) for _ in range(ROUNDS + 3)]
    furnish(Person.objects.get(login_name="bench"), ids)

    def ask(n: int) -> None:
        assert client.get(f"/projects/{ids[n]}/").status_code == 200

    return _against_floor(ask)


class _Poster:
    """Changes projects over HTTP, as the form does: this year's plan, which an adopted table reads."""

    def __init__(self, client: Any, ids: Iterable[int]) -> None:
        from gongbu.ground.basics import clock

        self.client, self.on = client, clock.today()
        self.revs = {pk: _rev(pk) for pk in ids}

    def post(self, pk: int) -> None:
        """Do one act on the project; the revision is known, as it is to the page that shows the form."""
        from gongbu.mainline.projects.bench_http import form

        body = urlencode(form(self.on.year, self.on.isoformat(), self.revs[pk]))
        answer = self.client.post(f"/projects/{pk}/annual", body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 302, answer.status_code
        self.revs[pk] += 1


def _act(client: Any, city: Any, size: int) -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection, transaction

    from gongbu.mainline.projects.bench_http import acts_per_second

    draw = random.Random(SEED)
    ids = [draw.randint(1, size) for _ in range(ROUNDS + 3)]
    poster = _Poster(client, ids)

    def bare(n: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE projects_project SET rev = rev + 1 WHERE id = %s", [ids[n]])

    value = timed(lambda n: poster.post(ids[n]))
    floor_http = _floor_http(client, ids)
    floor = timed(bare)
    revs = {pk: _rev(pk) for pk in ids}
    served = acts_per_second(settings.HOME, client.cookies[settings.SESSION_COOKIE_NAME].value, size, poster.on, revs)
    return {"value": value["median"], "unit": "ms", "p95": value["p95"], "cpu": value["cpu"], "floor": floor["median"],
            "floor_cpu": floor["cpu"], "floor_name": "一条 UPDATE 加一次同步提交",
            "floor_http": floor_http["median"], "floor_http_cpu": floor_http["cpu"],
            "floor_http_name": "只有会话、登录与 CSRF 中间件的裸视图，加同一条 UPDATE 与提交",
            "per_second_4_clients": served["per_second"], "p95_4_clients": served["p95"],
            "web_processes": served["workers"]}  # fmt: skip


def _floor_http(client: Any, ids: Sequence[int]) -> dict[str, float]:
    """Return what any act over HTTP costs in Django: session, signed-in person, form read, one UPDATE, commit."""
    from types import ModuleType

    from django.db import connection, transaction
    from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
    from django.test import override_settings
    from django.urls import path

    def view(request: HttpRequest) -> HttpResponse:
        assert request.user.is_authenticated
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE projects_project SET rev = rev + 1 WHERE id = %s", [int(request.POST["pk"])])
        return HttpResponseRedirect("/")

    routes = ModuleType("gongbu_bench_routes")
    routes.urlpatterns = [path("bare", view)]  # type: ignore[attr-defined]
    sys.modules[routes.__name__] = routes
    stock = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]

    def post(n: int) -> None:
        body = urlencode({"pk": ids[n], "annual_year": "2026", "annual_planned_fen": "1.00", "occurred_on": ""})
        assert client.post("/bare", body, content_type="application/x-www-form-urlencoded").status_code == 302

    with override_settings(ROOT_URLCONF=routes.__name__, MIDDLEWARE=stock):
        client.handler.load_middleware()
        result = timed(post)
    client.handler.load_middleware()
    return result


def _memory(client: Any, city: Any, size: int) -> dict[str, Any]:
    # In a process that has filled nothing: a web process has not either.
    command = [sys.executable, __file__, ANSWERING, str(size), client.session["_auth_user_id"], str(city.pk)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def answer(size: int, person_id: int, city_id: int) -> dict[str, Any]:
    """Answer lists, pages, searches, acts and exports over a filled home; return the peak of memory in MB."""
    from gongbu.config import serving
    from gongbu.ground.orgs.models import Person, Region

    client, city = signed_in(Person.objects.get(pk=person_id)), Region.objects.get(pk=city_id)
    serving.settle()
    before = _peak_mb()
    county = Region.objects.filter(parent=city, valid_to=None).order_by("key_lo").first()
    assert county is not None
    draw = random.Random(SEED)
    pks = [draw.randint(1, size) for _ in range(ROUNDS)]
    poster = _Poster(client, pks)
    for n in range(ROUNDS):
        for address in (
            "/projects/",
            f"/projects/{draw.randint(1, size)}/",
            f"/projects/?q={draw.choice(SURNAMES)}{n}",
        ):
            assert client.get(address).status_code == 200
        poster.post(pks[n])
    for form in ("csv", "xlsx"):
        answer = client.get(f"/projects/export.{form}?region={county.pk}")
        assert sum(map(len, answer.streaming_content if answer.streaming else [answer.content]))
    return {"value": _peak_mb(), "unit": "MB", "floor": before, "floor_name": "同一进程，尚未回答请求"}


def _peak_mb() -> float:
    """Return the largest resident memory of this process so far, in MB.

    Linux says it of the present program (VmHWM); ``ru_maxrss`` would tell the parent's, which a child inherits.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return round(int(re.search(r"VmHWM:\s+(\d+)", status.read_text()).group(1)) / 1024, 1)  # type: ignore[union-attr]
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


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
    return {"value": csv["median"], "unit": "ms", "cpu": csv["cpu"], "floor": floor["median"],
            "floor_name": "同样的行，裸游标拼接文本", "exported_rows": size // COUNTIES, "xlsx_ms": xlsx["median"],
            "xlsx_cpu": xlsx["cpu"]}  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    import django

    from gongbu.ground.basics import reach

    django.setup()
    reach.widen_process("a measurement")
    from gongbu.config import home as _home  # the child prepares its own home, as the program does

    if sys.argv[1] == ANSWERING:
        figures = answer(*map(int, sys.argv[2:5]))
    else:
        _home.prepare(quiet=True)
        figures = measure(sys.argv[1], int(sys.argv[2]))
    print(json.dumps(figures, ensure_ascii=False))  # noqa: T201
