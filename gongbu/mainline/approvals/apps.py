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
        from gongbu.ground.outbox import services as outbox
        from gongbu.ground.registers import menu, panels
        from gongbu.ground.registers.importing import kinds
        from gongbu.mainline.approvals import importing, pages, preparing, queries, services
        from gongbu.mainline.approvals.messages import MESSAGES

        messages.register(MESSAGES)
        kinds.register(importing.KIND)
        preparing.register()
        outbox.listen("project.region_set", "approvals.follow_project", services.follow_project)
        menu.add(
            menu.MenuEntry(
                "papers",
                "批文台账",
                "approvals:list",
                "file-certificate",
                "approvals",
                order=10,
                act="approvals.browse",
            )
        )
        panels.add(
            panels.Panel(
                "papers",
                "批文",
                "project",
                pages.render_panel,
                order=20,
                act="approvals.view",
                count=lambda _request, project: queries.count_of_project(project.pk),
            )
        )
