"""The import kind 项目: lists of projects as counties keep and publish them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.money import as_wan
from gongbu.ground.basics.rules.amounts import is_slip
from gongbu.ground.orgs.models import Region
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
from gongbu.mainline.projects import import_rows, queries, services
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.projects.models import Project

_CATALOGUE = Path(__file__).parent / "fields.yaml"
_KEYS = (
    "name", "project_code", "owner_name", "works_type", "construction_nature", "funding_nature", "initiation_nature",
    "is_city_strategic", "stage", "content", "location", "total_investment_fen", "annual_planned_fen", "annual_completed_fen",
    "funding_text", "planned_start_on", "planned_finish_on", "period_text", "industry_code", "source", "source_url",
    "declared_level",
)  # fmt: skip
_STAGE_WORDS = {
    "在建": "CONSTRUCTION", "新开工": "CONSTRUCTION", "集中开工": "CONSTRUCTION", "开工": "CONSTRUCTION",
    "已开工": "CONSTRUCTION", "续建": "CONSTRUCTION", "施工": "CONSTRUCTION", "施工中": "CONSTRUCTION",
    "建成": "BUILT", "已建成": "BUILT", "竣工": "BUILT", "已竣工": "BUILT", "完工": "BUILT", "已完工": "BUILT",
    "储备": "RESERVE", "谋划": "RESERVE", "前期": "APPROVAL", "前期工作": "APPROVAL", "立项": "APPROVAL",
    "设计": "DESIGN", "招标": "PROCUREMENT", "招投标": "PROCUREMENT", "验收": "ACCEPTANCE", "运营": "OPERATION",
}  # fmt: skip
# Free progress text: which words let it be read as a stage. First match counts; the reading is noted.
_STAGE_HINTS = (
    (re.compile(r"竣工验收|已竣工|全面完工|投入使用|投产运营"), "BUILT"),
    (re.compile(r"施工|装修|主体|拆撑|砌筑|已开工|二次结构|设备采购|完成投资|围护|基坑|封顶"), "CONSTRUCTION"),
    (re.compile(r"招标|投标"), "PROCUREMENT"),
    (re.compile(r"初步设计|施工图设计"), "DESIGN"),
    (re.compile(r"可研|立项|项目建议书|批复|前期"), "APPROVAL"),
)
_TEXTS = {
    "owner_name": "owner_name", "content": "content", "location": "location", "funding_text": "funding_text",
    "period_text": "period_text", "source": "source", "source_url": "source_url", "industry_code": "industry_code",
}  # fmt: skip
_CHOICES = ("works_type", "construction_nature", "funding_nature", "initiation_nature", "is_city_strategic")


def fields() -> list[Field]:
    """Return the fields of a project list: the catalogue's, and those of published lists."""
    own = {f.key: f for f in fields_from_catalogue(_CATALOGUE, _KEYS)}
    total = own["total_investment_fen"]
    own["total_investment_fen"] = replace(total, synonyms=tuple(s for s in total.synonyms if s != "total_published"))
    stage = own["stage"]
    words = tuple(s for s in stage.synonyms if s not in ("stage_text", "形象进度"))
    own["stage"] = replace(stage, synonyms=words, choices={**stage.choices, **_STAGE_WORDS})
    level = own["declared_level"]
    own["declared_level"] = replace(level, type=Type.TEXT, choices={}, in_template=False)
    code = own["project_code"]
    own["project_code"] = replace(code, synonyms=(*code.synonyms, "赋码", "立项代码", "项目编码"))
    region = Field("region", "所属区划", synonyms=("主管区划", "区划", "所在区县", "所属区县", "县区", "县（区）", "县市区", "地区",
                   "区县", "行政区划", "所属地区", "区域"))  # fmt: skip
    more = [
        Field("stage_text", "形象进度", synonyms=("进展情况", "项目进展", "工程进度"), in_template=False),
        Field("total_published", "总投资原文", Type.AMOUNT, synonyms=("公布总投资",), in_template=False),
        Field("sector", "行业归口", synonyms=("行业", "主管行业", "行业主管部门", "类别", "category", "项目类别")),
        Field("subsector", "行业小类", synonyms=("subcategory", "子类"), in_template=False),
        Field("year", "年度", Type.INTEGER, synonyms=("年份", "清单年度"), in_template=False),
        Field("serial", "序号", synonyms=("seq", "编号", "no", "no."), in_template=False),
        Field("list_name", "清单名称", synonyms=("批次名称", "名单"), in_template=False),
        Field("decided_on", "确定日期", Type.DATE, synonyms=("票决日期", "公布日期", "decided_on"), in_template=False),
        Field("quality_note", "质量备注", synonyms=("备注", "说明"), in_template=False),
        import_rows.OWNER_CODE,
    ]
    return [own["name"], own["project_code"], region, *(own[k] for k in _KEYS[2:]), *more]


