"""The import kind 批复文件: each row becomes a paper on a found or new project."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from gongbu.ground.basics import clock, money
from gongbu.ground.basics.findings import Refusal, Severity
from gongbu.ground.policy.queries import policy_for
from gongbu.ground.registers.importing import sums
from gongbu.ground.registers.importing.columns import Field, Type
from gongbu.ground.registers.importing.kinds import (
    AcceptContext,
    Accepted,
    CheckContext,
    CheckedRow,
    ImportKind,
    fields_from_catalogue,
)
from gongbu.ground.registers.importing.values import Amount, StatedDate
from gongbu.mainline.approvals import rules, services
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.projects import fields as facts
from gongbu.mainline.projects import import_rows
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.projects.importing import new_projects
from gongbu.mainline.projects.models import Project

TYPE_TO_BE_ADDED = "其他（类型待补）"  # step OTHER
OVERRUN = Decimal("0.10")  # 政府投资条例第十二条第二款; the answer itself is asked of the policy
FALL = Decimal("0.30")  # no clause: further below, the paper is likely another project's, a phase's, or a unit off
_OWN = Path(__file__).parent / "fields.yaml"
_PROJECT = Path(facts.__file__).parent / "fields.yaml"
_OWN_KEYS = ("doc_type", "doc_no", "issued_on", "issuer", "approved_total_fen", *rules.PARTS, "amount_note",
             "prior_docs", "record_no", "quality_note")  # fmt: skip
_PROJECT_KEYS = ("name", "project_code", "owner_name", "content", "location", "funding_text", "period_text", "source",
                 "source_url")  # fmt: skip
_PAPER_TEXTS = {
    "doc_type": "doc_type", "doc_no": "doc_no", "issuer": "issuer", "owner_name": "applicant", "content": "content",
    "amount_note": "amount_note", "funding_text": "funding_text", "period_text": "period_text", "prior_docs": "prior_docs",
    "record_no": "record_no", "source": "source", "source_url": "source_url", "quality_note": "quality_note",
}  # fmt: skip
_PROJECT_TEXTS = {
    "owner_name": "owner_name", "content": "content", "location": "location", "funding_text": "funding_text",
    "period_text": "period_text", "source": "source", "source_url": "source_url",
}  # fmt: skip

# Columns that a file has beside, or instead of, those of the catalogue: (key, label, other headings, the part they
# are added to). What each said stays in the note on amounts.
ADDED = (
    ("building_fen", "建筑工程费", ("建筑工程费用", "土建工程费", "土建费", "土建工程"), "engineering_fen"),
    ("building_and_installing_fen", "建安工程费", ("建安费", "建筑安装工程费", "建安工程费用", "建筑安装工程费用", "建安工程", "建安投资"), "engineering_fen"),
    ("installing_fen", "安装工程费", ("安装工程费用", "安装费", "安装工程"), "engineering_fen"),
    ("municipal_fen", "配套工程费", ("室外工程费", "附属工程费", "配套工程费用"), "engineering_fen"),
    ("basic_reserve_fen", "基本预备费", ("基本预备费用",), "contingency_fen"),
    ("price_reserve_fen", "价差预备费", ("涨价预备费",), "contingency_fen"),
    ("land_fen", "征地拆迁费", ("征地拆迁费用", "征地拆迁补偿费", "征拆费", "土地费用", "土地费", "征地费", "拆迁费"), "preliminary_fen"),
)  # fmt: skip
ADDED_WORDS = frozenset(word for _key, label, words, _part in ADDED for word in (label, *words))
PART_WORDS = {
    "engineering_fen": ("工程费用合计", "工程投资", "第一部分费用"),
    "equipment_fen": ("设备及工器具购置费用", "设备购置费用", "设备及安装工程费", "设备投资", "设备工器具购置费"),
    "other_fen": ("工程建设其它费", "工程建设其它费用", "其它费用", "其它费", "建设其他费", "第二部分费用"),
    "contingency_fen": ("预备费用",),
    "interest_fen": ("建设期贷款利息费", "建设期利息费"),
    "preliminary_fen": ("前期工作费用", "前期经费"),
}


def fields() -> list[Field]:
    """Return the fields of a list of papers: the catalogue's of papers and of projects."""
    own = {f.key: f for f in fields_from_catalogue(_OWN, _OWN_KEYS)}
    project = {f.key: f for f in fields_from_catalogue(_PROJECT, _PROJECT_KEYS)}
    for key in rules.PARTS:
        kept = tuple(w for w in (*own[key].synonyms, *PART_WORDS.get(key, ())) if w not in ADDED_WORDS)
        own[key] = replace(own[key], is_gated=False, synonyms=kept)
    added = [
        Field(key, label, Type.AMOUNT, synonyms, unit="万元", is_gated=False, in_template=False)
        for key, label, synonyms, _part in ADDED
    ]
    total = own["approved_total_fen"]
    words = (*total.synonyms, "总投资", "项目总投资", "概算总投资", "估算总投资", "投资额", "total_wan", "total")
    own["approved_total_fen"] = replace(total, synonyms=words)
    owner = project["owner_name"]
    project["owner_name"] = replace(owner, label="申报单位", synonyms=(*owner.synonyms, "建设单位"))
    region = Field("region", "所属区划", synonyms=("主管区划", "区划", "县区", "地区", "区县", "行政区划"))
    return [
        project["name"],
        project["project_code"],
        region,
        *own.values(),
        *added,
        *(project[k] for k in _PROJECT_KEYS[2:]),
        import_rows.OWNER_CODE,
    ]


