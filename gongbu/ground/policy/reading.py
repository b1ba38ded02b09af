"""Read YAML keeping line numbers, and refuse what YAML would guess: bare numbers, yes/no, doubled keys.

Everything comes out as ``str``, ``date``, ``None``, ``list`` or ``dict``; a value that looks like a number must be
quoted, because ``0.10`` is a binary float, ``010`` is eight and ``no`` is false.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a pack file: where (file, line, key), what was found, how to mend it."""

    file: str
    line: int
    key: str
    found: str
    mend: str

    def __str__(self) -> str:
        key = f" {self.key}：" if self.key else " "
        return f"{self.file} 第 {self.line} 行{key}{self.found}。改法：{self.mend}"

    def as_dict(self) -> dict[str, Any]:
        """Return the fault as JSON."""
        return {"file": self.file, "line": self.line, "key": self.key, "found": self.found, "mend": self.mend}


class PackFaults(Exception):
    """A pack that cannot be used; ``faults`` lists everything found, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: its content and the line of every place in it."""

    file: str
    content: Any
    lines: dict[Place, int]

    def line(self, place: Iterable[str | int]) -> int:
        """Return the line of a place, or of the nearest place around it."""
        where = tuple(place)
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def fault(self, place: Iterable[str | int], found: str, mend: str) -> Fault:
        """Return a fault at a place of this file."""
        where = tuple(place)
        return Fault(self.file, self.line(where), dotted(where), found, mend)


def dotted(place: Iterable[str | int]) -> str:
    """Write a place for people: ``versions[1].basis.article``."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


def read_yaml(path: Path, name: str, *, facts: bool = False) -> Document:
    """Read one file; ``name`` is how messages call it. ``facts`` admits bare whole numbers and true/false (cases).

    :raises PackFaults: not UTF-8, not YAML, or guessing values
    """
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise PackFaults([Fault(name, 1, "", "文件不是 UTF-8 编码", "用 UTF-8（无 BOM）另存")]) from error
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        problem = _SYNTAX.get((error.problem or "").split(",")[0], error.problem or "无法解析")
        raise PackFaults(
            [Fault(name, line, "", f"不是合法的 YAML（{problem}）", "检查该行的缩进、冒号后的空格和引号")]
        ) from error
    except yaml.YAMLError as error:
        raise PackFaults([Fault(name, 1, "", "不是合法的 YAML（含有不可见字符）", "删去不可见字符后另存")]) from error
    reader = _Reader(name, facts)
    content = reader.value(node, ()) if node is not None else None
    if reader.faults:
        raise PackFaults(reader.faults)
    return Document(name, content, reader.lines)


_SYNTAX = {
    "found character '\\t' that cannot start any token": "用了制表符",
    "mapping values are not allowed in this context": "此处不应有冒号，文字含冒号时请加引号",
    "did not find expected key": "缩进或括号不成对",
    "did not find expected ',' or ']'": "方括号不成对",
    "did not find expected ',' or '}'": "花括号不成对",
}


class _Reader:
    def __init__(self, name: str, facts: bool) -> None:
        self.name, self.facts = name, facts
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            # Keys are taken as written (``on`` is not true here); only numbers and dates are refused as keys.
            if key_node.tag not in {f"{_TAG}str", f"{_TAG}bool"}:
                self._fault((*place, key), f"键“{key}”会被 YAML 读成别的类型", f'给键加引号："{key}"')
            elif key in content:
                self._fault((*place, key), f"键“{key}”写了两次", "删去重复的一处")
            content[key] = self.value(value_node, (*place, key))
        return content

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        text, tag = str(node.value), node.tag.removeprefix(_TAG)
        if tag == "str":
            return text
        if tag == "null":
            return None
        if tag == "timestamp":
            try:
                return date.fromisoformat(text)
            except ValueError:
                return self._fault(place, f"“{text}”不是一个存在的日期", "写成 2026-03-01 这样的日期")
        if tag == "int" and self.facts and text.replace("_", "").lstrip("-").isdigit() and not text.startswith("0_"):
            return int(text.replace("_", ""))
        if tag == "bool" and self.facts and text in {"true", "false"}:
            return text == "true"
        if tag in {"int", "float"}:
            return self._fault(place, f"数字 {text} 没有引号", f'写成 "{text}"，裸数字会被当作二进制浮点数或八进制数')
        if tag == "bool":
            return self._fault(place, f"{text} 会被 YAML 读成是或否", f'写成 "{text}"（带引号）')
        return self._fault(place, f"不支持的写法 {node.tag}", "写成带引号的文字")

    def _fault(self, place: Place, found: str, mend: str) -> None:
        self.faults.append(Fault(self.name, self.lines.get(place, 1), dotted(place), found, mend))
