"""Row-level security of PostgreSQL, the second line behind ``ScopedManager`` (ADR-0011): who sees which rows when no filter is put."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, ProgrammingError, connection, models, transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, override_settings
from django.urls import path
from psycopg import Cursor

from gongbu.config import urls
from gongbu.ground.basics import reach
from gongbu.ground.basics.act import act
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.orgs import row_security
from gongbu.ground.orgs.actor import ANONYMOUS, Actor, GrantScope
from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models import Unit
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.policy.sandbox.models import Trial, TrialRow
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.objectives.models import Link, Objective, PlanDocument
from gongbu.mainline.objectives.queries import objective_facts
from gongbu.mainline.projects import facts, queries, withholding
from gongbu.mainline.projects.models import (
    AnnualInvestment,
    Classification,
    Lineage,
    Member,
    Project,
    ProjectCode,
    ProjectSite,
    ProjectStatus,
    Section,
    TakeOver,
    Works,
)
from gongbu.mainline.projects.rules.secrecy import SECRET_TYPES
from gongbu.mainline.projects.tests import factories
from gongbu.mainline.reserve import queries as reserve
from gongbu.mainline.reserve.models import Library, LibraryEntry, Opinion, PerformanceTarget

pytestmark = pytest.mark.django_db
postgres = pytest.mark.postgres


@pytest.fixture
def here_and_there() -> tuple[Project, Project]:
    """A project in each of two counties."""
    there = factories.neighbour()
    return factories.reserve_project(), factories.reserve_project(factories.officer(there), there)


def seen() -> set[int]:
    """Return the projects that SQL without a filter brings, as this moment's reach lets it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM projects_project")
        return {pk for (pk,) in cursor.fetchall()}


def told_anew() -> None:
    """Take from the connection whatever it was told, as on a new one."""
    for name in reach.SETTINGS:
        connection.cursor().cursor.execute(f"RESET {name}")


def test_every_region_bound_table_is_in_the_registry_of_guarded_tables() -> None:
    bound = {m._meta.db_table for m in apps.get_models() if isinstance(m._default_manager, ScopedManager)}
    parts = {m._meta.db_table for m in apps.get_models() if hasattr(m, "row_policy")}
    assert (len(bound) >= 35, bound & parts) == (True, set())
    assert bound | parts == {m._meta.db_table for m in row_security.guarded()}
    hang_on_projects = {
        m._meta.db_table for m in apps.get_app_config("projects").get_models() for f in m._meta.concrete_fields
        if f.related_model is Project
    }  # fmt: skip
    assert hang_on_projects <= bound | parts, "what hangs on a project is guarded"
    for model in row_security.guarded():
        assert "gongbu_lo()" in row_security.condition(model) or '"projects_project"' in row_security.condition(model)


@postgres
@pytest.mark.req("CM-14")
def test_every_region_bound_table_has_its_policy_enabled_and_forced() -> None:
    assert row_security.missing() == []
    for harm in (
        "DROP POLICY gongbu_reach ON notices_notice",
        "ALTER TABLE notices_notice DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE notices_notice NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY wide ON notices_notice USING (true)",
        "COMMENT ON POLICY gongbu_reach ON notices_notice IS 'of an older release'",
    ):
        with transaction.atomic():
            connection.cursor().execute(harm)
            assert row_security.missing() == ["notices_notice"], harm
            transaction.set_rollback(True)
    connection.cursor().execute("ALTER TABLE notices_notice DISABLE ROW LEVEL SECURITY")
    assert row_security.lay() == ["notices_notice"]
    assert (row_security.missing(), row_security.lay()) == ([], [])


@pytest.mark.sqlite
def test_on_sqlite_nothing_is_laid_and_nothing_is_missed() -> None:
    assert (row_security.lay(), row_security.missing(), list(row_security.loopholes())) == ([], [], [])


@postgres
def test_the_suite_runs_as_a_role_that_row_level_security_binds() -> None:
    connection.cursor().execute("SELECT 1")
    (hole,) = row_security.loopholes()
    assert hole == "数据库角色 gongbu 是数据表的属主，可以关闭行级安全"


