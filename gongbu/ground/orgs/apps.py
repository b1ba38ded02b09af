"""Django application of regions, units, posts, people and grants."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """组织机构."""

    name = "gongbu.ground.orgs"
    label = "orgs"
    verbose_name = "组织机构"

    def ready(self) -> None:
        """Word the room's codes in Chinese."""
        from gongbu.ground.basics import messages, reach
        from gongbu.ground.ledger import kinds
        from gongbu.ground.orgs import row_security, services  # noqa: F401  services registers the acts
        from gongbu.ground.orgs.messages import MESSAGES
        from gongbu.ground.orgs.wording import ENTRY_LABELS

        reach.guard(model._meta.db_table for model in row_security.guarded())
        messages.register(MESSAGES)
        kinds.register(ENTRY_LABELS)
        from gongbu.ground.orgs.pages.shell_entries import plug

        plug()
