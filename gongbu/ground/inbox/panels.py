"""The 待办 tab that the inbox contributes to the page of a subject."""

from typing import Any

from gongbu.ground.registers import panels
from gongbu.ground.registers.panels import Panel

SUBJECT_KINDS = ("project", "case")


def kind_of(subject: Any) -> str:
    """Return the subject kind of a record: its model's name, as acts name it in the ledger."""
    return str(getattr(subject, "subject_kind", "") or subject._meta.model_name)


def register() -> None:
    """Add the panel to every subject page that may have tasks."""
    from gongbu.ground.inbox import pages, queries

    for kind in SUBJECT_KINDS:
        panels.add(
            Panel(
                "tasks",
                "待办",
                kind,
                render=pages.panel,
                order=60,
                act="inbox.view",
                count=lambda request, subject: queries.count_open_for_subject(kind_of(subject), subject.pk) or None,
            )
        )
