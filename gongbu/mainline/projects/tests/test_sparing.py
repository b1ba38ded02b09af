"""What acts and reads leave out to be fast, and that leaving it out changes no answer."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongbu.ground.basics import clock
from gongbu.ground.policy import services as policy_services
from gongbu.mainline.projects import access, facts, pairs, queries, services, status
from gongbu.mainline.projects.models import Classification, Project, ProjectStatus
from gongbu.mainline.projects.services import classifying
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import WAN, YI
from gongbu.mainline.projects.tests.test_pages import signed_in

pytestmark = pytest.mark.django_db


def adopt_centralized() -> None:
    policy_services.adopt_packs(
        region_id=make.region().pk, subject="GRADING", packs=["centralized"], effective_from=date(2023, 1, 1),
        actor=make.head(),
    )  # fmt: skip


def statements(word: str, run: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        run()
    return sum(word in q["sql"] for q in captured.captured_queries)


def test_acts_that_write_part_of_the_flat_row_keep_what_a_rebuild_computes() -> None:
    adopt_centralized()
    officer, year = make.officer(), clock.today().year
    project = make.reserve_project(total_investment_fen=2 * YI, annual={year: (600 * WAN, 100 * WAN)})
    pk = project.pk
    services.update_project(
        project_id=pk, rev=1, actor=officer,
        changes={"total_investment_fen": 60 * YI, "planned_start_on": date(2027, 3, 1), "sector": "水务",
                 "works_type": "WATER", "funding_nature": "GOVERNMENT", "location": "城西"},
    )  # fmt: skip
    services.set_stage(project_id=pk, stage="APPROVAL", actor=officer)
    services.set_stage(project_id=pk, stage="RESERVE", early_stage="PLANNED", reason="退回谋划", actor=officer)
    services.set_annual_investment(project_id=pk, year=year, planned_fen=700 * WAN, actor=officer)
    services.set_annual_investment(project_id=pk, year=year - 1, completed_fen=50 * WAN, actor=officer)
    kept = make.flat_rows()
    assert (kept[0]["total_investment_fen"], kept[0]["year_planned_fen"]) == (60 * YI, 700 * WAN)
    status.rebuild()
    assert make.flat_rows() == kept


def test_a_row_of_another_year_is_computed_anew_by_any_act() -> None:
    project = make.reserve_project(annual={clock.today().year: (600 * WAN, None)})
    rows = ProjectStatus.objects.unscoped("test")
    rows.update(year=clock.today().year - 1, year_planned_fen=1)
    services.update_project(project_id=project.pk, rev=1, changes={"location": "城西"}, actor=make.officer())
    assert (rows.get().year, rows.get().year_planned_fen) == (clock.today().year, 600 * WAN)


def test_the_flat_row_of_a_renamed_project_cannot_be_written_in_part() -> None:
    project = make.reserve_project()
    with pytest.raises(ValueError, match="name"):
        status.update_loaded(project, ["name"], with_annual=False, with_judged=False)


def test_a_change_that_no_adopted_table_reads_is_not_judged() -> None:
    adopt_centralized()
    project = make.reserve_project(total_investment_fen=2 * YI, annual={clock.today().year: (600 * WAN, None)})
    before = list(Classification.objects.values_list("pk", "value", "fingerprint"))
    assert before

    def change(rev: int, **changes: Any) -> None:
        services.update_project(project_id=project.pk, rev=rev, changes=changes, actor=make.officer())

    assert statements("projects_classification", lambda: change(1, location="城西")) == 0
    assert list(Classification.objects.values_list("pk", "value", "fingerprint")) == before
    annual = {"project_id": project.pk, "year": clock.today().year, "planned_fen": 100 * WAN, "actor": make.officer()}
    assert statements("projects_classification", lambda: services.set_annual_investment(**annual)) > 0


def test_an_act_asks_only_rooms_whose_facts_a_table_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    adopt_centralized()
    project = make.reserve_project(total_investment_fen=2 * YI, annual={clock.today().year: (600 * WAN, None)})
    asked: list[str] = []

    def room(name: str, keys: list[str] | None, fact: str) -> None:
        def give(ids: list[int], on: date) -> dict[int, dict[str, Any]]:
            asked.append(name)
            return {pk: {fact: None} for pk in ids}

        facts.contribute(name, give, keys)

    monkeypatch.setattr(facts, "_CONTRIBUTORS", {})
    room("land", ["has_land"], "has_land")
    room("says nothing of its keys", None, "has_water")
    room("works", ["works_type", "has_power"], "has_power")
    monkeypatch.setattr(classifying, "_needs", lambda policy, on: frozenset({"annual_planned_fen", "works_type"}))
    year = clock.today().year
    services.set_annual_investment(project_id=project.pk, year=year, planned_fen=100 * WAN, actor=make.officer())
    assert asked == ["says nothing of its keys", "works"]
    assert set(facts.facts_of([project.pk], clock.today())[project.pk].contributed) == {
        "has_land", "has_water", "has_power",
    }  # fmt: skip
    room("liar", ["has_land"], "has_gas")
    with pytest.raises(KeyError, match="has_gas"):
        facts.facts_of([project.pk], clock.today())


def test_what_the_act_itself_completes_is_judged() -> None:
    project = make.reserve_project(total_investment_fen=2 * YI)
    year, officer = clock.today().year, make.officer()
    services.set_annual_investment(project_id=project.pk, year=year - 1, completed_fen=50 * WAN, actor=officer)
    judged: list[int | None] = []
    adopt_centralized()
    with pytest.MonkeyPatch.context() as patch:
        decide = classifying._decide
        patch.setattr(
            classifying,
            "_decide",
            lambda policy, of, years, on: judged.append(of.completed_fen) or decide(policy, of, years, on),
        )
        services.set_annual_investment(project_id=project.pk, year=year, completed_fen=70 * WAN, actor=officer)
    assert judged == [120 * WAN]


def test_another_adoption_is_seen_at_once() -> None:
    project = make.reserve_project(total_investment_fen=2 * YI, annual={clock.today().year: (600 * WAN, None)})
    assert not Classification.objects.exists()
    adopt_centralized()
    services.classify(project_id=project.pk, actor=make.officer())
    assert Classification.objects.filter(project=project).exists()


def people() -> Iterator[Any]:
    owner = make.unit()
    yield make.officer()
    yield make.officer(make.neighbour())
    yield make.actor("OWNER_UNIT", of=owner)
    yield make.actor("OWNER_UNIT", of=make.unit("他单位"))
    yield make.actor("SECTOR_OFFICER", sector="水务")
    yield make.actor("SECTOR_OFFICER", sector="交通")


def test_one_project_is_seen_by_the_same_people_as_in_a_list() -> None:
    owner, officer = make.unit(), make.officer()
    plain = make.reserve_project(name="城西水厂", sector="水务")
    owned = make.reserve_project(name="城东水厂", owner_unit_id=owner.pk)
    joined = make.reserve_project(name="城北水厂")
    services.add_member(project_id=joined.pk, unit_id=owner.pk, role="OWNER", actor=officer)
    crossing = make.reserve_project(name="跨界公路")
    services.set_sites(project_id=crossing.pk, region_ids=[make.neighbour().pk], actor=officer)
    everything = list(Project.objects.unscoped("test"))
    seen_by = []
    for person in people():
        listed = set(access.readable(person, clock.today()).values_list("pk", flat=True))
        assert {p.pk for p in everything if access.sees(person, p, clock.today())} == listed
        seen_by.append(len(listed))
    assert {plain.pk, owned.pk} <= {p.pk for p in everything}
    assert {0, len(everything)} <= set(seen_by)


def test_a_frequent_word_and_a_rare_word_find_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    officer = make.officer()
    for name in ("城西水厂", "城东水厂", "城东小学"):
        make.reserve_project(name=name)
    for most in (1_000, 0):
        monkeypatch.setattr(pairs, "MOST_HITS", most)
        found = queries.search(queries.list_statuses(officer), "城东 水")
        assert list(found.values_list("name", flat=True)) == ["城东水厂"]
        assert not queries.search(queries.list_statuses(make.officer(make.neighbour())), "水厂")


def test_a_word_that_nothing_holds_gives_an_empty_list() -> None:
    make.reserve_project()
    page = signed_in("INVESTMENT_OFFICER").get("/projects/", {"q": "没有这个"})
    assert page.status_code == 200
    assert "data-drawer" not in page.content.decode()


def test_counting_what_the_indexes_hold_may_run_at_any_time() -> None:
    make.reserve_project()
    for _ in range(2):
        status.analyze(clock.today())
    assert "云溪县" in signed_in("INVESTMENT_OFFICER").get("/projects/").content.decode()
