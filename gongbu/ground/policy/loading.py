"""Load packs from folders: shapes, values, bases and cross-references are checked; every fault says how to mend it.

A loaded pack is a frozen ``rules.policy.Pack``. Nothing here needs a database or Django.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from gongbu.ground.basics.findings import Basis
from gongbu.ground.policy.paper_reading import build_paper
from gongbu.ground.policy.reading import Document, Fault, PackFaults, read_yaml
from gongbu.ground.policy.rules.dated import Delegation, Direction, Parameter, Version, overlapping_versions
from gongbu.ground.policy.rules.policy import Instrument, Pack
from gongbu.ground.policy.rules.values import UNITS, Confidence, Kind, parse_value
from gongbu.ground.policy.schemas import (
    HAN,
    BasisIn,
    CadencesIn,
    CaseGroupsIn,
    CasesIn,
    CodeListIn,
    DelegationIn,
    PackIn,
    ParameterIn,
    ParametersIn,
    VersionIn,
)
from gongbu.ground.policy.scorecard_reading import build_scorecard
from gongbu.ground.policy.table_reading import build_table

PACKS_DIR = Path(__file__).resolve().parents[2] / "packs"
READ_FOLDERS = {"parameters", "tables", "cases", "choices", "papers", "scorecards"}
READ_FILES = {"pack.yaml", "cadences.yaml"}
# Known names of ARCHITECTURE §2 whose rooms are not furnished yet: refused until a reader exists, so nothing is silently unused.
LATER = {"processes", "materials", "warnings", "stages.yaml"}

S = TypeVar("S", bound=BaseModel)


def canonical(record: Any) -> bytes:
    """Return the canonical JSON of a record (sorted keys; strings, integers, lists, null only)."""
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


def content_hash(record: Any) -> str:
    """Return the content hash of a record with the name of its algorithm."""
    return "sha256:" + hashlib.sha256(canonical(record)).hexdigest()


@lru_cache(maxsize=8)
def load_packs(folder: Path = PACKS_DIR) -> Mapping[str, Pack]:
    """Return :func:`read_packs` of ``folder``, read once per process."""
    return read_packs(folder)


def read_packs(folder: Path) -> Mapping[str, Pack]:
    """Read every pack under ``folder`` by key, ``national`` first.

    :raises PackFaults: any pack has a fault; all faults of all packs are listed
    """
    faults: list[Fault] = []
    packs: dict[str, Pack] = {}
    folders = sorted((p.parent for p in folder.glob("*/pack.yaml")), key=lambda p: (p.name != "national", p.name))
    if not folders:
        raise PackFaults([Fault(str(folder), 1, "", "这里没有制度包（没有任何 */pack.yaml）", "指向含有制度包的目录")])
    shared: dict[str, Mapping[str, str]] = {}
    for one in folders:
        try:
            pack = load_pack(one, shared)
        except PackFaults as error:
            faults.extend(error.faults)
            continue
        packs[pack.key] = pack
        shared.update(pack.code_lists)
    if faults:
        raise PackFaults(faults)
    return packs


def load_pack(folder: Path, shared_codes: Mapping[str, Mapping[str, str]] | None = None) -> Pack:
    """Load one pack. ``shared_codes`` are code lists of packs loaded before it.

    :raises PackFaults: listing every fault found
    """
    return _PackReader(folder, shared_codes or {}).read()


class _PackReader:
    def __init__(self, folder: Path, shared_codes: Mapping[str, Mapping[str, str]]) -> None:
        self.folder, self.name = folder, folder.name
        self.faults: list[Fault] = []
        self.code_lists: dict[str, Mapping[str, str]] = {}
        self.are_code_lists_read = True
        self.shared_codes = shared_codes
        self.instruments: dict[str, Instrument] = {}
        self.records: dict[str, Mapping[str, Any]] = {}

    def read(self) -> Pack:
        if not (self.folder / "pack.yaml").exists():
            raise PackFaults([Fault(f"{self.name}/pack.yaml", 1, "", "没有这个文件", "每个制度包须有 pack.yaml")])
        head_document = self._open("pack.yaml")
        head = self._shape(PackIn, head_document) if head_document else None
        if head is None or head_document is None:
            raise PackFaults(self.faults)
        if head.key != self.name:
            self._at(head_document, ("key",), f"包的键 {head.key} 与目录名 {self.name} 不同", "把二者改成一样")
        self._instruments(head, head_document)
        self._check_names()
        own = {}
        before = len(self.faults)
        for document in self._folder("choices"):
            if (codes := self._shape(CodeListIn, document)) is not None:
                own[codes.key] = dict(codes.codes)
        self.code_lists = {**self.shared_codes, **own}
        self.are_code_lists_read = len(self.faults) == before
        parameters = self._parameters()
        before = len(self.faults)
        tables = self._tables()
        are_tables_read = len(self.faults) == before and self.are_code_lists_read
        papers = self._papers()
        scorecards = self._scorecards(parameters)
        cases = [
            (document, group) for document in self._folder("cases", facts=True) for group in self._case_groups(document)
        ]
        cadences = self._cadences()
        for key in head.asked_while:
            if key not in head.classification:
                self._at(head_document, ("asked_while", key), f"{key} 不是本包的分类表", "只写 classification 中的表")
        for index, key in enumerate(head.classification):
            if key not in tables and are_tables_read:  # of a table that could not be read its own fault is enough
                known = "、".join(tables) or "无"
                self._at(
                    head_document,
                    ("classification", index),
                    f"分类表 {key} 不在本包中",
                    f"改为本包的决策表之一：{known}",
                )
        if self.faults:
            raise PackFaults(self.faults)
        records = dict(sorted(self.records.items()))
        return Pack(
            key=head.key,
            label=head.label,
            subjects=tuple(head.subjects),
            levels=tuple(head.levels),
            version=head.version,
            over=tuple(head.over),
            classification=tuple(head.classification),
            asked_while={key: frozenset(stages) for key, stages in head.asked_while.items()},
            instruments=tuple(self.instruments.values()),
            parameters=parameters,
            tables=tables,
            papers=papers,
            scorecards=scorecards,
            code_lists=own,
            hash=content_hash([head.version, *records]),
            note=head.note or "",
            extras={"cases": cases, "cadences": cadences},
            records=records,
        )

    # -- files -----------------------------------------------------------------------------------------------------

    def _open(self, relative: str, *, facts: bool = False) -> Document | None:
        try:
            return read_yaml(self.folder / relative, f"{self.name}/{relative}", facts=facts)
        except PackFaults as error:
            self.faults.extend(error.faults)
            return None

    def _folder(self, name: str, *, facts: bool = False) -> list[Document]:
        documents = []
        for path in sorted((self.folder / name).glob("*")) if (self.folder / name).is_dir() else []:
            if path.suffix != ".yaml" or path.is_dir():
                self.faults.append(Fault(f"{self.name}/{name}/{path.name}", 1, "", "不认识的文件", "只放 .yaml 文件"))
            elif (document := self._open(f"{name}/{path.name}", facts=facts)) is not None:
                documents.append(document)
        return documents

    def _check_names(self) -> None:
        known = "、".join(sorted(READ_FOLDERS | READ_FILES))
        for path in sorted(self.folder.iterdir()):
            if path.name in READ_FOLDERS | READ_FILES or path.name.startswith("."):
                continue
            if path.name in LATER:
                found, mend = f"{path.name} 是保留名称，本版本还没有读取它的功能", "升级后再放入，或先移走"
            else:
                found, mend = f"不认识的{'目录' if path.is_dir() else '文件'} {path.name}", f"只放 {known}"
            self.faults.append(Fault(f"{self.name}/{path.name}", 1, "", found, mend))

    def _shape(self, shape: type[S], document: Document, place: tuple[str | int, ...] = ()) -> S | None:
        content = document.content
        for part in place:
            content = content[part]
        try:
            return shape.model_validate(content)
        except ValidationError as error:
            faults = error.errors()
            for item in faults:
                # Text or mapping: the other of the two is no fault where the one that was meant has a fault of its own.
                other = item["loc"][:-1] if item["type"] in ("model_type", "string_type") else None
                if not other or not any(o is not item and o["loc"][: len(other)] == other for o in faults):
                    self._schema_fault(document, place, shape, item)
            return None

    def _schema_fault(
        self, document: Document, place: tuple[str | int, ...], shape: type[BaseModel], item: Any
    ) -> None:
        where = (*place, *_real(item["loc"], document, place))
        found, mend = schema_words(item, shape)
        self._at(document, where, found, mend)

    def _at(self, document: Document, place: Iterable[str | int], found: str, mend: str) -> None:
        self.faults.append(document.fault(place, found, mend))

    # -- contents --------------------------------------------------------------------------------------------------

    def _instruments(self, head: PackIn, document: Document) -> None:
        for index, item in enumerate(head.basis):
            if item.key in self.instruments:
                self._at(
                    document, ("basis", index, "key"), f"文件代号 {item.key} 写了两次", "换一个代号或删去重复的文件"
                )
            if item.effective_on and item.repealed_on and item.repealed_on <= item.effective_on:
                self._at(document, ("basis", index, "repealed_on"), "废止日不晚于施行日", "核对两个日期")
            self.instruments[item.key] = Instrument(
                item.key,
                item.name,
                item.effective_on,
                item.repealed_on,
                item.issuer or "",
                item.text_checked_on,
                item.note or "",
            )

    def basis(self, given: BasisIn, document: Document, place: tuple[str | int, ...], on: Any = None) -> Basis:
        """Return the full basis, refusing an instrument that is not declared or was not in force on ``on``."""
        instrument = self.instruments.get(given.instrument)
        if instrument is None:
            known = "、".join(self.instruments)
            self._at(
                document,
                (*place, "instrument"),
                f"依据文件“{given.instrument}”不在本包的依据清单中",
                f"改为清单中的代号（{known}），或在 pack.yaml 的 basis 中登记",
            )
            return Basis(given.instrument, given.article or "")
        if on is not None and instrument.effective_on and on < instrument.effective_on:
            self._at(
                document,
                (*place, "instrument"),
                f"{instrument.name}自 {instrument.effective_on} 起施行，晚于本条的 {on}",
                "核对施行日期，或改用当时有效的文件",
            )
        if on is not None and instrument.repealed_on and on >= instrument.repealed_on:
            self._at(
                document,
                (*place, "instrument"),
                f"{instrument.name}已于 {instrument.repealed_on} 废止，早于本条的 {on}",
                "改用现行文件",
            )
        return Basis(instrument.name, given.article or "")

    def _parameters(self) -> dict[str, Parameter]:
        found: dict[str, Parameter] = {}
        for document in self._folder("parameters"):
            content = document.content
            many = isinstance(content, dict) and "parameters" in content
            if many:
                file = self._shape(ParametersIn, document)
                items: list[tuple[tuple[Any, ...], ParameterIn]]
                items = [(("parameters", i), item) for i, item in enumerate(file.parameters)] if file else []
                section = file.section if file else ""
            else:
                one = self._shape(ParameterIn, document)
                items, section = ([((), one)] if one else []), ""
            for place, item in items:
                parameter = self._parameter(item, document, place, section)
                if parameter.key in found:
                    self._at(
                        document,
                        (*place, "key"),
                        f"键 {parameter.key} 已在 {found[parameter.key].file} 中给出",
                        "一个键只写一处，新值写成新的版本",
                    )
                found[parameter.key] = parameter
        return found

    def _parameter(self, item: ParameterIn, document: Document, place: tuple[Any, ...], section: str) -> Parameter:
        kind = UNITS[item.unit].kind
        if kind is Kind.CODES and not item.choices:
            self._at(document, (*place, "unit"), "单位为 codes 的参数没有写 choices", "加上 choices: {代码: 中文}")
        head = item.model_dump(mode="json", by_alias=True, exclude={"versions"})
        versions = tuple(
            self._version(item, version, document, (*place, "versions", index), head)
            for index, version in enumerate(item.versions)
        )
        self._check_order(item, versions, document, place)
        delegation = self._delegation(item.delegated_to, item, document, (*place, "delegated_to"))
        direction = Direction(item.direction.upper()) if item.direction else None
        if direction in {Direction.FLOOR, Direction.CEILING} and kind in {Kind.TEXT, Kind.FLAG}:
            self._at(
                document,
                (*place, "direction"),
                f"单位 {item.unit} 没有高低之分，不能写 {item.direction}",
                "改为 exact 或删去",
            )
        return Parameter(
            item.key,
            item.label,
            item.unit,
            item.anchor,
            versions,
            direction,
            delegation,
            dict(item.choices or {}),
            section,
            document.file,
            document.line((*place, "key")),
        )

    def _version(
        self, item: ParameterIn, given: VersionIn, document: Document, place: tuple[Any, ...], head: dict[str, Any]
    ) -> Version:
        value = None
        if given.value is not None:
            value = self._value(item.unit, given.value, document, (*place, "value"))
            if isinstance(value, tuple) and item.choices is not None:
                for index, code in enumerate(value):
                    if code not in item.choices:
                        self._at(
                            document,
                            (*place, "value", index),
                            f"代码 {code} 不在 choices 中",
                            "改为已声明的代码：" + "、".join(item.choices),
                        )
        basis = self.basis(given.basis, document, (*place, "basis"), given.effective_from)
        record = {"kind": "parameter", **head, "version": given.model_dump(mode="json", by_alias=True)}
        digest = content_hash(record)
        self.records[digest] = record
        corrected = f"{given.corrected.on} 更正，原为 {given.corrected.was}" if given.corrected else ""
        return Version(
            given.effective_from,
            value,
            basis,
            Confidence(given.confidence),
            frozenset(given.only_for) if given.only_for else None,
            given.basis.text_checked_on,
            given.from_note or "",
            given.note or "",
            corrected,
            digest,
            document.line((*place, "from")),
        )

    def _value(self, unit: str, raw: Any, document: Document, place: tuple[Any, ...]) -> Any:
        try:
            return parse_value(unit, raw)
        except ValueError as error:
            found, _, mend = str(error).partition("，请")
            self._at(document, place, found, mend or f"按单位 {unit} 书写")
            return None

    def _check_order(
        self, item: ParameterIn, versions: tuple[Version, ...], document: Document, place: tuple[Any, ...]
    ) -> None:
        for index in range(1, len(versions)):
            if versions[index].effective_from < versions[index - 1].effective_from:
                self._at(
                    document, (*place, "versions", index, "from"), "版本没有按施行日期先后排列", "较早的版本写在前面"
                )
        if pair := overlapping_versions(versions):
            index = versions.index(pair[1])
            self._at(
                document,
                (*place, "versions", index, "from"),
                f"{item.key} 有两个版本都自 {pair[1].effective_from} 起施行，适用对象重叠（另一个在第 {pair[0].line} 行）",
                "改正施行日期，或用 only_for 分开适用对象",
            )

    def _delegation(
        self, given: DelegationIn | None, item: ParameterIn, document: Document, place: tuple[Any, ...]
    ) -> Delegation | None:
        if given is None:
            return None
        low, high = (
            None if raw is None else self._value(item.unit, raw, document, (*place, "bounds", name))
            for name, raw in (("at_least", given.bounds.at_least), ("up_to", given.bounds.up_to))
        )
        levels = tuple(given.level) if isinstance(given.level, list) else (given.level,)
        return Delegation(levels, low, high, self.basis(given.basis, document, (*place, "basis")))

    def _tables(self) -> dict[str, tuple[Any, ...]]:
        found: dict[str, list[Any]] = {}
        for document in self._folder("tables"):
            table, record = build_table(self, document)
            if table is None:
                continue
            self.records[table.hash] = record
            found.setdefault(table.key, []).append(table)
        return self._in_order(found)

    def _papers(self) -> dict[str, tuple[Any, ...]]:
        found: dict[str, list[Any]] = {}
        for document in self._folder("papers"):
            template, record = build_paper(self, document)
            if template is None:
                continue
            self.records[template.hash] = record
            found.setdefault(template.key, []).append(template)
        return self._in_order(found)

    def _scorecards(self, parameters: Mapping[str, Parameter]) -> dict[str, tuple[Any, ...]]:
        found: dict[str, list[Any]] = {}
        for document in self._folder("scorecards"):
            card, record = build_scorecard(self, document, parameters)
            if card is None:
                continue
            self.records[card.hash] = record
            found.setdefault(card.key, []).append(card)
        return self._in_order(found)

    def _in_order(self, found: Mapping[str, list[Any]]) -> dict[str, tuple[Any, ...]]:
        """Return the versions of each key by date, refusing two from the same day."""
        for key, versions in found.items():
            versions.sort(key=lambda version: version.effective_from)
            for one, other in itertools.pairwise(versions):
                if one.effective_from == other.effective_from:
                    self.faults.append(
                        Fault(
                            other.file,
                            other.line,
                            "from",
                            f"{key} 有两个版本都自 {one.effective_from} 起施行（另一个在 {one.file}）",
                            "改正施行日期",
                        )
                    )
        return {key: tuple(versions) for key, versions in found.items()}

    def _case_groups(self, document: Document) -> list[CasesIn]:
        """Read a file of cases: of one subject, or of several in ``groups``."""
        if isinstance(document.content, dict) and "groups" in document.content:
            several = self._shape(CaseGroupsIn, document)
            return [] if several is None else several.placed()
        one = self._shape(CasesIn, document)
        return [] if one is None else [one]

    def _cadences(self) -> tuple[Any, ...]:
        if not (self.folder / "cadences.yaml").exists():
            return ()
        document = self._open("cadences.yaml")
        file = self._shape(CadencesIn, document) if document else None
        if file is None or document is None:
            return ()
        out = []
        for index, item in enumerate(file.cadences):
            basis = self.basis(item.basis, document, ("cadences", index, "basis"), item.effective_from)
            record = {"kind": "cadence", **item.model_dump(mode="json", by_alias=True)}
            digest = content_hash(record)
            self.records[digest] = record
            out.append({**record, "basis": basis, "hash": digest, "confidence": Confidence(item.confidence)})
        return tuple(out)


def _real(loc: tuple[Any, ...], document: Document, place: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Drop the parts of a pydantic location that are names of types, not places in the file (unions, dict keys)."""
    kept: list[str | int] = []
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if (*place, *kept, part) in document.lines or (last and isinstance(part, str) and part.isidentifier()):
            kept.append(part)
    return tuple(kept)


