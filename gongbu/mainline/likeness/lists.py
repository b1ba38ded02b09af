"""Lists of projects as CSV files: UTF-8 or GB18030, a column with the name, others when they are there."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gongbu.ground.registers.importing.table import total_word
from gongbu.mainline.likeness.rules.comparing import Traits

MOST_BYTES = 64 * 1024 * 1024
# Trait → headings that hold it. The first heading found is taken.
HEADINGS: dict[str, tuple[str, ...]] = {
    "name": ("project_name", "项目名称", "工程名称", "名称", "name"),
    "owner": ("owner", "owner_name", "建设单位", "项目单位", "项目法人", "申报单位", "责任单位", "业主单位", "applicant", "responsible_unit"),
    "location": ("location", "建设地点", "建设地址", "项目地点"),
    "region": ("region", "region_name", "主管区划", "区划", "所属区县", "所在区县", "县区", "地区"),
    "content": ("content", "建设内容", "建设内容及规模", "主要建设内容", "建设规模"),
    "year": ("start_year", "开工年份", "计划开工", "计划开工时间", "开工时间", "planned_start", "start_date", "year", "年度"),
}  # fmt: skip


class Unusable(Exception):
    """A file that cannot be used as a list; the message says why, in one Chinese line."""


@dataclass(frozen=True, slots=True)
class ProjectList:
    """The rows of a file in order, and the number of each line as people see it (the header is row 1)."""

    rows: list[Traits]
    numbers: list[int]
    totals: list[int]
    """Lines left out because they are totals (合计, 小计), by the same rule as an import."""


def read_list(path: Path) -> ProjectList:
    """Read a list.

    :raises Unusable: not there, not text, no rows, or no column with the name
    """
    content = _content(path)
    text = _decode(content, path)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), _dialect(text)))
    except csv.Error as error:
        raise Unusable(f"{path.name} 不是可用的 CSV：{error}") from error
    header_at = next((n for n, row in enumerate(table) if any(cell.strip() for cell in row)), None)
    if header_at is None:
        raise Unusable(f"{path.name} 是空的")
    columns = _columns(table[header_at])
    if "name" not in columns:
        raise Unusable(f"{path.name} 没有 project_name（项目名称）一列，首行是：{_short(table[header_at])}")
    rows, numbers, totals = [], [], []
    for number, row in enumerate(table[header_at + 1 :], header_at + 2):
        cells = {trait: row[at].strip() if at < len(row) else "" for trait, at in columns.items()}
        if total_word(row, columns["name"]):
            totals.append(number)
        elif any(cell.strip() for cell in row):
            rows.append(cells)
            numbers.append(number)
    return ProjectList(_as_traits(rows), numbers, totals)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unusable(f"{path.name} 超过 {MOST_BYTES // 1024 // 1024} MB")
        return path.read_bytes()
    except FileNotFoundError:
        raise Unusable(f"没有文件 {path}") from None
    except IsADirectoryError:
        raise Unusable(f"{path} 是目录，不是文件") from None
    except PermissionError:
        raise Unusable(f"{path} 没有读取权限") from None


def _decode(content: bytes, path: Path) -> str:
    if not content.strip():
        raise Unusable(f"{path.name} 是空的")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unusable(f"{path.name} 是 Excel 工作簿，请另存为 CSV 再比对")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Unusable(f"{path.name} 不是 UTF-8 或 GB18030 编码的文本")


def _dialect(text: str) -> type[csv.Dialect]:
    head = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(",\t;", key=head.count)

    class Separated(csv.excel):
        delimiter = separator

    return Separated


def _columns(header: Sequence[str]) -> dict[str, int]:
    names = [re.sub(r"[\s\ufeff]", "", cell).lower() for cell in header]
    found = {}
    for trait, headings in HEADINGS.items():
        for heading in headings:
            if heading in names:
                found[trait] = names.index(heading)
                break
    return found


def _short(header: Sequence[str]) -> str:
    said = "、".join(cell.strip() for cell in header[:8])
    return said[:80] + ("…" if len(said) > 80 or len(header) > 8 else "")


def _as_traits(rows: list[dict[str, str]]) -> list[Traits]:
    """Return rows as traits. A year that is one and the same for the whole list is the list's own and says nothing."""
    years = [_year(row.get("year", "")) for row in rows]
    tells = len({year for year in years if year}) > 1
    return [
        Traits(
            row["name"], owner=row.get("owner", ""), location=row.get("location", ""), region=row.get("region", ""),
            content=row.get("content", ""), start=date(year, 1, 1) if tells and year else None,
        )
        for row, year in zip(rows, years, strict=True)
    ]  # fmt: skip


def _year(text: str) -> int | None:
    found = re.search(r"(?:19|20)\d\d", text)
    return int(found.group()) if found else None
