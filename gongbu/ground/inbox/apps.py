"""Django application of inbox."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """待办."""

    name = "gongbu.ground.inbox"
    label = "inbox"
    verbose_name = "待办"
