"""Acts on units, people, posts and grants: each leaves one entry; a refusal leaves nothing."""

from datetime import date, timedelta
from io import BytesIO

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound
from gongbu.ground.inbox.queries import list_delegations
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs import services
from gongbu.ground.orgs.actor import ANONYMOUS
from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Region, Registration, Unit
from gongbu.ground.orgs.queries import actor_for, console_actor, find_unit, holders_of, list_posts_of, posts_for_role
from gongbu.ground.orgs.services.record import AlreadyDone, Conflict
from gongbu.ground.orgs.services.registrations import Application, find_by_query_code
from gongbu.ground.orgs.services.staff_import import read_rows
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db
CODE = "91350100M000100Y43"


@pytest.fixture
def unchanged(db):
    """A check that nothing was recorded or sent since the last look."""

    class Still:
        def __enter__(self):
            self.before = (Entry.objects.count(), OutboxMessage.objects.count())

        def __exit__(self, kind, *_):
            assert (Entry.objects.count(), OutboxMessage.objects.count()) == self.before

    return Still


@pytest.fixture
def admin(someone):
    return someone("SYSTEM_ADMIN")[1]


@pytest.fixture
def security(someone):
    return someone("SECURITY_ADMIN")[1]


# Units


def test_unit_is_created_renamed_and_closed(town, admin):
    unit = services.create_unit(
        actor=admin, name="东县水务公司", kind="STATE_OWNED", region_id=town.east.pk, credit_code=CODE.lower()
    )
    assert unit.credit_code == CODE
    services.rename_unit(actor=admin, unit_id=unit.pk, name="东县水务集团有限公司")
    assert find_unit(credit_code=CODE).name == "东县水务集团有限公司"
    services.close_unit(actor=admin, unit_id=unit.pk, reason="并入市水务集团")
    kinds = list(Entry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["orgs.unit_created", "orgs.unit_renamed", "orgs.unit_closed"]


def test_unit_outside_the_range_is_refused(town, admin, unchanged):
    with unchanged(), pytest.raises(NotAllowed):
        services.create_unit(actor=admin, name="西县水务公司", kind="STATE_OWNED", region_id=town.west.pk)
    with unchanged(), pytest.raises(NotAllowed):
        services.rename_unit(actor=admin, unit_id=town.other.pk, name="改名")
    assert find_unit(name="西县水务公司") is None


def test_unit_with_a_wrong_or_taken_code_is_refused(town, admin, unchanged):
    with unchanged(), pytest.raises(InvalidInput) as caught:
        services.create_unit(
            actor=admin, name="甲公司", kind="ENTERPRISE", region_id=town.east.pk, credit_code="91350100M000100Y44"
        )
    assert [f.code for f in caught.value.findings] == ["credit_code.check_digit"]
    services.create_unit(actor=admin, name="甲公司", kind="ENTERPRISE", region_id=town.east.pk, credit_code=CODE)
    with unchanged(), pytest.raises(Conflict):
        services.create_unit(actor=admin, name="乙公司", kind="ENTERPRISE", region_id=town.east.pk, credit_code=CODE)
    with unchanged(), pytest.raises(Conflict):
        services.create_unit(actor=admin, name="甲公司", kind="ENTERPRISE", region_id=town.east.pk)


def test_unit_with_people_is_not_closed(town, admin, unchanged):
    with unchanged(), pytest.raises(Conflict) as caught:
        services.close_unit(actor=admin, unit_id=town.bureau.pk, reason="x")
    assert caught.value.code == "orgs.unit_has_people"


# People


def test_person_is_created_without_personal_data_in_the_ledger(town, admin):
    person = services.create_person(
        actor=admin, unit_id=town.bureau.pk, login_name="Zhang.San", name="张三", phone="13800000001"
    )
    assert person.login_name == "zhang.san"
    assert not person.has_usable_password()
    services.update_person(actor=admin, person_id=person.pk, name="张三", phone="13900000002", unit_id=town.bureau.pk)
    text = "".join(str(row) for row in Entry.objects.values_list("canonical", flat=True))
    assert "张三" in text
    assert "13800000001" not in text
    assert "13900000002" not in text
    assert "zhang.san" not in text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"login_name": "张三"}, "orgs.login_name_form"),
        ({"phone": "12345"}, "orgs.phone_form"),
        ({"name": " "}, "orgs.person_name_missing"),
        ({"password": "short"}, "password.too_short"),
    ],
)
def test_person_with_bad_input_is_refused(town, admin, unchanged, fields, code):
    given = {"login_name": "lisi", "name": "李四", "phone": "", **fields}
    before = Person.objects.count()
    with unchanged(), pytest.raises(InvalidInput) as caught:
        services.create_person(actor=admin, unit_id=town.bureau.pk, **given)
    assert code in [finding.code for finding in caught.value.findings]
    assert Person.objects.count() == before


