"""Django application of the sandbox."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """制度沙盘."""

    name = "gongbu.ground.policy.sandbox"
    label = "sandbox"
    verbose_name = "制度沙盘"

    def ready(self) -> None:
        """Word the refusals, register the job and the menu entry, offer the stored decisions as a source."""
        from gongbu.ground.basics import messages
        from gongbu.ground.jobs import services as jobs
        from gongbu.ground.policy.sandbox import following, past, services, sources
        from gongbu.ground.policy.sandbox.messages import MESSAGES
        from gongbu.ground.registers import menu

        messages.register(MESSAGES)
        sources.register(past.SOURCE)
        jobs.job(following.JOB, "制度试算", following.run_job)
        menu.add(menu.MenuEntry("sandbox", "制度沙盘", "sandbox:list", "arrows-split", "policy", 15, act=services.VIEW))
