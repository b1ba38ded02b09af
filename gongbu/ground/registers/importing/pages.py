"""Pages of imports: choose a file, see what was found, mend rows, accept, fetch the marked workbook."""

import logging
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock, messages
from gongbu.ground.basics.findings import ChangedMeanwhile, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.rules.filenames import split_name
from gongbu.ground.basics.text import read_id
from gongbu.ground.jobs import queries as job_queries
from gongbu.ground.jobs import services as jobs
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs import trace as traces
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers import downloads
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.importing import kinds, queries, services, stored, workbook
from gongbu.ground.registers.importing.limits import LIMITS, Unreadable
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.ground.registers.pages import actor_of, page, posted_rev, render
from gongbu.ground.registers.register import Button, Empty, Register, Tabs

log = logging.getLogger(__name__)

PAGE_ROWS = 50
AT_ONCE_ROWS = 300  # more than this goes to a job, with progress
JOB = "importing.accept"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

BATCHES = Register(
    key="imports",
    title="导入批次",
    act="importing.use",
    subtitle="每次导入的文件、检查结果和接收情况；可以关闭页面，回来继续处理。",
    source=lambda request: queries.list_batches(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("file_name", "文件", title=True, frozen=True, link=True, width=26),
        Column("kind", "类别", show=lambda value, _row: kinds.get(value).label),
        Column("state", "状态", kind="badge", choices=ImportBatch.State,
               tones={"STAGING": "wait", "STAGED": "warn", "ACCEPTING": "info", "PUBLISHED": "good"}),
        Column("rows_total", "行数", kind="int", phone="keep"),
        Column("rows_ready", "通过", kind="int"),
        Column("rows_flagged", "提示", kind="int"),
        Column("rows_rejected", "退回", kind="int", phone="keep"),
        Column("person_name", "上传人"),
        Column("created_at", "上传时间", kind="datetime", sort=True, phone="keep"),
        Column("published_at", "接收时间", kind="datetime", phone="hide"),
    ],
    tabs=Tabs("state", [("STAGED", "待接收"), ("ACCEPTING", "接收中"), ("PUBLISHED", "已接收")]),
    row_route=("importing:batch", {"pk": "id"}),
    drawer=False,
    toolbar=[Button("导入文件", "importing:start", icon="file-import", kind="primary", act="importing.use")],
    exports=(),
    empty=Empty("还没有导入过文件", "上传的表格会先检查，再由您决定是否接收。", "导入文件", "importing:start"),
)  # fmt: skip


def _usable_kinds(actor: Actor) -> list[kinds.ImportKind]:
    return [kind for kind in kinds.all_kinds() if actor.may(kind.act)]


@page("importing.use", methods=("GET", "POST"))
def start(request: HttpRequest) -> HttpResponse:
    """Choose kind and file; a file that can be read goes on to its result page."""
    actor = actor_of(request)
    usable = _usable_kinds(actor)
    chosen = request.POST.get("kind") or request.GET.get("kind") or (usable[0].key if usable else "")
    problem = ""
    if request.method == "POST":
        try:
            return HttpResponseRedirect(reverse("importing:batch", args=[_take(request, actor, chosen).pk]))
        except Unreadable as refusal:
            problem = messages.word(refusal)
    context = {
        "title": "导入文件",
        "crumbs": [("导入批次", reverse("importing:list")), ("导入文件", None)],
        "kinds": usable,
        "chosen": chosen,
        "problem": problem,
        "limit_mb": LIMITS.file_bytes // 1_000_000,
        "regions": _regions(actor, chosen),
        "region_id": request.POST.get("region", ""),
    }
    return render(request, "importing/start.html", context, status=422 if problem else 200)


def _regions(actor: Actor, kind_key: str) -> list[Region]:
    """Return the regions that the actor's grants name, as choices of the region for the whole file."""
    kind = next((k for k in kinds.all_kinds() if k.key == kind_key), None)
    if kind is None:
        return []
    los = [lo for lo, _hi in services.ranges_of(kind, actor)]
    return list(Region.objects.filter(key_lo__in=los).order_by("key_lo"))


