"""Django application of registers."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """台账."""

    name = "gongbu.ground.registers"
    label = "registers"
    verbose_name = "台账"

    def ready(self) -> None:
        """Register the wording."""
        from gongbu.ground.basics import messages
        from gongbu.ground.registers.messages import MESSAGES

        messages.register(MESSAGES)