def test_disabling_waits_for_the_hand_over(town, admin, someone, unchanged):
    person, _ = someone("VIEWER")
    with unchanged(), pytest.raises(Conflict):
        services.disable_person(actor=admin, person_id=person.pk, reason="调离")
    services.end_holding(actor=admin, holding_id=person.holdings.get().pk)
    services.disable_person(actor=admin, person_id=person.pk, reason="调离")
    with pytest.raises(LookupError):
        actor_for(person)
    with pytest.raises(AlreadyDone):
        services.disable_person(actor=admin, person_id=person.pk, reason="调离")
    services.enable_person(actor=admin, person_id=person.pk, reason="调回")
    assert actor_for(person).post_id is None


def test_nobody_resets_his_own_password(admin, unchanged):
    with unchanged(), pytest.raises(Conflict):
        services.reset_password(actor=admin, person_id=admin.person_id)


# Grants: 分级授权 and 三员分立


@pytest.mark.req("PF-03")
def test_security_administrator_grants_within_his_range(town, security, someone):
    person, before = someone("VIEWER")
    post_id = before.post_id
    grant = services.grant_role(actor=security, role="INVESTMENT_OFFICER", region_id=town.east.pk, post_id=post_id)
    assert actor_for(person).may("orgs.review_registrations", town.east.key_lo)
    assert not actor_for(person).may("orgs.review_registrations", town.west.key_lo)
    services.revoke_role(actor=security, grant_id=grant.pk, reason="岗位调整")
    assert not actor_for(person).may("orgs.review_registrations", town.east.key_lo)


@pytest.mark.parametrize("role", ["SYSTEM_ADMIN", "SECURITY_ADMIN", "AUDIT_ADMIN", "CONSOLE", "PUBLIC", "NO_SUCH"])
def test_security_administrator_gives_none_of_the_three(town, security, someone, unchanged, role):
    person, _ = someone("VIEWER")
    with unchanged(), pytest.raises(NotAllowed):
        services.grant_role(actor=security, role=role, region_id=town.east.pk, person_id=person.pk)


def test_no_grant_beyond_the_own_range(town, security, someone, unchanged):
    person, _ = someone("VIEWER")
    for region in (town.west, town.city, town.nation):
        with unchanged(), pytest.raises(NotAllowed):
            services.grant_role(actor=security, role="VIEWER", region_id=region.pk, person_id=person.pk)
    stranger, _ = someone("VIEWER", "stranger", unit=town.other, region=town.west)
    with unchanged(), pytest.raises(NotAllowed):
        services.grant_role(actor=security, role="LEADER", region_id=town.east.pk, person_id=stranger.pk)


def test_nobody_grants_to_himself(town, security, unchanged):
    with unchanged(), pytest.raises(Conflict):
        services.grant_role(actor=security, role="LEADER", region_id=town.east.pk, person_id=security.person_id)
    with unchanged(), pytest.raises(Conflict):
        services.grant_role(actor=security, role="LEADER", region_id=town.east.pk, post_id=security.post_id)


def test_system_administrator_grants_nothing(town, admin, someone, unchanged):
    person, _ = someone("VIEWER")
    with unchanged(), pytest.raises(NotAllowed):
        services.grant_role(actor=admin, role="LEADER", region_id=town.east.pk, person_id=person.pk)


