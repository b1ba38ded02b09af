"""The import kind 储备项目: a township's, department's or owner's own list becomes declarations.

Each row finds its project (on file, or new) and its library; the engine checks totals, twins and magnitudes, this kind
the gate (已开工的拒收，注明条款), the library, the matters for the leading group and the indicators.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.registers.importing import magnitude
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
from gongbu.ground.registers.parsing import BadValue, must_fit, parse_number
from gongbu.mainline.projects import import_rows
from gongbu.mainline.projects import importing as project_importing
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.projects.doubts import entry_of
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.rules.quality import check_entry
from gongbu.mainline.reserve import doubts, import_likeness, queries, services
from gongbu.mainline.reserve.choices import LibraryKind
from gongbu.mainline.reserve.files import HELD_STATES
from gongbu.mainline.reserve.models import Library, LibraryEntry
from gongbu.mainline.reserve.rules.checks import Target
from gongbu.mainline.reserve.services.declaring import NOTE_LENGTH
from gongbu.mainline.reserve.system import CASES, INDICATORS, System, holder_of, system_of

_OWN = Path(__file__).parent / "fields.yaml"
_TAKEN = ("name", "project_code", "region", "owner_name", "works_type", "construction_nature", "funding_nature", "content",
          "location", "total_investment_fen", "total_published", "funding_text", "planned_start_on", "planned_finish_on",
          "period_text", "industry_code", "source", "serial", "declared_level", "quality_note")  # fmt: skip
_EARLY = {
    "策划": "CONCEIVED", "谋划": "CONCEIVED", "策划阶段": "CONCEIVED", "谋划阶段": "CONCEIVED", "谋划储备": "CONCEIVED",
    "规划": "PLANNED", "规划阶段": "PLANNED", "拟开展前期": "INTENDED", "拟开展前期工作": "INTENDED",
    "拟开展前期工作阶段": "INTENDED", "正在开展前期": "PREPARING", "正在开展前期工作": "PREPARING", "前期": "PREPARING",
    "正在开展前期工作阶段": "PREPARING", "前期工作": "PREPARING", "开展前期": "PREPARING",
}  # fmt: skip
_STARTED = re.compile(r"已开工|开工建设|在建|施工|续建|建成|竣工|完工|投产|投用|交付")
# What speaks of works that have not begun: a plan, a denial, a drawing or a tender for them.
_NOT_BEGUN = re.compile(
    r"(?:尚未|还未|没有|未|拟|计划|预计|准备|争取|力争|待|将)[^，,；;。]{0,10}?(?:开工建设|开工|施工|建设|建成|竣工|完工|投产|投用|交付)"
    r"|施工图(?:设计|审查)?|施工(?:招标|许可)"
)
# Of what a form asks about, the part that the engine does not say of every amount itself.
_DOUBTED = frozenset({"quality.started_in_text", "quality.planned_start_passed", "quality.small_new_total"})
_TEXTS = {"owner_name": "owner_name", "content": "content", "location": "location", "funding_text": "funding_text",
          "period_text": "period_text", "source": "source", "industry_code": "industry_code"}  # fmt: skip
_CHOICES = ("works_type", "construction_nature", "funding_nature")


def fields() -> list[Field]:
    """Return the fields of a list: those of projects, the library, the stage in words of a reserve, and indicators."""
    known = {f.key: f for f in project_importing.fields()}
    own = {
        f.key: f
        for f in fields_from_catalogue(
            _OWN, ("reserve_library_id", "industry_chain_id", "leading_group_case", "reserve_note")
        )
    }
    sector = known["sector"]
    words = (*own["reserve_library_id"].synonyms, "行业归口", *sector.synonyms, "行业领域", "所属行业")
    stage = Field(
        "reserve_stage", "前期阶段", Type.TEXT,
        synonyms=("前期进展", "项目阶段", "阶段", "建设阶段", "形象进度", "进展情况", "项目进展", "状态", "前期工作阶段"),
    )  # fmt: skip
    return [
        *(known[key] for key in _TAKEN),
        stage,
        replace(own["reserve_library_id"], type=Type.TEXT, synonyms=words, unit=None),
        replace(own["industry_chain_id"], type=Type.TEXT, unit=None),
        replace(own["leading_group_case"], type=Type.TEXT),
        replace(own["reserve_note"], type=Type.TEXT),
        import_rows.OWNER_CODE,
        *_indicator_fields(),
    ]


def _indicator_fields() -> list[Field]:
    """Return baseline and target columns of every indicator that an installed pack lists."""
    names: dict[str, None] = {}
    for key, _units in INDICATORS:
        for pack in policy_queries.packs().values():
            parameter = pack.parameters.get(key)
            for version in parameter.versions if parameter else ():
                names |= dict.fromkeys(map(str, version.value if isinstance(version.value, tuple) else ()))
    return [
        Field(f"indicator_{part}:{name}", f"{name}{label}", Type.TEXT, synonyms=(f"{name}（{label}）", f"{name}{short}"),
              in_template=False)
        for name in names
        for part, label, short in (("baseline", "基线值", "基线"), ("target", "目标值", "目标"))
    ]  # fmt: skip


# --- check -----------------------------------------------------------------------------------------------------------


@dataclass
class _County:
    """What the rows of one county are checked against."""

    system: System
    libraries: list[Library]
    sectors: dict[str, Library] = field(default_factory=dict)
    chains: dict[str, Library] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for library in self.libraries:
            if library.kind == LibraryKind.SECTOR:
                for word in (library.scope, library.name, library.keeper.name, library.keeper.short_name):
                    if word:
                        self.sectors.setdefault(_fold(word), library)
            elif library.kind == LibraryKind.CHAIN:
                for word in (library.scope, library.name, self.system.chains.get(library.scope, "")):
                    if word:
                        self.chains.setdefault(_fold(word), library)

    @property
    def said(self) -> str:
        """The libraries by what they hold."""
        names = [lib.scope for lib in self.libraries if lib.kind == LibraryKind.SECTOR]
        names += [
            self.system.chains.get(lib.scope, lib.scope) for lib in self.libraries if lib.kind == LibraryKind.CHAIN
        ]
        return "、".join(names)


def _fold(text: str) -> str:
    return re.sub(r"[\s（）()、，,产业链]|行业|储备库|领域|类$", "", text)


def _shortens(short: str, name: str) -> bool:
    """Return whether a word is the everyday short form of a name: its characters in order from the first (住建, 文旅)."""
    rest = iter(name)
    return 2 <= len(short) < len(name) and short[0] == name[0] and all(char in rest for char in short)


def check(context: CheckContext, rows: Sequence[CheckedRow]) -> None:
    """Check every row, then rows against each other, then against projects and reserve; decide what acceptance will do."""
    counties: dict[int, _County] = {}
    open_rows = []
    for row in rows:
        region = _check_row(context, row, counties)
        if region is not None and not row.is_rejected:
            open_rows.append(row)
    codes = [row.plan["code"] for row in open_rows if row.plan.get("code")]
    on_file = import_rows.look_up(codes, [row.plan["values"]["name"] for row in open_rows])
    import_rows.settle_places(open_rows, on_file)
    open_rows = [row for row in open_rows if not row.is_rejected]
    _check_twins(open_rows)
    import_rows.tell_twins(rows)
    entries = _entries_of([pk for row in open_rows if (pk := _find(row, on_file)) is not None])
    for row in open_rows:
        _check_register(row, on_file, entries, counties)
    import_rows.link_owners(context, [row for row in open_rows if row.plan["action"] == "CREATE"])
    import_likeness.check(context, open_rows)


def _check_row(context: CheckContext, row: CheckedRow, counties: dict[int, _County]) -> Region | None:
    level = row.values.get("declared_level")
    if isinstance(level, str) and (secret := import_rows.check_secrecy({}, declared_level=level)):
        import_rows.make_secret(row, secret)
        return None
    code = import_rows.read_code(row, context) if row.values.get("project_code") else None
    if row.secret_rule:
        return None
    texts = [(key, row.values.get(key, "")) for key in ("owner_name", "location", "name")]
    region = import_rows.choose_region(row, _at_home(row, context), code, [t for t in texts if isinstance(t[1], str)])
    county = _county_of(region, context.today, counties)
    if not county.system.is_adopted:
        refusal = county.system.why_not
        row.findings.append(Finding(refusal.code, refusal.data, "region", Severity.REJECT))
        return region
    stage, early = _read_stage(row, county)
    library = _choose_library(row, context, county)
    total = row.values.get("total_investment_fen")
    stated = row.values.get("total_published")
    values: dict[str, Any] = {
        **import_rows.text_values(row, _TEXTS),
        **{key: row.values[key] for key in _CHOICES if key in row.values},
        **import_rows.total_values(
            total if isinstance(total, Amount) else None, stated if isinstance(stated, Amount) else None
        ),
        **_days(row),
        "name": " ".join(str(row.values.get("name", "")).split()),
        "stage": stage,
        "early_stage": early,
    }
    if library is not None and library.kind == LibraryKind.SECTOR:
        values["sector"] = library.scope
    elif isinstance(written := row.values.get("reserve_library_id"), str) and (
        sector := county.sectors.get(_fold(written))
    ):
        values["sector"] = sector.scope
    rejected = {f.field for f in row.findings if f.severity is Severity.REJECT}
    if not values.get("total_investment_fen") and "total_investment_fen" not in rejected:
        lack = "reserve.total_zero" if "total_investment_fen" in values else "reserve.total_missing"
        row.findings.append(Finding(lack, {"name": values["name"]}, "total_investment_fen", Severity.REJECT))
    _doubt(row, county, library, values, context.today)
    if "name" in row.values:
        typed = {key: date.fromisoformat(v) if key.endswith("_on") else v for key, v in values.items()}
        row.findings.extend(f for f in import_rows.check_values(typed, context.today) if f.field not in rejected)
    row.plan = {
        "action": "CREATE", "region": region.pk, "values": values, "code": code.code if code else "",
        "library": library.pk if library else 0, "cases": _read_cases(row, county), "targets": _read_targets(row, county),
    }  # fmt: skip
    if isinstance(note := row.values.get("reserve_note"), str):
        row.plan["note"] = note
        if len(note) > NOTE_LENGTH:
            data: dict[str, Any] = {"limit": NOTE_LENGTH, "length": len(note), "label": "申报说明"}
            row.find("projects.field_too_long", "reserve_note", Severity.REJECT, **data)
    row.match_key = f"{region.key_lo}|{values['name']}"
    return region


def _doubt(row: CheckedRow, county: _County, library: Library | None, values: Mapping[str, Any], today: date) -> None:
    """Flag what a form would ask about once more: a total above the library's whole target, a start long past."""
    typed = {key: date.fromisoformat(v) if key.endswith("_on") else v for key, v in values.items()}
    row.findings.extend(f for f in check_entry(entry_of(typed), today) if f.code in _DOUBTED)
    if library is not None:
        row.findings.extend(doubts.against_target(county.system, library.kind, values.get("total_investment_fen")))