# --- check -----------------------------------------------------------------------------------------------------


def check(context: CheckContext, rows: Sequence[CheckedRow]) -> None:
    """Check every paper, find its project, and find papers that stand already."""
    for row in rows:
        _check_row(context, row)
    open_rows = [row for row in rows if row.plan and not row.is_rejected]
    on_file = import_rows.look_up(
        [row.plan["code"] for row in open_rows if row.plan["code"]], [row.plan["values"]["name"] for row in open_rows]
    )
    first_of: dict[str, CheckedRow] = {}
    for row in open_rows:
        _choose_project(row, on_file, first_of)
    import_rows.link_owners(context, [row for row in open_rows if row.plan["action"] == "CREATE"])
    _check_papers(open_rows, on_file)


def _check_row(context: CheckContext, row: CheckedRow) -> None:
    reading = import_rows.read_code(row, context)
    if row.secret_rule:
        return
    texts = [(k, row.values.get(k, "")) for k in ("issuer", "location", "owner_name", "name", "source")]
    region = import_rows.choose_region(row, context, reading, [t for t in texts if isinstance(t[1], str)])
    add_up(row)
    paper = _paper_values(row)
    if "doc_type" not in paper and "doc_no" in paper:  # the number says that there is a paper; its type can be added
        paper["doc_type"] = TYPE_TO_BE_ADDED
        row.find("approvals.type_to_be_added", "doc_type", read=TYPE_TO_BE_ADDED)
    check_sum(row)
    _check_number_and_day(row)
    total = row.values.get("approved_total_fen")
    values: dict[str, Any] = {
        **import_rows.text_values(row, _PROJECT_TEXTS),
        **import_rows.total_values(total if isinstance(total, Amount) else None, None),
        "name": " ".join(str(row.values.get("name", "")).split()),
        "stage": str(Stage.APPROVAL),
    }
    values |= import_rows.code_text(row, reading)
    known = {f.field for f in row.findings if f.severity is Severity.REJECT}
    typed = {**paper, "issued_on": date.fromisoformat(paper["issued_on"]) if "issued_on" in paper else None}
    for finding in services.check_values(typed, context.today):
        if finding.field not in known:
            row.findings.append(finding)
            known.add(finding.field)
    if "name" in row.values:
        row.findings.extend(f for f in import_rows.check_values(values, context.today) if f.field not in known)
    row.plan = {
        "region": region.pk, "values": values, "code": reading.code if reading else "", "paper": paper,
        "region_key": region.key_lo,
    }  # fmt: skip
    row.match_key = _paper_key(region.key_lo, values["name"], paper)
    import_rows.note_source(row)


