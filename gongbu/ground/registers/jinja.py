"""The one template language: Jinja2 over every room's ``templates/`` folder, with the filters of a 台账."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.urls import reverse
from jinja2 import Environment, Undefined
from markupsafe import Markup, escape

from gongbu.ground.basics import money
from gongbu.ground.basics.clock import SHANGHAI
from gongbu.ground.basics.messages import word
from gongbu.ground.registers.addresses import address_of, is_number
from gongbu.ground.registers.assets import asset, icon

UNKNOWN = "—"
"""Shown for a value that does not exist. 0 is shown as 0; a value somebody still owes is shown as 未报."""

NOT_REPORTED = Markup('<span class="g-owed">未报</span>')


class LoudUndefined(Undefined):
    """May be tested (``{% if x %}``) but not printed or looped over: a misspelt name must not vanish silently."""

    __str__ = __iter__ = Undefined._fail_with_undefined_error  # type: ignore[assignment]


def as_date(value: date | datetime | str | None) -> str:
    """Return ``2026-11-20``; partial dates of published lists (``2026-05``) pass through; unknown is ``—``."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI)
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)


def as_date_zh(value: date | datetime | None) -> str:
    """Return ``2026年11月20日``, as papers write it."""
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI)
    return f"{value.year}年{value.month}月{value.day}日"


def as_datetime(value: datetime | None) -> str:
    """Return ``2026-11-20 09:30`` in Asia/Shanghai."""
    return UNKNOWN if value is None else f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def as_thousands(value: int | Decimal | float | None, places: int = 0) -> str:
    """Return a figure with thousands separators and a fixed number of decimals."""
    return UNKNOWN if value is None else f"{value:,.{places}f}"


def as_percent(ratio: Decimal | float | None, places: int = 1) -> str:
    """Return a ratio (0–1) as a percentage, rounded half up: ``0.125`` → ``12.5%``."""
    if ratio is None:
        return UNKNOWN
    shown = (Decimal(str(ratio)) * 100).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{shown:,}%"


def as_delta(value: int | Decimal | float | None, places: int = 0) -> str:
    """Return a change with its sign: ``+26``, ``−3`` (a true minus), ``0``."""
    if value is None:
        return UNKNOWN
    return f"{value:+,.{places}f}".replace("-", "\u2212") if value else "0"


def as_code(value: str | None) -> Markup:
    """Return a code (项目代码, 文号) in the figure face that does not break across lines."""
    return Markup('<span class="g-code">{}</span>').format(value) if value else Markup(UNKNOWN)  # noqa: S704 — a constant


def as_label(value: str | None, choices: Mapping[str, str] | Any) -> str:
    """Return the Chinese label of a stored choice code. ``choices`` is a mapping or a Django ``Choices`` class."""
    if value is None or value == "":
        return UNKNOWN
    pairs = choices if isinstance(choices, Mapping) else dict(choices.choices)
    return str(pairs.get(value, value))


def link(name: str, *args: Any, **kwargs: Any) -> str:
    """Return the address of a named route; ``_query`` (a mapping) is appended as a query string."""
    query = kwargs.pop("_query", None)
    if query is None and not (args and kwargs) and all(map(is_number, (*args, *kwargs.values()))):
        return address_of(name, *args, **kwargs)
    return reverse(name, args=args or None, kwargs=kwargs or None, query=query)


def _finalize(value: Any) -> Any:
    return "" if value is None else value


def environment(**options: Any) -> Environment:
    """Build the Jinja2 environment (called once by Django)."""
    options.update(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=LoudUndefined,
        finalize=_finalize,
        cache_size=-1,
    )
    env = Environment(**options)  # noqa: S701 — autoescape is set to True two lines above
    env.filters.update(
        wan=money.as_wan,
        yi=money.as_yi,
        yuan=money.as_yuan,
        date=as_date,
        date_zh=as_date_zh,
        datetime=as_datetime,
        thousands=as_thousands,
        percent=as_percent,
        delta=as_delta,
        code=as_code,
        label=as_label,
        word=word,
    )
    env.globals.update(
        url=link,
        asset=asset,
        icon=icon,
        UNKNOWN=UNKNOWN,
        NOT_REPORTED=NOT_REPORTED,
        escape=escape,
        zip=zip,
    )
    return env
