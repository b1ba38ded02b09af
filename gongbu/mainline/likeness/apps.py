"""Django application of likeness."""

from django.apps import AppConfig


class LikenessConfig(AppConfig):
    """查重."""

    name = "gongbu.mainline.likeness"
    label = "likeness"
    verbose_name = "查重"

    def ready(self) -> None:
        """Register wording, acts and what follows the acts on projects."""
        from gongbu.ground.basics import messages
        from gongbu.ground.jobs import services as jobs
        from gongbu.ground.ledger import kinds
        from gongbu.ground.registers import menu, panels
        from gongbu.mainline.likeness import (
            entry,
            following,
            importing,
            pages,
            queries,
            report_queries,
            report_work,
        )
        from gongbu.mainline.likeness.messages import KIND_LABELS, MESSAGES, REASONS

        messages.register(MESSAGES)
        messages.register(REASONS)
        kinds.register(KIND_LABELS)
        following.register()
        entry.register()
        importing.take_part()
        report_work.register()
        menu.add(
            menu.MenuEntry(
                "likeness", "相似项目", "likeness:list", "copy", "projects", 30, "likeness.view", phone=False
            )
        )
        menu.add(
            menu.MenuEntry(
                "likeness.reports",
                "雷同材料",
                "likeness:reports",
                "files",
                "projects",
                31,
                "likeness.view",
                phone=False,
            )
        )
        panels.add(
            panels.Panel(
                "likeness", "查重", "project", pages.render_panel, order=50, act="likeness.view",
                count=lambda _request, project: (
                    queries.count_open(project.pk) + report_queries.count_open(project.pk) or None
                ),
            )
        )  # fmt: skip
        jobs.every("likeness.catch_up", following.EVERY_SECONDS, following.catch_up, "更新查重索引")
        jobs.daily("likeness.mark_missing", following.mark_missing, "查漏查重索引")