def _at_home(row: CheckedRow, context: CheckContext) -> CheckContext:
    """Return the context in which a list without a region column is that of the declarer's own region (never asked)."""
    if context.region is not None or row.values.get("region") or len(context.ranges) != 1:
        return context
    home = context.home
    if home.level not in (Region.Level.COUNTY, Region.Level.TOWNSHIP):
        return context
    return replace(context, region=home)


def _county_of(region: Region, today: date, counties: dict[int, _County]) -> _County:
    holder = holder_of(region)
    if holder.pk not in counties:
        counties[holder.pk] = _County(system_of(holder, today), queries.list_libraries(holder))
    return counties[holder.pk]


def _days(row: CheckedRow) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for prefix in ("planned_start", "planned_finish"):
        value = row.values.get(f"{prefix}_on")
        found |= import_rows.date_values(prefix, value if isinstance(value, StatedDate) else None)
    return found


def stage_of(words: str) -> tuple[str, str]:
    """Return (stage, early stage) of what a list says of a project's progress; what speaks of no later stage is reserve."""
    folded = re.sub(r"\s", "", words)
    if early := _EARLY.get(folded) or _EARLY.get(re.split(r"[，,；;。]", folded)[0], ""):
        return Stage.RESERVE.value, early
    labels = {label: code for code, label in Stage.choices}
    if _STARTED.search(_NOT_BEGUN.sub("", folded)):
        return Stage.CONSTRUCTION.value, ""
    if folded in labels and labels[folded] not in (Stage.RESERVE, Stage.UNKNOWN):
        return str(labels[folded]), ""
    for pattern, stage in (
        (r"施工图|初步设计|勘察设计|施工许可", Stage.DESIGN), (r"招标|采购", Stage.PROCUREMENT),
        (r"可研|立项|项目建议书|批复|审批", Stage.APPROVAL),
    ):  # fmt: skip
        if re.search(pattern, folded):
            return stage.value, ""
    return Stage.RESERVE.value, ""