@postgres
@pytest.mark.req("CM-14")
def test_nothing_told_is_zero_rows_of_every_guarded_table(here_and_there: tuple[Project, Project]) -> None:
    assert len(seen()) == 2
    told_anew()
    with Cursor(connection.connection) as bare:  # psycopg's own, which tells nothing
        for model in row_security.guarded():
            found = bare.execute(f"SELECT count(*) FROM {model._meta.db_table}").fetchone()
            assert found == (0,), model
    with reach.told(reach.NOTHING):
        assert seen() == set()
        assert not Unit.objects.unscoped("test").none().exists()
    reach_of_visitor = ANONYMOUS.row_reach
    assert (reach_of_visitor.ranges, reach_of_visitor.unit_id) == ((), None)
    with reach.told(reach_of_visitor):
        assert seen() == set()


@postgres
@pytest.mark.req("CM-14")
def test_each_reads_his_own_county_and_a_gap_between_two_stays_closed(here_and_there: tuple[Project, Project]) -> None:
    here, there = here_and_there
    far = factories.region("远山县", 991109)
    with reach.told(factories.officer().row_reach):
        assert seen() == {here.pk}
    with reach.told(factories.officer(factories.neighbour()).row_reach):
        assert seen() == {there.pk}
    grants = tuple(GrantScope("VIEWER", at.key_lo, at.key_hi) for at in (factories.region(), far))
    with reach.told(Actor(1, "两县", grants=grants).row_reach):
        assert seen() == {here.pk}, "the county between the two lies inside the envelope, not in the ranges"
    sector = Actor(1, "水利", grants=(GrantScope("SECTOR_OFFICER", here.region_key, here.region_key + 1, "水利"),))
    with reach.told(sector.row_reach):
        assert seen() == {here.pk}, "sectors are the application's to test"


@postgres
@pytest.mark.req("CM-10")
def test_own_records_and_sites_are_read_across_the_border(here_and_there: tuple[Project, Project]) -> None:
    here, there = here_and_there
    firm = factories.unit()
    third = factories.actor("THIRD_PARTY", of=firm).row_reach
    with reach.told(third):
        assert seen() == set(), "a role bound to its own records reaches no region"
    Member.objects.create(project=there, unit=firm, role="CONTRACTOR", valid_from="2026-01-01")
    with reach.told(third):
        assert seen() == {there.pk}
        assert ProjectStatus.objects.narrowed("test").get().pk == there.pk
    Project.objects.unscoped("test").filter(pk=here.pk).update(owner_unit=firm)
    with reach.told(third):
        assert seen() == {here.pk, there.pk}
    Member.objects.all().delete()
    Project.objects.unscoped("test").update(owner_unit=None)
    at = factories.neighbour()
    ProjectSite.objects.create(project=here, region=at, region_key=at.key_lo)
    with reach.told(factories.officer(at).row_reach):
        assert seen() == {here.pk, there.pk}


@postgres
@pytest.mark.req("CM-14")
def test_what_was_told_is_told_again_after_rollbacks_and_errors(here_and_there: tuple[Project, Project]) -> None:
    here, there = here_and_there
    mine, other = factories.officer().row_reach, factories.officer(factories.neighbour()).row_reach
    with reach.told(mine):
        assert seen() == {here.pk}
        with pytest.raises(RuntimeError), transaction.atomic(), reach.told(other):  # noqa: PT012
            assert seen() == {there.pk}
            raise RuntimeError
        assert seen() == {here.pk}, "the rollback took back what was told in the transaction"
        with pytest.raises(DatabaseError), transaction.atomic(), reach.told(other):
            connection.cursor().execute("SELECT 1/0")
        assert seen() == {here.pk}, "the statement that failed carried the news"
    with pytest.raises(ProgrammingError), transaction.atomic():
        connection.cursor().execute("SELECT nonsense")
    assert seen() == {here.pk, there.pk}


@postgres
def test_unscoped_reaches_across_for_its_own_statement_and_no_longer(here_and_there: tuple[Project, Project]) -> None:
    here, there = here_and_there
    both = {here.pk, there.pk}
    prepared = Prepared(lambda pk: Project.objects.unscoped("test").filter(pk=pk).values_list("pk", flat=True))
    narrow = Prepared(lambda pk: Project.objects.narrowed("test").filter(pk=pk).values_list("pk", flat=True))
    with reach.told(factories.officer().row_reach):
        unscoped, narrowed = Project.objects.unscoped("test"), Project.objects.narrowed("test")
        assert set(unscoped.values_list("pk", flat=True)) == both
        assert seen() == {here.pk}
        assert set(narrowed.values_list("pk", flat=True)) == {here.pk}
        assert (unscoped.count(), unscoped.exists(), unscoped[:2].aggregate(n=Count("pk"))["n"]) == (2, True, 2)
        assert {row.pk for row in unscoped.iterator()} == both
        assert {row.pk for row in narrowed.iterator()} == {here.pk}
        assert narrowed.count() == 1
        assert unscoped.filter(pk=there.pk).update(rev=7) == 1
        assert narrowed.filter(pk=there.pk).update(rev=8) == 0
        assert (prepared.all(there.pk), narrow.all(there.pk)) == ([there.pk], [])
        assert set(narrowed.union(unscoped).values_list("pk", flat=True)) == {here.pk}, "as narrow as its first part"
        assert set(unscoped.filter(pk__in=narrowed.values("pk")).values_list("pk", flat=True)) == both


