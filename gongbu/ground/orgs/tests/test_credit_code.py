"""GB 32100—2015: known codes, every wrong character, every swapped pair, random bodies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.orgs.rules.credit_code import (
    ALPHABET,
    check_credit_code,
    compute_check_character,
    has_valid_organisation_code,
    normalise,
)

bodies = st.text(alphabet=ALPHABET, min_size=17, max_size=17)


def test_worked_example():
    # 自拟 91350100M000100Y4: Σ Cᵢ·3^(i−1) mod 31 = 28, 31 − 28 = 3 (the example printed with GB 32100 commentaries).
    assert compute_check_character("91350100M000100Y4") == "3"
    assert check_credit_code("91350100M000100Y43") is None


@given(bodies)
def test_a_code_with_its_check_character_passes(body):
    assert check_credit_code(body + compute_check_character(body)) is None


@given(bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_found(body, place, other):
    code = body + compute_check_character(body)
    wrong = code[:place] + other + code[place + 1 :]
    assert (check_credit_code(wrong) is None) == (wrong == code)


@given(bodies, st.integers(0, 15))
def test_any_swap_of_neighbours_is_found(body, place):
    code = body + compute_check_character(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (check_credit_code(swapped) is None) == (swapped == code)


@given(st.text(max_size=30))
def test_anything_gets_an_answer(text):
    finding = check_credit_code(normalise(text))
    assert finding is None or finding.code.startswith("credit_code.")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", "credit_code.length"),
        ("91350100M000100Y4", "credit_code.length"),
        ("91350100I000100Y43", "credit_code.character"),
        ("91350100M000100Y44", "credit_code.check_digit"),
    ],
)
def test_what_is_wrong_is_named(code, expected):
    assert check_credit_code(code).code == expected


def test_people_write_codes_in_many_ways():
    assert normalise(" 91350100-m000100y43 ") == "91350100M000100Y43"
    assert normalise("９１３５０１００Ｍ０００１００Ｙ４３") == "91350100M000100Y43"


def test_inner_organisation_code_is_told_but_not_refused():
    # GB 11714 of M000100Y: 22×3 + 1×5 + 34×2 = 139; 139 mod 11 = 7; 11 − 7 = 4, the seventeenth character.
    assert has_valid_organisation_code("91350100M000100Y43")
    other = "91350100M000100Y5"
    code = other + compute_check_character(other)
    assert not has_valid_organisation_code(code)
    assert check_credit_code(code) is None