def _paper_key(region_key: int, name: str, paper: dict[str, Any]) -> str:
    number = paper.get("doc_no") if rules.doc_no_year(paper.get("doc_no", "")) else ""
    rest = number or f"{paper.get('doc_type', '')}|{paper.get('issued_on', '')}|{paper.get('total_fen', '')}"
    return f"{region_key}|{name}|{rest}"


def _paper_values(row: CheckedRow) -> dict[str, Any]:
    paper: dict[str, Any] = dict(import_rows.text_values(row, _PAPER_TEXTS))
    issued = row.values.get("issued_on")
    if isinstance(issued, StatedDate):
        paper |= {"issued_on": issued.on.isoformat(), "issued_precision": issued.precision}
    total = row.values.get("approved_total_fen")
    if isinstance(total, Amount):
        known = import_rows.total_values(total, None)
        paper |= {
            "total_fen": total.fen, "total_text": known["total_investment_text"], "total_precision_fen": total.precision_fen,
        }  # fmt: skip
    for key in rules.PARTS:
        if isinstance(amount := row.values.get(key), Amount):
            paper[key] = amount.fen
    return paper


def add_up(row: CheckedRow) -> None:
    """Add the columns of :data:`ADDED` to their part; what each said is kept in the note on amounts.

    A sum of engineering beside its own parts (工程费用 with 建筑工程费 and 安装工程费) is not added to them.
    """
    said: list[str] = []
    for part in dict.fromkeys(part for *_rest, part in ADDED):
        own = [(label, row.values[key]) for key, label, _words, of in ADDED
               if of == part and isinstance(row.values.get(key), Amount)]  # fmt: skip
        if not own:
            continue
        said += [f"{label} {amount.text}" for label, amount in own]
        whole = row.values.get(part)
        if isinstance(whole, Amount):
            said.append(f"{rules.PARTS[part]} {whole.text}")
            if sums.compare(whole, dict(own)).verdict != "DISAGREES":
                continue
            own.append((rules.PARTS[part], whole))
        amounts = [amount for _label, amount in own]
        row.values[part] = Amount(
            sum(a.fen for a in amounts), "＋".join(a.text for a in amounts), sum(a.half_fen for a in amounts), amounts[0].unit,
            any(a.is_approximate for a in amounts),
        )  # fmt: skip
    if said:
        note = row.values.get("amount_note")
        stated = [note] if isinstance(note, str) else []
        # What was added up is told as far as there is room; what the file says itself is never cut.
        row.values["amount_note"] = "；".join([*stated, *said])[: max([300, *map(len, stated)])]


def check_sum(row: CheckedRow) -> None:
    """Test that the parts make the total: exact, off by rounding (flag), or not at all (reject).

    Where the file has a column of amounts that no field takes, the parts may be incomplete: then a flag, no rejection.
    """
    total = row.values.get("approved_total_fen")
    parts = {key: row.values[key] for key in rules.PARTS if isinstance(row.values.get(key), Amount)}
    if not isinstance(total, Amount):
        if "approved_total_fen" in row.stated and not any(f.field == "approved_total_fen" for f in row.findings):
            row.find("approvals.total_missing", "approved_total_fen")
        return
    if not parts:
        return
    result = sums.compare(total, parts)
    data: dict[str, Any] = {
        "parts": _wan(result.parts_fen), "total": _wan(result.total_fen), "difference": _wan(result.difference_fen),
    }  # fmt: skip
    if result.verdict == "ROUNDING":
        row.find("approvals.sum_rounding", "approved_total_fen", **data)
    elif result.verdict == "DISAGREES" and row.left_amounts:
        columns = "、".join(f"“{heading}”" for heading in row.left_amounts)
        row.find("approvals.sum_column_left", "approved_total_fen", **data, columns=columns)
    elif result.verdict == "DISAGREES" and len(parts) == 1 and result.difference_fen > 0 and not result.slip_key:
        row.find("approvals.sum_incomplete", "approved_total_fen", part=rules.PARTS[next(iter(parts))])
    elif result.verdict == "DISAGREES" and result.slip_key:
        slip = {"part": rules.PARTS[result.slip_key], "found": parts[result.slip_key].text}
        row.find("approvals.sum_slip", result.slip_key, Severity.REJECT, **data, **slip)
    elif result.verdict == "DISAGREES":
        row.find("approvals.sum_disagrees", "approved_total_fen", Severity.REJECT, **data)


