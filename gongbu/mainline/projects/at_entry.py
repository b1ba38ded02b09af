"""What rooms ask while a project is being entered by a form: behind the name, before it is saved, and right after.

The room of projects knows none of them; they add themselves when they are ready.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from markupsafe import Markup

from gongbu.ground.registers.forms import Form
from gongbu.mainline.projects.models import Project


@dataclass(frozen=True, slots=True)
class EntryCheck:
    """One room's part in entering a project by a form.

    ``ask(request, form)`` returns what stands behind the name (Markup). ``before(request, values)`` gets the typed
    values and raises ``InvalidInput`` when something must be answered first. ``after(request, project)`` records the
    answers; it must not raise, because the project stands already.
    """

    key: str
    ask: Callable[[HttpRequest, Form], str]
    before: Callable[[HttpRequest, Mapping[str, Any]], None]
    after: Callable[[HttpRequest, Project], None]


_CHECKS: dict[str, EntryCheck] = {}


def add(check: EntryCheck) -> None:
    """Add a check (called from an ``AppConfig.ready``); the same key replaces itself."""
    _CHECKS[check.key] = check


def ask(request: HttpRequest, form: Form) -> None:
    """Put what the rooms ask behind the name field of a form."""
    if _CHECKS:
        form.fields["name"].after = lambda: Markup("").join(check.ask(request, form) for check in _CHECKS.values())


def before(request: HttpRequest, values: Mapping[str, Any]) -> None:
    """Let every room look before the project is saved.

    :raises InvalidInput: something must be answered first
    """
    for check in _CHECKS.values():
        check.before(request, values)


def after(request: HttpRequest, project: Project) -> None:
    """Let every room record what was answered about the project that now stands."""
    for check in _CHECKS.values():
        check.after(request, project)
