"""What the frame around every page shows: menu, search, counters, person and posts, edition. Rooms plug in here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from gongbu.ground.basics import clock
from gongbu.ground.ledger import held
from gongbu.ground.ledger.queries import is_demo_edition
from gongbu.ground.registers.addresses import address_of
from gongbu.ground.registers.menu import MenuLine, lines_for
from gongbu.ground.registers.topics import topic_of


@dataclass(frozen=True, slots=True)
class Counter:
    """A number in the top bar (待办, 消息) that leads to its list; shown to whom has the right."""

    key: str
    label: str
    icon: str
    route: str
    count: Callable[[HttpRequest], int]
    order: int = 100
    right: str = ""


@dataclass(frozen=True, slots=True)
class PostChoice:
    """A post the person may act in; ``is_current`` marks the one in use."""

    id: int
    unit_name: str
    post_name: str
    is_current: bool = False


_DEMO_ASKED_EVERY_S = 60
_demo: tuple[float, bool] | None = None


def demo_edition() -> bool:
    """Return whether this installation is a demo edition (演示版); asked of the ledger once a minute per process."""
    global _demo
    if _demo is None or monotonic() - _demo[0] > _DEMO_ASKED_EVERY_S:
        _demo = (monotonic(), is_demo_edition())
    return _demo[1]


def forget() -> None:
    """Forget what was asked of the ledger (tests, and the demo command after it declares the edition)."""
    global _demo
    _demo = None


@dataclass(slots=True)
class Plugs:
    """The places where rooms plug into the frame. Set from ``AppConfig.ready``."""

    product: str = "工部"
    subtitle: str = "政府投资项目全生命周期平台"
    home_route: str = "/"
    search_route: str = ""
    search_right: str = ""
    search_placeholder: str = "搜索项目名称、代码、文号"
    sign_in_route: str = "orgs:sign_in"
    sign_out_route: str = "orgs:sign_out"
    account_route: str = ""
    switch_route: str = ""
    posts: Callable[[HttpRequest], Sequence[PostChoice]] | None = None
    is_demo: Callable[[], bool] = field(default=lambda: demo_edition())
    footer: Callable[[HttpRequest], Sequence[str]] | None = None
    counters: dict[str, Counter] = field(default_factory=dict)


plugs = Plugs()


def add_counter(counter: Counter) -> None:
    """Add a counter to the top bar; the same key replaces itself."""
    plugs.counters[counter.key] = counter


def address(route: str) -> str:
    """Return the address of a route name, or "" when no room brings it; an absolute path passes through."""
    if not route or route.startswith("/"):
        return route
    try:
        return address_of(route)
    except NoReverseMatch:
        return ""


class Frame:
    """The frame of one request; every property is computed only when the template asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.plugs = plugs
        self.actor: Any = getattr(request, "actor", None)

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody is signed in."""
        return self.actor is not None and self.actor.person_id is not None

    @property
    def search(self) -> str:
        """Address of the search, "" for whom there is none."""
        may = self.is_signed_in and (not plugs.search_right or self.actor.may(plugs.search_right))
        return address(plugs.search_route) if may else ""

    @cached_property
    def menu(self) -> list[tuple[str, list[MenuLine]]]:
        """Menu groups with their lines."""
        return lines_for(self.request)

    @property
    def phone_lines(self) -> list[MenuLine]:
        """Lines of the bottom bar on a phone: four at most, the fifth place is the menu itself."""
        return [line for _, lines in self.menu for line in lines if line.entry.phone][:4]

    @property
    def counters(self) -> list[tuple[Counter, str, int]]:
        """Counters with address and number."""
        if not self.is_signed_in:
            return []
        rows = [(c, address(c.route)) for c in sorted(plugs.counters.values(), key=lambda c: (c.order, c.key))]
        shown = [(c, href) for c, href in rows if href and (not c.right or self.actor.may(c.right))]
        return [(c, href, c.count(self.request)) for c, href in shown]

    @property
    def posts(self) -> Sequence[PostChoice]:
        """Posts of the person, for the 单位·岗位 switch."""
        return plugs.posts(self.request) if plugs.posts and self.is_signed_in else ()

    @property
    def held(self) -> str:
        """Why the book's signing is held, for who is signed in; "" as a rule."""
        stopped = held.find() if self.is_signed_in else None
        return stopped.said if stopped else ""

    @property
    def is_demo(self) -> bool:
        """Whether this is a demo edition."""
        return plugs.is_demo()

    @property
    def now(self) -> Any:
        """The present moment, simulated or not."""
        return clock.now()

    @property
    def is_simulated(self) -> bool:
        """Whether the clock is simulated."""
        return clock.kind() == "SIMULATED"

    @property
    def footer(self) -> Sequence[str]:
        """Lines of the footer (主办单位, 备案号 …)."""
        return plugs.footer(self.request) if plugs.footer else ()

    @property
    def is_large_type(self) -> bool:
        """Whether the larger-type mode (适老) is on."""
        return self.request.COOKIES.get("g_type") == "large"

    @property
    def is_side_narrow(self) -> bool:
        """Whether the left menu is collapsed to icons."""
        return self.request.COOKIES.get("g_side") == "narrow"

    @property
    def help_href(self) -> str:
        """Address of the manual's page about the page shown."""
        return reverse("registers:help", args=[topic_of(self.request.path)])

    def address(self, route: str) -> str:
        """Return the address of a route, or "" when no room brings it."""
        return address(route)