def _wan(fen: int) -> str:
    text = money.as_wan(fen, 6).rstrip("0")
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.ljust(2, '0')}"


def _check_number_and_day(row: CheckedRow) -> None:
    number, issued = row.values.get("doc_no"), row.values.get("issued_on")
    if not isinstance(number, str):
        if "doc_no" in row.stated and not any(f.field == "doc_no" for f in row.findings):
            row.find("approvals.doc_no_missing", "doc_no", Severity.NOTE)
    elif (year := rules.doc_no_year(number)) is None:
        row.find("approvals.doc_no_form", "doc_no", found=number[:60])
    elif isinstance(issued, StatedDate) and issued.on.year not in (year, year + 1):
        row.find("approvals.doc_no_year", "doc_no", number=year, issued=issued.on.year)
    if issued is None and "issued_on" in row.stated and not any(f.field == "issued_on" for f in row.findings):
        row.find("approvals.date_missing", "issued_on", Severity.NOTE)
    if "issuer" not in row.values and "issuer" in row.stated and not any(f.field == "issuer" for f in row.findings):
        row.find("approvals.issuer_missing", "issuer")


def _choose_project(row: CheckedRow, on_file: import_rows.OnFile, first_of: dict[str, CheckedRow]) -> None:
    """Find the row's project: on file by code or name, made by an earlier row, or new."""
    plan = row.plan
    code, name = plan["code"], plan["values"]["name"]
    by_code = on_file.by_code.get(code) if code else None
    project_id = by_code[0] if by_code else on_file.by_name.get((plan["region_key"], name))
    if project_id is not None:
        plan |= {"action": "ON_PROJECT", "project": project_id}
        on_file.tell_named(row, project_id)
        if by_code and by_code[1] != name:
            row.find("approvals.import_code_on_file", "project_code", code=code, name=by_code[1])
        return
    keys = [f"code|{code}"] if code else []
    keys.append(f"name|{plan['region_key']}|{name}")
    twin = next((first_of[key] for key in keys if key in first_of), None)
    for key in keys:
        first_of.setdefault(key, twin or row)
    if twin is None:
        plan["action"] = "CREATE"
    else:
        plan |= {"action": "WITH", "with": [twin.plan["region_key"], twin.plan["values"]["name"]]}


def _check_papers(rows: Sequence[CheckedRow], on_file: import_rows.OnFile) -> None:
    """Find papers that stand already: by number on the same project, else by type, day and total."""
    numbers = sorted({row.plan["paper"]["doc_no"] for row in rows if row.plan["paper"].get("doc_no")})
    known: dict[str, list[ApprovalPaper]] = {}
    for start in range(0, len(numbers), import_rows.LOOK_CHUNK):
        look = ApprovalPaper.objects.unscoped("import check").select_related("project")
        for paper in look.filter(doc_no__in=numbers[start : start + import_rows.LOOK_CHUNK]):
            known.setdefault(paper.doc_no, []).append(paper)
    ids = sorted({row.plan["project"] for row in rows if "project" in row.plan})
    unnumbered: dict[int, list[ApprovalPaper]] = {}
    for start in range(0, len(ids), import_rows.LOOK_CHUNK):
        for paper in ApprovalPaper.objects.unscoped("import check").filter(
            project_id__in=ids[start : start + import_rows.LOOK_CHUNK]
        ):
            unnumbered.setdefault(paper.project_id, []).append(paper)
    _check_numbers_in_file(rows)
    _check_against_projects(rows)
    seen: dict[str, CheckedRow] = {}
    for row in rows:
        twin = seen.setdefault(row.match_key, row)
        if twin is not row:
            row.find("approvals.import_twice", "doc_no", row=twin.number)
            row.plan["action"] = "NOTHING"
            continue
        _check_paper(row, known, unnumbered)


