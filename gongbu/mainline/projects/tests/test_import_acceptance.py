"""Acceptance in chunks: classified like any other project, rows that turned invalid meanwhile, failures half-way."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.jobs.models import JobProgress
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.policy.models import PolicyDecision
from gongbu.ground.registers.importing import commands, pages, services
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.mainline.projects import publishing, status
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories
from gongbu.mainline.projects.tests.test_importing import county, csv, names, stage  # noqa: F401
from gongbu.mainline.projects.tests.test_services import adopt_centralized

HEAD = "项目名称,项目代码,所属区划,总投资（万元）,年度计划投资（万元）,年度完成投资（万元）,阶段"


def lines(count: int, start: int = 0) -> list[str]:
    return [
        f"工程{n},{factories.valid_code(n + 1)},云溪县,{3000 * (n + 1)},{700 + n},{n},在建"
        for n in range(start, start + count)
    ]


@pytest.mark.req("GO-01", "GO-13")
def test_imported_projects_are_classified_and_listed_as_if_entered_by_hand(county):  # noqa: F811
    adopt_centralized()
    officer = factories.officer(county)
    batch = stage(csv(*lines(30), head=HEAD), officer, county)
    entries, told = Entry.objects.count(), OutboxMessage.objects.count()
    services.accept(batch_id=batch.pk, actor=officer)
    made = list(Project.objects.unscoped("test").select_related("competent_region"))
    assert len(made) == 30
    assert Entry.objects.count() == entries + 30 + 1, "one each, and one for the batch"
    assert OutboxMessage.objects.filter(topic="project.created").count() == 30
    assert OutboxMessage.objects.count() == told + 30 + 2, "one each, and two for the batch"
    kept = factories.flat_rows()
    assert {row["grade"] for row in kept} >= {"A", "B"}
    assert {row["catalogue_year"] for row in kept} == {clock.today().year}
    assert PolicyDecision.objects.count() == 60
    status.rebuild()
    assert factories.flat_rows() == kept, "what was written is what a rebuild reads"
    again = projects.judge(made, clock.today())
    assert not any(judged.answers for judged in again.values()), "facts read back give no other answer"


def test_fifty_rows_are_accepted_with_the_statements_of_five(county, monkeypatch):  # noqa: F811
    adopt_centralized()
    monkeypatch.setattr(services, "SMALLEST_CHUNK", 50)
    officer = factories.officer(county)
    counts = []
    for size, start in ((5, 0), (5, 10), (50, 20)):  # the first meets empty caches
        batch = stage(csv(*lines(size, start), head=HEAD), officer, county)
        with CaptureQueriesContext(connection) as captured:
            services.accept(batch_id=batch.pk, actor=officer)
        counts.append(len(captured))
    assert counts[1] == counts[2]


def test_rows_that_turned_invalid_meanwhile_are_refused_and_the_others_go_in(county):  # noqa: F811
    officer = factories.officer(county)
    code, free = factories.valid_code(77), factories.valid_code(78)
    rows = [f"工程{n},,云溪县,100,,,在建" for n in range(40)]
    rows[7] = f"工程7,{code},云溪县,100,,,在建"
    rows[8] = f"工程8,{free},云溪县,100,,,在建"
    batch = stage(csv(*rows, "工程7,,云溪县,100,,,在建", head=HEAD), officer, county)
    assert (batch.rows_rejected, batch.rows_total) == (0, 41)
    factories.reserve_project(name="工程21", at=county)
    other = factories.reserve_project(name="别的工程", at=county)
    projects.attach_code(project_id=other.pk, code=code, actor=officer)
    batch = services.accept(batch_id=batch.pk, actor=officer)
    assert (batch.rows_done, batch.rows_rejected) == (38, 3)
    late = dict(ImportRow.objects.filter(batch=batch, state="REJECTED").values_list("number", "findings"))
    assert sorted(late) == [9, 23, 42]  # 工程7, 工程21, and the second row of 工程7
    said = {(f["row"], f["code"]): f["message"] for f in commands.report_of_batch(batch)["findings"]}
    assert "别的工程" in said[9, "projects.code_elsewhere"]
    assert "工程21" in said[23, "projects.name_taken"]
    assert "工程7" in said[42, "import.first_row_refused"]
    wanted = [f"工程{n}" for n in range(40) if n not in (7, 21)]
    assert [name for name in names() if name.startswith("工程") and name != "工程21"] == wanted, (
        "in the order of the file"
    )
    created = Entry.objects.filter(kind="project.created", subject_id__in=batch_projects(batch))
    assert created.count() == len(set(created.values_list("subject_id", flat=True))) == 38


def batch_projects(batch):
    return list(Project.objects.unscoped("test").filter(batch_id=batch.pk).values_list("pk", flat=True))


@pytest.mark.parametrize("fails", ["append_many", "add_many", "_mark"])
def test_a_failure_inside_a_chunk_leaves_nothing_of_it_and_the_next_run_finishes(county, monkeypatch, fails):  # noqa: F811
    officer = factories.officer(county)
    batch = stage(csv(*lines(25), head=HEAD), officer, county)
    monkeypatch.setattr(services, "SMALLEST_CHUNK", 10)
    monkeypatch.setattr(services, "_next_size", lambda *_: 10)
    where = {"append_many": ledger, "add_many": outbox, "_mark": services}[fails]
    real, calls = getattr(where, fails), []

    def second_time(*args, **more):
        calls.append(1)
        if len(calls) == 2:
            real(*args, **more)
            raise OSError("the disk is full")
        return real(*args, **more)

    monkeypatch.setattr(where, fails, second_time)
    with pytest.raises(OSError, match="full"):
        services.accept(batch_id=batch.pk, actor=officer)
    made = batch_projects(batch)
    assert len(made) == ImportRow.objects.filter(batch=batch, state="ACCEPTED").count() == 10
    assert Entry.objects.filter(kind="project.created").count() == 10
    assert OutboxMessage.objects.filter(topic="project.created").count() == 10
    assert publishing.published(Project.objects.unscoped("test")).count() == 0, "nothing shows before all do"
    done = services.accept(batch_id=batch.pk, actor=officer)
    assert (done.state, done.rows_done, len(names())) == ("PUBLISHED", 25, 25)
    assert Entry.objects.filter(kind="project.created").count() == 25
    assert publishing.published(Project.objects.unscoped("test")).count() == 25


def test_a_batch_whose_publishing_failed_shows_nothing_until_it_is_published_whole(county, monkeypatch):  # noqa: F811
    officer = factories.officer(county)
    batch = stage(csv(*lines(5), head=HEAD), officer, county)
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "add", lambda *_a, **_k: (_ for _ in ()).throw(OSError("the disk is full")))
        with pytest.raises(OSError, match="full"):
            services.accept(batch_id=batch.pk, actor=officer)
    assert ImportRow.objects.filter(batch=batch, state="ACCEPTED").count() == 5
    assert publishing.published(Project.objects.unscoped("test")).count() == 0
    assert not Entry.objects.filter(kind="project.batch_published").exists()
    services.accept(batch_id=batch.pk, actor=officer)
    assert publishing.published(Project.objects.unscoped("test")).count() == 5
    assert Entry.objects.filter(kind="project.batch_published").count() == 1


def test_whoever_waited_for_a_chunk_looks_again_within_the_gap():
    """SQLite's busy handler sleeps 1, 2, 5 … 100 ms in turn; a sleep that began during the chunk ends in the gap."""
    sleeps_ms = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, *[100] * 5]
    for held_ms in range(600):
        looked_at, at = 0, iter(sleeps_ms)
        while looked_at < held_ms:  # looked, found it locked, slept
            looked_at += next(at)
        gap = next(gap for longest, gap in services.GAPS_SECONDS if held_ms / 1000 < longest)
        assert looked_at < held_ms + gap * 1000


