"""Panels: tabs that rooms contribute to the page of a subject (一项目一档), without the page knowing the rooms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Panel:
    """A tab on the page of a subject.

    ``subject_kind`` is the kind of the page (``project``); ``render(request, subject)`` returns HTML (``Markup``);
    ``count(request, subject)`` the small number on the tab; ``act`` the right that shows the tab (tested in the
    subject's region). The tab is opened by ``?tab=<key>`` and only the open tab is rendered.
    """

    key: str
    label: str
    subject_kind: str
    render: Callable[[HttpRequest, Any], str]
    order: int = 100
    act: str = ""
    count: Callable[[HttpRequest, Any], int | None] | None = None


_PANELS: dict[tuple[str, str], Panel] = {}


def add(panel: Panel) -> None:
    """Add a panel; the same subject kind and key replaces itself."""
    _PANELS[panel.subject_kind, panel.key] = panel


def for_subject(kind: str, actor: Any, region_key: int | None = None) -> list[Panel]:
    """Return the panels of a subject kind that ``actor`` may see in the region, in order."""
    rows = sorted((p for p in _PANELS.values() if p.subject_kind == kind), key=lambda p: (p.order, p.key))
    return [p for p in rows if not p.act or actor.may(p.act, region_key)]
