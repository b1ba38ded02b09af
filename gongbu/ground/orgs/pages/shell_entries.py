"""What this room adds to the frame: menu entries, the post switch, the account page."""

from django.http import HttpRequest

from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.orgs.middleware import posts_of_session
from gongbu.ground.orgs.models import Registration
from gongbu.ground.registers import menu, shell
from gongbu.ground.registers.shell import PostChoice


def _posts(request: HttpRequest) -> list[PostChoice]:
    actor = request.actor  # type: ignore[attr-defined]
    return [PostChoice(pk, unit, name, pk == actor.post_id) for pk, name, unit in posts_of_session(request)]


_PENDING = Prepared(
    lambda lo, hi: (
        Registration.objects.narrowed("the actor's ranges, which do not overlap")
        .filter(region__key_lo__gte=lo, region__key_lo__lt=hi, status=Registration.Status.PENDING)
        .values_list("pk")
    )
)


def _waiting(request: HttpRequest) -> int | None:
    ranges = request.actor.ranges("orgs.review_registrations")  # type: ignore[attr-defined]
    return sum(_PENDING.count(lo, hi) for lo, hi in ranges) or None


def plug() -> None:
    """Add everything (called once, from ``AppConfig.ready``)."""
    shell.plugs.account_route, shell.plugs.switch_route = "orgs:account", "orgs:switch_post"
    shell.plugs.posts = _posts
    for order, (key, label, icon, act) in enumerate(
        [
            ("units", "单位", "building", "orgs.view"),
            ("people", "人员", "users", "orgs.view"),
            ("registrations", "单位注册", "user-check", "orgs.review_registrations"),
            ("regions", "行政区划", "map-2", "orgs.view_regions"),
        ]
    ):
        count = _waiting if key == "registrations" else None
        menu.add(menu.MenuEntry(f"orgs.{key}", label, f"orgs:{key}", icon, "people", order * 10, act, count=count))
    menu.add(menu.MenuEntry("orgs.grants", "授权", "orgs:grants", "key", "system", 10, "orgs.view_grants"))
    menu.add(menu.MenuEntry("orgs.audit", "访问审计", "orgs:audit", "shield-check", "system", 20, "orgs.view_audit"))
    menu.add(menu.MenuEntry("orgs.trace", "导出追踪", "orgs:trace", "search", "system", 25, "orgs.trace_export"))
