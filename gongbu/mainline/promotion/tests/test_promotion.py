"""Leads with errands, idle assets, offers to private capital: acts, refusals, pages."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.inbox.models import Task
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.queries import contents_of
from gongbu.ground.orgs.models import Grant, Person, Post
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import WAN, YI
from gongbu.mainline.projects.tests.test_pages import signed_in
from gongbu.mainline.promotion import queries, services
from gongbu.mainline.promotion.models import CapitalOffer, IdleAsset, Lead

pytestmark = pytest.mark.django_db


def post(name="招商专员", at=None, role="SECTOR_OFFICER"):
    """A post whose role may finish errands; ``role`` empty: one that nobody has given a role."""
    made = Post.objects.create(unit=make.unit(f"{name}的单位", "GOVERNMENT", at), name=name)
    if role:
        Grant.objects.create(post=made, role=role, region=at or make.region(), valid_from=date(2020, 1, 1))
    return made


def real(actor):
    """Return the actor as somebody who stands in the register of people: tasks keep who did them."""
    Person.objects.create(pk=actor.person_id, login_name=f"p{actor.person_id}", name=actor.name)
    return actor


def lead(by=None, **more):
    values = {
        "region_id": make.region().pk, "name": "果汁深加工项目", "investor": "远禾食品有限公司", "intended_fen": 2 * YI,
        "agent_post_id": post().pk, **more,
    }  # fmt: skip
    return services.register_lead(actor=by or make.officer(), **values)


def asset(**more):
    values = {
        "region_id": make.region().pk, "name": "原云溪水泥厂厂房", "kind": "PLANT", "owner_name": "云溪建材有限公司",
        "location": "云溪镇工业路1号", "idle_since_on": clock.today() - timedelta(days=400),
        "floor_area_sqm": Decimal("8600.50"), **more,
    }  # fmt: skip
    return services.register_asset(actor=make.officer(), **values)


# -- 招商代办


@pytest.mark.req("JC-13")
def test_an_errand_is_a_task_of_the_agents_post_until_its_result():
    one = lead()
    due = clock.today() + timedelta(days=10)
    errand = services.open_errand(
        lead_id=one.pk, title="营业执照办理", office="市场监管局", due_on=due, actor=make.officer()
    )
    task = Task.objects.get(kind="promotion.errand")
    assert (task.post_id, task.due_on, task.state) == (one.agent_post_id, due, "OPEN")
    services.finish_errand(errand_id=errand.pk, result="已领照", actor=real(make.officer()))
    task.refresh_from_db()
    assert task.state == "DONE"
    one.refresh_from_db()
    assert (one.errand_count, one.open_count) == (1, 0)
    with pytest.raises(Refusal, match="errand_done"):
        services.finish_errand(errand_id=errand.pk, result="再办一次", actor=make.officer())


@pytest.mark.req("JC-13")
def test_open_errands_move_with_the_agent():
    one = lead()
    services.open_errand(lead_id=one.pk, title="用地预审", office="自然资源局", actor=make.officer())
    other = post("新专员")
    with pytest.raises(NotAllowed):
        services.change_agent(lead_id=one.pk, agent_post_id=other.pk, reason="分工调整", actor=make.officer())
    services.change_agent(lead_id=one.pk, agent_post_id=other.pk, reason="分工调整", actor=make.head())
    assert dict(Task.objects.filter(kind="promotion.errand").values_list("post_id", "state")) == {
        one.agent_post_id: "WITHDRAWN",
        other.pk: "OPEN",
    }


def test_an_agent_of_another_county_is_refused():
    theirs = post("邻县专员", make.neighbour())
    before = Entry.objects.count()
    with pytest.raises(Refusal, match="agent_elsewhere"):
        lead(agent_post_id=theirs.pk)
    assert (Entry.objects.count(), Lead.objects.unscoped("test").count()) == (before, 0)


@pytest.mark.req("JC-13")
def test_signed_then_landed_on_a_project_with_days_in_order():
    one, project = lead(talking_since_on=clock.today() - timedelta(days=30)), make.reserve_project()
    with pytest.raises(InvalidInput) as early:
        services.sign_lead(lead_id=one.pk, signed_on=clock.today() - timedelta(days=31), actor=make.officer())
    assert "早于洽谈日期" in word(early.value.findings[0])
    services.sign_lead(lead_id=one.pk, signed_on=clock.today() - timedelta(days=5), actor=make.officer())
    services.land_lead(lead_id=one.pk, project_id=project.pk, landed_on=clock.today(), actor=make.officer())
    one.refresh_from_db()
    assert (one.state, one.project_id) == ("LANDED", project.pk)
    with pytest.raises(Refusal, match="not_in_state"):
        services.end_lead(lead_id=one.pk, reason="不来了", actor=make.head())


@pytest.mark.req("JC-13")
def test_landing_without_a_signing_says_why():
    one, project = lead(), make.reserve_project()
    land = {"lead_id": one.pk, "project_id": project.pk, "landed_on": clock.today(), "actor": make.officer()}
    before = Entry.objects.count()
    with pytest.raises(InvalidInput) as refused:
        services.land_lead(**land)
    said = word(refused.value.findings[0])
    assert "落地须先有签约" in said
    assert "写明没有合同的原因" in said
    one.refresh_from_db()
    assert (one.state, one.project_id, Entry.objects.count()) == ("TALKING", None, before)
    services.land_lead(**land, unsigned_reason="拿地即开工，合同正在报批，县政府会议纪要已明确")
    one.refresh_from_db()
    assert (one.state, one.signed_on, one.unsigned_reason[:5]) == ("LANDED", None, "拿地即开工")
    entry = entry_of("promotion.land_lead")
    assert contents_of([entry.pk])[entry.pk]["after"]["unsigned_reason"] == one.unsigned_reason


def test_a_signed_lead_gives_no_reason_and_the_two_change_places_only_together():
    one, project = lead(talking_since_on=clock.today() - timedelta(days=9)), make.reserve_project()
    services.sign_lead(lead_id=one.pk, signed_on=clock.today(), actor=make.officer())
    land = {"lead_id": one.pk, "project_id": project.pk, "landed_on": clock.today(), "actor": make.officer()}
    with pytest.raises(InvalidInput) as both:
        services.land_lead(**land, unsigned_reason="没有合同")
    assert "两者只能有一个" in word(both.value.findings[0])
    services.land_lead(**land)
    for changes, code in (
        ({"signed_on": None}, "promotion.landed_unsigned"),
        ({"unsigned_reason": "没有合同"}, "promotion.signed_after_all"),
    ):
        with pytest.raises(InvalidInput) as refused:
            services.correct_lead(lead_id=one.pk, changes=changes, reason="误", actor=make.officer())
        assert [f.code for f in refused.value.findings] == [code]
    services.correct_lead(
        lead_id=one.pk, changes={"signed_on": None, "unsigned_reason": "误登了签约"}, reason="误", actor=make.officer()
    )
    one.refresh_from_db()
    assert (one.state, one.signed_on, one.unsigned_reason) == ("LANDED", None, "误登了签约")


def test_ending_a_lead_closes_its_tasks_and_needs_a_reason():
    one = lead()
    services.open_errand(lead_id=one.pk, title="用地预审", office="自然资源局", actor=make.officer())
    with pytest.raises(Refusal, match="reason_missing"):
        services.end_lead(lead_id=one.pk, reason="", actor=make.head())
    services.end_lead(lead_id=one.pk, reason="投资方放弃", actor=real(make.head()))
    assert not Task.objects.filter(state="OPEN").exists()


def test_two_on_one_lead_one_is_told():
    one = lead()
    services.sign_lead(lead_id=one.pk, signed_on=clock.today(), actor=make.officer(), rev=one.rev)
    with pytest.raises(ChangedMeanwhile) as late:
        services.end_lead(lead_id=one.pk, reason="x", actor=make.head(), rev=one.rev)
    assert "岳知行" in word(late.value)


@pytest.mark.req("GO-15")
def test_a_marked_lead_is_refused_and_nothing_is_written():
    with pytest.raises(InvalidInput):
        lead(name="国防工程配套项目", needs="秘密★项目")
    assert not Lead.objects.unscoped("test").exists()
    assert not Entry.objects.filter(kind="promotion.register_lead").exists()


def test_the_next_county_sees_nothing():
    one = lead()
    with pytest.raises(NotFound):
        services.sign_lead(lead_id=one.pk, signed_on=clock.today(), actor=make.officer(make.neighbour()))


# -- 闲置资产


@pytest.mark.req("JC-13")
def test_an_asset_is_matched_and_revived_by_a_project():
    one, project = asset(), make.reserve_project()
    services.match_asset(asset_id=one.pk, matched_with="远禾食品有限公司", actor=make.officer())
    services.revive_asset(
        asset_id=one.pk, outcome="整体出租，改造为果汁生产线", revived_on=clock.today(), project_id=project.pk,
        actor=make.officer(),
    )  # fmt: skip
    one = IdleAsset.objects.unscoped("test").get()
    assert (one.state, one.project_id) == ("REVIVED", project.pk)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"floor_area_sqm": None}, "promotion.asset_size_missing"),
        ({"floor_area_sqm": Decimal(-1)}, "promotion.amount_negative"),
        ({"book_value_fen": -1}, "promotion.amount_negative"),
        ({"name": " "}, "promotion.field_missing"),
        ({"idle_since_on": clock.today() + timedelta(days=1)}, "promotion.day_ahead"),
    ],
)
def test_what_an_asset_may_not_say(bad, code):
    with pytest.raises(InvalidInput) as refused:
        asset(**bad)
    assert [f.code for f in refused.value.findings] == [code]
    assert not IdleAsset.objects.unscoped("test").exists()


# -- 更正


def entry_of(kind):
    return Entry.objects.get(kind=kind)


@pytest.mark.req("JC-13")
def test_a_corrected_lead_says_what_was_changed_and_why():
    one = lead(talking_since_on=clock.today() - timedelta(days=3))
    services.open_errand(lead_id=one.pk, title="用地预审", office="自然资源局", actor=make.officer())
    services.correct_lead(
        lead_id=one.pk, changes={"name": "果汁 深加工（一期）", "intended_fen": 2 * YI, "investor": " 远禾饮料有限公司 "},
        reason="投资方来函更正名称", actor=make.officer(),
    )  # fmt: skip
    one.refresh_from_db()
    assert (one.name, one.investor, one.state) == ("果汁 深加工（一期）", "远禾饮料有限公司", "TALKING")
    entry = entry_of("promotion.correct_lead")
    content = contents_of([entry.pk])[entry.pk]
    assert content["before"] == {"name": "果汁深加工项目", "investor": "远禾食品有限公司"}
    assert content["after"] == {"name": "果汁 深加工（一期）", "investor": "远禾饮料有限公司"}
    assert content["extra"]["reason"] == "投资方来函更正名称"
    assert entry.corrects_id == entry_of("promotion.register_lead").pk
    assert Task.objects.get().title == "代办：用地预审（果汁 深加工（一期））"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "果汁深加工项目"}, "promotion.nothing_corrected"),
        ({"signed_on": date(2026, 1, 5)}, "promotion.not_correctable"),
        ({"investor": " "}, "promotion.field_missing"),
        ({"intended_fen": -1}, "promotion.amount_negative"),
        ({"talking_since_on": clock.today() + timedelta(days=1)}, "promotion.day_ahead"),
    ],
)
def test_what_a_correction_of_a_lead_may_not_say(changes, code):
    one, before = lead(), Entry.objects.count()
    with pytest.raises(Refusal) as refused:
        services.correct_lead(lead_id=one.pk, changes=changes, reason="登记有误", actor=make.officer())
    codes = [f.code for f in getattr(refused.value, "findings", [])] or [refused.value.code]
    assert codes == [code]
    one.refresh_from_db()
    assert (one.investor, one.rev, Entry.objects.count()) == ("远禾食品有限公司", 1, before)


def test_a_correction_needs_the_right_a_reason_and_the_present_revision():
    one = lead()
    with pytest.raises(NotAllowed):
        services.correct_lead(lead_id=one.pk, changes={"investor": "甲"}, reason="误", actor=make.actor("LEADER"))
    with pytest.raises(Refusal, match="reason_missing"):
        services.correct_lead(lead_id=one.pk, changes={"investor": "甲"}, reason=" ", actor=make.officer())
    services.sign_lead(lead_id=one.pk, signed_on=clock.today(), actor=make.officer())
    with pytest.raises(ChangedMeanwhile):
        services.correct_lead(
            lead_id=one.pk, changes={"investor": "甲"}, reason="误", actor=make.officer(), rev=one.rev
        )
    assert not Entry.objects.filter(kind="promotion.correct_lead").exists()


@pytest.mark.req("JC-13")
def test_days_and_the_project_are_corrected_by_those_who_may_record_them():
    today, wrong, right = clock.today(), make.reserve_project(), make.reserve_project(name="果汁深加工生产线")
    one = lead(talking_since_on=today - timedelta(days=30))
    services.sign_lead(lead_id=one.pk, signed_on=today - timedelta(days=9), actor=make.officer())
    services.land_lead(lead_id=one.pk, project_id=wrong.pk, landed_on=today, actor=make.officer())
    days = {"signed_on": today - timedelta(days=8)}
    with pytest.raises(NotAllowed):
        services.correct_lead(lead_id=one.pk, changes=days, reason="误", actor=make.actor("TOWNSHIP_CLERK"))
    with pytest.raises(InvalidInput) as early:
        services.correct_lead(
            lead_id=one.pk, changes={"landed_on": today - timedelta(days=10)}, reason="误", actor=make.officer()
        )
    assert "早于签约日期" in word(early.value.findings[0])
    services.correct_lead(lead_id=one.pk, changes={**days, "project_id": right.pk}, reason="误选", actor=make.officer())
    one.refresh_from_db()
    assert (one.signed_on, one.project_id, one.state) == (days["signed_on"], right.pk, "LANDED")
    assert queries.list_landed([wrong.pk, right.pk]) == {right.pk}


@pytest.mark.req("JC-13")
def test_an_asset_is_corrected_also_when_it_was_revived():
    one, project = asset(), make.reserve_project()
    change = {"land_area_mu": Decimal("12.5"), "kind": "LAND", "outcome": "出租"}
    with pytest.raises(Refusal, match="not_correctable") as refused:
        services.correct_asset(asset_id=one.pk, changes=change, reason="误", actor=make.officer())
    assert "还没有登记盘活方式" in word(refused.value)
    services.revive_asset(asset_id=one.pk, outcome="整体出售", revived_on=clock.today(), actor=make.officer())
    services.correct_asset(
        asset_id=one.pk, changes={**change, "project_id": project.pk}, reason="测绘结果", actor=make.officer()
    )
    one = IdleAsset.objects.unscoped("test").get()
    assert (one.land_area_mu, one.outcome, one.project_id, one.state) == (
        Decimal("12.50"),
        "出租",
        project.pk,
        "REVIVED",
    )
    entry = entry_of("promotion.correct_asset")
    content = contents_of([entry.pk])[entry.pk]
    assert content["before"] == {"land_area_mu": None, "kind": "PLANT", "outcome": "整体出售", "project": None}
    assert content["after"]["land_area_mu"] == "12.5"
    assert content["after"]["project_id"] == project.pk


def test_an_asset_without_a_size_or_from_next_door_is_not_corrected():
    one, before = asset(), Entry.objects.count()
    with pytest.raises(InvalidInput) as refused:
        services.correct_asset(asset_id=one.pk, changes={"floor_area_sqm": None}, reason="误", actor=make.officer())
    assert [f.code for f in refused.value.findings] == ["promotion.asset_size_missing"]
    with pytest.raises(NotFound):
        services.correct_asset(
            asset_id=one.pk, changes={"name": "x"}, reason="误", actor=make.officer(make.neighbour())
        )
    assert (IdleAsset.objects.unscoped("test").get().rev, Entry.objects.count()) == (1, before)


# -- 推介


def offer(*projects):
    one = services.draft_offer(
        region_id=make.region().pk, title="2026年第四季度推介项目", contact="0900-1234567", actor=make.officer()
    )
    for project in projects:
        services.put_on_offer(
            offer_id=one.pk, project_id=project.pk, mode="合资", wanted_fen=50 * WAN, actor=make.officer()
        )
    return one


@pytest.mark.req("JC-32")
def test_a_published_offer_keeps_what_it_said():
    project = make.reserve_project(total_investment_fen=YI)
    one = offer(project)
    with pytest.raises(NotAllowed):
        services.publish_offer(offer_id=one.pk, actor=make.officer())
    published = services.publish_offer(offer_id=one.pk, actor=make.head())
    assert (published.items[0]["name"], published.total_fen, bool(published.receipt)) == (project.name, YI, True)
    page = Client().get(f"/offers/{one.pk}/").content.decode()
    assert project.name in page
    assert "10,000.00 万元" in page


@pytest.mark.req("JC-32")
def test_only_projects_before_their_works_are_offered():
    begun = make.taken_over_project()
    with pytest.raises(Refusal, match="project_not_open"):
        offer(begun)
    dear = make.reserve_project(total_investment_fen=10 * WAN)
    with pytest.raises(InvalidInput) as refused:
        offer(dear)
    assert "超过总投资 10.00 万元" in word(refused.value.findings[0])


def test_an_empty_offer_is_not_published_and_a_draft_is_not_public():
    one = offer()
    with pytest.raises(Refusal, match="offer_empty"):
        services.publish_offer(offer_id=one.pk, actor=make.head())
    assert Client().get(f"/offers/{one.pk}/").status_code == 404


def test_a_withdrawn_offer_says_why_on_its_page():
    one = offer(make.reserve_project(total_investment_fen=YI))
    services.publish_offer(offer_id=one.pk, actor=make.head())
    services.withdraw_offer(offer_id=one.pk, reason="项目已落实投资", actor=make.head())
    assert "项目已落实投资" in Client().get(f"/offers/{one.pk}/").content.decode()
    assert one.title not in Client().get("/offers/").content.decode()


# -- pages


def test_forms_lead_from_lead_to_landing():
    client, agent, project = signed_in("INVESTMENT_OFFICER"), post(), make.reserve_project()
    form = {
        "promotion_region": str(make.region().pk), "lead_name": "果汁深加工项目", "lead_investor": "远禾食品有限公司",
        "lead_intended_fen": "20000", "lead_talking_since_on": clock.today().isoformat(), "lead_agent_post": str(agent.pk),
    }  # fmt: skip
    assert client.post("/promotion/leads/new", form).status_code == 302
    one = Lead.objects.unscoped("test").get()
    assert one.intended_fen == 2 * YI
    assert client.get(f"/promotion/leads/{one.pk}/errands/new").status_code == 200
    opened = client.post(
        f"/promotion/leads/{one.pk}/errands/new", {"errand_title": "办照", "errand_office": "市场监管局"}
    )
    assert opened.status_code == 302
    wrong = client.post(
        f"/promotion/leads/{one.pk}/land",
        {"promotion_project": "没有的项目", "promotion_day": clock.today().isoformat(), "rev": 99},
    )
    assert wrong.status_code == 422
    assert "没有找到名称或代码为“没有的项目”的项目" in wrong.content.decode()
    one.refresh_from_db()
    form = {"promotion_project": project.name, "promotion_day": clock.today().isoformat(), "rev": one.rev}
    unsigned = client.post(f"/promotion/leads/{one.pk}/land", form)
    assert (unsigned.status_code, "落地须先有签约" in unsigned.content.decode()) == (422, True)
    signing = {"promotion_day": clock.today().isoformat(), "rev": one.rev}
    assert client.post(f"/promotion/leads/{one.pk}/sign", signing).status_code == 302
    assert "lead_unsigned_reason" not in client.get(f"/promotion/leads/{one.pk}/land").content.decode()
    landed = client.post(f"/promotion/leads/{one.pk}/land", {**form, "rev": one.rev + 1})
    assert landed.status_code == 302
    assert "打开落地项目" in client.get(f"/promotion/leads/{one.pk}/").content.decode()


@pytest.mark.req("JC-13")
def test_forms_of_corrections_open_on_the_record_and_show_what_was_changed():
    client, one, idle = signed_in("INVESTMENT_OFFICER"), lead(intended_fen=2 * YI), asset()
    where = f"/promotion/leads/{one.pk}/"
    assert f'href="{where}correct"' in client.get(where).content.decode()
    page = client.get(f"{where}correct").content.decode()
    assert 'value="远禾食品有限公司"' in page
    assert "lead_landed_on" not in page
    form = {
        "lead_name": one.name, "lead_investor": "远禾饮料有限公司", "lead_intended_fen": "20000",
        "lead_talking_since_on": one.talking_since_on.isoformat(), "promotion_reason": "名称写错", "rev": one.rev,
    }  # fmt: skip
    slip = client.post(f"{where}correct", {**form, "lead_intended_fen": "2"})
    assert (slip.status_code, "已核对" in slip.content.decode()) == (422, True)
    assert client.post(f"{where}correct", form).status_code == 302
    shown = client.get(where).content.decode()
    assert "投资方：远禾食品有限公司 → 远禾饮料有限公司" in shown
    assert "更正原因：名称写错" in shown
    late = client.post(f"{where}correct", {**form, "lead_investor": "又一家"})
    assert (late.status_code, "远禾饮料有限公司" in late.content.decode()) == (409, True)
    there = f"/promotion/assets/{idle.pk}/"
    assert f'href="{there}correct"' in client.get(there).content.decode()
    assert 'value="8600.50"' in client.get(f"{there}correct").content.decode()
    form = {
        "asset_name": idle.name, "asset_kind": "PLANT", "asset_owner": idle.owner_name, "asset_location": idle.location,
        "asset_idle_since_on": idle.idle_since_on.isoformat(), "asset_floor_area_sqm": "8600.50",
        "asset_book_value_fen": "310", "promotion_reason": "补账面价值", "rev": idle.rev,
    }  # fmt: skip
    assert client.post(f"{there}correct", form).status_code == 302
    assert "账面价值：未填 → 310.00 万元" in client.get(there).content.decode()


def test_forms_of_assets_and_offers():
    client, project = signed_in("INVESTMENT_HEAD"), make.reserve_project(total_investment_fen=YI)
    one = asset()
    assert "8,600.50 平方米" in client.get(f"/promotion/assets/{one.pk}/").content.decode()
    for path in ("match", "revive", "remove"):
        assert client.get(f"/promotion/assets/{one.pk}/{path}").status_code == 200
    listed = offer()
    chosen = client.post(
        f"/promotion/offers/{listed.pk}/choose",
        {"promotion_project": project.name, "offer_mode": "合资", "offer_wanted_fen": "5000"},
    )
    assert chosen.status_code == 302
    listed.refresh_from_db()
    assert client.post(f"/promotion/offers/{listed.pk}/publish", {"rev": listed.rev}).status_code == 302
    assert CapitalOffer.objects.unscoped("test").get().state == "PUBLISHED"
    assert project.name in client.get(f"/promotion/offers/{listed.pk}/").content.decode()


@pytest.mark.req("JC-13")
def test_agents_are_posts_of_the_region_that_may_finish_an_errand():
    inside, outside = post("本县专员"), post("邻县专员", make.neighbour())
    firm, bare = post("咨询工程师", role="THIRD_PARTY"), post("空岗", role="")
    choices = dict(queries.list_agent_posts(make.region(), make.officer()))
    assert set(choices) == {str(inside.pk)}
    assert not {str(one.pk) for one in (outside, firm, bare)} & set(choices)