def test_three_administrators_are_three_people(town, someone, unchanged):
    console = console_actor()
    system, _ = someone("SYSTEM_ADMIN", "sys")
    _, auditor = someone("AUDIT_ADMIN", "aud")
    plain, _ = someone("VIEWER", "plain")
    with unchanged(), pytest.raises(Conflict) as caught:
        services.grant_role(actor=console, role="AUDIT_ADMIN", region_id=town.city.pk, person_id=system.pk)
    assert caught.value.code == "orgs.not_separated"
    # … nor by being appointed to the post, nor by acting for its holder, nor through the post of a holder.
    with unchanged(), pytest.raises(Conflict):
        services.appoint(actor=console, post_id=auditor.post_id, person_id=system.pk)
    with unchanged(), pytest.raises(Conflict):
        services.delegate(
            actor=console,
            post_id=auditor.post_id,
            to_person_id=system.pk,
            reason="出差",
            valid_from=clock.today(),
            valid_to=clock.today() + timedelta(days=3),
        )
    shared = Post.objects.create(unit=town.bureau, name="合署岗")
    for person in (system, plain):
        Holding.objects.create(post=shared, person=person, valid_from=date(2026, 1, 1))
    with unchanged(), pytest.raises(Conflict):
        services.grant_role(actor=console, role="SECURITY_ADMIN", region_id=town.city.pk, post_id=shared.pk)
    with unchanged(), pytest.raises(Conflict):  # nor beside a role of business
        services.grant_role(actor=console, role="SECURITY_ADMIN", region_id=town.city.pk, person_id=plain.pk)
    free = make_person("free", town.bureau)
    services.grant_role(actor=console, role="SECURITY_ADMIN", region_id=town.city.pk, person_id=free.pk)


def test_three_administrators_one_after_another_is_allowed(town, someone):
    console = console_actor()
    system, _ = someone("SYSTEM_ADMIN", "sys")
    services.end_holding(actor=console, holding_id=system.holdings.get().pk)
    services.grant_role(actor=console, role="AUDIT_ADMIN", region_id=town.city.pk, person_id=system.pk)
    assert actor_for(system).roles == {"AUDIT_ADMIN"}


def test_grant_ends_on_its_day(town, someone):
    person, _ = someone("VIEWER")
    services.grant_role(
        actor=console_actor(),
        role="LEADER",
        region_id=town.east.pk,
        person_id=person.pk,
        valid_from=date(2026, 3, 1),
        valid_to=date(2026, 4, 1),
    )
    roles = {
        day: "LEADER" in actor_for(person, on=day).roles
        for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1))
    }
    assert list(roles.values()) == [False, True, True, False]


# Posts


@pytest.mark.req("PF-01")
def test_hand_over_moves_the_post_and_tells_the_inbox(town, admin, someone):
    old, actor = someone("INVESTMENT_OFFICER", "old")
    new, _ = someone("VIEWER", "new")
    services.hand_over(actor=admin, post_id=actor.post_id, from_person_id=old.pk, to_person_id=new.pk, reason="轮岗")
    assert holders_of(actor.post_id) == [new.pk]
    assert actor_for(new, actor.post_id).roles == {"INVESTMENT_OFFICER"}
    with pytest.raises(LookupError):
        actor_for(old, actor.post_id)
    message = OutboxMessage.objects.get(topic="orgs.handed_over")
    assert (message.subject_kind, message.subject_id) == ("post", actor.post_id)
    assert message.data["from_person_id"] == old.pk
    assert message.data["to_person_id"] == new.pk
    old.refresh_from_db()
    assert old.rights_version == 1


def test_hand_over_from_somebody_else_is_refused(town, admin, someone, unchanged):
    _, actor = someone("INVESTMENT_OFFICER", "old")
    new, _ = someone("VIEWER", "new")
    stranger, _ = someone("VIEWER", "stranger")
    with unchanged(), pytest.raises(NotFound):
        services.hand_over(
            actor=admin, post_id=actor.post_id, from_person_id=stranger.pk, to_person_id=new.pk, reason="x"
        )
    with unchanged(), pytest.raises(NotAllowed):
        services.hand_over(
            actor=actor, post_id=actor.post_id, from_person_id=actor.person_id, to_person_id=new.pk, reason="x"
        )
    assert holders_of(actor.post_id) == [actor.person_id]


