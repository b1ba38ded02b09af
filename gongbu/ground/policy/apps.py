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
        from gongbu.ground.registers import menu

        messages.register(MESSAGES)
        kinds.register({"policy.adopted": "采用制度包", "policy.pack_stored": "登记本地制度包版本"})
        menu.add(menu.MenuEntry("policy", "制度包", "policy:packs", "scale", "policy", 10, act="policy.view"))
        menu.add(
            menu.MenuEntry("policy-facts", "制度事实", "policy:facts", "list-details", "policy", 15, act="policy.view")
        )
        menu.add(
            menu.MenuEntry("policy-regions", "各地采用", "policy:regions", "map-pin", "policy", 20, act="policy.view")
        )
