"""Every figure of the board equals what the rows say after each act, opens exactly its rows, and stands in an index."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongbu.mainline.projects.tests.factories import YI
from gongbu.mainline.reserve import board, queries, services
from gongbu.mainline.reserve.models import ReserveFile
from gongbu.mainline.reserve.tests import factories as make

pytestmark = pytest.mark.django_db


def _summed(rows: list[ReserveFile]) -> tuple[int, int, int, int]:
    """Number, total, total of industry, number without a total: added up one by one."""
    return (
        len(rows), sum(row.total_investment_fen or 0 for row in rows),
        sum(row.total_investment_fen or 0 for row in rows if row.industry == "YES"),
        sum(row.total_investment_fen is None for row in rows),
    )  # fmt: skip


def _shown(holding: Any) -> tuple[int, int, int, int]:
    return holding.projects, holding.total_fen, holding.industry_fen, holding.without_total


def _compare() -> int:
    """Compare the board of the county with its rows; return the number of projects counted."""
    found = board.get_board(make.officer(), make.county())
    rows = [row for row in ReserveFile.objects.unscoped("test") if row.holder_key == make.county().key_lo]
    counted = [row for row in rows if row.is_counted]
    assert found.county is not None
    assert _shown(found.county.holding) == _summed([row for row in counted if row.state == "IN"])
    lines = [line for group in found.groups for line in group.lines] + ([found.general] if found.general else [])
    for line in lines:
        assert line.library is not None
        field = f"{line.kind.lower()}_id"
        assert _shown(line.holding) == _summed([row for row in counted if getattr(row, field) == line.library.pk])
        opened = queries.held_by(queries.list_files(make.officer()).filter(is_counted=True), line.library.pk)
        assert opened.count() == line.holding.projects
    for state in {row.state for row in rows}:
        assert found.states[state] == sum(row.state == state for row in rows)
    return found.county.holding.projects


@pytest.mark.req("JC-02")
def test_figures_equal_the_rows_after_each_act():
    mine = make.libraries()
    assert _compare() == 0
    entry = make.declared(total_investment_fen=3 * YI, industry_code="1391")
    assert _compare() == 0
    services.preliminary_check(entry_id=entry.pk, points=make.fit(), actor=make.department())
    assert _compare() == 1
    chain = services.declare(library_id=mine["FRUIT_VEGETABLE"].pk, project_id=entry.project_id, actor=make.officer())
    _compare()
    services.preliminary_check(entry_id=chain.pk, points=make.fit(), actor=make.chain_office())
    services.chain_leader_review(entry_id=chain.pk, actor=make.leader())
    assert _compare() == 1
    other = make.admitted(make.clerk(), make.township(), total_investment_fen=5 * YI, industry_code="")
    assert _compare() == 2
    services.select(project_ids=[entry.project_id, other.project_id], actor=make.officer(), reason="优中选优纳入综合库")
    assert _compare() == 2
    ReserveFile.objects.unscoped("test").update(renewed_on=date(2020, 1, 1))
    services.renew(project_id=entry.project_id, actor=make.officer(), note="仍在前期")
    _compare()
    services.withdraw(project_id=other.project_id, actor=make.officer(), reason="项目单位决定不再实施")
    _compare()


def test_a_library_shows_what_it_holds_and_apart_what_waits_for_it():
    mine = make.libraries()
    held, waiting = make.admitted(), make.declared()
    rows, water = queries.list_files(make.officer()), mine["水利"].pk
    assert set(queries.held_by(rows, water).values_list("pk", flat=True)) == {held.project_id}
    both = queries.held_by(rows, water, or_waiting=True)
    assert set(both.values_list("pk", flat=True)) == {held.project_id, waiting.project_id}
    assert not queries.held_by(rows, 0).exists()


def test_a_clerk_opens_a_figure_within_his_township_only():
    make.libraries()
    inside = make.admitted(make.clerk(), make.township())
    make.admitted(make.officer())
    rows = queries.list_files(make.clerk())
    water = make.libraries()["水利"].pk
    assert set(queries.held_by(rows, water).values_list("pk", flat=True)) == {inside.project_id}


@pytest.mark.sqlite
def test_sums_and_counts_read_no_row_outside_an_index():
    make.libraries()
    make.admitted()
    with CaptureQueriesContext(connection) as captured:
        board.get_board(make.officer(), make.county())
        rows = queries.held_by(queries.list_files(make.officer()), make.libraries()["水利"].pk).order_by()
        list(rows.filter(is_counted=True).values_list("state"))
    grouped = [
        q["sql"]
        for q in captured
        if 'FROM "reserve_file"' in q["sql"] and ("GROUP BY" in q["sql"] or " AS " in q["sql"])
    ]
    grouped = [sql for sql in grouped if "COUNT(" in sql or sql.startswith('SELECT "reserve_file"."state"')]
    assert len(grouped) >= 6
    with connection.cursor() as cursor:
        for sql in grouped:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = " · ".join(row[3] for row in cursor.fetchall())
            assert "COVERING INDEX" in plan, (sql, plan)
