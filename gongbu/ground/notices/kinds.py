"""Kinds of notices. A room registers its own with the key of the parameter that sets how long they are open."""

from dataclasses import dataclass

DEFAULT_PERIOD = "notices.default_period_workdays"


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of notice: code, label, and the pack parameter (unit workdays or days) of its period."""

    key: str
    label: str
    period_key: str = DEFAULT_PERIOD


_KINDS: dict[str, NoticeKind] = {"GENERAL": NoticeKind("GENERAL", "一般公示")}


def register(kind: NoticeKind) -> None:
    """Add a kind (called from ``AppConfig.ready``); the same key replaces itself."""
    _KINDS[kind.key] = kind


def get(key: str) -> NoticeKind:
    """Return a kind.

    :raises KeyError: unknown
    """
    return _KINDS[key]


def choices() -> list[tuple[str, str]]:
    """Return code and label of every kind."""
    return [(kind.key, kind.label) for kind in _KINDS.values()]
