"""Which projects nobody sees yet, because the import that brings them is not whole."""

from typing import TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet

from gongbu.mainline.projects.models import OpenBatch, Project

Rows = TypeVar("Rows", bound="QuerySet[Model]")


def list_open() -> list[tuple[int, int]]:
    """Return (batch, first project) of the imports that are not published, mostly none (1 query, not through models)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT batch_id, first_project_id FROM projects_open_batch")
        return [(int(batch), int(first)) for batch, first in cursor.fetchall()]


def published(rows: Rows) -> Rows:
    """Return rows of Project or ProjectStatus without those of imports that are not published (1 query)."""
    for batch_id, first in list_open():
        # The key leads: rows before the import are settled without a look at the batch.
        rows = rows.filter(Q(pk__lt=first) | Q(batch_id=None) | ~Q(batch_id=batch_id))
    return rows


def is_published(project: Project) -> bool:
    """Return whether a project may be seen (1 query for imported projects, else 0)."""
    if project.batch_id is None:
        return True
    return not any(batch == project.batch_id and project.pk >= first for batch, first in list_open())


def open_batch(batch_id: int, first_project_id: int) -> None:
    """Hide the projects of a batch from this one on; a batch that is open already stays as it is."""
    OpenBatch.objects.get_or_create(batch_id=batch_id, defaults={"first_project_id": first_project_id})
