"""Edit an edition as data: a table from a grid, a value of a parameter. What is typed never runs; the loader judges it.

A change is always a new dated version: earlier days keep what was in force, and so do their golden cases.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from gongbu.ground.policy.reading import PackFaults, read_yaml
from gongbu.ground.policy.rules.tables import ORDERED, Cell, Input
from gongbu.ground.policy.rules.values import SHARES, UNITS, Kind, parse_decimal, parse_money, parse_value, plain
from gongbu.ground.policy.sandbox.editions import Files

DRAFT = "本次试行文件"
"""Key of the instrument that stands for the document not yet issued; adopting puts the document in its place."""
DRAFT_NAME = "本次试行文件（尚未发文）"
LOCAL_FROM = 501
"""First number of local versions: 2026.11.501. Editions that come with the program stay below."""
BARE = re.compile(r"^-?\d+(\.\d+)?$")


def parse(text: str, name: str = "file.yaml", *, facts: bool = False) -> Any:
    """Return the content of a file as the loader reads it.

    :raises PackFaults: see :func:`read_yaml`
    """
    with tempfile.TemporaryDirectory(prefix="gongbu-pack-") as folder:
        path = Path(folder) / "file.yaml"
        path.write_text(text, "utf-8")
        return read_yaml(path, name, facts=facts).content


class _Dumper(yaml.SafeDumper):
    """Writes what :func:`read_yaml` reads back: texts that look like numbers or days are quoted, no references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(content: Any) -> str:
    """Return the text of a file with this content."""
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def next_version(version: str, taken: Sequence[str]) -> str:
    """Return the local version after ``version`` and every other one ``taken`` of its year and month."""
    year, month, _number = version.split(".")
    numbers = [int(one.split(".")[2]) for one in (version, *taken) if one.startswith(f"{year}.{month}.")]
    return f"{year}.{month}.{max([LOCAL_FROM - 1, *numbers]) + 1}"


def with_head(files: Files, version: str) -> dict[str, str]:
    """Return the files with a version and with the instrument that stands for the document to come."""
    head = parse(files["pack.yaml"], "pack.yaml")
    head["version"] = version
    head["basis"] = [one for one in head["basis"] if one["key"] != DRAFT] + [{"key": DRAFT, "name": DRAFT_NAME}]
    return {**files, "pack.yaml": dump(head)}


def with_document(files: Files, title: str, number: str, checked_on: date | None) -> dict[str, str]:
    """Return the files with the document issued in the place of the draft instrument, wherever it is cited.

    ``checked_on``: the day somebody compared the values with the document (V2); None leaves them to be compared (V3).
    """
    name = f"{title}（{number}）" if title and title != number else number
    key = number
    found: dict[str, str] = {}
    for path, text in files.items():
        if DRAFT not in text:
            found[path] = text
            continue
        content = parse(text, path)
        if path == "pack.yaml":
            known = {one["key"] for one in content["basis"]}
            content["basis"] = [one for one in content["basis"] if one["key"] != DRAFT]
            if key not in known:
                content["basis"].append({"key": key, "name": name})
        found[path] = dump(_cite(content, key, checked_on))
    return found


def _cite(content: Any, key: str, checked_on: date | None) -> Any:
    if isinstance(content, list):
        return [_cite(one, key, checked_on) for one in content]
    if not isinstance(content, dict):
        return content
    out = {name: _cite(one, key, checked_on) for name, one in content.items()}
    basis = content.get("basis")
    if isinstance(basis, dict) and basis.get("instrument") == DRAFT:
        out["basis"] = {**basis, "instrument": key, "text_checked_on": checked_on}
        if "confidence" in out:
            out["confidence"] = "V3" if checked_on is None else "V2"
    return out


def _legible(files: Files, folder: str) -> dict[str, Any]:
    """Return the contents of the files of a folder that can be read at all, by path."""
    found = {}
    for path, text in files.items():
        if path.startswith(f"{folder}/"):
            try:
                found[path] = parse(text, path)
            except PackFaults:
                continue
    return {path: content for path, content in found.items() if isinstance(content, dict)}


def _is_own(content: Mapping[str, Any]) -> bool:
    """Return whether a table or version was brought by the trial: it rests on the document to come."""
    basis = content.get("basis")
    return isinstance(basis, dict) and basis.get("instrument") == DRAFT


def raw_tables(files: Files, key: str) -> dict[str, dict[str, Any]]:
    """Return the versions of a table as they stand in the files, by path, earliest first."""
    found = {path: one for path, one in _legible(files, "tables").items() if one.get("key") == key}
    return dict(sorted(found.items(), key=lambda item: str(item[1].get("from"))))


def with_table(files: Files, key: str, since: date, rows: Sequence[Mapping[str, Any]], article: str) -> dict[str, str]:
    """Return the files with a version of table ``key`` from ``since`` on that has these rows.

    A version that the trial has brought itself is replaced; those of the base stay as they are.

    :raises KeyError: no such table
    """
    versions = raw_tables(files, key)
    if not versions:
        raise KeyError(key)
    content = dict(list(versions.values())[-1])
    content |= {"from": since, "confidence": "S", "basis": {"instrument": DRAFT, **_article(article)}}
    content.pop("from_note", None)
    content["rows"] = [dict(row) for row in rows]
    kept = without_table(files, key)
    name = f"tables/{key.rsplit('.', 1)[-1]}_{since:%Y%m%d}.yaml"
    return {**kept, _free(kept, name): dump(content)}