def _read_stage(row: CheckedRow, county: _County) -> tuple[str, str]:
    """Return (stage, early stage) and refuse what has begun, with the clause of the gate."""
    text = row.values.get("reserve_stage")
    text = text if isinstance(text, str) else ""
    stage, early = stage_of(text)
    gate = county.system.gate({"stage": stage, "early_stage": early})
    name = str(row.values.get("name", ""))
    if gate is not None and gate.is_undetermined:
        data = {"name": name, "reason": gate.reason}
        row.findings.append(Finding("reserve.stage_unclear", data, "reserve_stage", Severity.REJECT, gate.basis))
    elif gate is not None and gate.value != "ADMIT":
        data = {"found": text[:60], "label": f"{gate.label}（{gate.basis}）"}
        row.findings.append(Finding("reserve.import_started", data, "reserve_stage", Severity.REJECT, gate.basis))
    elif stage not in (Stage.RESERVE, Stage.APPROVAL):
        data = {"stage": Stage(stage).label}
        row.findings.append(Finding("reserve.import_later_stage", data, "reserve_stage", Severity.REJECT))
    return stage, early if stage == Stage.RESERVE else ""


def _choose_library(row: CheckedRow, context: CheckContext, county: _County) -> Library | None:
    """Return the library a row is declared for: its chain, else its sector, else the one that the declarer keeps."""
    if not county.sectors and not county.chains:
        data = {"region": county.system.holder.name}
        row.findings.append(Finding("reserve.import_no_libraries", data, "reserve_library_id", Severity.REJECT))
        return None
    chain, sector = (row.values.get(key) for key in ("industry_chain_id", "reserve_library_id"))
    for text, known, key in (
        (chain, county.chains, "industry_chain_id"),
        (sector, county.sectors, "reserve_library_id"),
    ):
        if not isinstance(text, str) or text in ("否", "无", "不列入"):
            continue
        folded = _fold(text)
        found = known.get(folded)
        if found is None:
            near = {lib.pk: lib for word, lib in known.items() if folded and (folded in word or word in folded)}
            near = near or {lib.pk: lib for word, lib in known.items() if _shortens(folded, word)}
            found = next(iter(near.values())) if len(near) == 1 else None
        if found is not None:
            return found
        data = {"found": text[:40], "known": county.said}
        row.findings.append(Finding("reserve.import_sector_unknown", data, key, Severity.REJECT))
        return None
    mine = [
        lib for lib in county.libraries if lib.kind == LibraryKind.SECTOR and lib.keeper_id == context.actor.unit_id
    ]
    if len(mine) == 1:
        return mine[0]
    row.findings.append(
        Finding("reserve.import_sector_missing", {"known": county.said}, "reserve_library_id", Severity.REJECT)
    )
    return None


