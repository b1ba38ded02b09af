"""Django application of approvals."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """审批."""

    name = "gongbu.mainline.approvals"
    label = "approvals"
    verbose_name = "审批"

    def ready(self) -> None:
        """Register wording, acts and the import kind."""
        from gongbu.ground.basics import messages
        from gongbu.ground.registers.importing import kinds
        from gongbu.mainline.approvals import importing
        from gongbu.mainline.approvals.messages import MESSAGES

        messages.register(MESSAGES)
        kinds.register(importing.KIND)