@postgres
def test_keys_are_followed_across_the_border_but_subqueries_are_not(here_and_there: tuple[Project, Project]) -> None:
    here, there = here_and_there
    part = factories.reserve_project()
    Project.objects.unscoped("test").filter(pk=part.pk).update(parent=there)
    with reach.told(factories.officer().row_reach):
        row = Project.objects.narrowed("test").get(pk=part.pk)
        assert row.parent.pk == there.pk
        row.refresh_from_db()
        base = Project._base_manager
        assert set(base.values_list("pk", flat=True)) == {here.pk, part.pk}
        keys = Project.objects.narrowed("test").values("pk")
        assert set(base.filter(pk__in=keys).values_list("pk", flat=True)) == {here.pk, part.pk}


@postgres
def test_names_of_units_are_read_everywhere_but_their_list_is_not(here_and_there: tuple[Project, Project]) -> None:
    here, _ = here_and_there
    mine, theirs = factories.unit(), factories.unit("松岭县建设公司", at=factories.neighbour())
    Project.objects.unscoped("test").filter(pk=here.pk).update(owner_unit=theirs)
    with reach.told(factories.officer().row_reach):
        row = Project.objects.narrowed("test").select_related("owner_unit").get(pk=here.pk)
        assert row.owner_unit.name == "松岭县建设公司"
        assert set(Unit.objects.narrowed("test").values_list("name", flat=True)) == {mine.name}
        assert Unit.objects.narrowed("test").count() == 1


@postgres
def test_rows_are_not_written_across_the_border(here_and_there: tuple[Project, Project]) -> None:
    here, there = here_and_there
    with reach.told(factories.officer().row_reach):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Project.objects.narrowed("test").filter(pk=here.pk).update(region_key=there.region_key)
        with pytest.raises(DatabaseError), transaction.atomic():
            there.save()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM projects_site; DELETE FROM projects_status WHERE id = %s", [there.pk])
            cursor.execute("UPDATE projects_project SET name = '改' WHERE id = %s", [there.pk])
            assert cursor.rowcount == 0


DAY = date(2026, 1, 1)


def hang_everything_on(project: Project, unit: Unit) -> dict[type[models.Model], models.Model]:
    """Make a row of every table with a ``row_policy`` for the county of a project."""
    at, now = project.competent_region, datetime(2026, 1, 1, tzinfo=UTC)
    whole, own = factories.reserve_project(factories.officer(at), at), {"project": project}
    batch = ImportBatch.objects.create(scope_region=at, region_key=at.key_lo, created_at=now, person_id=-project.pk)
    placed = {"region": at, "region_key": at.key_lo}
    library = Library.objects.create(**placed, kind="GENERAL", name="储备库", keeper=unit, opened_on=DAY)
    entry = LibraryEntry.objects.create(**own, region_key=at.key_lo, library=library, kind="GENERAL", declared_on=DAY)
    plan = PlanDocument.objects.create(**placed, name="规划", from_year=2026, to_year=2030)
    objective = Objective.objects.create(plan=plan)
    trial = Trial.objects.create(**placed, files={}, on=DAY, created_at=now, updated_at=now)
    rows: list[models.Model] = [
        trial,
        batch,
        TrialRow.objects.create(trial=trial, subject_id=project.pk, region_key=at.key_lo),
        ImportRow.objects.create(batch=batch, number=1, state="READY"),
        ProjectCode.objects.create(**own, code="2603-620821-04-01-100000", form="NEW", attached_on=DAY),
        ProjectSite.objects.create(**own, region=at, region_key=at.key_lo),
        AnnualInvestment.objects.create(**own, year=2031, planned_fen=1),
        Works.objects.create(**own, name="一号楼", level="SINGLE"),
        Section.objects.create(**own, number="1", name="一标段"),
        Member.objects.create(**own, unit=unit, role="CONTRACTOR", valid_from=DAY),
        Lineage.objects.create(kind="SPLIT", from_project=whole, to_project=project, occurred_on=DAY),
        TakeOver.objects.create(**own, entered_on=DAY, entered_stage="BUILDING"),
        Classification.objects.create(**own, judgement="GRADE", table_key="t", decision_id=1, decided_on=DAY),
        PerformanceTarget.objects.create(**own, indicator="交通量", set_on=DAY),
        Opinion.objects.create(**own, entry=entry, step="DECLARED", verdict="PASSED", given_on=DAY),
        Link.objects.create(**own, objective=objective, linked_on=DAY),
    ]
    return {type(row): row for row in rows}