def _read_cases(row: CheckedRow, county: _County) -> list[str]:
    text = row.values.get("leading_group_case")
    known = county.system.texts(CASES)
    if not isinstance(text, str) or text in ("否", "无", "不涉及"):
        return []
    found = [case for case in known if case in text or (len(case) > 4 and case.removeprefix("重大") in text)]
    if not found:
        row.find("reserve.import_case_unknown", "leading_group_case", found=text[:40], known="、".join(known))
    return found


def _read_targets(row: CheckedRow, county: _County) -> list[list[str]]:
    """Return [indicator, baseline, target] of those that the row gives whole; say which are still owed."""
    given: list[list[str]] = []
    owed = []
    for indicator in county.system.indicators:
        pair = [_number(row, f"indicator_{part}:{indicator.name}") for part in ("baseline", "target")]
        if None in pair:
            owed.append(indicator.name)
        else:
            given.append([indicator.name, *(str(value) for value in pair)])
    if owed:
        row.find("reserve.import_targets_missing", None, Severity.NOTE, missing="、".join(owed))
    return given


def _number(row: CheckedRow, key: str) -> Decimal | None:
    text = row.values.get(key)
    if not isinstance(text, str):
        return None
    try:
        return must_fit(parse_number(text.removesuffix("%")), text)
    except BadValue:
        row.find("reserve.import_number", key, column=key.partition(":")[2], found=text[:20])
        return None


