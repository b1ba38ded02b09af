"""Kill processes at random moments, again and again on one home, and see after each time that nothing is half done.

Run as ``python -m tests.faults.harness --rounds 200 --seed N [--database postgresql --restarts 5]`` with ``GONGBU_HOME``
set to a home of its own; prints JSON. A round starts one of :data:`WORK` (in half of the rounds beside a writer), sends SIGKILL after
a random time, and then checks what must hold whatever happened (:func:`faults_now`). At the end a worker finishes what
was left, and :func:`faults_at_rest` checks that everything was done exactly once. On PostgreSQL the server itself then
dies and recovers under load, ``--restarts`` times.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django

ROWS, LONGEST_S = 120, 0.4
WARM_UP_S = 0.05


def act() -> None:
    """Enter and rename projects, one act after the other; note what was answered as done."""
    from gongbu.mainline.projects import services
    from gongbu.mainline.projects.tests import factories as make

    who, n = make.officer(), 0
    with told_file().open("a", buffering=1) as told:
        while True:
            n += 1
            project = make.reserve_project(by=who, name=f"{os.getpid()}号进程第{n}项{time.monotonic_ns()}")
            told.write(f"{project.pk} {project.name}\n")
            name = f"{project.name}（改）"
            services.rename(project_id=project.pk, rev=project.rev, name=name, reason="试", actor=who)
            told.write(f"{project.pk} {name}\n")


def act_through_restarts() -> None:
    """As :func:`act`, by somebody who tries again when the database is away."""
    from django.db import InterfaceError, OperationalError, connection

    while True:
        try:
            act()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.1)


def import_list() -> None:
    """Check a list of projects and take it in; the next one when it is done."""
    from gongbu.ground.orgs.models import Person
    from gongbu.ground.orgs.queries import actor_for
    from gongbu.ground.registers.importing import kinds, pages, services
    from gongbu.mainline.projects.tests import factories as make

    actor = actor_for(Person.objects.get(login_name="importer"))
    for n in range(1_000):
        lines = [f"{os.getpid()}号清单{n}第{row}号工程,云溪县,{100 + row % 7},在建" for row in range(ROWS)]
        content = "\n".join(["project_name,region,total_wan,status", *lines]).encode()
        kind = kinds.get("projects")
        batch = services.stage(content=content, file_name="清单.csv", kind=kind, actor=actor, region=make.region())
        pages.submit(batch, actor)  # a worker finishes it if this process does not
        services.accept(batch_id=batch.pk, actor=actor)


def sequence() -> None:
    """Put entries into the tree, a few at a time."""
    from gongbu.ground.ledger import sequencer

    while True:
        sequencer.run(max_batches=1)


def deliver() -> None:
    """Hand on what the acts left in the outbox."""
    from gongbu.ground.outbox import services as outbox

    while True:
        outbox.dispatch(limit=20)


def work() -> None:
    """Run a whole worker: jobs, sequencer, outbox and everything else that is due."""
    from gongbu.ground.jobs.worker import JobWorker

    JobWorker().run()


def back_up() -> None:
    """Write one backup over the other."""
    while True:
        back_up_once()


def back_up_once() -> None:
    """Write a backup over the last one."""
    from gongbu.config import backing

    backing.backup(backup_file(), force=True)


WORK: dict[str, Callable[[], None]] = {
    "acts": act, "import": import_list, "sequencer": sequence, "outbox": deliver, "worker": work, "backup": back_up,
}  # fmt: skip


def backup_file() -> Path:
    """Return where the backups of the rounds go."""
    return Path(os.environ["GONGBU_HOME"]) / "backups" / "round.tar.gz"


def told_file() -> Path:
    """Return where the writers note what was answered as done."""
    return Path(os.environ["GONGBU_HOME"]) / "told"


def in_a_process(task: Callable[[], Any]) -> int:
    """Run a task in a forked process with connections of its own; return its id."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        task()
        os._exit(0)
    except BaseException:  # a process that fails by itself is a fault of its own, told by its exit code
        traceback.print_exc()
        os._exit(9)


def kill_after(seconds: float, children: list[int]) -> list[str]:
    """Send SIGKILL after a while; return how those ended that did not wait for it."""
    time.sleep(seconds)
    for child in children:
        os.kill(child, signal.SIGKILL)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    return [f"ended by itself with {code}" for code in ends if code not in (0, -signal.SIGKILL)]


# --- what must hold ----------------------------------------------------------------------------------------------------


