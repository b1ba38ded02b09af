"""项目代码: the 2020 form with a check digit and the 2016 form without (regulations §2.1).

2020 form ``YYMM-RRRRRR-DD-TT-NNNNNC``: month of coding, GB/T 2260 region, central department, project type,
five random digits, and a check digit over the first nineteen digits (ISO 7064 MOD 11,10; GB/T 40058-2021).
2016 form ``YYYY-RRRRRR-HH-TT-NNNNNN``: year, region, GB/T 4754 division, type 01/02/03, serial; no check digit.
The two are told apart without doubt: 20 followed by 15…20 is no month.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongbu.ground.basics.findings import Basis, Finding, Severity

STANDARD = Basis("GB/T 40058-2021《全国固定资产投资项目代码编码规范》", "第4章")
RegionName = Callable[[str], str | None]

# The pages show these words beside the digits. Unlisted values are legal: the value ranges are not published.
TYPES_2020 = {"01": "基本建设", "02": "技术改造", "03": "单纯购置", "04": "信息化", "05": "其他"}
TYPES_2016 = {"01": "审批", "02": "核准", "03": "备案"}
DEPARTMENTS = {"04": "国家发展改革委", "07": "工业和信息化部", "17": "住房城乡建设部"}
FIRST_YEAR_2016, LAST_YEAR_2016 = 2015, 2020

_SEGMENTS = (4, 6, 2, 2, 6)
_FULL_WIDTH = {ord("０") + n: ord("0") + n for n in range(10)} | {ord("＊"): ord("*")}
_DASHES = dict.fromkeys(map(ord, "－—–‐‑‒―−﹣ー_＿"), ord("-"))
_INVISIBLE = dict.fromkeys([*map(ord, "\u200b\u200c\u200d\ufeff\u00ad"), 0x3000, 0xA0, *map(ord, " \t\r\n")])
_FLOAT = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+|\d{4,}\.0+")


@dataclass(frozen=True, slots=True)
class ProjectCodeReading:
    """What a text says as a project code. ``code`` is the canonical hyphenated form when the digits allow it.

    ``is_masked``: the publisher hid digits (``2302-*-17-01-*``, ``****``); nothing can be checked.
    """

    raw: str
    code: str | None
    form: str | None
    parts: dict[str, Any]
    findings: tuple[Finding, ...]
    is_masked: bool = False

    @property
    def is_valid(self) -> bool:
        """Whether the text is a complete code of a known form that passes every test of that form."""
        return self.code is not None and not any(f.severity is Severity.REJECT for f in self.findings)

    @property
    def first_day(self) -> date | None:
        """First day on which the code can have stood: of its month (2020 form) or year (2016 form), None if unread."""
        if self.form == "2020" and "time" in self.parts and "check" in self.parts:
            return date(int(self.parts["time"][:4]), int(self.parts["time"][5:]), 1)
        return date(int(self.parts["year"]), 1, 1) if "year" in self.parts else None


def compute_check_digit(first_nineteen: str) -> int:
    """Return the ISO 7064 MOD 11,10 check digit of the first nineteen digits of a 2020 code.

    :raises ValueError: not exactly nineteen digits
    """
    if len(first_nineteen) != 19 or not (first_nineteen.isascii() and first_nineteen.isdigit()):
        raise ValueError("nineteen digits expected")
    product = 10
    for digit in first_nineteen:
        total = (product + int(digit)) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10


def read_project_code(
    text: object, region_name: RegionName = lambda code: None, *, today_yymm: int | None = None
) -> ProjectCodeReading:
    """Read a project code as people write it: full-width digits, missing or odd hyphens, masks, trailing extras.

    ``region_name`` names a six-digit region segment or returns None; an unknown segment is a finding, because
    development zones and provincial codes are used in practice. ``today_yymm`` (2611 = November 2026), when given,
    refuses a month (2016 form: a year) of coding in the future.
    """
    raw = str(text)
    if isinstance(text, int | float) or _FLOAT.fullmatch(raw.strip()):
        return _unreadable(raw, "project_code.ruined_by_spreadsheet")
    clean = raw.translate(_FULL_WIDTH).translate(_DASHES).translate(_INVISIBLE)
    clean = re.sub(r"^(?:项目代码|投资项目代码|统一代码)[:：]?", "", clean)
    if not clean:
        return _unreadable(raw, "project_code.empty")
    if re.search(r"[*×xX█■]", clean):
        return _masked(raw, clean, region_name)
    findings: list[Finding] = []
    digits, extra = _cut(clean)
    if digits is None:
        return _unreadable(raw, _shape_problem(clean), found=clean, digits=sum(c.isdigit() for c in clean))
    if clean.isdigit() and digits.endswith("00000"):  # a spreadsheet keeps fifteen digits of a number
        return _unreadable(raw, "project_code.ruined_by_spreadsheet")
    if extra:
        findings.append(_flag("project_code.trailing_extra", extra=extra))
    if clean.count("-") < 4:
        findings.append(_note("project_code.hyphens_added"))
    elif clean != raw.strip():
        findings.append(_note("project_code.characters_normalised"))
    segments = _split(digits)
    form = _form(digits)
    if form is None:
        return ProjectCodeReading(raw, "-".join(segments), None, {}, (*findings, _bad_time(segments[0])))
    parts, more = (_read_2020 if form == "2020" else _read_2016)(segments, region_name, today_yymm)
    return ProjectCodeReading(raw, "-".join(segments), form, parts, (*findings, *more))


def _cut(clean: str) -> tuple[str | None, str]:
    """Return the twenty digits and what trails them (an old serial such as ``-000``), or None when it is no code."""
    if re.fullmatch(r"\d{20}", clean):
        return clean, ""
    matched = re.fullmatch(r"(\d{4})-?(\d{6})-?(\d{2})-?(\d{2})-?(\d{6})(-\d{1,4})?", clean)
    if not matched:
        return None, ""
    return "".join(matched.groups()[:5]), (matched.group(6) or "").lstrip("-")


def _shape_problem(clean: str) -> str:
    return "project_code.wrong_characters" if re.search(r"[^\d-]", clean) else "project_code.wrong_length"


def _split(digits: str) -> list[str]:
    segments, at = [], 0
    for length in _SEGMENTS:
        segments.append(digits[at : at + length])
        at += length
    return segments


def _form(digits: str) -> str | None:
    if 1 <= int(digits[2:4]) <= 12:
        return "2020"
    return "2016" if FIRST_YEAR_2016 <= int(digits[:4]) <= LAST_YEAR_2016 else None


def _bad_time(segment: str) -> Finding:
    if 2000 <= int(segment) < FIRST_YEAR_2016:
        return _reject("project_code.year_before_codes", found=segment)
    return _reject("project_code.bad_time", found=segment)


def _read_2020(
    segments: list[str], region_name: RegionName, today_yymm: int | None
) -> tuple[dict[str, Any], list[Finding]]:
    time, region, department, kind, tail = segments
    expected = compute_check_digit("".join(segments)[:19])
    findings = [] if expected == int(tail[5]) else [_reject("project_code.check_digit", found=tail[5], want=expected)]
    if today_yymm is not None and int(time) > today_yymm:
        found, today = f"20{time[:2]}-{time[2:]}", f"20{today_yymm // 100}-{today_yymm % 100:02}"
        findings.append(_reject("project_code.time_ahead", found=found, today=today))
    if time < "2011" and not findings:
        findings.append(_note("project_code.before_2020_edition", found=f"20{time[:2]}-{time[2:]}"))
    name = region_name(region)
    if name is None:
        findings.append(_flag("project_code.region_unknown", found=region))
    parts: dict[str, Any] = {
        "time": f"20{time[:2]}-{time[2:]}",
        "region": region,
        "region_name": name,
        "department": department,
        "department_name": DEPARTMENTS.get(department),
        "type": kind,
        "type_name": TYPES_2020.get(kind),
        "serial": tail[:5],
        "check": tail[5],
    }
    return parts, findings


def _read_2016(
    segments: list[str], region_name: RegionName, today_yymm: int | None
) -> tuple[dict[str, Any], list[Finding]]:
    year, region, industry, kind, serial = segments
    findings = []
    if today_yymm is not None and int(year) > 2000 + today_yymm // 100:
        findings.append(_reject("project_code.time_ahead", found=year, today=f"20{today_yymm // 100}"))
    name = region_name(region)
    if name is None:
        findings.append(_flag("project_code.region_unknown", found=region))
    if kind not in TYPES_2016:
        findings.append(_note("project_code.old_type_unlisted", found=kind))
    parts: dict[str, Any] = {
        "year": year,
        "region": region,
        "region_name": name,
        "industry": industry,
        "industry_edition": _edition_note(year),
        "type": kind,
        "type_name": TYPES_2016.get(kind),
        "serial": serial,
    }
    return parts, findings


def _edition_note(year: str) -> str:
    """Name the GB/T 4754 edition of a 2016-form industry segment: 83 was 卫生 in the 2011 edition, 教育 since 2017."""
    if int(year) <= 2017:
        return "GB/T 4754-2011"
    return "GB/T 4754-2011 或 2017（赋码地区换版时间不一，82–85 大类须核对）"


def _masked(raw: str, clean: str, region_name: RegionName) -> ProjectCodeReading:
    parts: dict[str, Any] = {}
    form = None
    fields = clean.split("-")
    if len(fields) == 5 and re.fullmatch(r"\d{4}", fields[0]):
        form = _form(fields[0] + "0" * 16)
        names = ("time", "region", "department", "type", "serial")
        parts = {n: f for n, f in zip(names, fields, strict=True) if f.isdigit()}
        if "region" in parts and len(parts["region"]) == 6:
            parts["region_name"] = region_name(parts["region"])
    return ProjectCodeReading(raw, None, form, parts, (_flag("project_code.masked", found=clean),), is_masked=True)


def _unreadable(raw: str, code: str, **data: Any) -> ProjectCodeReading:
    return ProjectCodeReading(raw, None, None, {}, (_reject(code, **data),))


def _reject(code: str, **data: Any) -> Finding:
    return Finding(code, data, "project_code", Severity.REJECT, STANDARD)


def _flag(code: str, **data: Any) -> Finding:
    return Finding(code, data, "project_code", Severity.FLAG)


def _note(code: str, **data: Any) -> Finding:
    return Finding(code, data, "project_code", Severity.NOTE)
