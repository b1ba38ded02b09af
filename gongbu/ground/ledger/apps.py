"""Django application of ledger."""

from django.apps import AppConfig

from gongbu.ground.basics import messages


class LedgerConfig(AppConfig):
    """账本."""

    name = "gongbu.ground.ledger"
    label = "ledger"
    verbose_name = "账本"

    def ready(self) -> None:
        """Register the room's words and have the sequencer run four times a minute."""
        from gongbu.ground.jobs import services as jobs
        from gongbu.ground.ledger import sequencer
        from gongbu.ground.ledger.messages import MESSAGES

        messages.register(MESSAGES)
        jobs.every("ledger.sequencer", 15, sequencer.run, "账本排序入树")
