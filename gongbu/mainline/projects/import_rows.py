"""What imports of projects and of papers have in common: which region, which code, which project on file."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from gongbu.ground.basics import reach
from gongbu.ground.basics.findings import Finding, Refusal, Severity
from gongbu.ground.basics.money import as_wan
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers.importing.columns import Field, Type
from gongbu.ground.registers.importing.kinds import CheckContext, CheckedRow
from gongbu.ground.registers.importing.values import Amount, StatedDate
from gongbu.mainline.projects import fields, owners
from gongbu.mainline.projects.choices import State
from gongbu.mainline.projects.code_region import find_elsewhere
from gongbu.mainline.projects.models import Project, ProjectCode
from gongbu.mainline.projects.rules.code import ProjectCodeReading, read_project_code
from gongbu.mainline.projects.rules.secrecy import check_secrecy

LOOK_CHUNK = 500


def secret_in(texts: Sequence[str]) -> Finding | None:
    """Test the texts of a row at the import door (GO-15); one search over all of them."""
    return check_secrecy({"": "\n".join(texts)})


def make_secret(row: CheckedRow, finding: Finding) -> None:
    """Empty a row that a secrecy rule met: its number and the rule stay, nothing else (GO-15)."""
    row.cells, row.values, row.plan, row.match_key = (), {}, {}, ""
    row.findings = [finding]
    row.secret_rule = str(finding.data["rule"])


def read_code(row: CheckedRow, context: CheckContext, key: str = "project_code") -> ProjectCodeReading | None:
    """Read the row's project code; add its findings. None: the row has none that could be attached.

    A missing or masked code is flagged; a wrong check digit rejects (GB/T 40058-2021).
    """
    text = row.values.get(key)
    if text is None:
        if key in row.stated and not any(f.field == key for f in row.findings):
            row.find("import.code_missing", key)
        return None
    today = context.today
    reading = read_project_code(text, context.places.code_name, today_yymm=today.year % 100 * 100 + today.month)
    row.findings.extend(Finding(f.code, f.data, key, f.severity, f.basis) for f in reading.findings)
    if reading.form == "2020" and (secret := check_secrecy({}, code_type=str(reading.parts.get("type", "")))):
        make_secret(row, secret)
        return None
    return reading if reading.is_valid else None


def choose_region(
    row: CheckedRow, context: CheckContext, reading: ProjectCodeReading | None, texts: Iterable[tuple[str, str]]
) -> Region:
    """Return the competent region of a row (:func:`_choose`); flag a code of a different county."""
    region = _choose(row, context, reading, texts)
    if (elsewhere := find_elsewhere(reading, region, context.places.by_code)) is not None:
        segment, place = elsewhere
        row.find("project_code.region_elsewhere", "project_code", found=segment, place=place.name, region=region.name)
    return region


def _choose(
    row: CheckedRow, context: CheckContext, reading: ProjectCodeReading | None, texts: Iterable[tuple[str, str]]
) -> Region:
    """Return the competent region of a row and say where it came from.

    The region given for the whole file wins, or a place inside it that the region column names. Else the region column,
    looked up in the importer's own range first, the code's region segment (unless an issuer inside it is named: a
    county's paper under a provincial code belongs to the county), then the texts in order. A name that several places
    bear is narrowed by code and texts; if several are left, ``row.maybe_in`` keeps them for :func:`settle_places`.
    A row whose region cannot be known is kept under the importer's own region (the nation
    for one who may enter everywhere) and flagged: nothing is dropped.
    """
    written = row.values.get("region")
    if context.region is not None:
        if written:
            inside = context.places.all_by_name(written, ((context.region.key_lo, context.region.key_hi),))
            if len(inside) == 1:
                return _within(row, context, inside[0])
            named = context.places.by_name(written)
            if (
                named is not None
                and not context.region.contains(named.key_lo)
                and not named.contains(context.region.key_lo)
            ):
                row.find("import.region_overridden", "region", found=written, region=context.region.name)
        return _within(row, context, context.region)
    if written:
        named = context.places.by_name(written, context.ranges)
        if named is not None:
            return _within(row, context, named)
    by_code = _code_region(row, context, reading)
    home = context.home
    by_text, source, source_key = None, "", ""
    for key, text in texts:
        if text and (by_text := context.places.by_text(text)) is not None:
            source, source_key = text, key
            break
    chosen = by_code
    if by_text is not None and (by_code is None or by_code.contains(by_text.key_lo)):
        chosen = by_text
    if written:
        several = context.places.all_by_name(written, context.ranges)
        narrowed = [place for place in several if chosen is not None and chosen.contains(place.key_lo)]
        if len(narrowed) == 1:
            return _within(row, context, narrowed[0])
        instead = f"按{chosen.name}归入" if chosen else f"暂归入{home.name}，请核对后调整主管区划"
        if several:
            row.maybe_in = tuple(narrowed) or several
            data: dict[str, Any] = dict(_places_said(row.maybe_in))
            row.find("import.region_name_several", "region", found=written, count=len(several), instead=instead, **data)
        else:
            row.find("import.region_name_unknown", "region", found=written, instead=instead)
    elif by_code is not None and chosen is not None and chosen.pk != by_code.pk:
        row.find("import.region_finer_than_code", "project_code", found=str(reading and reading.parts["region"]),
                 name=by_code.name, region=chosen.name)  # fmt: skip
    elif chosen is None:
        segment = str(reading.parts["region"]) if reading is not None else _segment(row)
        row.find(
            "import.region_unknown", "region", region=home.name, found=f"（代码区划段 {segment}）" if segment else ""
        )
    elif chosen is by_text and source_key not in ("issuer", "region"):
        row.find("import.region_from_text", source_key, Severity.NOTE, text=source[:60], region=chosen.name)
    return _within(row, context, chosen or home)


def _places_said(places: Sequence[Region]) -> dict[str, str]:
    names = [f"{place.parent.name if place.parent else ''}{place.name}" for place in places]
    return {"places": "、".join(names[:3]) + ("等" if len(names) > 3 else ""), "example": names[0]}


def _segment(row: CheckedRow) -> str:
    """Return the region segment of a code as written, though the code itself could not be read."""
    matched = re.fullmatch(r"\d{4}-?(\d{6})-?.+", str(row.values.get("project_code", "")).strip())
    return matched[1] if matched else ""


def _code_region(row: CheckedRow, context: CheckContext, reading: ProjectCodeReading | None) -> Region | None:
    """Return the region of the code's segment; a development zone's own number, outside GB/T 2260, is flagged."""
    if reading is None:
        return None
    segment = str(reading.parts["region"])
    region = context.places.by_code(segment)
    if region is None:
        region = _ancestor(row, context, segment)
    if region is not None and region.kind == Region.Kind.DEVELOPMENT_ZONE:
        row.find("import.region_zone", "project_code", found=segment, region=region.name)
    return region


def _ancestor(row: CheckedRow, context: CheckContext, segment: str) -> Region | None:
    """Return the city or province of a segment that no edition lists, if the importer may enter there; flagged."""
    for digits in (4, 2):
        region = context.places.by_code(segment[:digits].ljust(6, "0"))
        if region is not None and context.may_enter(region.key_lo):
            row.find("import.region_ancestor", "project_code", found=segment, region=region.name)
            return region
    return None


def _within(row: CheckedRow, context: CheckContext, region: Region) -> Region:
    if not context.may_enter(region.key_lo):
        row.find("import.region_outside", "region", Severity.REJECT, region=region.name)
    return region


@dataclass(slots=True)
class OnFile:
    """Live projects that rows may mean: by current code, and by name within a region; and those closed, by name."""

    by_code: dict[str, tuple[int, str]] = field(default_factory=dict)
    by_name: dict[tuple[int, str], int] = field(default_factory=dict)
    closed: dict[tuple[int, str], Project] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    code_of: dict[int, str] = field(default_factory=dict)  # current codes of projects matched by name

    def find(self, code: str | None, region_key: int, name: str) -> int | None:
        """Return the project of that name in that region, else the one holding the code."""
        found = self.by_name.get((region_key, name))
        if found is None and code and code in self.by_code:
            found = self.by_code[code][0]
        return found

    def tell_named(self, row: CheckedRow, project_id: int) -> None:
        """Say that a row without a code was matched by its name to a project that has one: it is not without code."""
        code = self.code_of.get(project_id)
        missing = next((f for f in row.findings if f.code == "import.code_missing"), None)
        if row.plan.get("code") or code is None or missing is None:
            return
        row.findings.remove(missing)
        row.find("projects.import_matched_by_name", "name", name=self.projects[project_id].name, code=code)


def look_up(codes: Iterable[str], names: Iterable[str]) -> OnFile:
    """Return what is on file under these codes and names (one query per 500 of each, and of the codes of those named)."""
    found = OnFile()
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), LOOK_CHUNK):
        rows = (
            ProjectCode.objects.current()
            .filter(code__in=wanted[start : start + LOOK_CHUNK], project__state=State.ACTIVE)
            .select_related("project")
        )
        for row in rows:
            found.by_code[row.code] = (row.project_id, row.project.name)
            found.projects[row.project_id] = row.project
    titles = sorted(set(names))
    for start in range(0, len(titles), LOOK_CHUNK):
        for project in Project.objects.unscoped("import").filter(name__in=titles[start : start + LOOK_CHUNK]):
            if project.state == State.ACTIVE:
                found.by_name[project.region_key, project.name] = project.pk
                found.projects[project.pk] = project
            else:
                found.closed[project.region_key, project.name] = project
    named = sorted(set(found.by_name.values()))
    for start in range(0, len(named), LOOK_CHUNK):
        current = ProjectCode.objects.current().filter(project_id__in=named[start : start + LOOK_CHUNK])
        with reach.widened("codes of projects that the import has found by name"):
            found.code_of.update(current.values_list("project_id", "code"))
    return found


def settle_places(rows: Sequence[CheckedRow], on_file: OnFile) -> None:
    """Let the register say which of several places of one name a row means: the one with a project of the row's name.

    Two such places reject the row: it is one of both projects, and a third must not be made.
    """
    for row in rows:
        name = row.plan["values"]["name"]
        there = [place for place in row.maybe_in if (place.key_lo, name) in on_file.by_name]
        if not there or row.plan.get("code") in on_file.by_code:
            continue
        found = str(row.values.get("region", ""))
        if len(there) > 1:
            row.find(
                "import.name_several_places", "region", Severity.REJECT, found=found, name=name, **_places_said(there)
            )
            continue
        row.findings = [f for f in row.findings if f.code != "import.region_name_several"]
        row.find(
            "import.region_from_register", "region", Severity.NOTE, found=found, region=_places_said(there)["example"]
        )
        row.plan["region"] = there[0].pk
        row.match_key = f"{there[0].key_lo}|{name}" if name else ""  # two rows without a name are not one


def differences(values: Mapping[str, Any], project: Project, compared: Mapping[str, str]) -> list[str]:
    """Return what a row says otherwise than the file of its project, in words; what the row does not say is no difference."""
    found = []
    for key, label in compared.items():
        mine: Any = values.get(key)
        there: Any = getattr(project, key)
        if not mine or mine == "UNKNOWN":
            continue
        if key.endswith("_on") and there is not None:
            precisions = (values.get(f"{key[:-3]}_precision"), getattr(project, f"{key[:-3]}_precision"))
            known = 4 if "YEAR" in precisions else 7 if "MONTH" in precisions else 10
            mine, there = str(mine)[:known], there.isoformat()[:known]
        if mine == there:
            continue
        if not there or there == "UNKNOWN":
            found.append(f"{label}（台账未填）")
        elif key.endswith("_fen"):
            found.append(f"{label}（台账 {as_wan(there)}万元，本行 {as_wan(mine)}万元）")
        else:
            found.append(label)
    return found


@dataclass(slots=True)
class Earlier:
    """The projects that earlier rows of a file made, for the rows that belong to them (1 query for all ``places``)."""

    places: Collection[tuple[int, str]]
    made: dict[tuple[int, str], Project] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.places:
            rows = Project.objects.unscoped("made by an earlier row of this file").filter(
                name__in={name for _key, name in self.places}, state=State.ACTIVE
            )
            self.made = {(p.region_key, p.name): p for p in rows.order_by("pk")}

    def get(self, region_key: int, name: str) -> Project:
        """Return the project of that name in that region.

        :raises Refusal: the row that was to make it has been refused meanwhile
        """
        if (region_key, name) not in self.made:
            raise Refusal("import.first_row_refused", name=name)
        return self.made[region_key, name]


def tell_twins(rows: Sequence[CheckedRow]) -> None:
    """Say of a row that cannot be taken yet that another row has its name and region: both are mended in one go.

    Rows that can be taken are told apart by their kind, which decides what becomes of the second.
    """
    held: dict[str, list[CheckedRow]] = {}
    for row in rows:
        if row.match_key and not row.secret_rule:
            held.setdefault(row.match_key, []).append(row)
    for same in held.values():
        for n, row in enumerate(same):
            if row.is_rejected and len(same) > 1:
                row.find("import.twice_in_file", "name", row=same[0 if n else 1].number)


def total_values(amount: Amount | None, stated: Amount | None) -> dict[str, Any]:
    """Return the three facts of a total: fen, the text as published, one unit of its last place."""
    best = amount or stated
    if best is None:
        return {}
    text = stated.raw if stated is not None else best.raw
    return {
        "total_investment_fen": best.fen,
        "total_investment_text": text if stated is not None or not _plain(best) else f"{text}{best.unit}",
        "total_investment_precision_fen": best.precision_fen,
    }


def _plain(amount: Amount) -> bool:
    return amount.raw.replace(",", "").replace(".", "", 1).isdigit()


def date_values(prefix: str, stated: StatedDate | None) -> dict[str, Any]:
    """Return a planned day and its precision as project facts, ISO text for the day."""
    if stated is None:
        return {}
    return {f"{prefix}_on": stated.on.isoformat(), f"{prefix}_precision": stated.precision}


def text_values(row: CheckedRow, keys: Mapping[str, str]) -> dict[str, str]:
    """Return the row's texts by fact key (``keys``: import key → fact key)."""
    return {fact: row.values[key] for key, fact in keys.items() if isinstance(row.values.get(key), str)}


