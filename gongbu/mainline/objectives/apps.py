"""Django application of plan objectives."""

from django.apps import AppConfig

ENTRY_KINDS = {"project.objective_linked": "挂接规划目标", "project.objective_unlinked": "解除规划目标挂接"}


class ObjectivesConfig(AppConfig):
    """规划目标."""

    name = "gongbu.mainline.objectives"
    label = "objectives"
    verbose_name = "规划目标"

    def ready(self) -> None:
        """Register words, acts, entry kinds, the panel on project pages, facts and the menu."""
        from gongbu.ground.basics import messages
        from gongbu.ground.ledger import kinds
        from gongbu.ground.registers import menu, panels
        from gongbu.mainline.objectives import pages, queries, services  # noqa: F401
        from gongbu.mainline.objectives.messages import MESSAGES
        from gongbu.mainline.projects import facts

        messages.register(MESSAGES)
        kinds.register(ENTRY_KINDS)
        facts.contribute("objectives", queries.objective_facts, ["objective_count"])
        panels.add(panels.Panel("objectives", "规划目标", "project", pages.render_panel, order=40, act="projects.view"))
        menu.add(
            menu.MenuEntry("objectives", "规划目标", "objectives:list", "target", "reserve", 60, act="objectives.view")
        )
