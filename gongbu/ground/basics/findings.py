"""Findings and refusals: what was found, what was expected, on what basis. Codes here; words at the edge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How grave a finding is: NOTE informs, FLAG goes through but stays visible, REJECT stops the row or act."""

    NOTE = "NOTE"
    FLAG = "FLAG"
    REJECT = "REJECT"


@dataclass(frozen=True, slots=True)
class Basis:
    """法律依据 legal basis of a value, rule or finding: the instrument (with 文号) and the article."""

    instrument: str
    article: str = ""

    def __str__(self) -> str:
        return f"{self.instrument}{self.article}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found by a check. ``code`` names the message, ``data`` fills it, ``field`` is a catalogue key."""

    code: str
    data: Mapping[str, Any] = field(default_factory=dict)
    field: str | None = None
    severity: Severity = Severity.FLAG
    basis: Basis | None = None


class Refusal(Exception):
    """An act that cannot be done. It carries a code and data; ``basics.messages`` words it in Chinese.

    ``code`` is the message key (``room.reason``), ``data`` fills the template, ``basis`` is the clause if one exists.
    """

    status = 409

    def __init__(self, code: str, /, *, basis: Basis | None = None, field: str | None = None, **data: Any) -> None:
        super().__init__(code)
        self.code, self.data, self.basis, self.field = code, data, basis, field

    def as_finding(self) -> Finding:
        """Return the refusal as a rejecting finding, for forms and importers."""
        return Finding(self.code, self.data, self.field, Severity.REJECT, self.basis)


class NotAllowed(Refusal):
    """The actor may not do this here."""

    status = 403


class NotFound(Refusal):
    """The subject does not exist or is outside the actor's scope (the two are not told apart)."""

    status = 404


class ChangedMeanwhile(Refusal):
    """Somebody else changed the record since the form was opened; ``data`` says who, when and what."""


class InvalidInput(Refusal):
    """The input has findings of severity REJECT; nothing was saved."""

    status = 422

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("input.invalid", count=len(findings))
        self.findings = tuple(findings)


def raise_on_reject(findings: Sequence[Finding]) -> None:
    """Raise when a finding stops the act.

    :raises InvalidInput: with all the findings of severity REJECT
    """
    if rejected := [finding for finding in findings if finding.severity is Severity.REJECT]:
        raise InvalidInput(rejected)
