"""Documents of a step's record (photographs of a visit, signed minutes): who may see and file them."""

import re

from gongbu.ground.documents import access
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects import materials as of_projects
from gongbu.mainline.selection.choices import StepForm
from gongbu.mainline.selection.models import StepRecord

PHOTOS = "selection.add_photos"
_BETWEEN = re.compile(r"[、，,；;：:\s（()）]+")


def find(record_id: int) -> tuple[int, str] | None:
    """Return region key and label of a record."""
    rows = StepRecord.objects.unscoped("the documents' rule is asked next").select_related("project")
    row = rows.filter(pk=record_id).first()
    return None if row is None else (row.region_key, f"{row.step_label}：{row.project.name}")


def may(actor: Actor, act: str, record_id: int) -> bool:
    """Return whether the actor may do ``act`` with documents of a record: as with those of its project.

    Filing needs the right to record steps as well, and the record must stand. To a visit whoever it names may add what
    he took there (照片), and so may who recorded it.
    """
    row = StepRecord.objects.unscoped("judged here").filter(pk=record_id).first()
    if row is None:
        return False
    if act in (access.VIEW, access.VIEW_RESTRICTED):
        return of_projects.may(actor, act, row.project_id)
    if not row.is_standing:
        return False
    if act == "documents.add" and is_named(actor, row) and of_projects.may(actor, access.VIEW, row.project_id):
        return True
    return of_projects.may(actor, act, row.project_id) and actor.may(f"selection.record_{row.form.lower()}")


def is_named(actor: Actor, row: StepRecord) -> bool:
    """Return whether a visit names the actor (带队领导, 参加人员, 记录人), whose post lets him add photographs there."""
    if row.form != StepForm.VISIT or actor.person_id is None:
        return False
    own = actor.unit_id is not None and row.project.owner_unit_id == actor.unit_id
    if not actor.may(PHOTOS, row.region_key, own=own):
        return False
    return row.person_id == actor.person_id or actor.name in _BETWEEN.split(f"{row.leader}、{row.people}")
