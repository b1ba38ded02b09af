"""Control characters are found wherever a text stands, and an act that is given one does not begin."""

from dataclasses import dataclass

import pytest

from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import InvalidInput
from gongbu.ground.basics.text import find_control_character, find_control_characters, read_id


@dataclass(frozen=True)
class Paper:
    title: str
    pages: int = 1


@pytest.mark.parametrize("code", [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
def test_every_control_character_is_found_with_its_place(code: int) -> None:
    assert find_control_character(f"水厂{chr(code)}") == (3, f"U+{code:04X}")


@pytest.mark.parametrize("text", ["", "第一段\r\n第二段", "甲\t乙", "城西水厂（一期）"])
def test_lines_tabs_and_plain_text_pass(text: str) -> None:
    assert find_control_characters({"content": text}) == []


def test_the_finding_stands_at_the_key_the_text_was_given_by() -> None:
    values = {"changes": {"content": "a\x00"}, "papers": [Paper("b\x01")], "notes": ["c\x02"], "n": 3, "none": None}
    found = find_control_characters(values)
    assert [f.field for f in found] == ["content", "title", "notes"]
    assert found[0].data == {"place": 2, "found": "U+0000"}


@pytest.mark.django_db
def test_an_act_given_a_control_character_does_not_begin() -> None:
    begun = []

    @act("t.text", "试办")
    def run(*, reason: str) -> None:
        begun.append(reason)

    with pytest.raises(InvalidInput) as caught:
        run(reason="更正\x00")
    assert [f.field for f in caught.value.findings] == ["reason"]
    assert begun == []
    run(reason="更正")
    assert begun == ["更正"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("0", 0),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        ("²", None),
        ("７", None),
        ("7a", None),
    ],
)
def test_the_number_of_a_record_is_plain_digits_that_fit_a_column(text, number):
    assert read_id(text) == number
