"""Django application of projects."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """项目."""

    name = "gongbu.mainline.projects"
    label = "projects"
    verbose_name = "项目"

    def ready(self) -> None:
        """Register wording, acts and facts; importing the services registers the acts."""
        from gongbu.ground.basics import messages
        from gongbu.mainline.projects import services  # noqa: F401  registers the acts
        from gongbu.mainline.projects.messages import MESSAGES

        messages.register(MESSAGES)
        from gongbu.ground.registers.importing import kinds as import_kinds
        from gongbu.mainline.projects import importing

        messages.register(importing.MESSAGES)
        import_kinds.register(importing.KIND)
