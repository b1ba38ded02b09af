"""三员分立 walked over every act of the matrix and every way into a role: who administers, who may read it, who gives it."""

from datetime import timedelta

import pytest
from django.db import transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.orgs import services
from gongbu.ground.orgs.models import Grant, Holding, Person, Post
from gongbu.ground.orgs.queries import actor_for, console_actor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.rules.separation import find_conflict

THREE = rights().separated
PEOPLE = set(rights().roles) - {"PUBLIC", "CONSOLE"}
# The room of an act, or the act itself → which of the three administers it. What is not here is business.
ADMINISTERS = {
    "SYSTEM_ADMIN": {
        "orgs.view", "orgs.create_region", "orgs.renumber_region", "orgs.create_unit", "orgs.rename_unit",
        "orgs.correct_unit", "orgs.close_unit", "orgs.create_post", "orgs.close_post", "orgs.create_person",
        "orgs.update_person", "orgs.disable_person", "orgs.enable_person", "orgs.reset_password",
        "orgs.reset_second_factor", "orgs.unlock_sign_in", "orgs.import_people", "orgs.appoint", "orgs.end_holding",
        "orgs.hand_over", "orgs.delegate", "orgs.end_delegation", "orgs.export", "orgs.review_registrations",
        "orgs.approve_registration", "orgs.reject_registration", "jobs.view", "jobs.retry", "calendar.record_notice",
    },
    "SECURITY_ADMIN": {
        "orgs.view_grants", "orgs.grant_role", "orgs.revoke_role", "orgs.create_token_for", "orgs.revoke_token_of",
        "orgs.trace_export",
    },
    "AUDIT_ADMIN": {"orgs.view_audit", "orgs.export_audit", "orgs.trace_export"},
}  # fmt: skip
# Another of the three may nevertheless do this, and why.
EXCEPTIONS = {
    ("orgs.view", "SECURITY_ADMIN"): "授权要选岗位和区划，只看名录，不改",
    ("orgs.view", "AUDIT_ADMIN"): "审计要认出人和单位，只看名录，不改",
    ("orgs.view_grants", "AUDIT_ADMIN"): "授权是审计的对象；每看一次记一次（GRANTS_VIEWED）",
    ("orgs.unlock_sign_in", "SECURITY_ADMIN"): "系统管理员自己被锁定时由安全保密管理员解除",
}


@pytest.mark.req("CM-14", "CM-03")
@pytest.mark.parametrize("role", sorted(THREE))
def test_an_administrator_does_no_business_and_nothing_that_another_administers(role: str) -> None:
    faults = []
    for act, (label, allowed) in rights().acts.items():
        if role not in allowed or allowed >= PEOPLE or act == "orgs.view_regions":
            continue  # what every account may do (工作台、日历、制度、区划、本人的令牌) is nobody's business alone
        if act not in ADMINISTERS[role] and (act, role) not in EXCEPTIONS:
            faults.append(f"{act}（{label}）")
    assert not faults, f"{role} 不应能：{faults}"


def test_what_the_lists_name_exists_and_every_act_of_administration_is_somebodys() -> None:
    acts = rights().acts
    for role, named in ADMINISTERS.items():
        assert all(role in acts[act][1] for act in named), role
    assert all(role in acts[act][1] and why for (act, role), why in EXCEPTIONS.items())
    shared = ADMINISTERS["SECURITY_ADMIN"] & ADMINISTERS["AUDIT_ADMIN"]
    assert shared == {"orgs.trace_export"}, "one export at a time, by a code that one holds in hand"
    writes = {act for role in ("SECURITY_ADMIN", "AUDIT_ADMIN") for act in ADMINISTERS[role]}
    assert not writes & ADMINISTERS["SYSTEM_ADMIN"]


def test_the_three_are_given_from_the_command_line_alone() -> None:
    given = rights().granted_by
    assert {giver for giver, roles in given.items() if THREE & roles} == {"CONSOLE"}
    assert not any(giver in roles for giver, roles in given.items()), "nobody makes another of his own kind"
    assert set(given) <= {"CONSOLE", *THREE}, "business gives no roles"


@pytest.mark.parametrize("role", sorted(THREE))
def test_one_of_the_three_stands_beside_no_other_role(role: str) -> None:
    for other in sorted(PEOPLE - {role}):
        assert find_conflict(role, [other], THREE) == other
        assert find_conflict(other, [role], THREE) == role
    assert find_conflict(role, [role], THREE) is None
    assert find_conflict("LEADER", ["VIEWER", "AUDITOR"], THREE) is None


def refused(code: str, act, **given) -> None:
    """Do an act that must be refused, and see that it left nothing."""
    before = (Grant.objects.unscoped("test").count(), Holding.objects.count())
    with pytest.raises(Refusal) as caught, transaction.atomic():
        act(**given)
    assert caught.value.code == code, (code, caught.value.code, given)
    assert (Grant.objects.unscoped("test").count(), Holding.objects.count()) == before