@postgres
@pytest.mark.req("CM-14")
def test_parts_are_read_and_written_by_those_who_read_what_they_hang_on(
    here_and_there: tuple[Project, Project],
) -> None:
    firm = factories.unit()
    mine, theirs = (hang_everything_on(project, firm) for project in here_and_there)
    assert set(mine) == {m for m in row_security.guarded() if hasattr(m, "row_policy")}
    person = factories.officer().row_reach
    for model, row in theirs.items():
        table, pk = f'"{model._meta.db_table}"', model._meta.pk.column
        with reach.told(person), connection.cursor() as cursor:
            cursor.execute(f"SELECT {pk} FROM {table}")
            seen_rows = {found for (found,) in cursor.fetchall()}
            assert (mine[model].pk in seen_rows, row.pk in seen_rows) == (True, False), table
            assert model._default_manager.filter(pk=row.pk).first() is None, "a plain manager follows no key across"
            assert model._default_manager.filter(pk=row.pk).delete() == (0, {})
            cursor.execute(f"UPDATE {table} SET {pk} = {pk} WHERE {pk} = %s", [row.pk])
            assert cursor.rowcount == 0, table
        copy = model._default_manager.get(pk=row.pk)
        copy.pk = row.pk if model is TakeOver else None
        with (
            reach.told(person),
            pytest.raises(ProgrammingError, match="row-level security"),
            transaction.atomic(),
        ):
            copy.save(force_insert=True)
        with reach.told(reach.NOTHING):
            assert not model._default_manager.exists(), table


@postgres
@pytest.mark.req("CM-10")
def test_parts_of_own_projects_elsewhere_are_read_and_a_gap_between_two_counties_stays_closed(
    here_and_there: tuple[Project, Project],
) -> None:
    here, there = here_and_there
    firm = factories.unit()
    for project in here_and_there:
        hang_everything_on(project, firm if project is there else factories.unit("别的公司"))
    parts: tuple[Any, ...] = (ProjectCode, AnnualInvestment, Works, Section, Member, TakeOver, Classification)
    parts = (*parts, PerformanceTarget, Opinion, Link)
    with reach.told(factories.actor("THIRD_PARTY", of=firm).row_reach):
        for part in parts:
            assert set(part._default_manager.values_list("project_id", flat=True)) == {there.pk}, part
        assert Lineage.objects.get().to_project_id == there.pk
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Member.objects.create(project=here, unit=firm, role="CONTRACTOR", valid_from=DAY)
    far = factories.region("远山县", 991109)
    grants = tuple(GrantScope("VIEWER", at.key_lo, at.key_hi) for at in (factories.region(), far))
    with reach.told(Actor(1, "两县", grants=grants).row_reach):
        for part in (*parts, ProjectSite):
            assert set(part._default_manager.values_list("project_id", flat=True)) == {here.pk}, part
    at = factories.neighbour()
    ProjectSite.objects.create(project=here, region=at, region_key=at.key_lo)
    with reach.told(factories.officer(at).row_reach):
        assert set(Works.objects.values_list("project_id", flat=True)) == {here.pk, there.pk}
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            ProjectSite.objects.create(project=project_of_a_third_county(), region=at, region_key=at.key_lo)


def project_of_a_third_county() -> Project:
    """A project of a third county, made across regions."""
    with reach.widened("a test"):
        third = factories.region("远山县", 991109)
        return factories.reserve_project(factories.officer(third), third)


