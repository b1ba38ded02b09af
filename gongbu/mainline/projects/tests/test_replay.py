"""Today's projects and stored decisions replayed with a changed pack: the same answers as one by one, and the money."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gongbu.ground.basics import clock
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.policy import queries
from gongbu.ground.policy import services as policy
from gongbu.ground.policy.rules.policy import Policy
from gongbu.ground.policy.sandbox import editions, past, replaying, reporting
from gongbu.ground.policy.sandbox.rules.comparing import compare, decide_side
from gongbu.mainline.projects import replay as projects_source
from gongbu.mainline.projects.facts import facts_of
from gongbu.mainline.projects.models import AnnualInvestment, Project
from gongbu.mainline.projects.tests import factories

WAN, YI = factories.WAN, factories.YI
ON = date(2026, 3, 2)


def changed(
    tmp_path: Path, old: str = "1亿元", new: str = "8000万元", file: str = "tables/grade.yaml"
) -> dict[str, str]:
    """The installed pack ``centralized`` with a threshold changed and the version moved on."""
    folder = tmp_path / "centralized"
    shutil.copytree(Path(settings.PACKS_DIR) / "centralized", folder)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")
    head = (folder / "pack.yaml").read_text("utf-8").replace("2026.11.1", "2026.11.2")
    (folder / "pack.yaml").write_text(head, "utf-8")
    return editions.read_folder(folder)


@pytest.fixture
def adopted(db):
    county = factories.region()
    policy.adopt_packs(
        region_id=county.pk, subject="GRADING", packs=["centralized"], effective_from=date(2025, 1, 1),
        actor=factories.head(),
    )  # fmt: skip
    return county


def project(total: int | None, **more):
    return factories.reserve_project(stage="APPROVAL", total_investment_fen=total, **more)


def run(checked, **more):
    return replaying.replay(
        checked.trial, checked.base, actor=more.pop("actor", console_actor()), on=clock.today(), **more
    )


@pytest.mark.req("GO-02")
def test_a_lowered_threshold_shows_who_changes_and_how_much_money(adopted, tmp_path):
    between = [project(9_000 * WAN), project(8_000 * WAN + 1)]
    same = [project(8_000 * WAN), project(YI + 1), project(400 * WAN), project(None)]
    checked = editions.check(changed(tmp_path))
    assert checked.faults == ()
    assert len(checked.cases) == 4
    found = run(checked)
    told = reporting.summary(found, replaying.region_names(row.region_key for row in found.rows))
    by_source = {one["source"]: one for one in told["sources"]}
    today = by_source["projects"]
    assert (today["total"], today["changed"], today["unchanged"]) == (6, 2, 4)
    assert (today["money_fen"], today["money_yuan"]) == (17_000 * WAN + 1, "170000000.01")
    grade = next(table for table in today["tables"] if table["table"] == "centralized.grade")
    assert [(m["from"], m["to"], m["count"]) for m in grade["moves"]] == [("B", "A", 2)]
    assert [(line["region"], line["count"]) for line in today["by_region"]] == [("云溪县", 2)]
    assert {row.subject_id for row in found.rows if row.source == "projects"} == {one.pk for one in between}
    then = by_source["decisions"]
    assert (then["changed"], then["tables"][0]["drifted"]) == (2, 0)
    assert all(row.decision_id for row in found.rows if row.source == "decisions")
    assert same


@pytest.mark.req("GO-02", "CM-14")
def test_an_actor_sees_his_own_regions_only(adopted, tmp_path):
    project(9_000 * WAN)
    checked = editions.check(changed(tmp_path))
    assert run(checked, actor=factories.head(factories.neighbour())).totals == {"decisions": 0, "projects": 0}
    assert run(checked, actor=Actor(None, "无权")).totals == {"decisions": 0, "projects": 0}
    assert run(checked, region=factories.neighbour()).rows == []


def test_a_pack_nobody_adopted_is_supposed_or_adopted_by_a_named_region(db, tmp_path):
    project(9_000 * WAN)
    checked = editions.check(changed(tmp_path))
    found = run(checked)
    assert found.is_supposed
    assert [(r.moved.before, r.moved.after) for r in found.rows] == [("B", "A")]
    named = run(checked, region=factories.region())
    assert not named.is_supposed
    assert [(r.moved.before, r.moved.after) for r in named.rows if r.table.endswith("grade")] == [("", "A")]


def test_the_columns_of_the_source_are_the_facts_of_each_project(adopted, tmp_path):
    first = project(9_000 * WAN, works_type="WATER", planned_start_on=date(2026, 5, 1))
    second = project(None, funding_nature="ENTERPRISE")
    AnnualInvestment.objects.create(project=first, year=2026, planned_fen=6 * WAN, completed_fen=5)
    AnnualInvestment.objects.create(project=first, year=2025, completed_fen=7)
    on = clock.today()
    keys = frozenset(facts_of([first.pk], on)[first.pk].as_mapping())
    from gongbu.ground.policy.sandbox.sources import EVERYWHERE, Question

    question = Question("x.y", "x", keys, frozenset())
    (batch,) = projects_source.read(console_actor(), EVERYWHERE, [question], on)
    assert list(batch.ids) == [first.pk, second.pk]
    for at, pk in enumerate(batch.ids):
        expected = facts_of([pk], on)[pk].as_mapping()
        assert {key: batch.columns[key][at] for key in keys} == expected


AMOUNTS = st.one_of(st.none(), st.sampled_from([0, 500 * WAN, 500 * WAN - 1, 8_000 * WAN, 8_000 * WAN + 1, YI, YI + 1]),
                    st.integers(-5, 10**16))  # fmt: skip


@pytest.mark.req("GO-02")
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(AMOUNTS, AMOUNTS, st.sampled_from([None, 2022, 2026, 2030])), min_size=1, max_size=40))
def test_replaying_equals_deciding_one_by_one(tmp_path_factory, rows):
    files = changed(tmp_path_factory.mktemp("pack"))
    trial, installed = editions.load(files), queries.packs()
    base = Policy([installed["centralized"], installed["national"]])
    other = Policy([trial, installed["national"]])
    columns = {
        "total_investment_fen": [row[0] for row in rows],
        "annual_planned_fen": [row[1] for row in rows],
        "annual_year": [row[2] for row in rows],
    }
    for table in ("centralized.grade", "centralized.catalogue"):
        sides = [decide_side(one, table, columns, (), ON, len(rows)) for one in (base, other)]
        moved = {one.at: one for one in compare(*sides)}
        for at in range(len(rows)):
            facts = {key: column[at] for key, column in columns.items()}
            before, after = (one.decide(table, facts, ON) for one in (base, other))
            assert (sides[0].code(at), sides[1].code(at)) == (before.value, after.value)
            assert (sides[0].row_id(at), sides[1].row_id(at)) == (before.row or "", after.row or "")
            assert (at in moved) == (before.value != after.value)


def test_queries_do_not_grow_with_the_projects(adopted, tmp_path, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    checked = editions.check(changed(tmp_path))
    project(9_000 * WAN)
    run(checked)
    with CaptureQueriesContext(connection) as one:
        run(checked)
    for _ in range(29):
        project(9_000 * WAN)
    with CaptureQueriesContext(connection) as many:
        assert len([r for r in run(checked).rows if r.source == "projects"]) == 30
    assert len(many) == len(one)


def test_a_fact_that_the_trial_cannot_read_counts_as_unknown(adopted, tmp_path):
    project(9_000 * WAN)
    from gongbu.ground.policy.models import PolicyDecision

    PolicyDecision.objects.update(facts={"total_investment_fen": "九千万"})
    found = run(editions.check(changed(tmp_path)), sources=[past.SOURCE])
    tally = found.tallies["decisions"]["centralized.grade"]
    assert (tally.misread, tally.undetermined_after, tally.changed) == (1, 1, 0)


def test_the_command_prints_the_documented_json(adopted, tmp_path, monkeypatch, capsys):
    from click.testing import CliRunner

    from gongbu.config import cli
    from gongbu.ground.policy.sandbox import commands

    project(9_000 * WAN)
    changed(tmp_path)
    monkeypatch.setattr(cli, "setup_django", lambda **_: None)
    monkeypatch.setattr("gongbu.config.home.prepare", lambda **_: None)
    answer = CliRunner().invoke(commands.sandbox, ["--pack", str(tmp_path / "centralized"), "--json"])
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.output)
    assert told["ok"] is True
    assert told["pack"]["version"] == "2026.11.2"
    assert {one["source"]: one["changed"] for one in told["sources"]} == {"decisions": 1, "projects": 1}
    row = next(one for one in told["rows"] if one["source"] == "projects")
    assert (row["from"], row["to"], row["from_row"], row["to_row"], row["money_yuan"]) == (
        "B", "A", "B", "A", "90000000.00",
    )  # fmt: skip
    assert row["facts"] == {"total_investment_fen": 9_000 * WAN}
    assert row["name"] == Project.objects.unscoped("test").get().name
    broken = tmp_path / "centralized" / "tables" / "grade.yaml"
    broken.write_text(broken.read_text("utf-8").replace("above:", "over:"), "utf-8")
    answer = CliRunner().invoke(commands.sandbox, ["--pack", str(tmp_path / "centralized"), "--json"])
    assert (answer.exit_code, json.loads(answer.output)["ok"]) == (1, False)
    assert CliRunner().invoke(commands.sandbox, ["--pack", str(tmp_path / "nothing")]).exit_code == 2


@pytest.mark.req("GO-02", "GO-01")
def test_projects_follow_an_adoption_once_and_say_on_what_basis(adopted):
    from datetime import timedelta

    from gongbu.ground.jobs.models import JobProgress
    from gongbu.ground.ledger.models import Entry
    from gongbu.ground.outbox.models import OutboxMessage
    from gongbu.ground.policy.sandbox import editing, services
    from gongbu.mainline.projects import following
    from gongbu.mainline.projects.models import Classification

    near, far = project(9_000 * WAN), project(2 * YI)
    head = factories.head()
    trial = services.open_trial(
        region_id=adopted.pk, subject="GRADING", base="centralized", name="降低界限", on=clock.today(), actor=head
    )
    rows = [
        {"id": "A", "total_investment_fen": {"above": "8000万元"}, "then": "A"},
        {"id": "B", "total_investment_fen": {"at_least": "500万元", "up_to": "8000万元"}, "then": "B"},
        {"id": "C", "total_investment_fen": {"below": "500万元"}, "then": "C"},
    ]
    trial = services.change(
        trial_id=trial.pk, rev=1, actor=head,
        change=lambda files: editing.with_table(files, "centralized.grade", trial.on, rows, "第一条"),
    )  # fmt: skip
    trial = services.replay_trial(trial_id=trial.pk, actor=head)
    assert (trial.changed, trial.money_fen, trial.rows.count()) == (1, 9_000 * WAN, 2)
    services.adopt_trial(
        trial_id=trial.pk, rev=trial.rev, effective_from=trial.on, document_number="云政发〔2026〕8号", actor=head
    )
    before = JobProgress.objects.count()
    following.on_adopted(OutboxMessage.objects.filter(topic="policy.adopted").latest("pk"))
    assert JobProgress.objects.count() == before + 1
    entries = Entry.objects.count()
    assert following.follow(adopted.key_lo, adopted.key_hi) == 2  # one has another grade, the other another basis
    assert following.follow(adopted.key_lo, adopted.key_hi) == 0
    assert Entry.objects.count() == entries + 2
    row = Classification.objects.get(project=near, table_key="centralized.grade")
    decision = queries.get_decision(row.decision_id)
    assert (row.value, decision.pack_version, decision.content["basis"]["instrument"]) == (
        "A", "2026.11.501", "云政发〔2026〕8号",
    )  # fmt: skip
    assert Classification.objects.get(project=far, table_key="centralized.grade").value == "A"
    message = OutboxMessage.objects.filter(topic="policy.adopted").latest("pk")
    message.data["effective_from"] = (clock.today() + timedelta(days=1)).isoformat()
    following.on_adopted(message)
    assert JobProgress.objects.count() == before + 1


def test_projects_are_asked_again_on_the_day_of_an_adoption_or_of_a_new_table(adopted):
    from gongbu.ground.jobs.models import JobProgress
    from gongbu.mainline.projects import following

    for on, asked in ((date(2024, 12, 31), 0), (date(2025, 1, 1), 1), (date(2025, 1, 2), 0)):
        before = JobProgress.objects.count()
        following.on_day(on)
        assert JobProgress.objects.count() == before + asked, on
