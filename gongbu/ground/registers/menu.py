"""The left menu. Rooms add entries in ``AppConfig.ready``; a person sees those whose act their roles may do."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch

from gongbu.ground.registers.addresses import address_of

GROUPS: dict[str, str] = {
    "work": "工作台",
    "projects": "项目",
    "reserve": "谋划储备",
    "approvals": "办理",
    "oversight": "督导",
    "policy": "制度",
    "records": "留痕",
    "people": "机构人员",
    "system": "系统",
}
"""Groups in the order shown. An entry of an unknown group is refused."""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the menu.

    ``route`` is a route name without arguments (or an absolute path starting with ``/``). ``act`` is the right that
    makes the entry visible (``""``: everybody signed in). ``count`` returns a small number to show, or None.
    ``phone`` puts the entry into the bottom bar of the phone layout (four at most).
    """

    key: str
    label: str
    route: str
    icon: str
    group: str
    order: int = 100
    act: str = ""
    phone: bool = False
    count: Callable[[HttpRequest], int | None] | None = None

    @property
    def href(self) -> str:
        """The address of the entry, empty when its room brings no such route (it is then left out)."""
        if self.route.startswith("/"):
            return self.route
        try:
            return address_of(self.route)
        except NoReverseMatch:
            return ""


@dataclass(frozen=True, slots=True)
class MenuLine:
    """A menu entry as shown to one person on one page."""

    entry: MenuEntry
    href: str
    is_current: bool
    count: int | None


_ENTRIES: dict[str, MenuEntry] = {}


def add(entry: MenuEntry) -> None:
    """Add an entry; the same key replaces itself.

    :raises ValueError: unknown group
    """
    if entry.group not in GROUPS:
        raise ValueError(f"menu entry {entry.key}: unknown group {entry.group}")
    _ENTRIES[entry.key] = entry


def lines_for(request: HttpRequest) -> list[tuple[str, list[MenuLine]]]:
    """Return the groups with the lines this person may open; the line of the longest matching address is current."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.person_id is None:
        return []
    seen = [(e, e.href) for e in sorted(_ENTRIES.values(), key=lambda e: (e.order, e.key)) if _may(actor, e)]
    seen = [(entry, href) for entry, href in seen if href]
    at = max(
        (h for _, h in seen if request.path == h or request.path.startswith(h.rstrip("/") + "/")), key=len, default=""
    )
    groups: list[tuple[str, list[MenuLine]]] = []
    for key, label in GROUPS.items():
        rows = [MenuLine(e, h, h == at, e.count(request) if e.count else None) for e, h in seen if e.group == key]
        if rows:
            groups.append((label, rows))
    return groups


def _may(actor: "object", entry: MenuEntry) -> bool:
    return not entry.act or actor.may(entry.act)  # type: ignore[attr-defined,no-any-return]
