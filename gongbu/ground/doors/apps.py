"""Django application of the doors."""

from django.apps import AppConfig


class DoorsConfig(AppConfig):
    """公开入口."""

    name = "gongbu.ground.doors"
    label = "doors"