@postgres
@pytest.mark.req("GO-15")
def test_what_is_asked_of_named_projects_is_found_wherever_they_lie(here_and_there: tuple[Project, Project]) -> None:
    _here, there = here_and_there
    hang_everything_on(there, factories.unit())
    secret = f"2603-620821-{min(SECRET_TYPES)}-01-100000"
    ProjectCode.objects.filter(project=there).update(code=secret)
    with reach.told(factories.officer().row_reach):
        assert not ProjectCode.objects.exists()
        assert withholding.find_withheld([there.pk]) == {there.pk: "secret_type_code"}, "a secret does not get out"
        assert withholding.find_withheld(ProjectStatus.objects.unscoped("test").values("pk")) != {}
        assert queries.list_coded([there.pk]) == {there.pk}
        assert [line.year_fen for line in queries.list_for_lists([there.pk], 2031)] == [1]
        assert facts.years_of([there.pk]) == {there.pk: [(2031, 1, None)]}
        assert [row.indicator for row in reserve.list_targets(there.pk)] == ["交通量"]
        assert len(reserve.list_opinions(there.pk)) == 1
        assert objective_facts([there.pk], DAY)[there.pk] == {"objective_count": 1}


@postgres
def test_who_uploaded_a_file_for_the_region_above_reads_it(here_and_there: tuple[Project, Project]) -> None:
    batch = hang_everything_on(here_and_there[1], factories.unit())[ImportBatch]
    uploader = Actor(-here_and_there[1].pk, "上传人").row_reach
    with reach.told(uploader):
        assert (ImportBatch.objects.get().pk, ImportRow.objects.get().batch_id) == (batch.pk, batch.pk)
        assert seen() == set()


@postgres
def test_an_act_reaches_across_and_its_end_closes_the_border(here_and_there: tuple[Project, Project]) -> None:
    here, there = here_and_there

    @act("test.reach", "试")
    def look() -> set[int]:
        return seen()

    with reach.told(factories.officer().row_reach):
        assert look() == {here.pk, there.pk}
        assert seen() == {here.pk}


@pytest.mark.parametrize("wide", [reach.widen_process, lambda reason: reach.widened(reason).__enter__()])
def test_to_reach_across_needs_a_reason(wide: Any) -> None:
    with pytest.raises(ValueError, match="reason"):
        wide("  ")


# --- requests on one connection --------------------------------------------------------------------------------------


def _bare(request: HttpRequest) -> HttpResponse:
    if "fail" in request.GET:
        seen()
        raise RuntimeError("in the middle of a request")
    return HttpResponse(" ".join(map(str, sorted(seen()))))


def _streamed(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(f"{pk} " for _ in "1" for pk in sorted(seen()))


urlpatterns = [path("bare", _bare), path("streamed", _streamed), *urls.urlpatterns]


@contextmanager
def _two_people() -> Iterator[tuple[Client, Client, Client]]:
    clients = []
    for at in (factories.region(), factories.neighbour()):
        bureau = factories.unit(f"{at.name}发展和改革局", "GOVERNMENT", at)
        client = Client(raise_request_exception=False)
        sign_in(client, make_person(f"p{at.pk}", bureau, "VIEWER", at))
        clients.append(client)
    with override_settings(ROOT_URLCONF=__name__):
        yield clients[0], clients[1], Client()


@postgres
@pytest.mark.req("CM-14")
def test_two_people_on_one_connection_never_see_what_the_other_was_told(
    here_and_there: tuple[Project, Project],
) -> None:
    here, there = (str(p.pk) for p in here_and_there)
    with _two_people() as (one, other, visitor):
        connection.ensure_connection()
        same = connection.connection
        for _ in range(2):
            assert one.get("/bare").content.decode() == here
            assert other.get("/bare").content.decode() == there
            assert visitor.get("/bare").content.decode() == ""
            assert one.get("/bare?fail=1").status_code == 500
            assert visitor.get("/bare").content.decode() == ""
            assert other.get("/bare?fail=1").status_code == 500
            assert one.get("/bare").content.decode() == here
        assert connection.connection is same


@postgres
def test_a_streamed_answer_is_read_with_the_reach_of_its_request(here_and_there: tuple[Project, Project]) -> None:
    here, there = (str(p.pk) for p in here_and_there)
    with _two_people() as (one, other, _):
        first, second = one.get("/streamed"), other.get("/streamed")
        assert b"".join(second.streaming_content).decode().split() == [there]
        assert b"".join(first.streaming_content).decode().split() == [here]


# --- indexes ---------------------------------------------------------------------------------------------------------


@postgres
def test_the_range_of_the_policy_alone_is_answered_by_an_index(here_and_there: tuple[Project, Project]) -> None:
    with reach.told(factories.officer().row_reach), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM lists_list")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM reserve_snapshot")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Cond: ((holder_key >= " in plan, plan
