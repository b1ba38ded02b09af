"""Django application of regions, units, posts, people and grants."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


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
        post_migrate.connect(_guard_rows, sender=self)
        pre_migrate.connect(_reach_rows, sender=self)
        messages.register(MESSAGES)
        kinds.register(ENTRY_LABELS)
        from gongbu.ground.orgs.pages.shell_entries import plug

        plug()


def _reach_rows(**_: Any) -> None:
    from gongbu.ground.basics import reach

    reach.widen_process("migrations move the rows of every region")


def _guard_rows(using: str, **_: Any) -> None:
    from gongbu.ground.orgs import row_security

    row_security.lay(connections[using])
