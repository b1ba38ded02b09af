"""Django application of registers."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """台账."""

    name = "gongbu.ground.registers"
    label = "registers"
    verbose_name = "台账"
