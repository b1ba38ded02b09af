"""The API of imports: upload a file and get its findings, accept a batch, read its report. The same acts as the pages."""

from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.registers.api import Right
from gongbu.ground.registers.importing import commands, kinds, queries, services
from gongbu.ground.registers.importing.limits import LIMITS, Unreadable
from gongbu.ground.registers.importing.models import ImportBatch
from gongbu.ground.registers.importing.places import Places

router = Router(tags=["导入"])


class FindingOut(Schema):
    """One finding: the row a person sees (0: the whole file), the user's heading, code, Chinese message."""

    row: int
    column: str
    code: str
    message: str


class ReportOut(Schema):
    """The report of a file. accepted + rejected = rows. flagged are accepted rows with a finding to look at, not with mere notes (说明).

    ``not_new`` are accepted rows that make nothing new: on file, or one with an earlier row.
    """

    batch: int | None
    state: str
    rows: int
    accepted: int
    flagged: int
    rejected: int
    not_new: int
    findings: list[FindingOut]


@router.post(
    "/imports",
    response={201: ReportOut, 200: ReportOut},
    summary="上传并检查",
    operation_id="stage_import",
    auth=Right("importing.use"),
)
def stage_import(
    request: HttpRequest,
    file: UploadedFile = File(..., description="xlsx、xls、et、ods 或 CSV"),  # noqa: B008
    kind: str = Form(..., max_length=40),
    region: str = Form("", max_length=12, description="主管区划代码；空则逐行判断"),
    dry_run: bool = Form(False, description="只检查，不暂存"),
) -> Status:
    """Check a file; unless ``dry_run`` it is staged and waits for acceptance. Nothing is of record yet."""
    actor = request.actor  # type: ignore[attr-defined]
    try:
        found = kinds.get(kind)
    except KeyError:
        raise NotFound("import.kind_unknown", kind=kind, known="、".join(k.key for k in kinds.all_kinds())) from None
    if (file.size or 0) > LIMITS.file_bytes:
        limit = LIMITS.file_bytes // 1_000_000
        raise Unreadable("import.file_too_large", size_mb=(file.size or 0) // 1_000_000, limit_mb=limit)
    place = Places().by_code(region) if region else None
    if region and place is None:
        raise Unreadable("import.region_not_found", code=region)
    content = file.read()
    if dry_run:
        from gongbu.ground.registers.importing import reader

        checked = services.check_book(reader.read(content), found, services.context_for(found, actor, place))
        not_new = sum(row.plan.get("action") in kinds.STANDING and not row.is_rejected for row in checked.rows)
        return Status(200, {"batch": None, "state": "CHECKED", "not_new": not_new, **commands.report_of_rows(checked)})
    batch = services.stage(content=content, file_name=file.name or "", kind=found, actor=actor, region=place)
    return Status(201, _report(batch))


@router.get(
    "/imports/{int:batch_id}",
    response=ReportOut,
    summary="导入结果",
    operation_id="get_import",
    auth=Right("importing.use"),
)
def get_import(request: HttpRequest, batch_id: int) -> dict[str, Any]:
    """The report of a batch as it stands."""
    batch = services.get_batch(batch_id, request.actor)  # type: ignore[attr-defined]
    return _report(batch)


@router.post(
    "/imports/{int:batch_id}/accept",
    response=ReportOut,
    summary="接收",
    operation_id="accept_import",
    auth=Right("importing.use"),
)
def accept_import(request: HttpRequest, batch_id: int) -> dict[str, Any]:
    """Accept all rows that are not rejected. A repeat goes on where the last one stopped and doubles nothing."""
    batch = services.accept(batch_id=batch_id, actor=request.actor)  # type: ignore[attr-defined]
    return _report(batch)


def _report(batch: ImportBatch) -> dict[str, Any]:
    not_new = queries.count_standing(batch)
    return {"batch": batch.pk, "state": batch.state, "not_new": not_new, **commands.report_of_batch(batch)}
