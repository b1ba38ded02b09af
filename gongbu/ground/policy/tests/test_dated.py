"""Dated lookup by anchor, repeal, persons, and the direction of statutory values."""

from datetime import date
from decimal import Decimal

import pytest

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy.checking import check_folder
from gongbu.ground.policy.loading import load_pack, load_packs
from gongbu.ground.policy.rules.policy import Policy
from gongbu.ground.policy.rules.values import money_words, parse_money, value_words
from gongbu.ground.policy.tests.conftest import parameter

PAYMENT = """\
key: sample.payment_floor
label: 样例支付比例下限
unit: ratio
anchor: contract_signed_on
versions:
  - from: 2020-01-01
    value: "0.60"
    basis: {instrument: 样例条例, article: 第一条}
    confidence: V3
  - from: 2022-08-01
    value: "0.80"
    only_for: [GOVERNMENT, STATE_OWNED]
    basis: {instrument: 样例条例, article: 第二条}
    confidence: V3
  - from: 2025-01-01
    value: null
    basis: {instrument: 样例条例, article: 第三条}
    confidence: V1
"""


@pytest.fixture
def policy(write_pack):
    return Policy([load_pack(write_pack(files={"parameters/p.yaml": PAYMENT}))])


@pytest.mark.parametrize(
    ("signed_on", "owner", "words"),
    [
        (date(2020, 1, 1), "GOVERNMENT", "60%"),
        (date(2022, 7, 31), "GOVERNMENT", "60%"),
        (date(2022, 8, 1), "GOVERNMENT", "80%"),
        (date(2022, 8, 2), "STATE_OWNED", "80%"),
        (date(2022, 8, 1), "ENTERPRISE", "60%"),
        (date(2024, 12, 31), "GOVERNMENT", "80%"),
    ],
)
def test_the_anchor_day_and_the_person_pick_the_version(policy, signed_on, owner, words):
    assert policy.at("sample.payment_floor", signed_on, for_=owner).words == words


@pytest.mark.parametrize(
    ("signed_on", "code", "why"),
    [(date(2019, 12, 31), "policy.no_value", "尚未施行"), (date(2025, 1, 1), "policy.no_value", "已废止")],
)
def test_no_value_before_the_first_and_after_repeal(policy, signed_on, code, why):
    with pytest.raises(Refusal) as caught:
        policy.at("sample.payment_floor", signed_on, for_="GOVERNMENT")
    assert (caught.value.code, caught.value.data["why"]) == (code, why)


def test_who_it_is_for_must_be_said_where_it_matters(policy):
    assert policy.at("sample.payment_floor", date(2021, 1, 1)).words == "60%"
    with pytest.raises(Refusal) as caught:
        policy.at("sample.payment_floor", date(2023, 1, 1))
    assert caught.value.code == "policy.for_whom"
    with pytest.raises(Refusal) as caught:
        policy.at("sample.nothing", date(2023, 1, 1))
    assert caught.value.code == "policy.unknown_key"


def test_the_reference_names_pack_version_record_and_day(policy):
    ref = policy.at("sample.payment_floor", date(2023, 1, 1), for_="GOVERNMENT").ref.as_dict()
    assert ref.keys() == {"pack", "version", "key", "from", "hash"}
    assert (ref["pack"], ref["version"], ref["from"]) == ("sample", "2026.1.1", "2022-08-01")
    assert ref["hash"].startswith("sha256:")


def test_the_hash_changes_with_the_value_and_only_then(write_pack):
    def digest(value, comment=""):
        pack = load_pack(write_pack(files={"parameters/p.yaml": comment + parameter(value=value)}))
        return pack.parameters["sample.limit"].versions[0].hash

    assert digest('"20"') == digest('"20"', comment="# 注\n")
    assert digest('"20"') != digest('"21"')


def national(direction, value, more="", confidence="V1", unit="days"):
    return parameter(key="law.limit", value=value, unit=unit, more=f"direction: {direction}\n{more}").replace(
        "confidence: V1", f"confidence: {confidence}"
    )


def local(value, unit="days"):
    return parameter(key="law.limit", value=value, unit=unit).replace("第一条", "第九条")


def check(write_pack, tmp_path, above, below):
    write_pack("law", {"parameters/l.yaml": above})
    write_pack("local", {"parameters/l.yaml": below}, over="law")
    return check_folder(tmp_path / "packs")