def _take(request: HttpRequest, actor: Actor, kind_key: str) -> ImportBatch:
    upload = request.FILES.get("file")
    if upload is None:
        raise Unreadable("import.file_not_chosen")
    if (upload.size or 0) > LIMITS.file_bytes:
        limit = LIMITS.file_bytes // 1_000_000
        raise Unreadable("import.file_too_large", size_mb=(upload.size or 0) // 1_000_000, limit_mb=limit)
    try:
        kind = kinds.get(kind_key)
    except KeyError:
        raise Unreadable(
            "import.kind_unknown", kind=kind_key, known="、".join(k.label for k in kinds.all_kinds())
        ) from None
    region = None
    if (region_id := read_id(request.POST.get("region", ""))) is not None:
        region = Region.objects.filter(pk=region_id).first()
    content = upload.read()
    return services.stage(content=content, file_name=upload.name or "未命名", kind=kind, actor=actor, region=region)


@page("importing.use")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The result of one file: counts, how headings were read, rows by tab with findings in place."""
    batch = services.get_batch(pk, actor_of(request))
    counts = queries.count_tabs(batch)
    tab = request.GET.get("tab") or next((k for k in ("rejected", "flagged", "ready") if counts[k]), "all")
    standing = queries.count_standing(batch)
    counts["standing"] = standing
    tabs = queries.TABS | (queries.MORE_TABS if standing or tab == "standing" else {})
    if tab not in tabs:
        raise NotFound("import.batch_missing")
    number = max(1, read_id(request.GET.get("page", "")) or 1)
    pages = max(1, -(-counts[tab] // PAGE_ROWS))
    number = min(number, pages)
    slips, assumed = queries.count_doubtful(batch)
    context: dict[str, Any] = {
        "slips": slips,
        "assumed": assumed,
        "title": batch.file_name,
        "crumbs": [("导入批次", reverse("importing:list")), (batch.file_name, None)],
        "batch": batch,
        "kind": kinds.get(batch.kind),
        "tabs": [(label, f"?tab={key}", counts[key], key == tab) for key, (label, _) in tabs.items()],
        "standing": standing,
        "tab": tab,
        "rows": queries.list_rows(batch, tab, (number - 1) * PAGE_ROWS, PAGE_ROWS),
        "pager": _pager(tab, number, pages, counts[tab]),
        "columns": queries.columns_of(batch),
        "notes": queries.notes_of(batch),
        "waiting": ImportRow.objects.filter(batch=batch, state__in=["READY", "FLAGGED"]).count(),
        "done": ImportRow.objects.filter(batch=batch, state="ACCEPTED").count(),
    }
    return render(request, "importing/batch.html", context)


def _pager(tab: str, number: int, pages: int, total: int) -> dict[str, Any]:
    def href(n: int) -> str:
        return f"?tab={tab}&page={n}"

    near = sorted({1, pages, *range(max(1, number - 2), min(pages, number + 2) + 1)})
    links: list[tuple[int | None, str, bool]] = []
    for at, n in enumerate(near):
        if at and n - near[at - 1] > 1:
            links.append((None, "", False))
        links.append((n, href(n), n == number))
    return {
        "page": number, "pages": pages, "total": total, "links": links, "size_links": [(PAGE_ROWS, href(1), True)],
        "prev": href(number - 1) if number > 1 else "", "next": href(number + 1) if number < pages else "",
        "action": "", "hidden": [("tab", tab)],
    }  # fmt: skip


@page("importing.use")
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far acceptance is; asks again every second until it is done."""
    batch = services.get_batch(pk, actor_of(request))
    done = ImportRow.objects.filter(batch=batch, state="ACCEPTED").count()
    total = batch.rows_total - batch.rows_rejected
    if batch.state != ImportBatch.State.ACCEPTING:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("importing:batch", args=[pk])})
    return render(request, "importing/progress.html", {"batch": batch, "done": done, "total": total})


@page("importing.use", methods=("GET", "POST"))
def mend(request: HttpRequest, pk: int, row_id: int) -> HttpResponse:
    """Change the cells of a row; it is checked again at once."""
    actor = actor_of(request)
    batch = services.get_batch(pk, actor)
    row = ImportRow.objects.filter(pk=row_id, batch=batch).first()
    if row is None:
        raise NotFound("import.row_missing")
    mine: dict[int, str] = {}
    notice, status = "", 200
    if request.method == "POST":
        mine = _typed(request)
        try:
            row = services.mend_row(row_id=row_id, rev=posted_rev(request) or 0, cells=mine, actor=actor)
        except ChangedMeanwhile as refusal:  # what was typed stays, beside what the other wrote
            row.refresh_from_db()
            notice, status = word(refusal.as_finding()), 409
        else:
            if row.state != ImportRow.State.REJECTED:
                tab = "flagged" if stored.is_flagged(row.findings) else "ready"
                return HttpResponseRedirect(f"{reverse('importing:batch', args=[pk])}?tab={tab}")
            mine = {}
        batch.refresh_from_db()
    cells = queries.cells_of(batch, row)
    context = {
        "title": f"第 {row.number} 行",
        "crumbs": [
            ("导入批次", reverse("importing:list")),
            (batch.file_name, reverse("importing:batch", args=[pk])),
            (f"第 {row.number} 行", None),
        ],
        "batch": batch,
        "row": row,
        "cells": cells,
        "mine": {c.index: mine[c.index] for c in cells if mine.get(c.index, c.value) != c.value},
        "notice": notice,
        "line": queries.line_of(batch, row),
        "is_open": row.state != ImportRow.State.ACCEPTED and row.cells != "[]",
    }
    return render(request, "importing/row.html", context, status=status)


