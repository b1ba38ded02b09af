"""The one resolution rule: adoptions along the region's path upward, then ``national``."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy.loading import load_packs
from gongbu.ground.policy.rules.resolution import Adopted, in_force, order

DAY = date(2026, 1, 1)


def pack(key, keys=(), over=()):
    base = load_packs()["works_bureau"]
    return replace(base, key=key, parameters=dict.fromkeys(keys), tables={}, over=tuple(over))


PACKS = {key: pack(key) for key in ("a", "b", "c", "d", "national")}


def adopted(distance, packs, subject="GRADING", since=DAY, level="COUNTY"):
    return Adopted(distance, level, subject, tuple(packs), since)


def names(adoptions, packs=PACKS, on=DAY):
    return [placed.pack for placed in order(adoptions, on, packs)]


def test_nothing_adopted_leaves_the_national_base():
    assert names([]) == ["national"]


def test_the_county_goes_before_the_city_before_the_nation():
    assert names([adopted(1, ["b"], level="CITY"), adopted(0, ["a"])]) == ["a", "b", "national"]


def test_the_adopted_order_within_a_subject_stands():
    assert names([adopted(0, ["c", "a", "b"])]) == ["c", "a", "b", "national"]


def test_a_pack_adopted_twice_counts_where_it_is_nearest():
    assert names([adopted(0, ["b"]), adopted(1, ["a", "b"])]) == ["b", "a", "national"]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 12, 31), ["national"]),
        (DAY, ["a", "national"]),
        (date(2026, 6, 30), ["a", "national"]),
        (date(2026, 7, 1), ["b", "national"]),
    ],
)
def test_a_later_adoption_replaces_the_earlier_from_its_day(on, expected):
    rows = [adopted(0, ["a"]), adopted(0, ["b"], since=date(2026, 7, 1))]
    assert names(rows, on=on) == expected


def test_giving_a_subject_up_leaves_what_is_above():
    rows = [adopted(0, ["a"]), adopted(0, [], since=date(2026, 7, 1)), adopted(1, ["b"], level="CITY")]
    assert names(rows, on=date(2026, 7, 1)) == ["b", "national"]


def test_one_key_in_two_packs_needs_an_order():
    packs = {**PACKS, "a": pack("a", ["x.y"]), "b": pack("b", ["x.y"])}
    with pytest.raises(Refusal) as caught:
        names([adopted(0, ["a"]), adopted(0, ["b"], subject="RESERVE")], packs)
    assert (caught.value.code, caught.value.data["keys"]) == ("policy.unordered_keys", "x.y")
    assert names([adopted(0, ["b", "a"])], packs) == ["b", "a", "national"]
    declared = {**packs, "a": pack("a", ["x.y"], over=["b"])}
    assert names([adopted(0, ["b"], subject="GRADING"), adopted(0, ["a"], subject="RESERVE")], declared) == [
        "a",
        "b",
        "national",
    ]


def test_orders_that_contradict_each_other_are_refused():
    packs = {**PACKS, "a": pack("a", over=["b"])}
    with pytest.raises(Refusal) as caught:
        names([adopted(0, ["b", "a"])], packs)
    assert caught.value.code == "policy.order_cycle"


def test_an_adopted_pack_must_be_installed():
    with pytest.raises(Refusal) as caught:
        names([adopted(0, ["gone"])])
    assert caught.value.code == "policy.pack_missing"


rows = st.lists(
    st.builds(
        adopted,
        st.integers(0, 2),
        st.lists(st.sampled_from("abcd"), unique=True, max_size=3),
        st.sampled_from(["GRADING"]),
        st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    ),
    max_size=6,
)


@given(rows, st.dates(date(2025, 1, 1), date(2027, 1, 1)))
def test_every_adopted_pack_appears_once_nearest_first(adoptions, on):
    placed = order(adoptions, on, PACKS)
    found = [one.pack for one in placed]
    assert found[-1] == "national"
    assert len(set(found)) == len(found)
    assert set(found) == {"national"}.union(*(set(a.packs) for a in in_force(adoptions, on)))
    assert [one.distance for one in placed] == sorted(one.distance for one in placed)
