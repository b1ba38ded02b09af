"""Proofs, boundaries, unknown facts; every input hits one row; the fast path equals the scalar one."""

import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy.checking import check_folder
from gongbu.ground.policy.loading import load_pack, load_packs
from gongbu.ground.policy.rules.grid import Grid
from gongbu.ground.policy.rules.policy import Policy
from gongbu.ground.policy.rules.tables import UNDETERMINED
from gongbu.ground.policy.tests.conftest import table

ON = date(2026, 3, 1)


def faults(write_pack, text):
    report = check_folder(write_pack(files={"tables/t.yaml": text}))
    assert not report.ok
    return report.faults


def test_a_hole_is_shown_by_a_counterexample(write_pack):
    found = faults(
        write_pack, table(['{amount_fen: {below: "500万元"}, then: A}', '{amount_fen: {above: "500万元"}, then: B}'])
    )
    assert [(f.key, f.found) for f in found] == [("sample.grade", "没有一行覆盖这种情形：金额（amount_fen）＝500 万元")]


def test_whole_numbers_leave_no_gap_between_neighbours(write_pack):
    text = table(['{amount_fen: {up_to: "499999999"}, then: A}', '{amount_fen: {at_least: "500万元"}, then: B}'])
    assert check_folder(write_pack(files={"tables/t.yaml": text})).ok


def test_a_ratio_does_have_a_gap_between_two_written_values(write_pack):
    text = table(
        ['{r: {up_to: "0.10"}, then: A}', '{r: {at_least: "0.11"}, then: B}'], inputs="  r: {type: ratio, label: 幅度}"
    )
    assert "幅度（r）＝10.5%" in faults(write_pack, text)[0].found


def test_an_overlap_is_shown_with_both_rows(write_pack):
    rows = ['{id: 低, amount_fen: {up_to: "500万元"}, then: A}', '{id: 高, amount_fen: {at_least: "500万元"}, then: B}']
    found = faults(write_pack, table(rows))
    assert [(f.line, f.found) for f in found] == [(13, "第 低、高 行同时命中：金额（amount_fen）＝500 万元")]


def test_first_hit_tables_may_overlap_but_not_hide_a_row(write_pack):
    rows = ["{id: 全, then: A}", '{id: 被遮, amount_fen: {above: "1亿元"}, then: B}']
    assert "第 被遮 行永远不会命中" in [f.found for f in faults(write_pack, table(rows, hit="FIRST"))]


def test_a_table_too_large_to_prove_is_refused(write_pack):
    inputs = "\n".join(
        f"  k{i}: {{type: choice, label: 类{i}, choices: {{{', '.join(f'C{n}: 码{n}' for n in range(40))}}}}}"
        for i in range(4)
    )
    found = faults(write_pack, table(["{id: 全, then: A}", "{k0: {is: C0}, then: B}"], inputs=inputs, hit="FIRST"))
    assert any("无法证明完备" in f.found and f.mend == "拆成两张表" for f in found)


def grades(write_pack, inputs, rows, **more):
    pack = load_pack(write_pack(files={"tables/t.yaml": table(rows, inputs=inputs, **more)}))
    return Policy([pack])


def test_an_unknown_fact_that_cannot_matter_does_not_wait(write_pack):
    inputs = "  amount_fen: {type: fen, label: 金额}\n  urgent: {type: bool, label: 紧急}"
    rows = [
        '{id: 急, urgent: {is: "true"}, then: A}',
        '{id: 大, urgent: {is: "false"}, amount_fen: {above: "1亿元"}, then: A}',
        '{id: 小, urgent: {is: "false"}, amount_fen: {up_to: "1亿元"}, then: B}',
    ]
    policy = grades(write_pack, inputs, rows)
    urgent = policy.decide("sample.grade", {"urgent": True}, ON)
    assert (urgent.value, urgent.row) == ("A", "急")
    waiting = policy.decide("sample.grade", {"urgent": False}, ON)
    assert (waiting.value, waiting.reason) == (UNDETERMINED, "缺少“金额”，补录后自动重新认定")
    assert policy.decide("sample.grade", {"amount_fen": 5}, ON).is_undetermined


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        ({"total_investment_fen": "1亿"}, "整数（分）"),
        ({"total_investment_fen": 1.5}, "整数（分）"),
        ({"total_investment_fen": True}, "整数（分）"),
    ],
)
def test_a_wrong_fact_is_refused_not_guessed(facts, part):
    policy = Policy([load_packs()["centralized"]])
    with pytest.raises(Refusal) as caught:
        policy.decide("centralized.grade", facts, ON)
    assert caught.value.code == "policy.wrong_fact"
    assert caught.value.field == "total_investment_fen"
    assert part in caught.value.data["expected"]
    with pytest.raises(Refusal):
        policy.decide_many("centralized.grade", {key: [value] for key, value in facts.items()}, ON)


