"""Django application of promotion."""

from django.apps import AppConfig


class PromotionConfig(AppConfig):
    """招商与盘活."""

    name = "gongbu.mainline.promotion"
    label = "promotion"
    verbose_name = "招商与盘活"

    def ready(self) -> None:
        """Register words, acts and the menu."""
        from gongbu.ground.basics import messages
        from gongbu.ground.inbox import kinds as inbox_kinds
        from gongbu.ground.registers import menu
        from gongbu.mainline.promotion import services  # noqa: F401
        from gongbu.mainline.promotion.messages import MESSAGES

        messages.register(MESSAGES)
        inbox_kinds.add_room("promotion", "招商代办")
        for order, (key, label, icon) in enumerate(
            [
                ("leads", "招商代办", "briefcase"),
                ("assets", "闲置资产", "building"),
                ("offers", "民间资本推介", "share"),
            ],
            70,
        ):
            menu.add(
                menu.MenuEntry(
                    f"promotion-{key}", label, f"promotion:{key}", icon, "reserve", order, act="promotion.view"
                )
            )