def _check_numbers_in_file(rows: Sequence[CheckedRow]) -> None:
    """Flag one 文号 of one issuer on two different projects of the file: one of the two is usually a slip."""
    first: dict[tuple[str, str], CheckedRow] = {}
    for row in rows:
        paper = row.plan["paper"]
        number = paper.get("doc_no", "")
        if not rules.doc_no_year(number):
            continue
        before = first.setdefault((number, paper.get("issuer", "")), row)
        name, other = row.plan["values"]["name"], before.plan["values"]["name"]
        if name != other:
            row.find("approvals.import_doc_no_twice", "doc_no", doc_no=number, row=before.number, name=other)


def _check_against_projects(rows: Sequence[CheckedRow]) -> None:
    """Flag a paper whose total is more than a tenth above that of its project as it stands, or far below it."""
    ids = sorted({row.plan["project"] for row in rows if "project" in row.plan})
    totals: dict[int, tuple[int, int]] = {}
    for start in range(0, len(ids), import_rows.LOOK_CHUNK):
        found = Project.objects.unscoped("import check").filter(pk__in=ids[start : start + import_rows.LOOK_CHUNK])
        for pk, region_id, fen in found.values_list("pk", "competent_region_id", "total_investment_fen"):
            if fen:
                totals[pk] = (region_id, fen)
    for row in rows:
        total, project = row.values.get("approved_total_fen"), totals.get(row.plan.get("project", 0))
        if not isinstance(total, Amount) or project is None:
            continue
        region_id, standing = project
        if (ratio := Decimal(total.fen) / standing - 1) > OVERRUN:
            step, adjusted = rules.step_of(row.plan["paper"].get("doc_type", ""))
            row.find(
                "approvals.total_over_project", "approved_total_fen", total=_wan(total.fen), standing=_wan(standing),
                percent=f"{ratio * 100:.4f}".rstrip("0").rstrip("."),
                rule=_overrun_rule(region_id, ratio, row.plan["paper"], adjusted) if step == "ESTIMATE" else "请核对",
            )  # fmt: skip
        elif ratio < -FALL:
            row.find(
                "approvals.total_under_project", "approved_total_fen", total=_wan(total.fen), standing=_wan(standing),
                percent=f"{-ratio * 100:.4f}".rstrip("0").rstrip("."),
            )  # fmt: skip


def _overrun_rule(region_id: int, ratio: Decimal, paper: dict[str, Any], is_adjusted: bool) -> str:
    """Return what the region's policy says to a 概算 above the total, with its clause; an adjusted one is 第二十三条."""
    if is_adjusted:
        return "概算调整须经原核定机关批准（政府投资条例第二十三条），请核对"
    on = date.fromisoformat(paper["issued_on"]) if "issued_on" in paper else clock.today()
    try:
        decision = policy_for(region_id, on).decide("estimates.overrun_response", {"overrun_ratio": ratio}, on)
    except Refusal:  # no rule was in force on that day
        return "请核对"
    return f"{decision.label}（{decision.basis.instrument}{decision.basis.article}），请核对"


