"""Fill a home as the benches of projects do, and sign in as many clients as will ask.

Run in a process of its own (``python -m bench.scale.filling SIZE CLIENTS``); prints what a client needs as JSON.
"""

import json
import sys
from typing import Any


def fill(size: int, clients: int) -> dict[str, Any]:
    """Write the projects, give some a history, and open one session per client."""
    from django.conf import settings
    from django.core.management.color import no_style
    from django.db import connection

    from gongbu.config import home
    from gongbu.ground.basics import clock
    from gongbu.mainline.projects import bench
    from gongbu.mainline.projects.models import Project, ProjectStatus

    home.prepare(quiet=True)
    city, person = bench.fill(size)
    with connection.cursor() as cursor:  # the rows were written with their ids: PostgreSQL's sequences stand at 1
        for statement in connection.ops.sequence_reset_sql(no_style(), [Project, ProjectStatus]):
            cursor.execute(statement)
    put_off_daily_work()
    pages = [1 + n * size // 60 for n in range(60)]
    bench.furnish(person, pages)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    sessions = [bench.signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value for _ in range(clients)]
    return {"sessions": sessions, "pages": pages, "size": size, "on": clock.today().isoformat(), "city": city.pk}


def put_off_daily_work() -> None:
    """Let today's daily work be done: the rows came without acts, and indexing them behind the pages is not measured."""
    from datetime import timedelta

    from gongbu.ground.basics import clock
    from gongbu.ground.jobs import due
    from gongbu.ground.jobs.models import Cadence
    from gongbu.ground.jobs.registry import DAILY

    due.ensure_rows([*DAILY])
    Cadence.objects.filter(name__in=DAILY).update(due_at=clock.now() + timedelta(days=1), last_on=clock.today())


if __name__ == "__main__":
    import django

    django.setup()
    from gongbu.ground.basics import reach

    reach.widen_process("a bench")
    sys.stdout.write(json.dumps(fill(int(sys.argv[1]), int(sys.argv[2]))) + "\n")