def _expected(item: Any) -> str:
    return str(item.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", "、").replace(", ", "、")


_WORDS: dict[str, Callable[[Any], tuple[str, str]]] = {
    "missing": lambda i: ("缺少必填的键", f"补上 {i['loc'][-1]}"),
    "literal_error": lambda i: (f"“{i['input']}”不在允许的取值中", f"改为：{_expected(i)}"),
    "string_type": lambda i: ("应为文字", "写成带引号的文字"),
    "string_too_short": lambda i: ("不能为空", "填写内容或删去此键"),
    "string_pattern_mismatch": lambda i: (
        ((f"“{i['input']}”是代码，不是名称" if i["input"] else "不能为空"), "写给人看的中文名称")
        if i["ctx"]["pattern"] == HAN
        else (f"“{i['input']}”格式不对", f"应符合 {i['ctx']['pattern']}")
    ),
    "unknown_anchor": lambda i: (f"“{i['input']}”不是已知的基准日", f"改为：{i['ctx']['near']}，或其他已有的基准日"),
    "too_short": lambda i: ("至少要有一项", "补上内容"),
    "list_type": lambda i: ("应为列表", "写成 [甲, 乙] 或逐行的 - 项"),
    "dict_type": lambda i: ("应为映射", "写成 {键: 值}"),
    "model_type": lambda i: ("应为映射", "写成 {键: 值}"),
    "date_type": lambda i: ("应为日期", "写成 2026-03-01"),
    "date_from_datetime_parsing": lambda i: (f"“{i['input']}”不是日期", "写成 2026-03-01"),
    "none_required": lambda i: ("此处应为空", "写成 null"),
}


def schema_words(item: Any, shape: type[BaseModel]) -> tuple[str, str]:
    """Return what was found and how to mend it, in Chinese, for one pydantic error."""
    if item["type"] == "extra_forbidden":
        known = _known_keys(shape, item["loc"][:-1])
        return f"不认识的键 {item['loc'][-1]}", f"改为：{'、'.join(known)}，或删去"
    words = _WORDS.get(item["type"])
    return words(item) if words else (f"格式不对（{item['msg']}）", "对照制度包格式说明修改")


def _known_keys(shape: type[BaseModel], place: tuple[Any, ...]) -> list[str]:
    model: Any = shape
    for part in place:
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            field = next((f for f in getattr(model, "model_fields", {}).values() if f.alias == part), None)
        if field is None:
            continue
        model = _inner_model(field.annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if (found := _inner_model(part)) is not None:
            return found
    return None
