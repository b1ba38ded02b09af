"""Rules of papers: step, number, chain."""

from datetime import date
from decimal import Decimal

import pytest

from gongbu.mainline.approvals import rules


@pytest.mark.parametrize(
    ("doc_type", "step", "adjusted"),
    [
        ("项目建议书批复", "PROPOSAL", False),
        ("立项(带概算)批复", "PROPOSAL", False),
        ("可行性研究报告(带概算)复函", "FEASIBILITY", False),
        ("可行性研究报告调整批复", "FEASIBILITY", True),
        ("初步设计批复函", "DESIGN", False),
        ("初步设计概算批复", "ESTIMATE", False),
        ("概算变更批复", "ESTIMATE", True),
        ("会议纪要", "OTHER", False),
    ],
)
def test_step_of_a_paper(doc_type, step, adjusted):
    assert rules.step_of(doc_type) == (step, adjusted)


@pytest.mark.parametrize(
    ("number", "year"),
    [
        ("潭发改审〔2024〕15号", 2024),
        ("并发改科教字[2007]196号", 2007),
        ("新发改字﹝2020﹞333号", 2020),
        ("(关于某项目的变更)", None),
    ],
)
def test_year_of_a_document_number(number, year):
    assert rules.doc_no_year(number) == year


def paper(pk, step, total, day, adjusted=False):
    return rules.ChainPaper(pk, step, adjusted, day, None if total is None else total * 1_000_000)


def test_chain_compares_with_the_paper_before_that_states_a_total():
    links = rules.compute_chain(
        [
            paper(4, "ESTIMATE", 905, date(2025, 9, 5), adjusted=True),
            paper(1, "PROPOSAL", 1000, date(2023, 1, 1)),
            paper(2, "FEASIBILITY", None, date(2023, 6, 1)),
            paper(3, "ESTIMATE", 872, date(2024, 12, 30)),
        ]
    )
    assert [link.paper_id for link in links] == [1, 2, 3, 4]
    assert [link.change for link in links] == [
        None,
        None,
        Decimal("-0.1280"),
        Decimal("0.0378"),
    ]  # 872/1000−1, 905/872−1
    assert links[3].against_id == 3


def test_an_undated_paper_stands_last_in_its_step():
    links = rules.compute_chain([paper(1, "DESIGN", 10, None), paper(2, "DESIGN", 10, date(2024, 1, 1))])
    assert [link.paper_id for link in links] == [2, 1]
