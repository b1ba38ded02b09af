"""Django application of the inbox."""

from django.apps import AppConfig

from gongbu.ground.basics import messages


class InboxConfig(AppConfig):
    """工作台."""

    name = "gongbu.ground.inbox"
    label = "inbox"
    verbose_name = "工作台"

    def ready(self) -> None:
        """Register the room's words, acts and listeners."""
        from gongbu.ground.inbox import kinds, listeners, services  # noqa: F401
        from gongbu.ground.inbox.messages import MESSAGES

        messages.register(MESSAGES)
        kinds.add_room("approvals", "审批办理")
        kinds.add_room("projects", "项目信息")
        listeners.register()
