"""Django application of policy."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    """制度."""

    name = "gongbu.ground.policy"
    label = "policy"
    verbose_name = "制度"
