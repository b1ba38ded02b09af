"""The draw: counts always hold, nobody avoided is drawn, the same seed gives the same people; 回避 on its days."""

import hashlib
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongbu.ground.basics.findings import Basis
from gongbu.ground.experts.rules import identity
from gongbu.ground.experts.rules.appraising import check_marks, compute_average
from gongbu.ground.experts.rules.avoidance import (
    Avoid,
    AvoidRule,
    ExpertFacts,
    Relation,
    check_eligible,
    fold_unit,
    years_before,
)
from gongbu.ground.experts.rules.drawing import (
    MEMBER,
    Candidate,
    Need,
    PoolTooSmall,
    compute_commitment,
    compute_final_seed,
    compute_line,
    draw,
    find_next,
)

CODES = ("MUNICIPAL", "COST", "WATER", "LAW")
RULE = AvoidRule(3, Basis("政府采购评审专家管理办法（财库〔2016〕198号）", "第十六条"))
ON = date(2027, 3, 5)


def sha(data):
    return hashlib.sha256(data).digest()


def pools(largest):
    """Pools of up to ``largest`` people with one to three specialties each."""
    rows = st.lists(st.frozensets(st.sampled_from(CODES), min_size=1, max_size=3), max_size=largest)
    return rows.map(lambda found: [Candidate(number, codes) for number, codes in enumerate(found, 1)])


POOLS = pools(12)
NEEDS = st.lists(
    st.builds(Need, st.sampled_from(CODES), st.integers(0, 2), st.integers(0, 2)),
    min_size=1, max_size=3, unique_by=lambda n: n.specialty,
).filter(lambda needs: any(need.places for need in needs))  # fmt: skip
SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)


def can_be_filled(pool, needs):
    """Say by brute force whether the places can be filled at all: Hall's condition over the specialties."""
    wanted = {need.specialty: need.places for need in needs}
    codes = [code for code in wanted if wanted[code]]
    for size in range(1, len(codes) + 1):
        for some in combinations(codes, size):
            if sum(bool(c.specialties & set(some)) for c in pool) < sum(wanted[code] for code in some):
                return False
    return True


@pytest.mark.req("CB-04")
@given(pool=POOLS, needs=NEEDS, seed=SEEDS)
@settings(max_examples=400)
def test_the_counts_hold_whenever_the_pool_allows_them(pool, needs, seed):
    if not can_be_filled(pool, needs):
        with pytest.raises(PoolTooSmall) as short:
            draw(seed, pool, needs, sha)
        assert sum(s.missing for s in short.value.shortages) > 0
        return
    places = draw(seed, pool, needs, sha)
    by_number = {c.number: c for c in pool}
    assert len({p.number for p in places}) == len(places), "nobody sits twice"
    for need in needs:
        mine = [p for p in places if p.specialty == need.specialty]
        assert Counter(p.role for p in mine) == Counter(
            {role: n for role, n in (("MEMBER", need.members), ("SUBSTITUTE", need.substitutes)) if n}
        )
        assert all(need.specialty in by_number[p.number].specialties for p in mine)
        members = [p.rank for p in mine if p.role == MEMBER]
        assert max(members, default=0) < min((p.rank for p in mine if p.role != MEMBER), default=99)


@pytest.mark.req("CB-04")
@given(pool=POOLS, needs=NEEDS, seed=SEEDS, shuffle=st.randoms())
def test_the_same_seed_draws_the_same_people_however_the_pool_is_listed(pool, needs, seed, shuffle):
    if not can_be_filled(pool, needs):
        return
    again = list(pool)
    shuffle.shuffle(again)
    assert draw(seed, again, needs, sha) == draw(seed, pool, needs, sha)


def can_all_sit(people, needs):
    """Say by brute force whether these people can all be seated: Hall's condition over the people."""
    places = {need.specialty: need.places for need in needs}
    for size in range(1, len(people) + 1):
        for some in combinations(people, size):
            codes = frozenset().union(*(person.specialties for person in some))
            if sum(places.get(code, 0) for code in codes) < size:
                return False
    return True


@given(pool=pools(8), needs=NEEDS, seed=SEEDS)
def test_nobody_is_passed_over_for_somebody_behind_him(pool, needs, seed):
    """Whoever was left out could not have been seated together with those drawn ahead of him."""
    if not can_be_filled(pool, needs):
        return
    drawn = {p.number for p in draw(seed, pool, needs, sha)}
    line = compute_line(seed, pool, sha)
    for at, candidate in enumerate(line):
        if candidate.number not in drawn:
            assert not can_all_sit([*(c for c in line[:at] if c.number in drawn), candidate], needs)


