"""Django application of imports."""

from django.apps import AppConfig


class ImportingConfig(AppConfig):
    """导入."""

    name = "gongbu.ground.registers.importing"
    label = "importing"
    verbose_name = "导入"

    def ready(self) -> None:
        """Register wording, the menu entry and the job."""
        from gongbu.ground.basics import messages
        from gongbu.ground.jobs import services as jobs
        from gongbu.ground.registers import menu
        from gongbu.ground.registers.importing import pages
        from gongbu.ground.registers.importing.messages import MESSAGES

        messages.register(MESSAGES)
        menu.add(
            menu.MenuEntry(
                "imports", "导入", "importing:list", "file-import", "projects", order=60, act="importing.use"
            )
        )
        jobs.job(pages.JOB, "接收导入批次", pages.run_job)
        jobs.every("importing.resume", 30, pages.resume_forsaken, "接手中断的导入")
