"""Django application of the outbox."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """发件箱."""

    name = "gongbu.ground.outbox"
    label = "outbox"