@pytest.mark.django_db
@pytest.mark.req("CM-14")
@pytest.mark.parametrize("first", sorted(THREE))
def test_no_way_leads_one_person_to_one_of_the_three_and_another_role(first, town, someone):
    console, today = console_actor(), clock.today()
    holder, _ = someone(first, "holder")
    for number, second in enumerate(sorted(PEOPLE - {first})):
        post = Post.objects.create(unit=town.bureau, name=f"岗位{number}")
        Grant.objects.create(post=post, role=second, region=town.east, valid_from=today)
        own = Holding.objects.get(person=holder).post
        grant = {"actor": console, "role": second, "region_id": town.east.pk}
        refused("orgs.not_separated", services.grant_role, person_id=holder.pk, **grant)
        refused("orgs.not_separated", services.grant_role, post_id=own.pk, **grant)
        refused("orgs.not_separated", services.appoint, actor=console, post_id=post.pk, person_id=holder.pk)
        refused(
            "orgs.not_separated", services.delegate, actor=console, post_id=post.pk, to_person_id=holder.pk,
            valid_from=today, valid_to=today + timedelta(days=3), reason="出差",
        )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.req("CM-14")
@pytest.mark.parametrize("role", sorted(rights().granted_by["SECURITY_ADMIN"]))
def test_nobody_gives_a_role_to_himself(role, town, someone):
    person, security = someone("SECURITY_ADMIN")
    own = Holding.objects.get(person=person).post
    for holder in ({"person_id": person.pk}, {"post_id": own.pk}):
        refused(
            "orgs.grant_to_oneself", services.grant_role, actor=security, role=role, region_id=town.east.pk, **holder
        )
    other, system = someone("SYSTEM_ADMIN")
    post = Post.objects.create(unit=town.bureau, name="有角色的岗位")
    services.grant_role(actor=security, role=role, region_id=town.east.pk, post_id=post.pk)
    refused("orgs.grant_to_oneself", services.appoint, actor=system, post_id=post.pk, person_id=other.pk)


@pytest.mark.django_db
@pytest.mark.req("CM-14")
@pytest.mark.parametrize("role", sorted(THREE - {"SYSTEM_ADMIN"}))
def test_the_system_administrator_neither_chooses_nor_becomes_nor_removes_the_other_two(role, town, someone):
    """With the password, the factor or the post of another he would be that other."""
    _, system = someone("SYSTEM_ADMIN")
    guarded, _ = someone(role)
    friend = someone("VIEWER", "friend")[0]
    holding = Holding.objects.get(person=guarded)
    vacant = Post.objects.create(unit=town.bureau, name="空岗")
    Grant.objects.create(post=vacant, role=role, region=town.east, valid_from=clock.today())
    by_console = "orgs.administrator_by_console"
    refused(by_console, services.reset_password, actor=system, person_id=guarded.pk)
    refused(by_console, services.reset_second_factor, actor=system, person_id=guarded.pk)
    refused(by_console, services.disable_person, actor=system, person_id=guarded.pk, reason="换人")
    not_his = "orgs.role_not_to_give"
    refused(not_his, services.appoint, actor=system, post_id=vacant.pk, person_id=friend.pk)
    refused(not_his, services.end_holding, actor=system, holding_id=holding.pk)
    days = {"valid_from": clock.today(), "valid_to": clock.today() + timedelta(days=3), "reason": "出差"}
    refused(not_his, services.delegate, actor=system, post_id=holding.post_id, to_person_id=friend.pk, **days)
    to = {"from_person_id": guarded.pk, "to_person_id": friend.pk, "reason": "换人"}
    refused(not_his, services.hand_over, actor=system, post_id=holding.post_id, **to)
    refused(
        not_his,
        services.grant_role,
        actor=system_as_security(someone),
        role=role,
        region_id=town.east.pk,
        post_id=vacant.pk,
    )
    console = console_actor()
    assert services.reset_password(actor=console, person_id=guarded.pk)
    services.end_holding(actor=console, holding_id=holding.pk)
    assert actor_for(Person.objects.get(pk=guarded.pk)).roles == frozenset()


def system_as_security(someone):
    """Return a security administrator: he may give roles, but none of the three."""
    return someone("SECURITY_ADMIN", "giver")[1]


@pytest.mark.django_db
def test_the_system_administrator_still_manages_ordinary_accounts(town, someone):
    _, system = someone("SYSTEM_ADMIN")
    person, _ = someone("TOWNSHIP_CLERK")
    assert services.reset_password(actor=system, person_id=person.pk)
    services.reset_second_factor(actor=system, person_id=person.pk)
    services.end_holding(actor=system, holding_id=Holding.objects.get(person=person).pk)
    services.disable_person(actor=system, person_id=person.pk, reason="调离")
