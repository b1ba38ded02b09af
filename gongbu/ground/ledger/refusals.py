"""What the book refuses."""

from typing import Any

from gongbu.ground.basics.clock import SHANGHAI
from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity


class AlreadyRecorded(Refusal):
    """The idempotency key is already in the book; ``entry`` is what was recorded the first time.

    The act that raised it is rolled back whole, so the caller may simply show the first result.
    """

    def __init__(self, entry: Any) -> None:
        super().__init__("ledger.already_recorded", entry=entry.pk, recorded_at=entry.recorded_at.astimezone(SHANGHAI))
        self.entry = entry


class KeyReused(InvalidInput):
    """The idempotency key was used for another request (another address or other content)."""

    def __init__(self) -> None:
        super().__init__([Finding("ledger.key_reused", {}, None, Severity.REJECT)])


class SimulatedClockRefused(Refusal):
    """An entry stamped with a simulated clock outside a demo edition."""

    def __init__(self) -> None:
        super().__init__("ledger.simulated_clock")


class BookNotEmpty(Refusal):
    """A demo edition can be declared only before the first entry."""

    def __init__(self) -> None:
        super().__init__("ledger.book_not_empty")


class UnknownCorrection(Refusal):
    """The entry to be corrected does not exist."""

    def __init__(self, entry_id: int) -> None:
        super().__init__("ledger.corrects_unknown", entry=entry_id)


class UnknownReceipt(Refusal):
    """No receipt has this code. ``ledger.receipt_malformed`` if it cannot even be one (check character)."""

    status = 404


class VerifierNotBuilt(Refusal):
    """The front end was not built here, so there is no verifier to hand out."""

    status = 404

    def __init__(self) -> None:
        super().__init__("ledger.verifier_not_built")


class UnknownHead(Refusal):
    """The book has no such heads, or none in that month."""

    status = 404