def test_everybody_is_drawn_about_equally_often():
    pool = [Candidate(number, frozenset(["COST"])) for number in range(1, 11)]
    drawn = Counter(
        place.number
        for n in range(3000)
        for place in draw(compute_final_seed(sha(b"%d" % n).hex(), "", sha), pool, [Need("COST", 3)], sha)
    )
    assert set(drawn) == set(range(1, 11))
    assert all(780 < times < 1020 for times in drawn.values()), drawn  # 900 expected; 5 sigma are 125


def test_the_word_spoken_on_the_spot_changes_the_line_and_the_seed_is_bound():
    pool = [Candidate(number, frozenset(["COST"])) for number in range(1, 40)]
    seed = "ab" * 32
    lines = {
        tuple(c.number for c in compute_line(compute_final_seed(seed, word, sha), pool, sha))
        for word in ("", "甲", "乙")
    }
    assert len(lines) == 3
    assert compute_commitment(seed, sha) == hashlib.sha256(seed.encode()).hexdigest()


def test_a_replacement_goes_on_down_the_same_line():
    pool = [Candidate(number, frozenset(["COST"] if number % 2 else ["LAW"])) for number in range(1, 20)]
    line = [c.number for c in compute_line("ff" * 32, pool, sha) if "COST" in c.specialties]
    used = set(line[:3])
    found, rank = find_next("ff" * 32, pool, "COST", used, sha)
    assert found.number == line[3]
    assert rank == [c.number for c in compute_line("ff" * 32, pool, sha)].index(line[3]) + 1
    assert find_next("ff" * 32, pool, "COST", set(line), sha) is None


# -- 回避 ----------------------------------------------------------------------------------------------------------


def facts(**changes):
    given = {
        "number": 7, "name": "温若谷", "unit_id": 3, "unit_name": "东县规划院", "state": "ACTIVE",
        "valid_from": date(2026, 1, 1), "valid_to": date(2028, 1, 1), "serves": (990_121_000_000, 990_122_000_000),
        "specialties": frozenset(["COST"]),
    }  # fmt: skip
    return ExpertFacts(**{**given, **changes})


def codes(expert, avoid=None, on=ON, region=990_121_000_000):
    return [f.code for f in check_eligible(expert, avoid or Avoid(), region, on, RULE)]


OWNER = Avoid(
    unit_ids=frozenset([9]), unit_names=frozenset(["云溪设计院(集团)有限公司"]), person_names=frozenset(["何志远"])
)


@pytest.mark.req("CB-04")
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"unit_id": 9}, ["experts.own_unit"]),
        ({"unit_id": None, "unit_name": "云溪设计院 （集团） 有限公司"}, ["experts.own_unit"]),
        ({"name": "何志远"}, ["experts.named"]),
        ({"relations": (Relation("EMPLOYED", 9),)}, ["experts.related"]),
        ({"relations": (Relation("KIN", person_name="何志远"),)}, ["experts.kin"]),
        ({"relations": (Relation("KIN", person_name="别人"),)}, []),
        ({"relations": (Relation("INTEREST", unit_name="云溪设计院（集团）有限公司"),)}, ["experts.related"]),
        ({"relations": (Relation("INTEREST", 9, until=date(2027, 3, 4)),)}, []),
        ({"relations": (Relation("INTEREST", 9, until=date(2027, 3, 5)),)}, ["experts.related"]),
        ({"relations": (Relation("EMPLOYED", 9, until=date(2024, 3, 4)),)}, []),
        ({"relations": (Relation("EMPLOYED", 9, until=date(2024, 3, 5)),)}, ["experts.related_lately"]),
        ({"relations": (Relation("DIRECTOR", 9, until=date(2024, 3, 6)),)}, ["experts.related_lately"]),
        ({"state": "RETIRED"}, ["experts.retired"]),
        ({"state": "SUSPENDED"}, ["experts.suspended"]),
        ({"state": "SUSPENDED", "state_until": date(2027, 3, 5)}, ["experts.suspended"]),
        ({"state": "SUSPENDED", "state_until": date(2027, 3, 4)}, []),
        ({"valid_from": date(2027, 3, 6)}, ["experts.not_yet"]),
        ({"valid_from": date(2027, 3, 5)}, []),
        ({"valid_to": date(2027, 3, 5)}, ["experts.expired"]),
        ({"valid_to": date(2027, 3, 6)}, []),
        ({"valid_to": None}, []),
        ({"serves": (990_122_000_000, 990_123_000_000)}, ["experts.elsewhere"]),
        ({"serves": (990_100_000_000, 990_200_000_000)}, []),
    ],
)
def test_who_may_not_be_drawn_and_why(changes, found):
    assert codes(facts(**changes), OWNER) == found


