"""What people read of a decision holds no key of the program: every golden case of every pack, in words (LOOK 11)."""

import re

import pytest

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy.checking import below, typed_fact
from gongbu.ground.policy.loading import load_packs
from gongbu.ground.policy.models import PolicyDecision
from gongbu.ground.policy.queries import say_facts
from gongbu.ground.policy.rules.policy import Policy

KEY = re.compile(r"[a-z]+_[a-z_]+|[A-Z]{2,}_[A-Z0-9_]+|\b(?:true|false|None|UNKNOWN|CLASS_\d)\b")
CASES = [
    pytest.param(pack.key, file, case, id=f"{pack.key}-{file.table}-{case.name}")
    for pack in load_packs().values()
    for _, file in pack.extras["cases"]
    if file.table is not None
    for case in file.cases
]


def decide(key, file, case):
    packs = load_packs()
    policy = Policy(below(packs[key], packs))
    facts = {name: typed_fact(policy, file.table, case, name, raw) for name, raw in case.given.items()}
    return policy.decide(file.table, facts, case.on)


@pytest.mark.req("GO-01")
@pytest.mark.parametrize(("key", "file", "case"), CASES)
def test_facts_answer_and_explanation_are_words(key, file, case):
    try:
        decision = decide(key, file, case)
    except Refusal:
        return
    row = PolicyDecision(pack=key, table_key=file.table, facts=decision.facts_json())
    for label, _key, words in say_facts(row):
        assert not KEY.search(f"{label}：{words}")
    assert not KEY.search(f"{decision.label} {decision.explanation}")


def test_a_fact_that_no_table_knows_any_more_stands_as_stored():
    row = PolicyDecision(pack="gone", table_key="gone.table", facts={"of_old": "甲", "none": None})
    assert say_facts(row) == [("of_old", "of_old", "甲"), ("none", "none", "未报")]
