"""What the page of a project must not say wrongly: reserve answers, unchanged values, split parts, doubtful codes."""

from datetime import date, timedelta

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, Refusal
from gongbu.ground.policy import services as policy_services
from gongbu.mainline.projects import dossier, queries, services, timeline
from gongbu.mainline.projects.models import Classification, ProjectSite, ProjectStatus
from gongbu.mainline.projects.services.structure import Part
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import WAN
from gongbu.mainline.projects.tests.test_services import adopt_centralized, last_entry, refused

pytestmark = pytest.mark.django_db
GATE = "county_reserve.entry_gate"


def test_the_reserve_gate_is_asked_while_the_project_is_in_the_reserve_only() -> None:
    policy_services.adopt_packs(
        region_id=make.region().pk, subject="RESERVE", packs=["county_reserve"], effective_from=date(2023, 1, 1),
        actor=make.head(), document_number="云政办〔2023〕2号",
    )  # fmt: skip
    project = make.reserve_project(early_stage="PLANNED")
    assert Classification.objects.get(project=project, table_key=GATE).value == "ADMIT"
    services.set_stage(project_id=project.pk, stage="APPROVAL", actor=make.officer())
    assert not Classification.objects.filter(project=project, table_key=GATE).exists()
    built = make.taken_over_project()
    assert not Classification.objects.filter(project=built, table_key=GATE).exists()
    assert "quality.not_classified" not in [f.code for f in dossier.read_dossier(built.pk, make.officer()).findings]


def test_a_day_before_any_adopted_rule_leaves_the_answer_open_with_its_reason() -> None:
    today = clock.today()
    policy_services.adopt_packs(
        region_id=make.region().pk, subject="GRADING", packs=["centralized"], effective_from=today - timedelta(days=9),
        actor=make.head(), document_number="云政办〔2026〕3号",
    )  # fmt: skip
    early = today - timedelta(days=30)
    project = make.reserve_project(on=early)
    assert "待认定" in last_entry(project)["after"]["classification"]["分类分级"]
    file = dossier.read_dossier(project.pk, make.officer())
    assert "quality.not_classified" in [f.code for f in file.findings]
    refused(
        lambda: services.classify(project_id=project.pk, actor=make.officer(), on=early),
        Refusal, "projects.no_rules_on_day",
    )  # fmt: skip
    services.classify(project_id=project.pk, actor=make.officer())
    file = dossier.read_dossier(project.pk, make.officer())
    assert file.marks
    assert "quality.not_classified" not in [f.code for f in file.findings]


def test_an_unchanged_amount_is_no_change_on_the_timeline() -> None:
    before = {"planned_fen": 6500 * WAN, "completed_fen": None}
    changes = timeline.list_changes(before, {"planned_fen": 6500 * WAN, "completed_fen": 100 * WAN})
    assert [c.label for c in changes] == ["完成投资"]


def test_parts_of_a_split_carry_content_sites_and_days_and_the_whole_no_longer_counts() -> None:
    adopt_centralized()
    whole = make.reserve_project(
        content="新建水厂一座", period_text="24个月", works_type="MUNICIPAL", planned_start_on=date(2027, 3, 1),
        planned_start_precision="MONTH", total_investment_fen=300 * WAN,
    )  # fmt: skip
    ProjectSite.objects.create(project=whole, region=make.neighbour(), region_key=make.neighbour().key_lo)
    parts = [Part("一期", 100 * WAN), Part("二期", 200 * WAN, "管网二十公里")]
    one, two = services.split(project_id=whole.pk, rev=1, parts=parts, reason="分期", actor=make.head())
    assert (one.content, two.content) == ("新建水厂一座", "管网二十公里")
    for part in (one, two):
        assert (part.period_text, part.works_type, part.planned_start_precision) == ("24个月", "MUNICIPAL", "MONTH")
        assert list(part.sites.values_list("region_id", flat=True)) == [make.neighbour().pk]
    assert not ProjectStatus.objects.unscoped("test").get(pk=whole.pk).is_live


def test_what_is_doubtful_about_the_attached_code_stands_on_the_page() -> None:
    strange, own = make.reserve_project(), make.reserve_project()
    services.attach_code(project_id=strange.pk, code=make.valid_code(1, "888888"), actor=make.officer())
    services.attach_code(project_id=own.pk, code=make.valid_code(2), actor=make.officer())

    def found(pk: int) -> list[str]:
        return [f.code for f in dossier.read_dossier(pk, make.officer()).findings]

    assert "project_code.region_unknown" in found(strange.pk)
    assert "project_code.region_unknown" not in found(own.pk)


def test_no_act_keeps_a_control_character_and_no_search_sends_one() -> None:
    project = make.reserve_project()
    refused(lambda: make.reserve_project(name="水厂\x00"), InvalidInput, "input.control_character")
    error = refused(
        lambda: services.update_project(
            project_id=project.pk, rev=1, changes={"content": "一\x01"}, actor=make.officer()
        ),
        InvalidInput, "input.control_character",
    )  # fmt: skip
    assert [f.field for f in error.findings] == ["content"]  # type: ignore[attr-defined]
    assert not queries.search(queries.list_statuses(make.officer()), "水\x00").exists()
