"""Django application of policy."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    """制度."""

    name = "gongbu.ground.policy"
    label = "policy"
    verbose_name = "制度"

    def ready(self) -> None:
        """Word the refusals and know the acts."""
        from gongbu.ground.basics import messages
        from gongbu.ground.ledger import kinds
        from gongbu.ground.policy import services  # noqa: F401  registers the acts
        from gongbu.ground.policy.messages import MESSAGES

        messages.register(MESSAGES)
        kinds.register({"policy.adopted": "采用制度包"})
