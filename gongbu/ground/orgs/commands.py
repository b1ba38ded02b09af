"""``gongbu account``: set up the first administrators (三员) and their unit from the server's command line."""

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from gongbu.config.cli import setup_django

if TYPE_CHECKING:
    from gongbu.ground.orgs.models import Person


@click.group(help="账号：设立三员，开通首批账号")
def account() -> None:
    """Group of the account commands."""


@account.command(help="开通一个账号并授予角色；单位、岗位没有时一并设立。显示临时密码一次。")
@click.argument("login_name", metavar="登录名")
@click.argument("name", metavar="姓名")
@click.option("--unit", required=True, help="单位全称")
@click.option("--region", required=True, help="区划代码（6 位，乡镇 9 位）")
@click.option("--post", required=True, help="岗位名称")
@click.option("--role", required=True, help="角色代码，如 SYSTEM_ADMIN")
def add(login_name: str, name: str, unit: str, region: str, post: str, role: str) -> None:
    """Create person, post and grant as the operator, all in one transaction."""
    setup_django()
    from django.db import transaction

    from gongbu.ground.basics.findings import InvalidInput, Refusal
    from gongbu.ground.basics.messages import word
    from gongbu.ground.orgs import regions, services
    from gongbu.ground.orgs.models import Unit
    from gongbu.ground.orgs.queries import console_actor
    from gongbu.ground.orgs.services.record import AlreadyDone

    actor, match = console_actor(), regions.find_by_code(region)
    if match is None:
        raise click.UsageError(f"没有区划代码 {region}。先运行 gongbu migrate 装载区划。")
    place = regions.current(match.region)
    units = Unit.objects.unscoped("the operator names it").filter(region=place, name=unit)
    try:
        with transaction.atomic():
            home = units.first() or services.create_unit(
                actor=actor, name=unit, kind=Unit.Kind.GOVERNMENT, region_id=place.pk
            )
            person = services.create_person(actor=actor, unit_id=home.pk, login_name=login_name, name=name)
            seat = home.posts.filter(name=post, closed_on=None).first() or services.create_post(
                actor=actor, unit_id=home.pk, name=post
            )
            services.appoint(actor=actor, post_id=seat.pk, person_id=person.pk)
            with suppress(AlreadyDone):  # a successor in a post that carries the role
                services.grant_role(actor=actor, role=role, region_id=place.pk, post_id=seat.pk)
            temporary = services.reset_password(actor=actor, person_id=person.pk)
    except InvalidInput as refusal:
        raise click.ClickException(" ".join(word(finding) for finding in refusal.findings)) from refusal
    except Refusal as refusal:
        raise click.ClickException(word(refusal)) from refusal
    click.echo(
        f"已开通 {person.login_name}（{person.name}，{home.name}·{seat.name}）。临时密码：{temporary}，首次登录须修改。"
    )


@account.command(help="重置一个账号的密码，显示临时密码一次。三员的账号只能在这里重置。")
@click.argument("login_name", metavar="登录名")
@click.option("--second-factor", is_flag=True, help="同时解绑动态口令（手机丢失时）")
def reset(login_name: str, second_factor: bool) -> None:
    """Reset a password, and a lost second factor, as the operator."""
    setup_django()
    from gongbu.ground.orgs import services
    from gongbu.ground.orgs.queries import console_actor

    person = _person(login_name)
    if second_factor:
        services.reset_second_factor(actor=console_actor(), person_id=person.pk)
    click.echo(f"临时密码：{services.reset_password(actor=console_actor(), person_id=person.pk)}，首次登录须修改。")


@account.command(help="免去一个账号现任的全部岗位。三员离任只能在这里办理，再用 add 设立继任者。")
@click.argument("login_name", metavar="登录名")
def leave(login_name: str) -> None:
    """End every post that a person holds, as the operator, all in one transaction."""
    setup_django()
    from django.db import transaction

    from gongbu.ground.basics import clock
    from gongbu.ground.orgs import services
    from gongbu.ground.orgs.models import Holding
    from gongbu.ground.orgs.queries import console_actor, in_force

    person = _person(login_name)
    with transaction.atomic():
        held = Holding.objects.filter(in_force(clock.today()), person=person).select_related("post")
        names = [services.end_holding(actor=console_actor(), holding_id=one.pk).post.name for one in held]
    click.echo(f"{person.name} 已免去：{'、'.join(names)}。" if names else f"{person.name} 没有在任的岗位。")


def _person(login_name: str) -> "Person":
    """Return the person of a login name, which the operator typed.

    :raises ClickException: nobody has it
    """
    from gongbu.ground.orgs.models import Person

    person = Person.objects.filter(login_name=login_name.strip().lower()).first()
    if person is None:
        raise click.ClickException(f"没有登录名 {login_name}。请核对后重输。")
    return person