def test_a_chunk_grows_and_shrinks_to_what_others_can_wait_for():
    assert services._next_size(100, services.CHUNK_SECONDS / 2, 400) == 200
    assert services._next_size(100, services.CHUNK_SECONDS * 4, 400) == 25
    assert services._next_size(300, services.CHUNK_SECONDS / 2, 400) == 400
    assert services._next_size(20, 9.0, 400) == services.SMALLEST_CHUNK


def test_a_viewer_cannot_accept_what_an_officer_has_staged(county):  # noqa: F811
    batch = stage(csv(*lines(2), head=HEAD), factories.officer(county), county)
    before = factories.footprint()
    with pytest.raises(NotFound):
        services.accept(batch_id=batch.pk, actor=factories.actor("VIEWER", county))
    assert factories.footprint() == before
    assert not ImportRow.objects.filter(batch=batch, state="ACCEPTED").exists()


@pytest.fixture
def cut_off(county, monkeypatch):  # noqa: F811
    """A batch of 25 rows whose acceptance died after 10, as its process left it."""
    monkeypatch.setattr(services, "SMALLEST_CHUNK", 10)
    monkeypatch.setattr(services, "_next_size", lambda *_: 10)
    officer = factories.officer(county)
    batch = stage(csv(*lines(25), head=HEAD), officer, county)

    def die(done, _total):
        raise SystemExit("killed")

    with pytest.raises(SystemExit):
        services.accept(batch_id=batch.pk, actor=officer, progress=die)
    batch.refresh_from_db()
    assert (batch.state, batch.rows_done, batch.job_id) == ("ACCEPTING", 10, None)
    return batch


