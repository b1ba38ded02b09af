"""Django application of background jobs."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """作业."""

    name = "gongbu.ground.jobs"
    label = "jobs"
    verbose_name = "后台作业"

    def ready(self) -> None:
        """Have the outbox delivered; the room below cannot call up."""
        from gongbu.ground.basics import messages
        from gongbu.ground.jobs import menu, retrying  # noqa: F401  retrying registers its act
        from gongbu.ground.jobs.messages import MESSAGES
        from gongbu.ground.jobs.services import every
        from gongbu.ground.outbox import services as outbox

        messages.register(MESSAGES)
        menu.register()
        every("outbox.dispatch", 1, outbox.dispatch, "发件箱投递")