def test_delegation_holds_from_day_to_day(town, someone):
    _, actor = someone("INVESTMENT_HEAD", "head")
    deputy, _ = someone("VIEWER", "deputy")
    start = clock.today() + timedelta(days=2)
    holding = services.delegate(
        actor=actor,
        post_id=actor.post_id,
        to_person_id=deputy.pk,
        reason="出差",
        valid_from=start,
        valid_to=start + timedelta(days=3),
    )
    days = [start - timedelta(days=1), start, start + timedelta(days=2), start + timedelta(days=3)]
    assert [actor.post_id in [p.id for p in list_posts_of(deputy.pk, day)] for day in days] == [
        False,
        True,
        True,
        False,
    ]
    assert actor_for(deputy, actor.post_id, start).roles == {"INVESTMENT_HEAD"}
    assert actor_for(deputy, on=start).post_id != actor.post_id  # his own post comes first
    services.end_delegation(actor=actor, holding_id=holding.pk, on=start + timedelta(days=1))
    with pytest.raises(LookupError):
        actor_for(deputy, actor.post_id, start + timedelta(days=1))


def test_what_was_delegated_is_not_passed_on_and_the_holder_sees_it_in_his_inbox(town, someone, unchanged):
    holder, head = someone("INVESTMENT_HEAD", "head")
    deputy, _ = someone("VIEWER", "deputy")
    third, _ = someone("VIEWER", "third")
    today = clock.today()
    days = {"valid_from": today, "valid_to": today + timedelta(days=2)}
    lent = services.delegate(actor=head, post_id=head.post_id, to_person_id=deputy.pk, reason="出差", **days)
    acting = actor_for(deputy, head.post_id, today)
    with unchanged(), pytest.raises(NotAllowed) as refused:
        services.delegate(
            actor=acting, post_id=head.post_id, to_person_id=third.pk, reason="转托", valid_from=today,
            valid_to=today + timedelta(days=170),
        )  # fmt: skip
    assert refused.value.code == "orgs.delegated_not_passed_on"
    outbox.dispatch()
    (row,) = list_delegations(holder.pk)
    assert (row.holding_id, row.to_person_id, row.ended_at) == (lent.pk, deputy.pk, None)
    services.end_delegation(actor=head, holding_id=lent.pk)
    outbox.dispatch()
    assert list_delegations(holder.pk)[0].ended_at is not None
    OutboxMessage.objects.update(dispatched_at=None)
    outbox.dispatch()
    assert len(list_delegations(holder.pk)) == 1, "told twice, kept once"


def test_another_ones_post_is_not_delegated(town, someone, unchanged):
    _, head = someone("INVESTMENT_HEAD", "head")
    _, officer = someone("INVESTMENT_OFFICER", "officer")
    today = clock.today()
    with unchanged(), pytest.raises(NotAllowed):
        services.delegate(
            actor=officer,
            post_id=head.post_id,
            to_person_id=officer.person_id,
            reason="x",
            valid_from=today,
            valid_to=today + timedelta(days=1),
        )
    with unchanged(), pytest.raises(InvalidInput):
        services.delegate(
            actor=head,
            post_id=head.post_id,
            to_person_id=officer.person_id,
            reason="x",
            valid_from=today,
            valid_to=today + timedelta(days=181),
        )


def test_post_is_closed_only_when_nobody_holds_it(town, admin, someone, unchanged):
    person, actor = someone("VIEWER")
    with unchanged(), pytest.raises(Conflict):
        services.close_post(actor=admin, post_id=actor.post_id)
    services.end_holding(actor=admin, holding_id=person.holdings.get().pk)
    services.close_post(actor=admin, post_id=actor.post_id)
    with pytest.raises(Conflict):
        services.appoint(actor=admin, post_id=actor.post_id, person_id=person.pk)


def test_whose_duty_it_is_is_found_nearest_first(town, someone):
    _, city = someone("INVESTMENT_OFFICER", "city", region=town.city)
    _, east = someone("INVESTMENT_OFFICER", "east")
    assert posts_for_role("INVESTMENT_OFFICER", town.east.key_lo) == [east.post_id, city.post_id]
    assert posts_for_role("INVESTMENT_OFFICER", town.west.key_lo) == [city.post_id]


# Regions


def test_development_zone_is_taken_in_and_a_county_renumbered(town):
    console = console_actor()
    zone = services.create_region(
        actor=console, code="990171", name="云城高新区", parent_id=town.city.pk, level="COUNTY", kind="DEVELOPMENT_ZONE"
    )
    assert (zone.key_lo, zone.key_hi) == (990171000000, 990172000000)
    services.renumber_region(actor=console, region_id=town.east.pk, code="990105", name="东区", on=date(2026, 6, 1))
    from gongbu.ground.orgs import regions

    assert regions.find_by_code("990105").region == town.east
    assert regions.find_by_code("990121", on=date(2026, 5, 31)).is_current
    assert not regions.find_by_code("990121", on=date(2026, 6, 1)).is_current
    town.east.refresh_from_db()
    assert (town.east.name, town.east.key_lo) == ("东区", 990121000000)


