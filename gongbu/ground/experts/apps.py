"""Django application of experts."""

from django.apps import AppConfig


class ExpertsConfig(AppConfig):
    """专家库."""

    name = "gongbu.ground.experts"
    label = "experts"
    verbose_name = "专家库"

    def ready(self) -> None:
        """Register words, acts, entry kinds, the import kind, the menu and tasks."""
        from gongbu.ground.basics import messages
        from gongbu.ground.experts import importing, pages, services  # noqa: F401  services registers the acts
        from gongbu.ground.experts.messages import MESSAGES
        from gongbu.ground.inbox import kinds as task_kinds
        from gongbu.ground.ledger import kinds as entry_kinds
        from gongbu.ground.registers import menu
        from gongbu.ground.registers.importing import kinds as import_kinds

        messages.register(MESSAGES)
        entry_kinds.register({"experts.drawn_for": "抽取评审专家"})
        task_kinds.add_room("experts", "专家评审")
        import_kinds.register(importing.KIND)
        menu.add(
            menu.MenuEntry("experts", "专家库", "experts:list", "certificate", "approvals", 60, act="experts.view")
        )