def _typed(request: HttpRequest) -> dict[int, str]:
    """Return the cells that the person changed, by index: those that differ from what the page showed."""
    typed = {}
    for name in request.POST:
        index = read_id(name[1:]) if name.startswith("c") else None
        text, seen = request.POST.get(name, ""), request.POST.get(f"s{index}", "")
        if index is not None and _plain(text) != _plain(seen):
            typed[index] = _plain(text)
    return typed


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


@page("importing.use", methods=("POST",))
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept the batch: at once when it is small, behind the page when it is large."""
    actor = actor_of(request)
    batch = services.get_batch(pk, actor)
    if batch.rows_total - batch.rows_rejected <= AT_ONCE_ROWS:
        services.accept(batch_id=pk, actor=actor)
    else:
        submit(batch, actor)
    return HttpResponseRedirect(reverse("importing:batch", args=[pk]))


def submit(batch: ImportBatch, actor: Actor) -> None:
    """Queue the acceptance of a batch; the person is told when it is done."""
    with transaction.atomic():
        _submit(batch.pk, actor.person_id, actor.post_id)


def _submit(batch_id: int, person_id: int | None, post_id: int | None) -> None:
    job_id = jobs.submit(
        JOB, person_id=person_id, subject_kind="import_batch", subject_id=batch_id,
        batch_id=batch_id, acting_person=person_id, acting_post=post_id,
    )  # fmt: skip
    ImportBatch.objects.filter(pk=batch_id).update(
        state=ImportBatch.State.ACCEPTING, job_id=job_id, acting_person=person_id, acting_post=post_id,
        alive_at=clock.now(),
    )  # fmt: skip


def run_job(batch_id: int, acting_person: int | None, acting_post: int | None) -> None:
    """Accept a batch in a worker, with the grants that the person holds now. Runs again safely."""
    if acting_person is None:  # begun on the command line: go on in the name of the operator who began it
        actor = replace(orgs.console_actor(), name=ImportBatch.objects.get(pk=batch_id).person_name)
    else:
        actor = orgs.actor_for(acting_person, acting_post)
    try:
        services.accept(batch_id=batch_id, actor=actor, progress=lambda done, total: jobs.report(done, total))
    except Refusal as refusal:
        services.stop_for_trouble(batch_id=batch_id, actor=actor, trouble=messages.word(refusal))


def resume_forsaken() -> int:
    """Hand to a job each acceptance whose process died, a command's or a page's; return how many were taken up.

    Files that were being read when their process died are closed.
    Jobs of dead workers are the reaper's. A job that has failed for good is not tried again: the batch goes back to
    待接收 with the reason, and its uploader is told.
    """
    taken = services.close_cut_off()
    for batch in services.list_forsaken():
        job = job_queries.get_job(batch.job_id) if batch.job_id else None
        if job is not None and job.status in ("READY", "RUNNING"):
            continue
        with transaction.atomic():
            if not services.claim(batch):
                continue
            if job is not None and job.status == "FAILED":
                trouble = messages.word(Refusal("import.acceptance_failed", done=batch.rows_done))
                services.stop_for_trouble(batch_id=batch.pk, actor=Actor(None, "系统"), trouble=trouble)
            else:
                _submit(batch.pk, batch.acting_person or batch.person_id, batch.acting_post)
        taken += 1
        log.warning("导入批次 %s《%s》接收中断，已接收 %s 行，已接手", batch.pk, batch.file_name, batch.rows_done)
    return taken


@page("importing.use", methods=("POST",))
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a batch that has not been accepted."""
    services.discard(batch_id=pk, actor=actor_of(request))
    return HttpResponseRedirect(reverse("importing:list"))


@page("importing.use")
def download_marked(request: HttpRequest, pk: int) -> HttpResponse:
    """The user's workbook with bad cells marked."""
    batch = services.get_batch(pk, actor_of(request))
    rows = ImportRow.objects.filter(batch=batch).order_by("sheet_no", "number")
    name = split_name(batch.file_name)[0] + "（检查意见）.xlsx"
    actor = actor_of(request)
    trace = traces.record(actor, f"导入检查意见：{batch.file_name}", rows.count(), {"批次": str(batch.pk)})
    return _file(workbook.marked(batch, rows, trace), name, trace)


@page("importing.use")
def download_template(request: HttpRequest, kind: str) -> HttpResponse:
    """The template of a kind."""
    try:
        found = kinds.get(kind)
    except KeyError:
        raise NotFound("import.kind_unknown", kind=kind, known="、".join(k.key for k in kinds.all_kinds())) from None
    return _file(workbook.template(found), f"{found.label}导入模板.xlsx", None)


def _file(content: bytes, name: str, trace: traces.Trace | None) -> HttpResponse:
    return downloads.attach(HttpResponse(content, content_type=XLSX), name, trace)
