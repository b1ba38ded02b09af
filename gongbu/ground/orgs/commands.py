"""``gongbu account``: set up the first administrators (三员) and their unit from the server's command line."""

import click

from gongbu.config.cli import setup_django


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
            services.grant_role(actor=actor, role=role, region_id=place.pk, post_id=seat.pk)
            temporary = services.reset_password(actor=actor, person_id=person.pk)
    except InvalidInput as refusal:
        raise click.ClickException(" ".join(word(finding) for finding in refusal.findings)) from refusal
    except Refusal as refusal:
        raise click.ClickException(word(refusal)) from refusal
    click.echo(
        f"已开通 {person.login_name}（{person.name}，{home.name}·{seat.name}）。临时密码：{temporary}，首次登录须修改。"
    )


@account.command(help="重置一个账号的密码，显示临时密码一次。")
@click.argument("login_name", metavar="登录名")
def reset(login_name: str) -> None:
    """Reset a password as the operator."""
    setup_django()
    from gongbu.ground.orgs import services
    from gongbu.ground.orgs.models import Person
    from gongbu.ground.orgs.queries import console_actor

    person = Person.objects.filter(login_name=login_name.strip().lower()).first()
    if person is None:
        raise click.ClickException(f"没有登录名 {login_name}。")
    click.echo(f"临时密码：{services.reset_password(actor=console_actor(), person_id=person.pk)}，首次登录须修改。")