@pytest.mark.parametrize(
    ("direction", "legal", "mine", "is_fine"),
    [
        ("floor", '"20"', '"19"', False),
        ("floor", '"20"', '"20"', True),
        ("floor", '"20"', '"25"', True),
        ("ceiling", '"20"', '"21"', False),
        ("ceiling", '"20"', '"15"', True),
        ("exact", '"20"', '"15"', False),
        ("exact", '"20"', '"20"', True),
    ],
)
def test_a_local_value_may_be_stricter_but_not_looser(write_pack, tmp_path, direction, legal, mine, is_fine):
    report = check(write_pack, tmp_path, national(direction, legal), local(mine))
    assert report.ok == is_fine
    if not is_fine:
        fault = report.faults[0]
        assert (fault.file, fault.line, fault.key) == ("local/parameters/l.yaml", 7, "law.limit")
        assert "样例条例（第1号令）第九条" in fault.found
        assert "样例条例（第1号令）第一条" in fault.found


def test_lists_have_a_direction_too(write_pack, tmp_path):
    assert not check(write_pack, tmp_path, national("floor", "[甲, 乙]", unit="texts"), local("[甲]", unit="texts")).ok
    assert check(
        write_pack, tmp_path, national("floor", "[甲, 乙]", unit="texts"), local("[丙, 乙, 甲]", unit="texts")
    ).ok
    assert not check(
        write_pack, tmp_path, national("ceiling", "[甲, 乙]", unit="texts"), local("[甲, 丙]", unit="texts")
    ).ok


def test_within_a_delegation_a_looser_value_is_fine(write_pack, tmp_path):
    clause = 'delegated_to: {{level: [{level}], bounds: {{at_least: "10", up_to: "30"}}, basis: {{instrument: 样例条例, article: 第五条}}}}'
    assert check(write_pack, tmp_path, national("floor", '"20"', clause.format(level="CITY, COUNTY")), local('"10"')).ok
    assert not check(
        write_pack, tmp_path, national("floor", '"20"', clause.format(level="CITY, COUNTY")), local('"9"')
    ).ok
    assert not check(write_pack, tmp_path, national("floor", '"20"', clause.format(level="PROVINCE")), local('"10"')).ok


def test_loosening_an_unchecked_transcription_is_noted_not_refused(write_pack, tmp_path):
    report = check(write_pack, tmp_path, national("floor", '"20"', confidence="G"), local('"10"'))
    assert report.ok
    assert "放宽了法定下限" in report.notes[0].found


def test_two_packs_may_not_give_one_key_without_an_order(write_pack, tmp_path):
    write_pack("one", {"parameters/l.yaml": local('"10"')})
    write_pack("two", {"parameters/l.yaml": local('"11"')})
    report = check_folder(tmp_path / "packs")
    assert [(f.file, f.found) for f in report.faults] == [("two/pack.yaml", "与 one 都规定了 law.limit，没有先后次序")]


@pytest.mark.parametrize(
    ("text", "fen"),
    [("1亿元", 10**10), ("500万元", 5 * 10**8), ("0.01元", 1), ("1.23亿元", 12_300_000_000), ("50000", 50_000)],
)
def test_money_is_read_exactly(text, fen):
    assert parse_money(text) == fen


def test_money_is_written_without_rounding():
    assert money_words(12_345_678_901) == "1.2345678901 亿元"
    assert money_words(1) == "0.01 元"


def test_confidence_is_marked_as_in_the_source():
    packs = load_packs()
    marks = {
        key: packs["national"].parameters[key].versions[-1].confidence.mark
        for key in (
            "licences.decision_limit",
            "statistics.direct_report_threshold",
            "warnings.default_red_points",
            "estimates.adjustment_audit_ratio",
        )
    }
    assert list(marks.values()) == ["", "核原文", "待确认", "待确认"]


@pytest.mark.parametrize(
    ("share", "words"),
    [("0.666666", "三分之二"), ("0.333333", "三分之一"), ("0.67", "67%"), ("0.5", "50%"), ("0.6667", "66.67%")],
)
def test_a_share_that_does_not_end_is_said_as_the_law_says_it(share, words):
    assert value_words("ratio", Decimal(share)) == words