def _check_paper(
    row: CheckedRow, known: dict[str, list[ApprovalPaper]], on_project: dict[int, list[ApprovalPaper]]
) -> None:
    paper, project_id = row.plan["paper"], row.plan.get("project")
    number = paper.get("doc_no", "")
    standing = known.get(number, []) if rules.doc_no_year(number) else []
    mine = next((p for p in standing if p.project_id == project_id), None)
    if mine is None and project_id is not None:
        mine = next((p for p in on_project.get(project_id, []) if _same_paper(p, paper)), None)
    if mine is not None:
        row.find("approvals.import_on_file", "doc_no", Severity.NOTE)
        row.plan |= {"action": "ON_FILE", "paper_id": mine.pk}
    elif standing and standing[0].issuer == paper.get("issuer", ""):
        row.find("approvals.import_doc_no_elsewhere", "doc_no", doc_no=number, name=standing[0].project.name)


def _same_paper(there: ApprovalPaper, paper: dict[str, Any]) -> bool:
    if (there.doc_no or paper.get("doc_no")) and there.doc_no != paper.get("doc_no", ""):
        return False
    day = there.issued_on.isoformat() if there.issued_on else None
    return (there.doc_type, day, there.total_fen) == (
        paper.get("doc_type"),
        paper.get("issued_on"),
        paper.get("total_fen"),
    )


# --- accept ----------------------------------------------------------------------------------------------------


def accept(context: AcceptContext, rows: Sequence[CheckedRow]) -> list[Accepted]:
    """Create the chunk's new projects in bulk, then its papers in bulk."""
    new = [row for row in rows if row.plan["action"] == "CREATE"]
    made: dict[int | None, int] = {}
    if new:
        drafts = new_projects(context, new)
        created = projects.create_projects(drafts=drafts, actor=context.actor, on=context.on, batch_id=context.batch_id)
        made = {row.id: project.pk for row, project in zip(new, created, strict=True)}
    papers = []
    paper_rows = [row for row in rows if row.plan["action"] in ("CREATE", "WITH", "ON_PROJECT")]
    earlier = import_rows.Earlier({tuple(row.plan["with"]) for row in paper_rows if row.plan["action"] == "WITH"})
    for row in paper_rows:
        project_id = made.get(row.id) or row.plan.get("project") or earlier.get(*row.plan["with"]).pk
        values = dict(row.plan["paper"])
        if "issued_on" in values:
            values["issued_on"] = date.fromisoformat(values["issued_on"])
        papers.append(services.NewPaper(project_id, values, context.key(row, "paper")))
    recorded = {}
    if papers:
        done = services.record_papers(drafts=papers, actor=context.actor, batch_id=context.batch_id, on=context.on)
        recorded = {row.id: paper.pk for row, paper in zip(paper_rows, done, strict=True)}
    return [
        Accepted(services.SUBJECT, recorded.get(row.id, row.plan.get("paper_id")), row.id in recorded) for row in rows
    ]


def publish(context: AcceptContext) -> None:
    """Make the batch's projects and papers visible at once (one transaction around both)."""
    if project_queries.is_batch_open(context.batch_id):
        projects.publish_batch(
            batch_id=context.batch_id, region_id=context.region.pk, actor=context.actor, on=context.on
        )
    services.publish_batch(batch_id=context.batch_id, region_id=context.region.pk, actor=context.actor)


def subject_url(_kind: str, subject_id: int) -> str:
    """Return the page of a paper."""
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse("approvals:paper", args=[subject_id])
    except NoReverseMatch:
        return ""


KIND = ImportKind(
    key="approvals",
    order=20,
    label="批复文件",
    act="approvals.import",
    fields=fields,
    check=check,
    accept=accept,
    publish=publish,
    secrecy=import_rows.secret_in,
    subject_url=subject_url,
    warm_up=import_rows.warm_up,
    example={"name": "示例县城区污水处理厂提标改造工程", "doc_type": "可行性研究报告批复", "doc_no": "示发改审〔2026〕1号",
             "issued_on": "2026-03-04", "issuer": "示例县发展和改革局", "approved_total_fen": "2960"},
)  # fmt: skip
