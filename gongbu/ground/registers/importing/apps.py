"""Django application of imports."""

from django.apps import AppConfig


class ImportingConfig(AppConfig):
    """导入."""

    name = "gongbu.ground.registers.importing"
    label = "importing"
    verbose_name = "导入"

    def ready(self) -> None:
        """Register wording and the job."""
        from gongbu.ground.basics import messages
        from gongbu.ground.registers.importing.messages import MESSAGES

        messages.register(MESSAGES)
