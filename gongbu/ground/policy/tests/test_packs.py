"""The installed packs: golden cases, and the requirements they carry."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from gongbu.ground.policy.checking import check_folder, run_case
from gongbu.ground.policy.loading import load_packs
from gongbu.ground.policy.rules.policy import Policy

ON = date(2026, 3, 1)


def test_all_packs_pass_and_no_bound_is_left_unwalked():
    report = check_folder()
    assert [str(fault) for fault in report.faults] == []
    assert [str(note) for note in report.notes] == []
    assert report.cases > 100


@pytest.mark.req("GO-01")
def test_every_national_parameter_has_cases_around_each_of_its_dates():
    national = load_packs()["national"]
    walked: dict[str, set[date]] = {}
    for _, file in national.extras["cases"]:
        if file.parameter is not None:
            walked.setdefault(file.parameter, set()).update(case.on for case in file.cases)
    assert set(national.parameters) - set(walked) == set(), "no golden case at all"
    missing = [
        f"{key} {day}"
        for key, parameter in national.parameters.items()
        for version in parameter.versions
        for day in (version.effective_from + timedelta(days) for days in (-1, 0, 1))
        if day not in walked[key]
    ]
    assert missing == []


@pytest.mark.req("GO-01")
def test_the_page_of_national_facts_names_what_the_pack_holds_and_nothing_else():
    text = (Path(__file__).parents[4] / "docs/national-facts.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+)`", text))
    national = load_packs()["national"]
    held = {*national.parameters, *national.tables}
    assert (sorted(held - named), sorted(named - held)) == ([], [])


def test_a_case_may_say_how_many_items_a_list_has():
    packs = load_packs()
    policy = Policy([packs["national"]])
    file = next(f for _, f in packs["national"].extras["cases"] if f.parameter == "plans.required_fields")
    case = file.cases[1]
    assert case.expect == {"items": "6"}
    assert run_case(policy, file, case) == ""
    assert "应为“5”" in run_case(policy, file, case.model_copy(update={"expect": {"items": "5"}}))


def test_a_golden_case_that_is_wrong_fails():
    packs = load_packs()
    policy = Policy([packs["centralized"]])
    file = next(f for _, f in packs["centralized"].extras["cases"] if f.table == "centralized.grade")
    case = file.cases[0].model_copy(update={"expect": {"value": "C"}})
    assert run_case(policy, file, case) == "的 value 应为“C”，实际为“B”"


@pytest.mark.req("CM-05", "CM-08")
def test_grade_by_total_and_catalogue_by_year_are_two_facts():
    policy = Policy([load_packs()["centralized"]])
    facts = {"total_investment_fen": 20_000_000_000, "annual_planned_fen": 300_000_000, "annual_year": 2026}
    assert policy.decide("centralized.grade", facts, ON).value == "A"
    assert policy.decide("centralized.catalogue", facts, ON).value == "NOT_IN_CATALOGUE"
    next_year = {**facts, "annual_planned_fen": 800_000_000, "annual_year": 2027}
    assert policy.decide("centralized.catalogue", next_year, ON).value == "IN_CATALOGUE"


@pytest.mark.req("LY-01", "GO-01")
def test_class_three_follows_superior_law_and_shows_the_conflict():
    packs = load_packs()
    policy = Policy([packs["classified_initiation"], packs["national"]])
    government = policy.decide(
        "classified_initiation.path", {"works_type": "COMMUNITY_RENEWAL", "funding_nature": "GOVERNMENT"}, ON
    )
    assert government.value == "SIMPLIFIED_APPROVAL"
    assert str(government.basis) == "政府投资条例（国令第712号）第十三条"
    conflict = government.conflicts[0]
    assert (conflict.local_value, conflict.law_value) == ("FILING", "APPROVAL")
    assert conflict.law_basis.article == "第九条"
    assert "二者抵触，已按上位法处理" in government.explanation
    enterprise = policy.decide(
        "classified_initiation.path", {"works_type": "COMMUNITY_RENEWAL", "funding_nature": "ENTERPRISE"}, ON
    )
    assert (enterprise.value, enterprise.conflicts) == ("FILING", ())
    assert [step.table for step in enterprise.steps] == ["classified_initiation.class", "initiation.procedure"]


def test_the_works_types_of_the_field_catalogue_are_all_understood():
    import yaml

    from gongbu.ground.policy.loading import PACKS_DIR

    rows = yaml.safe_load((PACKS_DIR.parent / "mainline/projects/fields.yaml").read_text("utf-8"))["fields"]
    catalogue = {row["key"]: row.get("choices", {}) for row in rows}
    inputs = load_packs()["classified_initiation"].tables["classified_initiation.class"][-1].inputs
    for key in ("works_type", "initiation_nature"):
        assert set(catalogue[key]) <= set(inputs[key].choices)