MORE_CHECKS: list[Callable[[CheckContext, Sequence[CheckedRow]], None]] = []
"""What other rooms look for in rows that would make new projects; they flag and never reject. All rows at once."""


# --- check -----------------------------------------------------------------------------------------------------


def check(context: CheckContext, rows: Sequence[CheckedRow]) -> None:
    """Check every row, then rows against each other, then against the register; decide what acceptance will do."""
    regions: dict[int, Region] = {}
    for row in rows:
        region = _check_row(context, row)
        if region is not None:
            regions[id(row)] = region
    open_rows = [row for row in rows if id(row) in regions and not row.is_rejected]
    on_file = import_rows.look_up(
        [row.plan["code"] for row in open_rows if row.plan.get("code")],
        [row.plan["values"]["name"] for row in open_rows],
    )
    import_rows.settle_places(open_rows, on_file)
    open_rows = [row for row in open_rows if not row.is_rejected]
    _check_twins(open_rows)
    import_rows.tell_twins(rows)
    for row in open_rows:
        _check_register(row, on_file)
    new = [row for row in open_rows if row.plan["action"] == "CREATE"]
    import_rows.link_owners(context, new)
    for more in MORE_CHECKS:
        more(context, new)


def _check_row(context: CheckContext, row: CheckedRow) -> Region | None:
    level = row.values.get("declared_level")
    if isinstance(level, str) and (secret := import_rows.check_secrecy({}, declared_level=level)):
        import_rows.make_secret(row, secret)
        return None
    reading = import_rows.read_code(row, context)
    if row.secret_rule:
        return None
    texts = [(k, row.values.get(k, "")) for k in ("owner_name", "source", "location", "name")]
    region = import_rows.choose_region(row, context, reading, [t for t in texts if isinstance(t[1], str)])
    stage = _read_stage(row)
    total = _read_total(row)
    values: dict[str, Any] = {
        **import_rows.text_values(row, _TEXTS),
        **{key: row.values[key] for key in _CHOICES if key in row.values},
        **total,
        **import_rows.date_values("planned_start", _date(row, "planned_start_on")),
        **import_rows.date_values("planned_finish", _date(row, "planned_finish_on")),
        "name": " ".join(str(row.values.get("name", "")).split()),
        "stage": stage,
    }
    if sector := "·".join(row.values[k] for k in ("sector", "subsector") if isinstance(row.values.get(k), str)):
        values["sector"] = sector
    values |= import_rows.code_text(row, reading)
    typed = {k: date.fromisoformat(v) if k.endswith("_on") else v for k, v in values.items()}
    if "name" in row.values:
        known = {f.field for f in row.findings if f.severity is Severity.REJECT}
        row.findings.extend(f for f in import_rows.check_values(typed, context.today) if f.field not in known)
    row.plan = {"action": "CREATE", "region": region.pk, "values": values, "code": reading.code if reading else ""}
    if annual := _annual(row, context.today.year):
        row.plan["annual"] = annual
    # Two rows without a name are not one; both are refused for the lack of it.
    row.match_key = f"{region.key_lo}|{values['name']}" if values["name"] else ""
    import_rows.note_source(row)
    return region


def _date(row: CheckedRow, key: str) -> StatedDate | None:
    value = row.values.get(key)
    return value if isinstance(value, StatedDate) else None


def _annual(row: CheckedRow, this_year: int) -> list[Any]:
    planned, completed = row.values.get("annual_planned_fen"), row.values.get("annual_completed_fen")
    if planned is None and completed is None:
        return []
    year = row.values.get("year") or this_year
    return [year, planned.fen if planned else None, completed.fen if completed else None]


def _read_stage(row: CheckedRow) -> str:
    stage = row.values.get("stage")
    if isinstance(stage, str):
        return stage
    text = row.values.get("stage_text")
    if not isinstance(text, str):
        return str(Stage.UNKNOWN)
    if text in _STAGE_WORDS:
        return _STAGE_WORDS[text]
    for pattern, code in _STAGE_HINTS:
        if pattern.search(text):
            row.find(
                "projects.import_stage_read", "stage_text", Severity.NOTE, found=text[:60], stage=Stage(code).label
            )
            return code
    row.find("projects.import_stage_unread", "stage_text", Severity.NOTE, found=text[:60])
    return str(Stage.UNKNOWN)


