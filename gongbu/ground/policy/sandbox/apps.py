"""Django application of the sandbox."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """制度沙盘."""

    name = "gongbu.ground.policy.sandbox"
    label = "sandbox"
    verbose_name = "制度沙盘"

    def ready(self) -> None:
        """Word the refusals and offer the stored decisions as a source."""
        from gongbu.ground.basics import messages
        from gongbu.ground.policy.sandbox import past, sources
        from gongbu.ground.policy.sandbox.messages import MESSAGES

        messages.register(MESSAGES)
        sources.register(past.SOURCE)