def without_table(files: Files, key: str) -> dict[str, str]:
    """Return the files without the version of a table that the trial has brought."""
    gone = {path for path, one in raw_tables(files, key).items() if _is_own(one)}
    return {path: text for path, text in files.items() if path not in gone}


def _free(files: Files, name: str) -> str:
    stem, number = name.removesuffix(".yaml"), 2
    while name in files:
        name, number = f"{stem}_{number}.yaml", number + 1
    return name


def _article(article: str) -> dict[str, str]:
    return {"article": article.strip()} if article.strip() else {}


def raw_parameter(files: Files, key: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the path and content of the file that holds a parameter, and the parameter within it.

    :raises KeyError: no such parameter
    """
    for path, content in _legible(files, "parameters").items():
        items = content["parameters"] if isinstance(content.get("parameters"), list) else [content]
        for item in items:
            if isinstance(item, dict) and item.get("key") == key:
                return path, content, item
    raise KeyError(key)


def with_value(files: Files, key: str, since: date, value: Any, article: str, note: str) -> dict[str, str]:
    """Return the files with a value of parameter ``key`` from ``since`` on; the trial's own earlier try is replaced.

    :raises KeyError: no such parameter
    """
    path, content, item = raw_parameter(files, key)
    version: dict[str, Any] = {
        "from": since, "value": value, "basis": {"instrument": DRAFT, **_article(article)}, "confidence": "S",
    }  # fmt: skip
    if note.strip():
        version["note"] = note.strip()
    item["versions"] = [*(one for one in item["versions"] if not _is_own(one)), version]
    return {**files, path: dump(content)}


def without_value(files: Files, key: str) -> dict[str, str]:
    """Return the files without the value of a parameter that the trial has brought.

    :raises KeyError: no such parameter
    """
    path, content, item = raw_parameter(files, key)
    item["versions"] = [one for one in item["versions"] if not _is_own(one)]
    return {**files, path: dump(content)}


# -- what people type --------------------------------------------------------------------------------------------------


def raw_value(unit: str, typed: str) -> Any:
    """Return a value as a pack writes it. Percent is taken for ratios, lists are parted by 、; money needs its unit.

    :raises ValueError: worded in Chinese: cannot be read, or beyond what the unit can be
    """
    raw = _raw_value(unit, typed)
    parse_value(unit, raw)
    return raw


def _raw_value(unit: str, typed: str) -> Any:
    text = typed.strip()
    kind = UNITS[unit].kind
    if not text:
        raise ValueError("请填写数值")
    if kind is Kind.MONEY:
        return money(text)
    if unit in SHARES and text.endswith(("%", "％")):
        return plain(parse_decimal(text[:-1].strip()) / 100)
    if kind in {Kind.TEXTS, Kind.CODES}:
        return [part.strip() for part in re.split(r"[、,，\n]", text) if part.strip()]
    if kind is Kind.DATE:
        return _typed_day(text)
    if kind is Kind.FLAG:
        return {"是": "true", "否": "false"}.get(text, text)
    return text.replace(",", "").replace("，", "") if kind in {Kind.INTEGER, Kind.DECIMAL} else text


def _typed_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"“{text}”不是日期，请写成 2026-03-01") from error


def money(typed: str) -> str:
    """Return an amount as a pack writes it; a bare number is refused, because it would be read as 分.

    :raises ValueError: worded in Chinese
    """
    text = typed.replace(",", "").replace("，", "").replace(" ", "")
    if BARE.match(text):
        raise ValueError(f"“{typed}”没有写单位，请写成 {text}万元 或 {text}亿元")
    return text


def typed_bound(item: Input, typed: str) -> Any:
    """Return a bound of an ordered input as a pack writes it.

    :raises ValueError: worded in Chinese
    """
    text = typed.strip()
    if item.type == "fen":
        amount = money(text)
        parse_money(amount)
        return amount
    if item.type == "ratio" and text.endswith(("%", "％")):
        return plain(parse_decimal(text[:-1].strip()) / 100)
    if item.type == "date":
        return _typed_day(text)
    if item.type == "integer" and not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise ValueError(f"“{text}”不是整数，请写成 20")
    if item.type == "ratio":
        parse_decimal(text)
    return text


def shown_bound(item: Input, bound: Any) -> str:
    """Return a bound as the grid shows it and takes it back."""
    return item.words(bound).replace(",", "").replace(" ", "") if bound is not None else ""


def grid_cell(item: Input, cell: Cell | None) -> dict[str, Any]:
    """Return a condition as the controls of a grid cell hold it."""
    if cell is None:
        return {"low_op": "", "low": "", "high_op": "", "high": "", "codes": [], "any": True}
    if item.type in ORDERED:
        return {
            "low_op": "at_least" if cell.low_closed else "above", "low": shown_bound(item, cell.low),
            "high_op": "up_to" if cell.high_closed else "below", "high": shown_bound(item, cell.high),
            "codes": ["UNKNOWN"] if cell.unknown else [], "any": False,
        }  # fmt: skip
    return {"codes": ["UNKNOWN"] if cell.unknown else sorted(cell.codes or ()), "any": False}
