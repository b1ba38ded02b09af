"""Django's ``migrate``, which reaches the rows of every region and lays row-level security after its last migration."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from gongbu.ground.basics import reach
from gongbu.ground.orgs import row_security


class Command(migrate.Command):
    """Migrate, then guard every region-bound table (ADR-0011); nothing more on SQLite."""

    def handle(self, *args: Any, **options: Any) -> Any:
        """Run as Django does."""
        with reach.widened("migrations move the rows of every region"):
            answer = super().handle(*args, **options)
            if not any(options.get(flag) for flag in ("plan", "check_unapplied", "prune")):
                row_security.lay(connections[options["database"]])
            return answer
