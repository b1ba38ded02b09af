"""An act (办理动作): something an official could name, done in one transaction with its ledger entry."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from gongbu.ground.basics import reach
from gongbu.ground.basics.findings import InvalidInput
from gongbu.ground.basics.text import find_control_characters

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ActInfo:
    """Name (``room.verb``, the row of the rights matrix), Chinese label and service function of an act."""

    name: str
    label: str
    function: str


_ACTS: dict[str, ActInfo] = {}


def act(name: str, label: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register a service function as an act and run it in one transaction.

    The function still calls ``actor.require(name, …)`` itself, because only it knows the subject.
    A test compares the registered names with the rows of the rights matrix. No text among the arguments may hold control
    characters: the act refuses with :class:`InvalidInput` before it begins. It reaches across regions, because duties,
    numbers and subjects may lie elsewhere; what it may touch is the actor's right, which it tests.

    :raises ValueError: the name is taken by another function
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        where = f"{function.__module__}.{function.__qualname__}"
        if name in _ACTS and _ACTS[name].function != where:
            raise ValueError(f"act {name} is defined twice")
        _ACTS[name] = ActInfo(name, label, where)

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            if findings := find_control_characters((args, kwargs)):
                raise InvalidInput(findings)
            with reach.widened(f"act {name}"), transaction.atomic():
                return function(*args, **kwargs)

        return run

    return decorate


def all_acts() -> dict[str, ActInfo]:
    """Return every registered act by name (import the rooms' services first; Django's app loading does)."""
    return dict(_ACTS)