def _read_total(row: CheckedRow) -> dict[str, Any]:
    total, stated = row.values.get("total_investment_fen"), row.values.get("total_published")
    if total is None and stated is None:
        if "total_investment_fen" in row.stated and not _has(row, "total_investment_fen", "total_published"):
            row.find("import.amount_missing", "total_investment_fen", label="总投资")
        return {}
    if isinstance(total, Amount) and isinstance(stated, Amount) and total.fen != stated.fen:
        data = {"label": "总投资", "one": total.text, "other": stated.text}
        if is_slip(total.fen, stated.fen, stated.half_fen):
            row.findings.append(Finding("import.amounts_slip", data, "total_investment_fen"))
        elif sums.same_amount(total, stated):
            row.findings.append(Finding("import.amounts_differ_rounding", data, "total_investment_fen", Severity.NOTE))
        else:
            row.findings.append(Finding("import.amounts_differ", data, "total_investment_fen"))
    return import_rows.total_values(total, stated)


def _has(row: CheckedRow, *keys: str) -> bool:
    return any(f.field in keys for f in row.findings)


_COMPARED = {
    "total_investment_fen": "总投资", "owner_name": "建设单位", "stage": "阶段", "content": "建设内容", "location": "建设地点",
}  # fmt: skip


_ALSO_ON_FILE = {
    "funding_nature": "资金性质", "works_type": "工程类别", "construction_nature": "建设性质", "sector": "行业归口",
    "planned_start_on": "计划开工", "planned_finish_on": "计划竣工",
}  # fmt: skip


def _check_twins(rows: Sequence[CheckedRow]) -> None:
    """Tell rows of one name and region: a later year is a newer state of the same project, else they are one project."""
    first: dict[str, CheckedRow] = {}
    for row in rows:
        twin = first.setdefault(row.match_key, row)
        if twin is row:
            continue
        row.plan |= {"action": "SAME", "same_as": twin.number}
        year, before = row.values.get("year"), twin.values.get("year")
        if isinstance(year, int) and isinstance(before, int) and year != before:
            row.find("projects.import_later_year", "name", Severity.NOTE, row=twin.number, year=year, before=before)
            if year > before and row.plan["values"]["stage"] not in (twin.plan["values"]["stage"], "UNKNOWN"):
                row.plan |= {"stage": row.plan["values"]["stage"], "year": year}
            continue
        differ = _differences(row.plan["values"], twin.plan["values"])
        if differ:
            row.find("import.twice_differs", "name", row=twin.number, fields="、".join(differ))
        else:
            row.find("import.twice_in_file", "name", row=twin.number)
    by_code: dict[str, CheckedRow] = {}
    for row in rows:
        code = row.plan.get("code")
        if not code or row.plan["action"] == "SAME":
            continue
        twin = by_code.setdefault(code, row)
        if twin is not row:
            row.find("projects.import_code_twice", "project_code", row=twin.number, name=twin.plan["values"]["name"])
            row.plan["values"]["code_text"] = code
            row.plan["code"] = ""


def _differences(values: Mapping[str, Any], others: Mapping[str, Any]) -> list[str]:
    return [
        label for key, label in _COMPARED.items() if values.get(key) and others.get(key) and values[key] != others[key]
    ]


def _check_register(row: CheckedRow, on_file: import_rows.OnFile) -> None:
    values, code = row.plan["values"], row.plan.get("code")
    region_key = int(row.match_key.split("|", 1)[0])
    project_id = on_file.find(code or None, region_key, values["name"])
    if project_id is None:
        return
    project = on_file.projects[project_id]
    row.plan |= {"action": "ON_FILE", "project": project_id}
    _check_magnitude(row, project)
    on_file.tell_named(row, project_id)
    row.plan.pop("stage", None)
    differ = import_rows.differences(values, project, _COMPARED | _ALSO_ON_FILE)
    if project.name != values["name"]:
        row.find("projects.import_code_on_file", "project_code", code=code, name=project.name)
    elif differ:
        row.find("import.on_file_differs", "name", fields="、".join(differ))
    else:
        row.find("import.on_file", "name", Severity.NOTE)


def _check_magnitude(row: CheckedRow, project: Project) -> None:
    """Flag a total that is the register's own, a unit apart."""
    total, standing = row.values.get("total_investment_fen"), project.total_investment_fen
    half = (project.total_investment_precision_fen or 1) // 2
    if isinstance(total, Amount) and standing and is_slip(total.fen, standing, half):
        row.find("import.amount_slips_from_register", "total_investment_fen", label="总投资", found=total.text,
                 standing=f"{as_wan(standing)}万元")  # fmt: skip


