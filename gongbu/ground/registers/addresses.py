"""Addresses of routes without arguments or with numbers: Django's own reversing costs more than a small query a page."""

from functools import lru_cache

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse

_MARK = 900_000_001


def address_of(name: str, *numbers: int, **named: int) -> str:
    """Return the address of a route; every route is reversed once per process, the numbers are put in.

    :raises NoReverseMatch: no such route
    """
    template = _template(
        name, len(numbers), tuple(named), str(get_urlconf() or settings.ROOT_URLCONF), get_script_prefix()
    )
    for place, number in enumerate((*numbers, *named.values())):
        template = template.replace(str(_MARK + place), str(number), 1)
    return template


@lru_cache(maxsize=4_096)
def _template(name: str, plain: int, named: tuple[str, ...], urlconf: str, _prefix: str) -> str:
    marks = [_MARK + place for place in range(plain + len(named))]
    return reverse(
        name, urlconf, args=marks[:plain] or None, kwargs=dict(zip(named, marks[plain:], strict=True)) or None
    )


def is_number(value: object) -> bool:
    """Return whether a value may be put into an address as it is."""
    return type(value) is int and 0 <= value < _MARK
