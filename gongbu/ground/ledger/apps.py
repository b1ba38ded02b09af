"""Django application of ledger."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """账本."""

    name = "gongbu.ground.ledger"
    label = "ledger"
    verbose_name = "账本"
