"""Importing project lists: found again, told apart, flagged, refused; mended by two; killed and resumed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection, transaction

from gongbu.ground.basics.findings import ChangedMeanwhile, NotAllowed, NotFound
from gongbu.ground.ledger.models import Entry
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.registers.importing import commands, kinds, queries, reader, services, stored, workbook
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.ground.registers.tests.test_stamping import TRACE
from gongbu.mainline.projects import publishing
from gongbu.mainline.projects.models import Project, ProjectStatus
from gongbu.mainline.projects.tests import factories

HEAD = "项目名称,项目代码,所属区划,总投资（万元）,开工时间,阶段"


@pytest.fixture
def county(db):
    from gongbu.ground.orgs.models import Region

    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    return factories.region()


def csv(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *lines]).encode()


def stage(content: bytes, actor, region=None, name="名单.csv") -> ImportBatch:
    return services.stage(content=content, file_name=name, kind=kinds.get("projects"), actor=actor, region=region)


def findings(batch) -> list[tuple[int, str]]:
    report = commands.report_of_batch(batch)
    return [(f["row"], f["code"]) for f in report["findings"]]


def names() -> list[str]:
    return list(Project.objects.unscoped("test").order_by("pk").values_list("name", flat=True))


@pytest.mark.req("GO-13")
def test_a_clean_row_becomes_a_project_with_one_entry(county):
    officer = factories.officer(county)
    batch = stage(csv("云溪县一号路工程,,云溪县,2960,2026年3月,立项审批"), officer, county)
    assert not Project.objects.unscoped("test").exists(), "staging is not of record"
    batch = services.accept(batch_id=batch.pk, actor=officer)
    project = Project.objects.unscoped("test").get()
    assert (project.total_investment_fen, project.origin, publishing.is_published(project)) == (
        2960_000_000,
        "IMPORTED",
        True,
    )
    assert (project.planned_start_on.isoformat(), project.planned_start_precision) == ("2026-03-01", "MONTH")
    assert list(Entry.objects.order_by("pk").values_list("kind", flat=True)) == [
        "project.created",
        "project.batch_published",
    ]
    assert ProjectStatus.objects.unscoped("test").get().is_live
    assert batch.state == ImportBatch.State.PUBLISHED


def test_what_is_flagged_and_what_is_rejected(county):
    officer = factories.officer(county)
    batch = stage(
        csv(
            "甲工程,,云溪县,约8亿元,2026.5,在建",
            "乙工程,2302-*-17-01-*,云溪县,100,2026,在建",
            "丙工程,2603-620821-04-01-100863,云溪县,100,2026,在建",  # wrong check digit
            ",,云溪县,100,2026,在建",
            "丁工程,,云溪县,100,2026-13-01,在建",
            "戊工程,,云溪县,-5,2026,在建",
        ),
        officer,
        county,
    )
    assert (batch.rows_total, batch.rows_ready, batch.rows_flagged, batch.rows_rejected) == (6, 0, 2, 4)
    found = findings(batch)
    for expected in [
        (2, "import.code_missing"), (2, "import.unit_mixed"), (3, "project_code.masked"), (4, "project_code.check_digit"),
        (5, "import.required_missing"), (6, "import.date_impossible"), (7, "import.amount_negative"),
    ]:  # fmt: skip
        assert expected in found
    services.accept(batch_id=batch.pk, actor=officer)
    assert names() == ["甲工程", "乙工程"]
    assert Project.objects.unscoped("test").get(name="乙工程").code_text == "2302-*-17-01-*"


def test_a_second_import_of_the_same_file_doubles_nothing(county):
    officer, content = factories.officer(county), csv("甲工程,,云溪县,100,2026,在建", "乙工程,,云溪县,50,2026,在建")
    services.accept(batch_id=stage(content, officer, county).pk, actor=officer)
    entries = Entry.objects.count()
    batch = services.accept(batch_id=stage(content, officer, county).pk, actor=officer)
    assert names() == ["甲工程", "乙工程"]
    assert Entry.objects.count() == entries
    report = commands.report_of_batch(batch)
    assert (report["accepted"], report["rejected"]) == (2, 0)
    assert [f["code"] for f in report["findings"]].count("import.on_file") == 2


def test_the_same_project_twice_in_a_file_is_made_once(county):
    officer = factories.officer(county)
    batch = stage(
        csv("甲工程,,云溪县,100,2026,在建", "甲工程,,云溪县,100,2026,在建", "甲工程,,云溪县,300,2026,在建"),
        officer,
        county,
    )
    assert {(3, "import.twice_in_file"), (4, "import.twice_differs")} <= set(findings(batch))
    services.accept(batch_id=batch.pk, actor=officer)
    assert names() == ["甲工程"]


def test_a_later_year_is_a_newer_state_of_the_same_project(county):
    officer = factories.officer(county)
    content = csv("2021,甲工程,在建", "2022,甲工程,建成", head="year,project_name,status")
    services.accept(batch_id=stage(content, officer, county).pk, actor=officer)
    project = Project.objects.unscoped("test").get()
    assert project.stage == "BUILT"
    assert "project.stage_set" in Entry.objects.values_list("kind", flat=True)
    before = Entry.objects.count()
    services.accept(batch_id=stage(content, officer, county, "again.csv").pk, actor=officer)
    project.refresh_from_db()
    assert (project.stage, Entry.objects.count()) == ("BUILT", before)


@pytest.mark.req("GO-13")
def test_magnitude_is_questioned_not_corrected(county):
    lines = [f"工程{n},,云溪县,{1000 + n},2026,在建" for n in range(6)]
    batch = stage(csv(*lines, "差万字工程,,云溪县,10250000,2026,在建"), factories.officer(county), county)
    assert (8, "import.amount_far_from_others") in findings(batch)
    row = ImportRow.objects.get(batch=batch, number=8)
    assert stored.load_cells(row.cells)[3] == "10250000"


@pytest.mark.req("GO-15")
def test_a_secret_row_leaves_its_number_and_the_rule_alone(county, caplog):
    officer, marker = factories.officer(county), "绝密★三〇九指挥所"
    batch = stage(csv("甲工程,,云溪县,100,2026,在建", f"{marker},,云溪县,100,2026,在建"), officer, county)
    row = ImportRow.objects.get(batch=batch, number=3)
    assert (row.state, row.cells, row.plan, row.match_key) == ("REJECTED", "[]", "{}", "")
    assert '"rule"' in row.findings
    services.accept(batch_id=batch.pk, actor=officer)
    returned = workbook.marked(batch, ImportRow.objects.filter(batch=batch), TRACE)
    cells = str([sheet.rows for sheet in reader.read(returned).sheets])
    assert "甲工程" in cells
    for place in (cells, caplog.text, str(commands.report_of_batch(batch)), batch.notes, batch.tables):
        assert "三〇九" not in place
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            assert "三〇九" not in str(cursor.fetchall()), table


@pytest.mark.req("CM-14")
def test_an_officer_imports_into_the_own_county_only(county):
    officer, other = factories.officer(county), factories.neighbour()
    with pytest.raises(NotAllowed):
        stage(csv("甲工程,,松岭县,100,2026,在建"), officer, other)
    batch = stage(csv("甲工程,,松岭县,100,2026,在建"), officer)
    assert batch.rows_rejected == 1
    assert (2, "import.region_outside") in findings(batch)
    with pytest.raises(NotFound):
        services.get_batch(batch.pk, factories.officer(other))
    services.accept(batch_id=batch.pk, actor=officer)
    assert names() == []
    assert not Entry.objects.exists()
    assert not OutboxMessage.objects.exclude(topic__startswith="importing.").exists()


def test_a_viewer_may_not_import(county):
    with pytest.raises(NotAllowed):
        stage(csv("甲工程,,云溪县,100,2026,在建"), factories.actor("VIEWER", county), county)
    assert not ImportBatch.objects.exists()


def test_mending_a_row_checks_it_again_and_two_users_do_not_overwrite_each_other(county):
    first, second = factories.officer(county, "甲员"), factories.officer(county, "乙员")
    batch = stage(csv("甲工程,,云溪县,100,2026-13-01,在建"), first, county)
    row = ImportRow.objects.get(batch=batch)
    mended = services.mend_row(row_id=row.pk, rev=1, cells={4: "2026-12-01"}, actor=first)
    assert mended.state == "FLAGGED"  # only the missing code is left
    with pytest.raises(ChangedMeanwhile) as refused:
        services.mend_row(row_id=row.pk, rev=1, cells={4: "2025-01-01"}, actor=second)
    assert refused.value.data["who"] == "甲员"
    row.refresh_from_db()
    assert stored.load_cells(row.cells)[4] == "2026-12-01"
    assert stored.load_cells(row.original)[4] == "2026-13-01"
    services.accept(batch_id=batch.pk, actor=first)
    assert names() == ["甲工程"]


def test_a_row_mended_after_acceptance_goes_in_by_a_second_acceptance(county):
    officer = factories.officer(county)
    batch = stage(csv("甲工程,,云溪县,100,2026,在建", "乙工程,,云溪县,abc,2026,在建"), officer, county)
    services.accept(batch_id=batch.pk, actor=officer)
    row = ImportRow.objects.get(batch=batch, state="REJECTED")
    services.mend_row(row_id=row.pk, rev=row.rev, cells={3: "200"}, actor=officer)
    batch = services.accept(batch_id=batch.pk, actor=officer)
    assert names() == ["甲工程", "乙工程"]
    assert (batch.rows_done, batch.rows_rejected) == (2, 0)
    assert publishing.published(Project.objects.unscoped("test")).count() == 2


def test_rows_show_their_findings_in_place(county):
    batch = stage(csv("甲工程,,云溪县,约8亿元,2026-13-01,在建"), factories.officer(county), county)
    assert queries.count_tabs(batch) == {"rejected": 1, "flagged": 0, "ready": 0, "all": 1}
    line = queries.list_rows(batch, "rejected", 0, 10)[0]
    assert (line.title, line.number) == ("甲工程", 2)
    assert ("开工时间", "2026-13-01", "bad") in [(f.column, f.cell, f.tone) for f in line.findings]
    cells = {c.heading: c for c in queries.cells_of(batch, ImportRow.objects.get(batch=batch))}
    assert cells["开工时间"].tone == "bad"


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
def test_another_writer_gets_in_between_chunks():
    from gongbu.ground.orgs.models import Region

    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    county = factories.region()
    officer = factories.officer(county)
    batch = stage(csv(*[f"工程{n},,云溪县,100,2026,在建" for n in range(150)]), officer, county)
    between: list[int] = []

    def watch(done: int, _total: int) -> None:
        """Between two chunks no transaction of the import is open."""
        assert not connection.in_atomic_block
        between.append(done)

    services.accept(batch_id=batch.pk, actor=officer, progress=watch)
    assert between[-1] == 150
    assert len(between) >= 2


@pytest.mark.django_db
def test_two_rows_without_a_name_are_not_told_to_be_one(county):
    batch = stage(csv(",,云溪县,100,2026,在建", ",,云溪县,100,2026,在建"), factories.officer(county), county)
    found = findings(batch)
    assert [code for _, code in found if code == "import.required_missing"]
    assert not [code for _, code in found if code == "import.twice_in_file"]


HERE = Path(__file__).resolve().parents[4]


def _import(home: Path, file: Path, *more: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    code = "from gongbu.config.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "--home", str(home), "import", str(file), "--kind", "projects", "--json", *more],
        cwd=HERE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


SEEN = """SELECT count(*), count(*) - count(b.batch_id) FROM projects_status s
LEFT JOIN projects_open_batch b ON b.batch_id = s.batch_id AND s.id >= b.first_project_id"""


@pytest.mark.sqlite
def test_kill_minus_nine_during_acceptance_loses_and_doubles_nothing(own_home, tmp_path):
    import json

    home, file = own_home, tmp_path / "many.csv"
    file.write_bytes(csv(*[f"泾川县第{n}号工程,,泾川县,{100 + n},2026,在建" for n in range(1200)]))
    first = _import(home, file)
    database, accepted = home / "gongbu.sqlite3", 0
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and first.poll() is None:
        try:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5) as db:
                accepted = db.execute("SELECT count(*) FROM importing_row WHERE state = 'ACCEPTED'").fetchone()[0]
        except sqlite3.OperationalError:
            accepted = 0
        if accepted >= 20:
            break
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    with sqlite3.connect(database) as db:
        done, seen = db.execute(SEEN).fetchone()
        assert db.execute("SELECT state, rows_done FROM importing_batch").fetchone() == ("ACCEPTING", done)
        assert 20 <= done < 1200, "killed in the middle"
        assert seen == 0, "nothing shows before the batch is whole"
        assert db.execute("SELECT count(*) FROM ledger_entry WHERE kind = 'project.created'").fetchone()[0] == done
    again = _import(home, file)
    output, errors = again.communicate(timeout=120)
    assert again.returncode == 0, errors
    assert f"已接收 {done} 行" in errors
    report = json.loads(output)
    assert (report["rows"], report["accepted"], report["rejected"]) == (1200, 1200, 0)
    with sqlite3.connect(database) as db:
        assert db.execute(SEEN).fetchone() == (1200, 1200)
        assert db.execute("SELECT count(DISTINCT name) FROM projects_project").fetchone() == (1200,)
        assert db.execute(
            "SELECT count(*), count(DISTINCT key) FROM ledger_entry WHERE kind = 'project.created'"
        ).fetchone() == (1200, 1200)
        assert db.execute("SELECT count(*) FROM importing_batch").fetchone() == (1,)


def test_two_acceptances_of_one_batch_make_each_project_once(county):
    """The second finds the rows accepted; with the row lock removed, the book's keys would still refuse it."""
    officer = factories.officer(county)
    batch = stage(csv("甲工程,,云溪县,100,2026,在建"), officer, county)
    services.accept(batch_id=batch.pk, actor=officer)
    row = ImportRow.objects.get(batch=batch)
    with transaction.atomic():
        assert services._lock_rows([row.pk]) == []
    services.accept(batch_id=batch.pk, actor=officer)
    assert names() == ["甲工程"]
