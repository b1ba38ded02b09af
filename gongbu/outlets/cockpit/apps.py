"""Django application of the cockpit."""

from django.apps import AppConfig


class CockpitConfig(AppConfig):
    """驾驶舱."""

    name = "gongbu.outlets.cockpit"
    label = "cockpit"
    verbose_name = "驾驶舱"

    def ready(self) -> None:
        """Register the menu entry."""
        from gongbu.ground.registers import menu

        menu.add(menu.MenuEntry("cockpit", "驾驶舱", "cockpit:show", "gauge", "work", 5, act="cockpit.view"))