# Facts that a file does not name itself → the field whose cell they were taken from.
_TAKEN_FROM = {"code_text": "project_code", "total_investment_text": "total_investment_fen"}


def check_values(values: Mapping[str, Any], today: date) -> list[Finding]:
    """Return what the forms would refuse in a row's facts, by the same limits, on the field of the cell that says it."""
    found = fields.check_values(values, today)
    return [replace(one, field=_TAKEN_FROM.get(one.field or "", one.field)) for one in found]


def code_text(row: CheckedRow, reading: ProjectCodeReading | None) -> dict[str, str]:
    """Return what stands in the code column of a row whose code cannot be attached, whole."""
    written = row.values.get("project_code")
    return {"code_text": written} if reading is None and isinstance(written, str) else {}


OWNER_CODE = Field(
    "owner_code", "建设单位统一社会信用代码", Type.CODE, in_template=False,
    synonyms=("统一社会信用代码", "建设单位代码", "项目单位统一社会信用代码", "项目单位代码", "社会信用代码", "信用代码"),
)  # fmt: skip


def link_owners(context: CheckContext, rows: Sequence[CheckedRow]) -> None:
    """Link the owners of rows that make projects to the register of units where there is no doubt; tell the others.

    A name or code in doubt stays as text, for a person to link on the project's page. 2 queries, and one more per 500
    names or codes.
    """
    regions = Region.objects.in_bulk({row.plan["region"] for row in rows})
    written = [
        owners.Written(str(row.plan["values"].get("owner_name", "")), str(row.values.get("owner_code", "")),
                       regions[row.plan["region"]])
        for row in rows
    ]  # fmt: skip
    for row, one, found in zip(rows, written, owners.find(written), strict=True):
        values = row.plan["values"]
        values.pop("owner_unit_id", None)
        if not one.code and owners.is_own(one.name, context.actor):
            values["owner_unit_id"] = context.actor.unit_id
        elif found.unit is not None:
            values["owner_unit_id"] = found.unit.pk
            if not one.name:
                values["owner_name"] = found.unit.name
            elif not owners.is_named(found.unit, one.name):
                row.find("projects.owner_name_differs", "owner_name", found=one.name, unit=found.unit.name)
        elif found.outcome is not owners.Outcome.NO_OWNER:
            _tell_owner(row, one, found)


