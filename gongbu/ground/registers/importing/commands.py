"""``gongbu import``: import a file on the command line. Exit 0 done (flags included), 1 some row rejected, 2 unreadable."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from gongbu.ground.basics.rules.filenames import split_name
from gongbu.ground.basics.rules.secrecy import LABELS, find_secret_rule

_SHOWN_WITHOUT_JSON = 60
_KINDS = "projects 项目，approvals 批复文件，reserve 储备项目，experts 专家"  # said before any room is loaded; a test compares
_RESUMED = "上次导入同一文件时中断，已接收 {done} 行，现在接着办。"


@click.command(
    "import", help="导入台账文件（xlsx、xls、et、ods、CSV）。退出码：0 完成（含提示），1 有退回的行，2 文件不能读取。"
)
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("--kind", "kind_key", required=True, help=f"类别：{_KINDS}")
@click.option("--region", "region_code", help="主管区划代码；不写则逐行判断")
@click.option("--dry-run", is_flag=True, help="只检查，不写入")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def import_file(file: Path, kind_key: str, region_code: str | None, dry_run: bool, as_json: bool) -> None:
    """Import FILE and report rows, accepted, flagged, rejected and every finding."""
    if rule := find_secret_rule([file.name, split_name(file.name)[0]]):  # before a word repeats the name
        _stop("import.name_secret", label=LABELS[rule])
    if file.is_dir():
        _stop("import.file_is_folder", name=str(file))
    if not file.is_file():
        _stop("import.file_missing", name=file.name)
    from gongbu.config.cli import setup_django
    from gongbu.ground.registers.importing import reader
    from gongbu.ground.registers.importing.limits import LIMITS, Unreadable

    size = file.stat().st_size
    if size > LIMITS.file_bytes:
        _stop("import.file_too_large", size_mb=size // 1_000_000, limit_mb=LIMITS.file_bytes // 1_000_000)
    content = file.read_bytes()
    try:
        book = reader.read(content)  # before any database is made or asked
    except Unreadable as refusal:
        _stop(refusal.code, **refusal.data)
    setup_django(prepare=False)
    _find_kind(kind_key)
    from gongbu.config import home

    home.prepare(quiet=not sys.stderr.isatty())
    report = _run(content, book, file.name, kind_key, region_code, dry_run)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print(report, dry_run)
    sys.exit(1 if report["rejected"] else 0)


def _stop(code: str, /, **data: Any) -> None:
    """Say one clear line on stderr and leave with 2."""
    from gongbu.ground.registers.importing.messages import MESSAGES

    click.echo(MESSAGES[code].format_map(data), err=True)
    sys.exit(2)


def _find_kind(key: str) -> Any:
    """Return the kind of import, or stop with the names of those there are; needs no database."""
    from gongbu.ground.registers.importing import kinds

    try:
        return kinds.get(key)
    except KeyError:
        _stop("import.kind_unknown", kind=key, known="、".join(f"{k.key}（{k.label}）" for k in kinds.all_kinds()))
        raise


def _run(content: bytes, book: Any, name: str, kind_key: str, region_code: str | None, dry_run: bool) -> dict[str, Any]:
    from gongbu.ground.basics.findings import NotAllowed
    from gongbu.ground.registers.importing import services
    from gongbu.ground.registers.importing.limits import Unreadable
    from gongbu.ground.registers.importing.places import Places

    kind = _find_kind(kind_key)
    places = Places()
    region = None
    if region_code is not None:
        region = places.by_code(region_code)
        if region is None:
            _stop("import.region_not_found", code=region_code)
    from gongbu.ground.orgs.queries import console_actor

    actor = console_actor()
    try:
        if dry_run:
            checked = services.check_book(book, kind, services.context_for(kind, actor, region, places))
            return report_of_rows(checked)
        batch = services.stage(
            content=content, book=book, file_name=name, kind=kind, actor=actor, region=region, progress=_bar("检查")
        )
        if batch.rows_done and batch.published_at is None:
            click.echo(_RESUMED.format(done=batch.rows_done), err=True)
        if batch.rows_total > batch.rows_rejected:
            batch = services.accept(batch_id=batch.pk, actor=actor, progress=_bar("写入"))
        return report_of_batch(batch)
    except Unreadable as refusal:
        _stop(refusal.code, **refusal.data)
        raise
    except NotAllowed:
        _stop("import.region_outside_post")
        raise


def _bar(label: str) -> Any:
    """Return a progress function: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda done, total: None
    from tqdm import tqdm

    bar = tqdm(total=0, unit="行", desc=label, leave=False)

    def show(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return show


def report_of_rows(checked: Any) -> dict[str, Any]:
    """Return the report of a checked file that is not written (dry run)."""
    from gongbu.ground.registers.importing import checking, stored

    headings = {t.sheet: {c.field.key: c.heading for c in t.columns if c.field} for t in checked.tables}
    many = len(checked.tables) > 1
    findings = orjson.loads(stored.dump_notes(checked.notes))
    states = Counter(checking.state_of(row) for row in checked.rows)
    for row in checked.rows:
        for finding in row.findings:
            findings.append(
                stored.finding_row(finding, headings[row.sheet])
                | {"row": row.number, "sheet": row.sheet if many else ""}
            )
    return _report(len(checked.rows), states["REJECTED"], states["FLAGGED"], findings)


def report_of_batch(batch: Any) -> dict[str, Any]:
    """Return the report of a batch as it stands."""
    from gongbu.ground.registers.importing.models import ImportRow

    tables = orjson.loads(batch.tables)
    findings = orjson.loads(batch.notes)
    rows = ImportRow.objects.filter(batch=batch).exclude(findings="[]").order_by("sheet_no", "number")
    for sheet_no, number, text in rows.values_list("sheet_no", "number", "findings"):
        sheet = tables[sheet_no]["sheet"] if len(tables) > 1 else ""
        findings += [f | {"row": number, "sheet": sheet} for f in orjson.loads(text)]
    return _report(batch.rows_total, batch.rows_rejected, batch.rows_flagged, findings)


def _report(rows: int, rejected: int, flagged: int, findings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the exact JSON of the command. accepted + rejected = rows; flagged are accepted rows with a finding to look at.

    A row with mere notes (说明) is not flagged; its notes are among the findings all the same.

    A finding about the whole file has row 0; one about a heading, title or total row has that row's number.
    """
    from gongbu.ground.registers.importing import stored

    return {
        "rows": rows,
        "accepted": rows - rejected,
        "flagged": flagged,
        "rejected": rejected,
        "findings": [
            {
                "row": f["row"],
                "column": f["column"],
                "code": f["code"],
                "severity": f["severity"],
                "message": (f"工作表“{f['sheet']}”：" if f.get("sheet") else "") + stored.word(f),
            }
            for f in sorted(findings, key=lambda f: (f["row"], f.get("sheet", "")))
        ],
    }


def _print(report: dict[str, Any], dry_run: bool) -> None:
    done = "可接收" if dry_run else "已接收"
    click.echo(
        f"共 {report['rows']} 行：{done} {report['accepted']}（其中 {report['flagged']} 行有提示），退回 {report['rejected']}"
    )
    for finding in report["findings"][:_SHOWN_WITHOUT_JSON]:
        where = f"第 {finding['row']} 行" if finding["row"] else "全文件"
        column = f" [{finding['column']}]" if finding["column"] else ""
        click.echo(f"  {where:<8}{column} {finding['message']}")
    more = len(report["findings"]) - _SHOWN_WITHOUT_JSON
    if more > 0:
        click.echo(f"  …… 还有 {more} 条，用 --json 查看全部")
