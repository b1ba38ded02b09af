"""Django application of ledger."""

from django.apps import AppConfig

from gongbu.ground.basics import messages


class LedgerConfig(AppConfig):
    """账本."""

    name = "gongbu.ground.ledger"
    label = "ledger"
    verbose_name = "账本"

    def ready(self) -> None:
        """Register the room's words."""
        from gongbu.ground.ledger.messages import MESSAGES

        messages.register(MESSAGES)