def test_region_code_in_use_is_refused(town, unchanged):
    before = Region.objects.count()
    with unchanged(), pytest.raises(Conflict):
        services.create_region(
            actor=console_actor(), code="990122", name="新县", parent_id=town.city.pk, level="COUNTY"
        )
    with unchanged(), pytest.raises(InvalidInput):
        services.create_region(actor=console_actor(), code="99012", name="新县", parent_id=town.city.pk, level="COUNTY")
    assert Region.objects.count() == before


def test_key_taken_gives_the_next_free_one(town):
    Region.objects.filter(pk=town.east.pk).update(key_lo=990150000000, key_hi=990151000000)
    zone = services.create_region(
        actor=console_actor(), code="990150", name="新区", parent_id=town.city.pk, level="COUNTY"
    )
    assert zone.key_lo == 990199000000


# Registration and bulk import


def form(town, **fields):
    return Application(
        **{
            "credit_code": CODE,
            "unit_name": "云城第一建筑公司",
            "unit_kind": "ENTERPRISE",
            "region_id": town.east.pk,
            "contact_name": "王五",
            "contact_phone": "13800000003",
            "login_name": "wangwu",
            "password": "Brick-Wall-73",
            **fields,
        }
    )


PDF = b"%PDF-1.7 letter"


@pytest.mark.req("PF-03", "CM-10")
def test_firm_registers_and_works_only_after_approval(town, someone, home):
    _, officer = someone("INVESTMENT_OFFICER")
    row, query_code = services.register(
        actor=ANONYMOUS, application=form(town), letter=BytesIO(PDF), letter_name="授权书.pdf"
    )
    assert find_by_query_code(CODE, query_code.lower()) == row
    assert find_by_query_code(CODE, "0000000000") is None
    assert not Person.objects.filter(login_name="wangwu").exists()
    services.approve_registration(actor=officer, registration_id=row.pk)
    actor = actor_for(Person.objects.get(login_name="wangwu"))
    assert actor.roles == {"OWNER_UNIT"}
    assert actor.unit_name == "云城第一建筑公司"
    assert actor.ranges("orgs.view_regions") == []
    row.refresh_from_db()
    assert row.password == ""
    with pytest.raises(AlreadyDone):
        services.approve_registration(actor=officer, registration_id=row.pk)


def test_third_party_firm_gets_the_third_party_role(town, someone, home):
    _, officer = someone("INVESTMENT_OFFICER")
    row, _ = services.register(
        actor=ANONYMOUS, application=form(town, unit_kind="THIRD_PARTY"), letter=BytesIO(PDF), letter_name="a.pdf"
    )
    services.approve_registration(actor=officer, registration_id=row.pk)
    assert actor_for(Person.objects.get(login_name="wangwu")).roles == {"THIRD_PARTY"}


def test_registration_elsewhere_is_not_mine_to_approve(town, someone, home, unchanged):
    _, officer = someone("INVESTMENT_OFFICER", unit=town.other, region=town.west)
    row, _ = services.register(actor=ANONYMOUS, application=form(town), letter=BytesIO(PDF), letter_name="a.pdf")
    with unchanged(), pytest.raises(NotAllowed):
        services.approve_registration(actor=officer, registration_id=row.pk)
    assert find_unit(credit_code=CODE) is None


@pytest.mark.parametrize(
    ("fields", "letter", "code"),
    [
        ({"credit_code": "91350100M000100Y44"}, PDF, "credit_code.check_digit"),
        ({"unit_kind": "GOVERNMENT"}, PDF, "orgs.unit_kind_unknown"),
        ({"contact_phone": ""}, PDF, "orgs.phone_form"),
        ({"password": "weak"}, PDF, "password.too_short"),
        ({}, b"", "orgs.letter_missing"),
        ({}, b"MZ\x90\x00 program", "orgs.letter_type"),
    ],
)
def test_bad_registration_is_refused(town, home, unchanged, fields, letter, code):
    with unchanged(), pytest.raises(InvalidInput) as caught:
        services.register(
            actor=ANONYMOUS, application=form(town, **fields), letter=BytesIO(letter), letter_name="a.pdf"
        )
    assert code in [finding.code for finding in caught.value.findings]
    assert not Registration.objects.unscoped("test").exists()