def test_an_expert_of_the_draw_that_is_supplemented_is_left_out():
    assert codes(facts(), Avoid(numbers=frozenset([7]))) == ["experts.drawn_before"]


def test_the_clause_of_the_bond_is_shown():
    (finding,) = check_eligible(facts(relations=(Relation("EMPLOYED", 9),)), OWNER, 990_121_000_000, ON, RULE)
    assert str(finding.basis) == "政府采购评审专家管理办法（财库〔2016〕198号）第十六条"


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 10))
def test_years_before_is_the_same_day_or_the_28th(day, years):
    earlier = years_before(day, years)
    assert earlier.year == day.year - years
    assert earlier.replace(day=min(earlier.day, 28)) == day.replace(year=earlier.year, day=min(day.day, 28))
    assert timedelta(0) <= day - earlier <= timedelta(days=366 * years)


def test_names_of_units_are_compared_without_spaces_and_brackets():
    assert fold_unit(" 云溪 设计院（集团）") == "云溪设计院(集团)"


RELATIONS = st.lists(
    st.builds(
        Relation, st.sampled_from(["EMPLOYED", "DIRECTOR", "KIN", "INTEREST"]), st.sampled_from([None, 8, 9]),
        st.sampled_from(["", "云溪设计院（集团）有限公司"]), st.sampled_from(["", "何志远"]),
        st.none() | st.dates(date(2020, 1, 1), date(2028, 1, 1)),
    ),
    max_size=3,
)  # fmt: skip
EXPERTS = st.lists(
    st.builds(
        facts, number=st.integers(1, 10**6), name=st.sampled_from(["温某", "何志远"]), unit_id=st.sampled_from([3, 9]),
        state=st.sampled_from(["ACTIVE", "ACTIVE", "SUSPENDED", "RETIRED"]), relations=RELATIONS.map(tuple),
        specialties=st.frozensets(st.sampled_from(CODES), min_size=1, max_size=2),
    ),
    max_size=14, unique_by=lambda e: e.number,
)  # fmt: skip


@pytest.mark.req("CB-04")
@given(experts=EXPERTS, needs=NEEDS, seed=SEEDS)
def test_nobody_who_must_keep_away_is_ever_drawn(experts, needs, seed):
    reasons = {e.number: check_eligible(e, OWNER, 990_121_000_000, ON, RULE) for e in experts}
    pool = [Candidate(e.number, e.specialties) for e in experts if not reasons[e.number]]
    try:
        places = draw(seed, pool, needs, sha)
    except PoolTooSmall:
        return
    by_number = {e.number: e for e in experts}
    for place in places:
        expert = by_number[place.number]
        assert expert.state == "ACTIVE"
        assert expert.unit_id != 9
        assert expert.name != "何志远"
        for relation in expert.relations:
            stands = relation.until is None or relation.until >= ON
            assert relation.person_name != "何志远"
            assert not (stands and (relation.unit_id == 9 or relation.unit_name))


# -- identity numbers and marks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("990121198001010011", False),
        ("11010519491231002X", True),  # GB 11643-1999, the standard's own example
        ("11010519491231002x", False),  # tidy() writes it in capitals
        ("440524188001010014", True),  # the standard's second example
        ("440524188001010015", False),
        ("4405241880010100", False),
    ],
)
def test_the_check_character_of_an_identity_number(number, right):
    assert identity.is_valid(number) is right
    assert identity.tidy(" 11010519491231002x ") == "11010519491231002X"


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ({"A": 0, "B": 5}, []),
        ({"A": 5}, ["experts.mark_missing"]),
        ({"A": 6, "B": -1}, ["experts.mark_outside", "experts.mark_outside"]),
        ({"A": 1, "B": 1, "C": 1}, ["experts.mark_unknown"]),
    ],
)
def test_every_item_is_marked_within_the_scale(marks, found):
    assert [f.code for f in check_marks(marks, ["A", "B"], 5)] == found


def test_the_average_is_rounded_half_up():
    assert compute_average([5, 4, 4]) == Decimal("4.33")
    assert compute_average([5, 5, 5, 4, 4, 4, 4, 4]) == Decimal("4.38")  # 4.375
