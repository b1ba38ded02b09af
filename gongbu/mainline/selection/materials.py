"""Documents of a step's record (photographs of a visit, signed minutes): who may see and file them."""

from gongbu.ground.documents import access
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects import materials as of_projects
from gongbu.mainline.selection.models import StepRecord


def find(record_id: int) -> tuple[int, str] | None:
    """Return region key and label of a record."""
    rows = StepRecord.objects.unscoped("the documents' rule is asked next").select_related("project")
    row = rows.filter(pk=record_id).first()
    return None if row is None else (row.region_key, f"{row.step_label}：{row.project.name}")


def may(actor: Actor, act: str, record_id: int) -> bool:
    """Return whether the actor may do ``act`` with documents of a record: as with those of its project.

    Filing needs the right to record steps as well, and the record must stand.
    """
    row = StepRecord.objects.unscoped("judged here").filter(pk=record_id).first()
    if row is None or not of_projects.may(actor, act, row.project_id):
        return False
    if act in (access.VIEW, access.VIEW_RESTRICTED):
        return True
    return row.is_standing and actor.may(f"selection.record_{row.form.lower()}")