_COMPARED = {"total_investment_fen": "总投资", "owner_name": "建设单位", "content": "建设内容", "location": "建设地点"}
_ALSO_ON_FILE = {
    "stage": "阶段", "early_stage": "前期阶段", "sector": "行业归口", "funding_nature": "资金性质", "works_type": "工程类别",
    "construction_nature": "建设性质", "planned_start_on": "计划开工", "planned_finish_on": "计划竣工",
}  # fmt: skip


def _check_twins(rows: Sequence[CheckedRow]) -> None:
    first: dict[str, CheckedRow] = {}
    for row in rows:
        twin = first.setdefault(row.match_key, row)
        if twin is row:
            continue
        row.plan |= {"action": "SAME", "same_as": twin.number}
        differ = _differences(row.plan["values"], twin.plan["values"])
        if differ:
            row.find("import.twice_differs", "name", row=twin.number, fields="、".join(differ))
        else:
            row.find("import.twice_in_file", "name", row=twin.number)


def _differences(values: Mapping[str, Any], others: Mapping[str, Any]) -> list[str]:
    return [
        label for key, label in _COMPARED.items() if values.get(key) and others.get(key) and values[key] != others[key]
    ]


def _find(row: CheckedRow, on_file: import_rows.OnFile) -> int | None:
    region_key = int(row.match_key.split("|", 1)[0])
    found: int | None = on_file.find(row.plan.get("code") or None, region_key, row.plan["values"]["name"])
    return found


_Entries = Mapping[int, Sequence[LibraryEntry]]


def _entries_of(project_ids: Sequence[int]) -> _Entries:
    """Return the entries of each project, the oldest first (one query per 500 projects)."""
    found: dict[int, list[LibraryEntry]] = {}
    wanted = sorted(set(project_ids))
    for start in range(0, len(wanted), import_rows.LOOK_CHUNK):
        rows = LibraryEntry.objects.unscoped("import check").filter(
            project_id__in=wanted[start : start + import_rows.LOOK_CHUNK]
        )
        for entry in rows.select_related("library").order_by("pk"):
            found.setdefault(entry.project_id, []).append(entry)
    return found


def _check_register(
    row: CheckedRow, on_file: import_rows.OnFile, entries: _Entries, counties: Mapping[int, _County]
) -> None:
    if row.plan["action"] != "CREATE":
        return
    if (project_id := _find(row, on_file)) is not None:
        _declare_on_file(row, on_file.projects[project_id], entries, counties)
        return
    if (closed := on_file.closed.get(_place(row))) is not None:
        row.plan |= {"action": "NOTHING", "project": closed.pk}
        row.find("reserve.import_closed", "name", name=closed.name, state=closed.get_state_display())


def declare_on_file(context: CheckContext, row: CheckedRow, project_id: int) -> None:
    """Let a row of a new project declare one on file instead (a person said that they are the same)."""
    project = project_queries.load_projects([project_id])[project_id]
    region = Region.objects.get(pk=row.plan["region"])
    counties: dict[int, _County] = {}
    _county_of(region, context.today, counties)
    _declare_on_file(row, project, _entries_of([project_id]), counties)


def _declare_on_file(row: CheckedRow, project: Project, entries: _Entries, counties: Mapping[int, _County]) -> None:
    row.plan |= {"action": "DECLARE", "project": project.pk}
    if differ := import_rows.differences(row.plan["values"], project, _COMPARED | _ALSO_ON_FILE):
        row.find("import.on_file_differs", "name", fields="、".join(differ))
    kinds = {lib.pk: lib.kind for county in counties.values() for lib in county.libraries}
    entry = _standing_entry(entries.get(project.pk, ()), kinds.get(row.plan["library"], ""))
    if entry is not None:
        row.plan["action"] = "NOTHING"
        data: dict[str, Any] = {"library": entry.library.name, "state": entry.get_state_display()}
        if entry.state in HELD_STATES:
            row.find("reserve.import_already", "name", Severity.NOTE, **data)
        else:
            data |= {"on": entry.out_on.isoformat() if entry.out_on else "此前", "reason": entry.reason or "未写理由"}
            row.find("reserve.import_ended", "name", **data)
        return
    if not differ:
        row.find("reserve.import_on_file", "name", Severity.NOTE)
    county = next((c for c in counties.values() if row.plan["library"] in {lib.pk for lib in c.libraries}), None)
    gate = county.system.gate({"stage": project.stage, "early_stage": project.early_stage}) if county else None
    if gate is not None and gate.value != "ADMIT" and not (gate.is_undetermined and project.stage == Stage.RESERVE):
        data = {"name": project.name, "stage": Stage(project.stage).label, "label": f"{gate.label}（{gate.basis}）"}
        row.findings.append(Finding("reserve.started", data, "reserve_stage", Severity.REJECT, gate.basis))


