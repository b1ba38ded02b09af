"""Django application of background jobs."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """作业."""

    name = "gongbu.ground.jobs"
    label = "jobs"
    verbose_name = "后台作业"

    def ready(self) -> None:
        """Register the recurring work of the rooms below, which cannot call up."""
        from gongbu.ground.jobs.services import every
        from gongbu.ground.ledger import sequencer
        from gongbu.ground.outbox import services as outbox

        every("outbox.dispatch", 1, outbox.dispatch, "发件箱投递")
        every("ledger.sequencer", 10, sequencer.run, "账本入树与签名")