def faults_now(*, with_backup: bool = True) -> Iterator[str]:
    """What must hold at any moment, however a process ended; restoring the last backup takes seconds."""
    from django.db import connection

    from gongbu.config import drill
    from gongbu.ground.ledger.models import Entry
    from gongbu.ground.outbox.models import OutboxMessage
    from gongbu.mainline.projects.models import Project, ProjectStatus

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check")
            if (said := cursor.fetchone()[0]) != "ok":
                yield f"database: {said}"
    verdict, others = drill.find_all()
    if not verdict.ok:
        yield f"ledger: {verdict.first_bad}"
    yield from others
    projects = Project.objects.unscoped("counting")
    counts = {
        "projects": projects.count(),
        "entries": Entry.objects.filter(kind__in=("project.created", "project.taken_over")).count(),
        "read model": ProjectStatus.objects.unscoped("counting").count(),
    }
    if len(set(counts.values())) != 1:
        yield f"entered by halves: {counts}"
    renamed = {
        "projects": projects.filter(name__endswith="（改）").count(),
        "entries": Entry.objects.filter(kind="project.renamed").count(),
        "read model": ProjectStatus.objects.unscoped("counting").filter(name__endswith="（改）").count(),
        "outbox": OutboxMessage.objects.filter(topic="project.renamed").count(),
    }
    if len(set(renamed.values())) != 1:
        yield f"renamed by halves: {renamed}"
    kept = dict(projects.values_list("pk", "name"))
    for line in told_file().read_text().splitlines() if told_file().exists() else ():
        pk, _, name = line.partition(" ")
        if not kept.get(int(pk), "").startswith(name):
            yield f"answered as done and lost: {name}"
    if with_backup and backup_file().exists() and (found := unreadable(backup_file())):
        yield f"backup: {found}"


def unreadable(file: Path) -> str:
    """Return what is wrong with a backup: it must restore into an empty home and its ledger must hold.

    On PostgreSQL, where that needs a database of its own: every digest holds and ``pg_restore`` can read the dump.
    """
    from django.db import connection

    from gongbu.config import backing

    if connection.vendor == "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            backing._unpack(file, Path(folder))
            listed = subprocess.run(
                ["pg_restore", "--list", Path(folder) / backing.POSTGRES_MEMBER], capture_output=True, text=True
            )
            return "" if listed.returncode == 0 and "ledger_entry" in listed.stdout else listed.stderr[-300:]
    with tempfile.TemporaryDirectory() as folder:
        home = str(Path(folder) / "home")
        command = [sys.executable, "-m", "gongbu", "--home", home]
        done = subprocess.run([*command, "restore", str(file)], capture_output=True, text=True)
        if done.returncode:
            return done.stderr[-300:] or done.stdout[-300:]
        done = subprocess.run([*command, "ledger", "verify", "--json"], capture_output=True, text=True)
        return "" if done.returncode == 0 and json.loads(done.stdout)["ok"] else done.stdout[-300:] + done.stderr[-300:]


def faults_at_rest() -> Iterator[str]:
    """What must hold once a worker has finished everything that was left."""
    from gongbu.ground.ledger.models import Entry
    from gongbu.ground.outbox.models import OutboxMessage
    from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
    from gongbu.mainline.projects import status
    from gongbu.mainline.projects.models import Project, ProjectStatus

    for batch in ImportBatch.objects.all():
        rows = ImportRow.objects.filter(batch=batch)
        accepted = rows.filter(state="ACCEPTED").count()
        if batch.state == "PUBLISHED" and accepted != ROWS:
            yield f"batch {batch.pk}: published with {accepted} of {ROWS} rows"
        if batch.state not in ("PUBLISHED", "STAGED", "DISCARDED"):
            yield f"batch {batch.pk}: left {batch.state} with {accepted} rows"
    names = Counter(Project.objects.unscoped("counting").values_list("name", flat=True))
    if twice := [name for name, count in names.items() if count > 1]:
        yield f"entered twice: {twice[:3]}"
    if waiting := Entry.objects.filter(leaf=None).count():
        yield f"{waiting} entries outside the tree"
    if left := OutboxMessage.objects.filter(dispatched_at=None).count():
        yield f"{left} messages not delivered: {OutboxMessage.objects.filter(dispatched_at=None).first().last_error}"
    fields = [f.attname for f in ProjectStatus._meta.concrete_fields if f.name not in ("refreshed_at", "updated_at")]
    kept = {row[0]: row for row in ProjectStatus.objects.unscoped("comparing").values_list("pk", *fields)}
    status.rebuild()
    made = {row[0]: row for row in ProjectStatus.objects.unscoped("comparing").values_list("pk", *fields)}
    if kept != made:
        differing = [pk for pk in made if kept.get(pk) != made[pk]]
        yield f"read model differs from its rebuild in {len(differing)} rows, first {differing[:3]}"
    left_over = [p.name for p in Path(os.environ["GONGBU_HOME"]).iterdir() if p.name.startswith("gongbu-")]
    left_over += [p.name for p in backup_file().parent.iterdir() if p.name.endswith(".part")]
    if left_over:
        yield f"left lying about: {left_over}"


# --- the rounds --------------------------------------------------------------------------------------------------------