def _tell_owner(row: CheckedRow, one: owners.Written, found: owners.Found) -> None:
    data: dict[str, Any] = {
        "found": one.name or one.code,
        "code": one.code,
        "units": found.said,
        "region": one.region.name,
    }
    key = "owner_name" if one.name else "owner_code"
    match found.outcome:
        case owners.Outcome.UNKNOWN:
            row.find("projects.owner_unknown", key, Severity.NOTE, **data)
        case owners.Outcome.SEVERAL:
            row.find("projects.owner_several", key, **data)
        case owners.Outcome.ELSEWHERE:
            row.find("projects.owner_elsewhere", key, **data)
        case owners.Outcome.CODE_WRONG:
            row.find("projects.owner_code_wrong", "owner_code", **data)
        case owners.Outcome.CONFLICT:
            row.find("projects.owner_conflict", "owner_code", **data)


def note_source(row: CheckedRow, key: str = "quality_note") -> None:
    """Turn the publisher's own remark on quality into a note finding, so that it stays with the row."""
    note = row.values.get(key)
    if isinstance(note, str):
        row.find("import.source_note", key, Severity.NOTE, note=note)


def warm_up() -> None:
    """Load what entering projects needs (拼音 readings, policy packs), so that no lock is held meanwhile."""
    from gongbu.ground.policy import queries as policy
    from gongbu.mainline.projects import naming

    naming.sort_key("预热")
    policy.packs()
