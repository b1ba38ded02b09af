"""Put a project under another competent region (主管区划): it was entered under the wrong one, or under none known."""

from datetime import date

from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.serialise import serialise
from gongbu.ground.documents import services as documents
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.mainline.projects.choices import State
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.services import record

ACT = "projects.set_competent_region"


@act(ACT, "调整主管区划")
def set_competent_region(
    *, project_id: int, region_id: int, reason: str, actor: Actor, rev: int | None = None, on: date | None = None,
    key: str | None = None,
) -> Project:  # fmt: skip
    """Make another region the competent one. Rights, lists and adopted packs follow it, so it is judged anew.

    The actor must hold the right over the old region and over the new one. Materials follow at once; other rooms
    follow the message ``project.region_set``.

    :raises NotAllowed: the right is missing over one of the two regions
    :raises Refusal: same region, a name taken there, or the project stands in or over others (they share a region)
    """
    project = record.lock(project_id, actor=actor, act=ACT, rev=rev)
    region = Region.objects.filter(pk=region_id, valid_to=None).first()
    if region is None:
        raise InvalidInput([Finding("projects.region_missing", {}, "competent_region_id", Severity.REJECT)])
    actor.require(ACT, region.key_lo)
    day = record.check_day(on)
    refuse_secret(reason)
    if not reason.strip():
        raise InvalidInput([Finding("projects.reason_missing", {}, "reason", Severity.REJECT)])
    if region.pk == project.competent_region_id:
        raise Refusal("projects.nothing_changed", field="competent_region_id")
    live = Project.objects.unscoped("names are unique per region; parts share it").filter(state=State.ACTIVE)
    if project.parent_id is not None or live.filter(parent=project).exists():
        raise Refusal("projects.region_bound", field="competent_region_id")
    serialise("project_names", *sorted((project.region_key, region.key_lo)))
    if live.filter(name=project.name, region_key=region.key_lo).exclude(pk=project.pk).exists():
        raise Refusal("projects.name_taken", field="competent_region_id", name=project.name)
    before = {"competent_region_id": project.competent_region.name}
    project.competent_region, project.region_key = region, region.key_lo
    documents.follow_subject(subject_kind=record.SUBJECT, subject_id=project.pk, region_key=region.key_lo)
    record.commit(
        "project.region_set", project, actor=actor, on=day, save=["competent_region", "region_key"], before=before,
        after={"competent_region_id": region.name}, key=key, reason=reason.strip(),
    )  # fmt: skip
    return project
