"""Delivery ports (投递出口): how a message reaches somebody outside the platform.

A port is named in ``settings.INBOX_PORTS``. It gets a :class:`Parcel` and looks up by itself what it needs to reach the
person; phone numbers are never put into the outbox, the ledger or the log. A port that raises is tried again by the
outbox, each port on its own, so a broken SMS gateway does not repeat what another port has sent.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings

DEFAULT_PORTS = ("log",)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out: message id (the idempotency key for the far side), person, words and address within the site."""

    message_id: int
    person_id: int
    person_name: str
    tone: str
    title: str
    text: str
    url: str
    sent_at: datetime


class Port(Protocol):
    """A way out. ``send`` must finish within a few seconds, and raises when the parcel did not leave."""

    def send(self, parcel: Parcel) -> str:
        """Send one parcel and return the far side's reference (may be empty)."""


class LogPort:
    """The default: one line of JSON per parcel in ``<home>/deliveries.log``, readable by its owner only."""

    def send(self, parcel: Parcel) -> str:
        """Append the parcel to the file."""
        line = json.dumps(
            {
                "at": parcel.sent_at.isoformat(),
                "message": parcel.message_id,
                "person": parcel.person_id,
                "name": parcel.person_name,
                "tone": parcel.tone,
                "title": parcel.title,
                "url": parcel.url,
            },
            ensure_ascii=False,
        )
        path = Path(settings.HOME) / "deliveries.log"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(line + "\n")
        return ""


_PORTS: dict[str, Callable[[], Port]] = {"log": LogPort}


def register(name: str, make: Callable[[], Port]) -> None:
    """Add a port (called from an ``AppConfig.ready``); the same name replaces itself."""
    _PORTS[name] = make


def configured() -> tuple[str, ...]:
    """Return the names of the ports in use.

    :raises LookupError: the settings name a port that nobody registered
    """
    names = tuple(getattr(settings, "INBOX_PORTS", DEFAULT_PORTS))
    if unknown := [name for name in names if name not in _PORTS]:
        raise LookupError(f"unknown delivery ports {unknown}; known: {sorted(_PORTS)}")
    return names


def port(name: str) -> Port:
    """Return a port by name."""
    return _PORTS[name]()
