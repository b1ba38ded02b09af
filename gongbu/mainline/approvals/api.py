"""The API of 批复文件: list the papers of a project, record one. The same acts as the pages."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status

from gongbu.ground.registers import downloads
from gongbu.ground.registers.api import REPEATABLE, Right, idempotency_key
from gongbu.mainline.approvals import queries, rules, services, withholding
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.projects import withholding as projects_withholding

router = Router(tags=["批复文件"])
_FEN = 100


class PaperOut(Schema):
    """One paper; amounts in 元 with two decimals."""

    id: int
    project_id: int
    doc_type: str
    doc_no: str
    issued: str
    issuer: str
    step: str
    is_adjustment: bool
    total: Decimal | None
    parts: dict[str, Decimal]
    receipt: str


class PaperIn(Schema, extra="forbid"):
    """A paper to record; amounts in 元 with at most two decimals."""

    doc_type: str = Field(min_length=1, max_length=60)
    doc_no: str = Field("", max_length=120)
    issued_on: date | None = None
    issuer: str = Field(min_length=1, max_length=120)
    total: Decimal | None = Field(None, ge=0, le=Decimal(10) ** 12, decimal_places=2)
    parts: dict[str, Decimal] = Field(default_factory=dict, description="按费用键：" + "、".join(rules.PARTS))
    amount_note: str = Field("", max_length=300)
    funding_text: str = Field("", max_length=300)


def _out(paper: ApprovalPaper) -> dict[str, Any]:
    return {
        "id": paper.pk,
        "project_id": paper.project_id,
        "doc_type": paper.doc_type,
        "doc_no": paper.doc_no,
        "issued": services.issued_text(paper),
        "issuer": paper.issuer,
        "step": paper.step,
        "is_adjustment": paper.is_adjustment,
        "total": None if paper.total_fen is None else Decimal(paper.total_fen) / _FEN,
        "parts": {k: Decimal(v) / _FEN for k in rules.PARTS if (v := getattr(paper, k)) is not None},
        "receipt": paper.receipt,
    }


@router.get(
    "/papers", response=list[PaperOut], summary="批文列表", operation_id="list_papers", auth=Right("approvals.view")
)
def list_papers(
    request: HttpRequest,
    response: HttpResponse,
    project_id: int | None = Query(None, ge=1, le=2**62),
    after: int = Query(0, ge=0, le=2**62),
    limit: int = Query(50, ge=1, le=200),
) -> list[dict[str, Any]]:
    """Published papers in the caller's scope, in the order of their ids (4 queries); withheld ones are left out (GO-15)."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = queries.list_papers(actor).filter(pk__gt=after)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    found = list(rows.order_by("pk")[:limit])
    kept_back = withholding.withhold(queries.list_papers(actor).filter(pk__in=[paper.pk for paper in found]))
    items = [_out(paper) for paper in found if paper.pk not in kept_back]
    given = {"项目": project_id} if project_id is not None else {}
    downloads.mark(response, projects_withholding.note(actor, "接口：批文列表", len(items), kept_back, given))
    return items


@router.post(
    "/projects/{int:project_id}/papers",
    response={201: PaperOut},
    summary="登记批文",
    operation_id="record_paper",
    auth=Right("approvals.record_paper"),
    openapi_extra=REPEATABLE,
)
def record_paper(request: HttpRequest, project_id: int, body: PaperIn) -> Status:
    """Record a paper on a project. Parts must be known keys of non-negative amounts that make the total."""
    values = body.dict(exclude={"total", "parts"})
    values["issued_precision"] = "DAY" if body.issued_on else ""
    values["total_fen"] = None if body.total is None else int(body.total * _FEN)
    values |= services.read_parts(body.parts, values["total_fen"])
    paper = services.record_paper(
        project_id=project_id,
        actor=request.actor,  # type: ignore[attr-defined]
        key=idempotency_key(request),
        **values,
    )
    return Status(201, _out(paper))
