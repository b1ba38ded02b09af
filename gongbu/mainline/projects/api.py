"""The API of projects: list, detail, create, attach a code, decisions, change feed. It calls the same acts as the pages.

Refusals become JSON problems in the middleware. ``Idempotency-Key`` repeats answer with the first result.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from gongbu.ground.basics.findings import Finding, InvalidInput
from gongbu.ground.policy.models import PolicyDecision
from gongbu.ground.registers import downloads
from gongbu.ground.registers.api import REPEATABLE, Right, idempotency_key
from gongbu.ground.registers.pages import actor_of
from gongbu.mainline.projects import doubts, feed, queries, services, withholding
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.projects.models import Classification, Project, ProjectStatus
from gongbu.mainline.projects.schemas import ChangePage, CodeIn, DecisionOut, ProjectIn, ProjectOut, ProjectPage

router = Router(tags=["项目"])
MOST = 200
_OPTIONAL = ("early_stage", "works_type", "construction_nature", "initiation_nature")


@router.get(
    "/projects", response=ProjectPage, summary="项目列表", operation_id="list_projects", auth=Right("projects.view")
)
def list_projects(
    request: HttpRequest,
    response: HttpResponse,
    q: str = Query("", max_length=100, description="名称、代码、建设单位"),
    stage: Stage | None = None,
    region_lo: int | None = Query(None, ge=0, le=10**12, description="区划序键下限（含）"),
    region_hi: int | None = Query(None, ge=0, le=10**12, description="区划序键上限（不含）"),
    after: int = Query(0, ge=0, le=2**62, description="上一页的 next_after"),
    limit: int = Query(50, ge=1, le=MOST),
) -> dict[str, Any]:
    """Live projects that the caller may read, in the order of their ids (4 queries); ``withheld`` are left out (GO-15)."""
    rows = queries.search(queries.list_statuses(actor_of(request)), q)
    if stage is not None:
        rows = rows.filter(stage=stage)
    if region_lo is not None:
        rows = rows.filter(region_key__gte=region_lo)
    if region_hi is not None:
        rows = rows.filter(region_key__lt=region_hi)
    found = list(rows.filter(pk__gt=after).order_by("pk")[: limit + 1])
    kept_back = withholding.find_withheld([row.pk for row in found[:limit]])
    items = [_row(row) for row in found[:limit] if row.pk not in kept_back]
    asked = {
        "关键字": q,
        "阶段": stage and stage.label,
        "区划": region_lo and f"{region_lo}–{region_hi}",
        "起点": after,
    }
    given = {label: value for label, value in asked.items() if value}
    downloads.mark(response, withholding.note(actor_of(request), "接口：项目列表", len(items), kept_back, given))
    return {
        "items": items,
        "withheld": len(kept_back),
        "next_after": found[limit - 1].pk if len(found) > limit else None,
    }


@router.get(
    "/projects/{int:project_id}",
    response=ProjectOut,
    summary="项目详情",
    operation_id="get_project",
    auth=Right("projects.view"),
)
def get_project(request: HttpRequest, project_id: int) -> dict[str, Any]:
    """One project with all its codes (4 queries)."""
    project = queries.get_project(project_id, actor_of(request))
    withholding.refuse_withheld(project_id, actor_of(request), "接口：项目详情")
    return _detail(project)


@router.post(
    "/projects",
    response={201: ProjectOut},
    summary="新建项目",
    operation_id="create_project",
    auth=Right("projects.create"),
    openapi_extra=REPEATABLE,
)
def create_project(request: HttpRequest, body: ProjectIn) -> Status:
    """Create a project in 谋划储备 or 立项审批."""
    values = body.dict(exclude={"competent_region_id", "project_code", "declared_level", "occurred_on", "confirmed"})
    for key in _OPTIONAL:
        values[key] = values[key] or ""
    values = {key: str(value) if key in (*_OPTIONAL, "stage", "funding_nature", "kind") else value
              for key, value in values.items()}  # fmt: skip
    for end in ("start", "finish"):
        values[f"planned_{end}_precision"] = "DAY" if values[f"planned_{end}_on"] else ""
    if not body.confirmed and (found := doubts.of_values(values)):
        raise InvalidInput([*found, Finding("projects.confirm_by_flag", {}, "confirmed")])
    project = services.create_project(
        actor=actor_of(request), region_id=body.competent_region_id, code=body.project_code,
        declared_level=body.declared_level, on=body.occurred_on, key=idempotency_key(request), **values,
    )  # fmt: skip
    return Status(201, _detail(queries.get_project(project.pk, actor_of(request))))


@router.post(
    "/projects/{int:project_id}/codes",
    response=ProjectOut,
    summary="挂接项目代码",
    operation_id="attach_code",
    auth=Right("projects.attach_code"),
    openapi_extra=REPEATABLE,
)
def attach_code(request: HttpRequest, project_id: int, body: CodeIn) -> dict[str, Any]:
    """Attach a project code, or replace the present one with a reason."""
    services.attach_code(
        project_id=project_id, code=body.project_code, actor=actor_of(request), on=body.occurred_on, reason=body.reason,
        rev=body.rev, key=idempotency_key(request),
    )  # fmt: skip
    return _detail(queries.get_project(project_id, actor_of(request)))


@router.get(
    "/projects/{int:project_id}/decisions", response=list[DecisionOut], summary="分类分级及依据",
    operation_id="list_decisions", auth=Right("projects.view"),
)  # fmt: skip
def list_decisions(request: HttpRequest, project_id: int) -> list[dict[str, Any]]:
    """What the adopted packs say about a project, with value, rule, facts, clause and record hash (GO-01)."""
    project = queries.get_project(project_id, actor_of(request))
    rows = list(Classification.objects.filter(project=project).order_by("table_key", "year"))
    stored = {d.pk: d.content for d in PolicyDecision.objects.filter(pk__in=[row.decision_id for row in rows])}
    return [
        {
            "table": row.table_key,
            "question": row.question,
            "judgement": row.judgement,
            "year": row.year or None,
            "value": row.value,
            "label": row.label,
            "decided_on": row.decided_on,
            "decision": stored.get(row.decision_id, {}),
        }
        for row in rows
    ]


@router.get("/changes", response=ChangePage, summary="变更流", operation_id="list_changes", auth=Right("projects.view"))
def list_changes(
    request: HttpRequest,
    response: HttpResponse,
    after: int = Query(feed.START, ge=-1, le=2**62, description="上次返回的 watermark，首次不填"),
    limit: int = Query(200, ge=1, le=feed.MOST),
) -> feed.Changes:
    """Changes of projects in ledger order after a watermark (GO-18)."""
    found = feed.list_changes(actor_of(request), after=after, limit=limit)
    downloads.mark(response, found.trace)
    return found


def _row(row: ProjectStatus) -> dict[str, Any]:
    return {**row.__dict__, "project_code": row.code}


def _detail(project: Project) -> dict[str, Any]:
    flat = ProjectStatus.objects.unscoped("read_project has checked").get(pk=project.pk)
    codes = queries.list_codes(project.pk)
    return {
        **{key: value for key, value in project.__dict__.items() if not key.startswith("_")},
        **_row(flat),
        "rev": project.rev,
        "codes": [
            {"project_code": c.code, "form": c.form, "attached_on": c.attached_on, "replaced_on": c.replaced_on,
             "reason": c.reason}
            for c in codes
        ],
    }  # fmt: skip