def set_up() -> None:
    """A county, an officer who imports, a few projects."""
    from gongbu.config import home

    home.prepare(quiet=True)
    from gongbu.ground.orgs.tests.conftest import make_person
    from gongbu.mainline.projects.tests import factories as make

    county = make.region()
    make_person("importer", make.unit("云溪县发展和改革局", "GOVERNMENT"), "INVESTMENT_OFFICER", county)
    make.reserve_project(by=make.officer(), name="开头")
    backup_file().parent.mkdir(exist_ok=True)


def finish() -> None:
    """Let a worker run until nothing is left to do."""
    from django.db import connections

    from gongbu.ground.ledger.models import Entry
    from gongbu.ground.outbox.models import OutboxMessage
    from gongbu.ground.registers.importing.models import ImportBatch

    batches = ImportBatch.objects.all()  # the leases have run out
    batches.filter(state="ACCEPTING").update(alive_at="2000-01-01T00:00Z")
    batches.filter(state="STAGING").update(created_at="2000-01-01T00:00Z")
    worker = in_a_process(work)
    end = time.monotonic() + 300
    while time.monotonic() < end:
        time.sleep(1)
        open_batches = ImportBatch.objects.filter(state__in=("STAGING", "ACCEPTING")).exists()
        waiting = OutboxMessage.objects.filter(dispatched_at=None).exists() or Entry.objects.filter(leaf=None).exists()
        connections.close_all()
        if not open_batches and not waiting:
            break
    os.kill(worker, signal.SIGTERM)
    os.waitpid(worker, 0)
    backup = in_a_process(back_up_once)
    os.waitpid(backup, 0)


def restart_under_load(cluster: Any, restarts: int, draw: random.Random) -> Iterator[dict[str, Any]]:
    """Let the database server die while two write and a worker works; yield the faults after each time."""
    from django.db import connections

    for n in range(restarts):
        children = [in_a_process(act_through_restarts), in_a_process(act_through_restarts), in_a_process(work)]
        time.sleep(0.5 + draw.random())
        cluster.restart()
        time.sleep(3)  # they find the server again and go on
        before = told_file().stat().st_size
        time.sleep(1)
        if told_file().stat().st_size == before:
            yield {"round": n, "kind": "restart", "found": "nobody wrote after the server was back"}
        yield from ({"round": n, "kind": "restart", "found": text} for text in kill_after(0, children))
        yield from ({"round": n, "kind": "restart", "found": text} for text in faults_now())
        connections.close_all()


def run(rounds: int, seed: int, backups_checked_every: int, cluster: Any = None, restarts: int = 0) -> dict[str, Any]:
    """Run the rounds; return how many there were of each kind, what was done meanwhile, and the faults."""
    from django.db import connections

    draw = random.Random(seed)
    kinds, faults = Counter[str](), []
    for n in range(rounds):
        kind = list(WORK)[n % len(WORK)]
        children = [in_a_process(WORK[kind])]
        if kind != "acts" and draw.random() < 0.5:
            children.append(in_a_process(act))
        found = kill_after(WARM_UP_S + draw.random() * LONGEST_S, children)
        found += faults_now(with_backup=n % backups_checked_every == 0)
        connections.close_all()
        kinds[kind] += 1
        faults += [{"round": n, "kind": kind, "found": text} for text in found]
    if cluster is not None:
        faults += restart_under_load(cluster, restarts, draw)
    finish()
    faults += [{"round": rounds, "kind": "at rest", "found": text} for text in [*faults_now(), *faults_at_rest()]]
    return {"rounds": rounds, "seed": seed, "kinds": kinds, **done_meanwhile(), "faults": faults}


def done_meanwhile() -> dict[str, int]:
    """Count what was done, so that a harness in which nothing happened is seen."""
    from gongbu.ground.ledger.models import Entry
    from gongbu.ground.registers.importing.models import ImportBatch
    from gongbu.mainline.projects.models import Project

    return {
        "projects": Project.objects.unscoped("counting").count(),
        "entries": Entry.objects.count(),
        "batches": ImportBatch.objects.filter(state="PUBLISHED").count(),
    }


def main() -> None:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--backups-checked-every", type=int, default=15)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--restarts", type=int, default=0)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    os.environ.pop("DATABASE_URL", None)
    cluster = None
    if asked.database == "postgresql":
        sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugins"))
        import throwaway_postgres

        cluster = throwaway_postgres.start(is_durable=True)
        os.environ["DATABASE_URL"] = cluster.url
    try:
        django.setup()
        from gongbu.ground.basics import reach

        reach.widen_process("the harness looks at every row")
        set_up()
        started = time.monotonic()
        found = run(asked.rounds, asked.seed, asked.backups_checked_every, cluster, asked.restarts)
        found |= {"database": asked.database, "restarts": asked.restarts}
        print(json.dumps({**found, "seconds": round(time.monotonic() - started, 1)}, ensure_ascii=False, default=str))
    finally:
        if cluster is not None:
            cluster.stop()


if __name__ == "__main__":
    main()
