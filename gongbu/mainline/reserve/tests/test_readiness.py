"""前期成熟度: by preparatory matters done, then by what the file tells (实施方案 第5条：前期工作成熟的优先)."""

import pytest

from gongbu.mainline.reserve import files, readiness, services
from gongbu.mainline.reserve.models import PerformanceTarget
from gongbu.mainline.reserve.readiness import Kind
from gongbu.mainline.reserve.tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.req("JC-02")]
FULL = {
    "content": "新建泵站一座", "location": "城东", "funding_text": "财政资金", "owner_name": "云溪县城建投资有限公司",
}  # fmt: skip


def test_the_rooms_to_the_right_add_preparatory_matters() -> None:
    labels = [matter.label for matter in readiness.matters(Kind.PREPARATORY)]
    for word in (
        "项目代码已赋",
        "三方谋划已记录",
        "行业主管部门已审核",
        "专题会议已审定",
        "现场已踏勘",
        "可行性研究已批",
    ):
        assert word in labels, word
    facts = [matter.label for matter in readiness.matters(Kind.FACT)]
    assert "总投资明确" in facts
    assert not set(facts) & set(labels)


def test_an_idea_that_tells_everything_stands_behind_a_project_under_preparation() -> None:
    idea = make.admitted(early_stage="CONCEIVED", **FULL)
    prepared = make.admitted(early_stage="PREPARING")
    key = "test.feasibility"
    readiness.add_matter(readiness.Matter(key, "可研已报", lambda rows: {prepared.project_id} & set(rows)))
    try:
        files.refresh([idea.project_id, prepared.project_id])
        told, done = make.flat(idea), make.flat(prepared)
        assert told.ready_count == 0, "filled fields are no preparation"
        assert told.facts_count > done.facts_count
        assert done.ready_count == 1
        assert done.ready_order > told.ready_order
    finally:
        readiness._MATTERS.pop(key)


def test_facts_part_those_that_are_equally_far() -> None:
    more, less = make.admitted(**FULL), make.admitted()
    assert make.flat(more).ready_count == make.flat(less).ready_count
    assert make.flat(more).ready_order > make.flat(less).ready_order


def test_an_indicator_that_does_not_apply_with_its_reason_is_answered() -> None:
    entry = make.declared(targets=())
    assert "targets" not in make.flat(entry).ready
    unfit = [services.Target(name, unfit_reason="公益项目，不产生效益") for name in make.INDICATORS]
    services.set_targets(project_id=entry.project_id, targets=unfit, actor=make.officer())
    assert PerformanceTarget.objects.filter(target=None).count() == 4
    assert "targets" in make.flat(entry).ready


def test_a_weighty_matter_counts_more_in_the_order() -> None:
    entry = make.admitted()
    before = make.flat(entry).ready_order
    readiness.add_matter(readiness.Matter("test.heavy", "重", lambda rows: set(rows), weight=3))
    try:
        files.refresh([entry.project_id])
        assert make.flat(entry).ready_order == before + 3 * readiness.FACTS_BELOW
    finally:
        readiness._MATTERS.pop("test.heavy")


def test_marks_for_lists_count_as_before() -> None:
    from gongbu.mainline.reserve import queries

    entry = make.admitted(**FULL)
    row = make.flat(entry)
    assert queries.list_marks([entry.project_id])[entry.project_id]["ready_count"] == row.ready_count + row.facts_count
