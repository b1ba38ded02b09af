"""GB/T 4754—2017: counts of the standard, paths, search, the 2011 shift."""

from collections import Counter

import pytest

from gongbu.ground.references import industries


def test_counts_are_those_of_the_standard():
    counts = Counter(line.level for line in industries.all_industries().values())
    assert counts == {"SECTION": 20, "DIVISION": 97, "GROUP": 473, "CLASS": 1380}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("E", ["建筑业"]),
        ("48", ["建筑业", "土木工程建筑业"]),
        ("4813", ["建筑业", "土木工程建筑业", "铁路、道路、隧道和桥梁工程建筑", "市政道路工程建筑"]),
        ("9999", []),
    ],
)
def test_path(code, names):
    assert [line.name for line in industries.path_of(code)] == names


def test_every_line_has_its_parent():
    for line in industries.all_industries().values():
        depth = {"SECTION": 1, "DIVISION": 2, "GROUP": 3, "CLASS": 4}[line.level]
        found = len(industries.path_of(line.code))
        assert found == depth or (found >= 2 and depth > found), line  # some divisions have classes without groups


def test_children_and_search():
    assert [line.code for line in industries.children_of("E")] == ["47", "48", "49", "50"]
    assert len(list(industries.children_of())) == 20
    assert [line.code for line in industries.search("水利")[:2]] == ["N", "76"]
    assert industries.search("48")[0].code == "48"
    assert industries.search("  ") == []


def test_2011_divisions_shift_by_one():
    for old, name in industries.DIVISIONS_2011.items():
        assert industries.find(industries.division_of_2011(old)).name == name
    assert industries.division_of_2011("48") is None


def test_divisions_usual_for_government_exist():
    assert all(industries.find(code).level == "DIVISION" for code in industries.USUAL_FOR_GOVERNMENT)