def _standing_entry(entries: Sequence[LibraryEntry], kind: str) -> LibraryEntry | None:
    """Return what a declaration for a library of this kind would repeat, None when it would be the first.

    The entry that such a library holds or examines; else how the last one ended: a refusal (不予入库) or an exit is not
    undone by the next list, somebody decides at the project.
    """
    own = [entry for entry in entries if entry.kind == kind]
    if held := [entry for entry in own if entry.state in HELD_STATES]:
        return held[-1]
    if own:
        return own[-1]
    county = [entry for entry in entries if entry.kind != LibraryKind.TOWNSHIP]
    is_held = any(entry.state in HELD_STATES for entry in entries)
    return county[-1] if county and not is_held else None


# --- accept ---------------------------------------------------------------------------------------------------------


def accept(context: AcceptContext, rows: Sequence[CheckedRow]) -> list[Accepted]:
    """Create the chunk's new projects and declare them with those on file, in bulk."""
    todo = [row for row in rows if row.plan["action"] in ("CREATE", "DECLARE")]
    new = [row for row in todo if row.plan["action"] == "CREATE"]
    drafts = dict(zip((row.id for row in new), project_importing.new_projects(context, new), strict=True))
    made: dict[int | None, int] = {}
    if todo:
        entries = services.declare_many(
            drafts=[_declaration(context, row, drafts.get(row.id)) for row in todo], actor=context.actor,
            batch_id=context.batch_id, on=context.on,
        )  # fmt: skip
        made = {row.id: entry.project_id for row, entry in zip(todo, entries, strict=True)}
        import_likeness.after_accept(context, new, made)
    earlier = import_rows.Earlier({_place(row) for row in rows if row.plan["action"] == "SAME"})
    results = []
    for row in rows:
        pk = made.get(row.id) or row.plan.get("project")
        if pk is None and (same := earlier.made.get(_place(row))) is not None:
            pk = same.pk
        results.append(Accepted("project", pk, row.plan["action"] == "CREATE"))
    return results


def _declaration(context: AcceptContext, row: CheckedRow, new: Any) -> services.Declaration:
    targets = tuple(Target(name, Decimal(low), Decimal(high)) for name, low, high in row.plan.get("targets", ()))
    return services.Declaration(
        row.plan["library"], row.plan.get("project"), new, tuple(row.plan.get("cases", ())), targets,
        row.plan.get("note", ""), context.key(row, "declare"), bool(new is not None and row.plan.get(magnitude.DOUBTED)),
    )  # fmt: skip


def _place(row: CheckedRow) -> tuple[int, str]:
    """Return region key and name of a row's project."""
    region_key, name = row.match_key.split("|", 1)
    return int(region_key), name


def publish(_context: AcceptContext) -> None:
    """Nothing waits: each chunk is declared whole, as the acts leave it."""


def subject_url(_kind: str, subject_id: int) -> str:
    """Return the reserve tab of the project that a row became."""
    from django.urls import reverse

    return reverse("projects:show", args=[subject_id]) + "?tab=reserve"


KIND = ImportKind(
    key="reserve",
    order=30,
    label="储备项目",
    act="reserve.import",
    fields=fields,
    check=check,
    accept=accept,
    publish=publish,
    secrecy=import_rows.secret_in,
    subject_url=subject_url,
    warm_up=import_rows.warm_up,
    judges_rows=True,
    decision=import_likeness.DECISION,
    example={"name": "示例镇农产品冷链仓储项目", "region": "示例镇", "reserve_library_id": "农业农村", "reserve_stage": "策划",
             "total_investment_fen": "3200"},
)  # fmt: skip