def silence(batch):
    ImportBatch.objects.filter(pk=batch.pk).update(alive_at=clock.now() - services.LEASE * 2)


@pytest.mark.req("GO-13", "PF-02")
def test_an_acceptance_that_died_is_handed_to_one_job_once_its_lease_has_run_out(cut_off, monkeypatch):
    assert pages.resume_forsaken() == 0, "the process may still live"
    silence(cut_off)
    assert pages.resume_forsaken() == 1
    silence(cut_off)
    assert pages.resume_forsaken() == 0, "its job is waiting"
    progress = JobProgress.objects.get()
    task = DBTaskResult.objects.get(pk=progress.task_id)
    assert progress.person_id == cut_off.person_id
    officer = factories.officer(cut_off.region)
    monkeypatch.setattr(pages.orgs, "actor_for", lambda _person, _post: officer)
    assert task.args_kwargs["args"][1]["acting_person"] == cut_off.person_id
    pages.run_job(**task.args_kwargs["args"][1])
    cut_off.refresh_from_db()
    assert (cut_off.state, cut_off.rows_done, len(names())) == ("PUBLISHED", 25, 25)
    assert Entry.objects.filter(kind="project.created").count() == 25
    assert pages.resume_forsaken() == 0


def test_an_acceptance_whose_job_failed_for_good_goes_back_to_its_uploader_and_can_be_finished(cut_off):
    silence(cut_off)
    pages.resume_forsaken()
    DBTaskResult.objects.update(status="FAILED")
    silence(cut_off)
    assert pages.resume_forsaken() == 1
    cut_off.refresh_from_db()
    assert (cut_off.state, cut_off.rows_done) == ("STAGED", 10)
    assert "已接收 10 行" in cut_off.trouble
    assert OutboxMessage.objects.filter(topic="importing.stopped").count() == 1
    done = services.accept(batch_id=cut_off.pk, actor=factories.officer(cut_off.region))
    assert (done.state, done.rows_done, done.trouble, len(names())) == ("PUBLISHED", 25, "", 25)


@pytest.mark.req("GO-13", "PF-02")
def test_a_file_whose_reading_died_is_closed_and_asked_for_again(county):  # noqa: F811
    officer = factories.officer(county)
    batch = stage(csv(*lines(3), head=HEAD), officer, county)
    dead = ImportBatch.objects.filter(pk=batch.pk)
    dead.update(state="STAGING")
    assert pages.resume_forsaken() == 0, "the process may still live"
    dead.update(created_at=clock.now() - services.STAGING_LEASE * 2)
    OutboxMessage.objects.all().delete()
    assert pages.resume_forsaken() == 1
    batch.refresh_from_db()
    assert (batch.state, batch.rows.count(), names()) == ("DISCARDED", 0, [])
    assert "请重新上传" in OutboxMessage.objects.get(topic="importing.stopped").data["trouble"]
    again = stage(csv(*lines(3), head=HEAD), officer, county)
    assert (again.state, again.rows.count()) == ("STAGED", 3)
    dead.update(state="STAGING")
    OutboxMessage.objects.all().delete()
    assert pages.resume_forsaken() == 1
    assert not OutboxMessage.objects.exists(), "it has been uploaded again: nothing to ask for"


def test_a_reading_taken_for_dead_that_ends_after_all_brings_nothing(county, monkeypatch):  # noqa: F811
    def close(batch):
        ImportBatch.objects.filter(pk=batch.pk).update(state="DISCARDED")

    monkeypatch.setattr(services, "_count", close)
    with pytest.raises(Refusal, match="staging_cut_off"):
        stage(csv(*lines(3), head=HEAD), factories.officer(county), county)
    assert ImportBatch.objects.get().state == "DISCARDED"


def test_what_the_command_line_began_is_finished_in_the_operators_name(county):  # noqa: F811
    operator = console_actor()
    batch = stage(csv(*lines(3), head=HEAD), operator, county)
    ImportBatch.objects.filter(pk=batch.pk).update(state="ACCEPTING", person_name="命令行运维（甲）")
    assert pages.resume_forsaken() == 1
    pages.run_job(**DBTaskResult.objects.get().args_kwargs["args"][1])
    assert (ImportBatch.objects.get().state, len(names())) == ("PUBLISHED", 3)
    written = Entry.objects.filter(kind="project.created").values_list("canonical", flat=True)
    assert all("命令行运维（甲）" in text for text in written)