# --- accept ----------------------------------------------------------------------------------------------------


def accept(context: AcceptContext, rows: Sequence[CheckedRow]) -> list[Accepted]:
    """Create the chunk's new projects in bulk; rows of projects on file make nothing new."""
    new = [row for row in rows if row.plan["action"] == "CREATE"]
    created: dict[int | None, Project] = {}
    if new:
        drafts = new_projects(context, new)
        projects = services.create_projects(
            drafts=drafts, actor=context.actor, on=context.on, batch_id=context.batch_id
        )
        created = {row.id: project for row, project in zip(new, projects, strict=True)}
    earlier = import_rows.Earlier({_place(row) for row in rows if row.plan["action"] == "SAME"})
    results = []
    for row in rows:
        if row.id in created:
            results.append(Accepted("project", created[row.id].pk, True))
        elif row.plan["action"] == "ON_FILE":
            results.append(Accepted("project", row.plan["project"], False))
        else:
            results.append(Accepted("project", _same(context, row, earlier), False))
    return results


def _place(row: CheckedRow) -> tuple[int, str]:
    """Return region key and name of a row's project."""
    region_key, name = row.match_key.split("|", 1)
    return int(region_key), name


def new_projects(context: AcceptContext, rows: Sequence[CheckedRow]) -> list[services.NewProject]:
    """Return the drafts of rows that create a project."""
    regions = Region.objects.in_bulk({row.plan["region"] for row in rows})
    return [
        services.NewProject(
            regions[row.plan["region"]],
            {k: date.fromisoformat(v) if k.endswith("_on") else v for k, v in row.plan["values"].items()},
            row.plan.get("code", ""),
            {a[0]: (a[1], a[2])} if (a := row.plan.get("annual")) else {},
            key=context.key(row),
        )
        for row in rows
    ]


def _same(context: AcceptContext, row: CheckedRow, earlier: import_rows.Earlier) -> int:
    """Return the project that an earlier row of the file made; a later year's stage is entered as its own act."""
    project = earlier.get(*_place(row))
    stage = row.plan.get("stage")
    if stage and stage != project.stage and project.batch_id == context.batch_id:
        project = services.set_stage(
            project_id=project.pk, rev=project.rev, stage=stage, reason=f"{row.plan['year']} 年清单所载状态",
            actor=context.actor, on=context.on, key=context.key(row, "stage"),
        )  # fmt: skip
        earlier.made[_place(row)] = project
    return project.pk


def publish(context: AcceptContext) -> None:
    """Make the batch's projects visible at once."""
    if queries.is_batch_open(context.batch_id):
        services.publish_batch(
            batch_id=context.batch_id, region_id=context.region.pk, actor=context.actor, on=context.on
        )


def subject_url(kind: str, subject_id: int) -> str:
    """Return the page of what a row became."""
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse("projects:show", args=[subject_id])
    except NoReverseMatch:
        return ""


KIND = ImportKind(
    key="projects",
    order=10,
    label="项目",
    act="projects.import",
    fields=fields,
    check=check,
    accept=accept,
    publish=publish,
    secrecy=import_rows.secret_in,
    subject_url=subject_url,
    warm_up=import_rows.warm_up,
    example={"name": "示例县城区污水处理厂提标改造工程", "project_code": "", "region": "示例县", "total_investment_fen": "2960",
             "planned_start_on": "2026年3月", "stage": "立项审批"},
)  # fmt: skip

MESSAGES = {
    "import.code_missing": "没有项目代码，先按无代码入档，取得后请到项目页挂接。",
    "projects.import_matched_by_name": "本行没有项目代码，按名称归到台账中代码为 {code} 的“{name}”。请确认是同一项目；不是的，请写上代码或改正名称。",
    "projects.import_stage_read": "阶段按“{found}”读作{stage}，原文保留在导入记录中。",
    "projects.import_stage_unread": "“{found}”看不出所处阶段，阶段记为未报，原文保留在导入记录中。",
    "projects.import_later_year": "与第 {row} 行（{before} 年）是同一项目，本行为 {year} 年的状态，并入同一份档案。",
    "projects.import_code_twice": "代码与第 {row} 行“{name}”相同。同一代码不能用于两个不相干的项目，本行未挂接代码，请核对。",
    "projects.import_code_on_file": "代码 {code} 已挂在“{name}”上，按同一项目处理，没有新建；名称不同，请核对。",
}