def everything():
    packs = load_packs()
    policy = Policy(
        packs[key] for key in ("classified_initiation", "centralized", "county_reserve", "works_bureau", "national")
    )
    return policy, sorted({key for pack in policy.packs for key in pack.tables})


POLICY, TABLES = everything()


def _fact(item):
    if item.type == "choice":
        return st.sampled_from([*item.choices, None, "", "UNKNOWN"])
    if item.type == "bool":
        return st.sampled_from([True, False, None])
    if item.type == "ratio":
        near = [
            Decimal("0.05"),
            Decimal("0.10"),
            Decimal("0.1001"),
            Decimal("0.30"),
            Decimal("0.6"),
            Decimal("0.8"),
            Decimal(0),
        ]
        return st.sampled_from([*near, None]) | st.decimals("-2", "3", places=4)
    near = [10**10, 10**10 + 1, 10**10 - 1, 5 * 10**8, 5 * 10**8 + 1, 5 * 10**8 - 1, 5 * 10**9, 0, 1, 2022, 2023]
    return st.sampled_from([*near, None]) | st.integers(-(10**6), 10**13)


@st.composite
def records(draw):
    key = draw(st.sampled_from(TABLES))
    inputs = {}
    for name in TABLES:
        for item in POLICY.table(name, ON)[1].inputs.values():
            if item.decided_by is None:
                inputs.setdefault(item.key, item)
    return key, [{name: draw(_fact(item)) for name, item in inputs.items()} for _ in range(draw(st.integers(1, 4)))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records())
def test_every_input_hits_exactly_one_row_and_the_fast_path_agrees(case):
    key, items = case
    table_ = POLICY.table(key, ON)[1]
    columns = {name: [item[name] for item in items] for name in items[0]}
    many = POLICY.decide_many(key, columns, ON)
    for index, item in enumerate(items):
        one = POLICY.decide(key, item, ON)
        assert many.values[index] == one.value
        assert bool(many.conflicts[index]) == bool(one.conflicts)
        row = table_.rows[many.rows[index]].id if many.rows[index] >= 0 else None
        assert row == one.row
        facts = table_.read_facts(item)
        if (
            table_.hit == "UNIQUE"
            and one.row is not None
            and None not in facts.values()
            and len(facts) == len(table_.inputs)
        ):
            assert [r.id for r in table_.rows if r.matches(facts)] == [one.row]
        assert one.explanation
        assert one.reason or not one.is_undetermined


@st.composite
def random_tables(draw):
    bounds = sorted(draw(st.sets(st.integers(0, 40), min_size=1, max_size=4)))
    rows = [f'{{id: start, amount_fen: {{below: "{bounds[0]}"}}, then: A}}']
    for low, high in itertools.pairwise(bounds):
        rows.append(f'{{id: r{low}, amount_fen: {{at_least: "{low}", below: "{high}"}}, then: B}}')
    rows.append(f'{{id: last, amount_fen: {{at_least: "{bounds[-1]}"}}, then: A}}')
    damage = draw(st.sampled_from(["none", "drop", "double"]))
    victim = draw(st.integers(0, len(rows) - 1))
    if damage == "drop":
        rows.pop(victim)
    if damage == "double":
        rows.append(rows[victim].replace("id: ", "id: again"))
    return damage, rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random_tables())
def test_the_proof_finds_what_walking_all_numbers_finds(write_pack, case):
    damage, rows = case
    if not rows:
        return
    outputs = "{" + ", ".join(f"{c}: 结果{c}" for c in "AB" if any(f"then: {c}" in row for row in rows)) + "}"
    pack = load_pack(write_pack(files={"tables/t.yaml": table(rows, outputs=outputs)}))
    built = pack.tables["sample.grade"][0]
    hits = [sum(row.matches({"amount_fen": n}) for row in built.rows) for n in range(-2, 45)]
    kinds = {flaw.kind for flaw in Grid(built).flaws()}
    assert ("hole" in kinds) == (0 in hits)
    assert ("overlap" in kinds) == (max(hits) > 1)
    assert (damage == "none") <= (not kinds)


def test_the_explanation_says_which_bound_matched():
    policy = Policy([load_packs()["centralized"]])
    said = policy.decide("centralized.grade", {"total_investment_fen": 12_000_000_000}, ON).explanation
    assert said == "总投资 1.2 亿元 > 1 亿元 → A 级"