def test_second_application_waits_for_the_first(town, someone, home, unchanged):
    row, _ = services.register(actor=ANONYMOUS, application=form(town), letter=BytesIO(PDF), letter_name="a.pdf")
    with unchanged(), pytest.raises(Conflict):
        services.register(
            actor=ANONYMOUS, application=form(town, login_name="other"), letter=BytesIO(PDF), letter_name="a.pdf"
        )
    _, officer = someone("INVESTMENT_OFFICER")
    with unchanged(), pytest.raises(InvalidInput):
        services.reject_registration(actor=officer, registration_id=row.pk, reason=" ")
    services.reject_registration(actor=officer, registration_id=row.pk, reason="授权书未盖章")
    services.register(actor=ANONYMOUS, application=form(town), letter=BytesIO(PDF), letter_name="a.pdf")


@pytest.mark.req("PF-03")
def test_people_are_imported_with_findings_for_bad_rows(town, admin, someone):
    _, officer = someone("INVESTMENT_OFFICER")
    role_post = Post.objects.get(pk=officer.post_id).name
    table = [
        ["东县发改局人员名单", None],
        ["姓名*", "登录名", "手机", "岗位"],
        ["赵一", "zhaoyi", 13800000004.0, "综合股"],
        ["钱二", "钱二", "", ""],
        ["孙三", "ZHAOYI", "", ""],
        [None, None, None, None],
        ["李四", "lisi", "", role_post],
        ["周五", "investment_officer", "", ""],
    ]
    rows = services.import_people(actor=admin, unit_id=town.bureau.pk, rows=read_rows(table))
    assert {row.number: [f.code for f in row.findings] for row in rows} == {
        3: [],
        4: ["orgs.login_name_form"],
        5: ["orgs.staff_row_doubled"],
        7: ["orgs.staff_post_has_roles"],
        8: ["orgs.login_name_taken"],
    }
    person = Person.objects.get(login_name="zhaoyi")
    assert person.check_password(rows[0].temporary_password)
    assert person.must_change_password
    assert person.phone == "13800000004"
    assert [post.name for post in list_posts_of(person.pk)] == ["综合股"]
    assert not Person.objects.filter(login_name="lisi").exists()
    assert Entry.objects.filter(kind="orgs.people_imported").count() == 1


def test_staff_file_without_header_is_refused():
    with pytest.raises(InvalidInput) as caught:
        read_rows([["甲", "乙"], ["a", "b"]])
    assert caught.value.findings[0].code == "orgs.staff_no_header"


def test_every_refusal_of_the_room_is_worded():
    import re
    from pathlib import Path

    from gongbu.ground.basics import messages

    room = Path(services.__file__).parent.parent
    source = "".join(path.read_text("utf-8") for path in room.rglob("*.py") if "tests" not in path.parts)
    used = set(re.findall(r'(?:Conflict|AlreadyDone|NotFound|NotAllowed|Finding)\(\s*f?"([a-z_]+\.[a-z_]+)"', source))
    assert len(used) > 40
    assert [code for code in sorted(used) if not messages.is_worded(code)] == []


def test_every_act_of_the_room_has_its_row_and_the_rows_name_known_roles():
    from gongbu.ground.basics.act import all_acts
    from gongbu.ground.orgs.rights import rights

    acts = {name: info for name, info in all_acts().items() if name.startswith("orgs.")}
    assert len(acts) >= 25
    for name, info in acts.items():
        assert rights().label(name) == info.label
    for act, (_, roles) in rights().acts.items():
        if act.startswith("orgs."):
            assert roles, act


def test_zero_grants_mean_no_rights(town):
    person = Person.objects.create(login_name="nobody", name="无", unit=town.bureau)
    actor = actor_for(person)
    assert actor.grants == ()
    assert list(Unit.objects.visible_to(actor, "orgs.view")) == []
    assert Grant.objects.visible_to(actor, "orgs.view_grants").count() == 0
