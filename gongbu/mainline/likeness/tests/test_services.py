"""Acts on likeness: who may say what, what stands in the book, and what the rules keep finding."""

from decimal import Decimal

import pytest

from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.likeness import queries, services
from gongbu.mainline.likeness.choices import PairState
from gongbu.mainline.likeness.models import Pair
from gongbu.mainline.likeness.tests.test_index import rev, settle
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nation(db: None) -> None:
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})


@pytest.fixture
def twins() -> tuple[Project, Project]:
    one = make.reserve_project(name="石桥镇污水处理厂")
    other = make.reserve_project(name="云溪县石桥镇污水厂新建项目")
    settle()
    return one, other


def pair_of(project: Project) -> Pair:
    (pair,) = queries.pairs_of(project.pk)
    return pair


def traces() -> tuple[int, int, list[tuple[str, str, int]]]:
    return (
        Entry.objects.count(),
        OutboxMessage.objects.count(),
        list(queries.pairs().values_list("state", "verdict", "rev")),
    )


@pytest.mark.req("CM-02", "GO-03")
def test_what_an_officer_says_stands_on_both_files_and_in_the_book(twins: tuple[Project, Project]) -> None:
    one, other = twins
    found = pair_of(other)
    assert (found.state, found.relation) == ("OPEN", "SAME")
    assert found.score > Decimal("0.9")
    pair = services.decide(
        project_id=other.pk, other_id=one.pk, verdict="DIFFERENT", reason="一为镇区，一为工业园", actor=make.officer()
    )
    assert pair.pk == found.pk
    assert (pair.state, pair.verdict, pair.decided_by) == ("DECIDED", "DIFFERENT", "岳知行")
    for mine, theirs in ((one, other), (other, one)):
        entry = next(row for row in ledger.list_for_subject("project", mine.pk) if row.kind == "likeness.decided")
        assert entry.content["after"]["other_name"] == theirs.name
        assert entry.content["after"]["reason"] == "一为镇区，一为工业园"
        assert {ref["key"] for ref in entry.content["policy"]} == {"likeness.same_at", "likeness.shown_at"}
        assert pair_of(mine).verdict == "DIFFERENT"
    receipt = ledger.get_receipt(pair.receipt)
    assert receipt is not None
    assert receipt.public["认定"] == "不同项目"
    settle()
    assert pair_of(one).state == "DECIDED", "another look does not undo what a person said"


def test_what_an_applicant_says_waits_for_an_officer(twins: tuple[Project, Project]) -> None:
    one, other = twins
    clerk = make.actor("TOWNSHIP_CLERK", name="柳知春")
    pair = services.decide(project_id=other.pk, other_id=one.pk, verdict="OTHER_PHASE", reason="为二期", actor=clerk)
    assert pair.state == "STATED"
    with pytest.raises(NotAllowed):
        services.confirm(pair_id=pair.pk, actor=clerk)
    with pytest.raises(NotAllowed):
        services.confirm(pair_id=pair.pk, actor=make.actor("LEADER"))
    settled = services.confirm(pair_id=pair.pk, rev=pair.rev, actor=make.officer())
    assert (settled.state, settled.verdict, settled.reason) == ("DECIDED", "OTHER_PHASE", "为二期")
    with pytest.raises(Refusal):
        services.decide(project_id=other.pk, other_id=one.pk, verdict="DIFFERENT", reason="不同", actor=clerk)
    again = services.decide(project_id=other.pk, other_id=one.pk, verdict="SAME", actor=make.head())
    assert again.verdict == "SAME", "an officer may decide anew"


def test_refusals_leave_nothing(twins: tuple[Project, Project]) -> None:
    one, other = twins
    officer, before = make.officer(), traces()

    def say(**more: object) -> None:
        values = {"project_id": other.pk, "other_id": one.pk, "verdict": "SAME", "actor": officer, **more}
        services.decide(**values)  # type: ignore[arg-type]

    with pytest.raises(InvalidInput):
        say(verdict="DIFFERENT")
    with pytest.raises(InvalidInput):
        say(verdict="PERHAPS")
    with pytest.raises(InvalidInput):
        say(verdict="DIFFERENT", reason="密级：机密")
    with pytest.raises(Refusal):
        say(other_id=other.pk)
    with pytest.raises(NotAllowed):
        say(actor=make.actor("LEADER"))
    with pytest.raises(NotFound):
        say(actor=make.officer(make.neighbour()))
    with pytest.raises(ChangedMeanwhile):
        say(rev=99)
    with pytest.raises(Refusal):
        services.confirm(pair_id=pair_of(one).pk, actor=officer)
    with pytest.raises(NotFound):
        services.confirm(pair_id=10**9, actor=officer)
    assert traces() == before
    say()
    after = traces()
    with pytest.raises(Refusal):
        say()
    assert traces() == after


def test_projects_that_the_rules_did_not_bring_together_can_be_named(db: None) -> None:
    one, other = make.reserve_project(name="民生通道工程"), make.reserve_project(name="幸福大道")
    settle()
    assert queries.pairs_of(one.pk) == []
    pair = services.decide(
        project_id=one.pk, other_id=other.pk, verdict="SAME", reason="更名前后", actor=make.officer()
    )
    assert (pair.a_id, pair.b_id, pair.relation) == (one.pk, other.pk, "SIMILAR")


@pytest.mark.req("CM-02")
def test_pairs_follow_what_becomes_of_the_projects(twins: tuple[Project, Project]) -> None:
    one, other = twins
    officer = make.officer()
    projects.rename(project_id=other.pk, rev=rev(other), name="石桥镇农贸市场", reason="改变建设内容", actor=officer)
    settle()
    assert queries.pairs_of(one.pk) == []
    projects.rename(project_id=other.pk, rev=rev(other), name="石桥镇污水处理厂二期", reason="改回", actor=officer)
    settle()
    assert (pair_of(one).state, pair_of(one).relation) == ("OPEN", "OTHER_PHASE")
    projects.withdraw(project_id=other.pk, rev=rev(other), reason="重复申报", actor=officer)
    settle()
    assert queries.pairs().get().state == PairState.CLOSED


def test_a_pair_across_counties_is_seen_by_who_sees_both(db: None) -> None:
    city = Region.objects.create(name="澜安市", level="CITY", key_lo=991100 * 10**6, key_hi=991200 * 10**6)
    make.reserve_project(name="青石河大桥至石板滩公路", total_investment_fen=123_456_700)
    make.reserve_project(name="青石河大桥至石板滩公路工程", total_investment_fen=123_456_700, at=make.neighbour())
    settle()
    (pair,) = queries.pairs()
    assert pair.relation == "SAME", "the same odd total in two counties"
    assert not queries.list_pairs(make.officer()).exists()
    assert queries.list_pairs(make.actor("INVESTMENT_OFFICER", city)).get() == pair
