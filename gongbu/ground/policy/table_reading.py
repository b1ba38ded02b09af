"""Read a decision table file: cells against the declared inputs, outputs, the superior table. Proofs are made in ``checking``."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gongbu.ground.basics.findings import Basis
from gongbu.ground.policy.reading import Document
from gongbu.ground.policy.rules.tables import ORDERED, UNDETERMINED, Cell, Fact, Input, Output, Row, Superior, Table
from gongbu.ground.policy.rules.values import Confidence, parse_date, parse_decimal, parse_money
from gongbu.ground.policy.schemas import BasisIn, CellIn, InputIn, OutputIn, TableIn

if TYPE_CHECKING:
    from gongbu.ground.policy.loading import _PackReader

WORDS = ("up_to", "above", "at_least", "below", "one_of", "is")
ROW_KEYS = {"id", "then", "basis", "note"}


class UnknownCodes(Exception):
    """An input names a code list that is not there; reported where it is named, or in the list's own file."""


def build_table(reader: "_PackReader", document: Document) -> tuple[Table | None, dict[str, Any]]:
    """Return the table of a file and its canonical record, or None with the reader's faults filled."""
    from gongbu.ground.policy.loading import content_hash

    shape = reader._shape(TableIn, document)
    if shape is None:
        return None, {}
    before = len(reader.faults)
    try:
        inputs = {key: _input(reader, document, key, item) for key, item in shape.inputs.items()}
    except UnknownCodes:  # what the table says of those codes cannot be judged
        return None, {}
    outputs = {code: _output(reader, document, code, item) for code, item in shape.outputs.items()}
    _refuse_same_labels(reader, document, ("outputs",), {code: one.label for code, one in outputs.items()})
    for key, item in inputs.items():
        _refuse_same_labels(reader, document, ("inputs", key), item.choices)
    if len(reader.faults) > before:  # cells of undeclared inputs would only repeat the fault
        return None, {}
    rows = tuple(_row(reader, document, index, raw, inputs, outputs) for index, raw in enumerate(shape.rows or []))
    seen: set[str] = set()
    for index, row in enumerate(rows):
        if row.id in seen:
            reader._at(document, ("rows", index), f"行号 {row.id} 重复", "每行的 id 各不相同")
        seen.add(row.id)
    if shape.rows == []:
        reader._at(document, ("rows",), "没有任何一行", "写出各行；若此表已废止，写 rows: null")
    used = {row.then for row in rows}
    otherwise = set(shape.superior.otherwise.values()) if shape.superior else set()
    is_known = used <= {*outputs, UNDETERMINED}  # a misspelled outcome is one fault, not two
    for code in outputs:
        if rows and is_known and code not in used | otherwise:
            reader._at(document, ("outputs", code), f"结果 {code} 没有任何一行给出", "删去该结果，或补上给出它的行")
    superior = _superior(reader, document, shape, outputs)
    basis = reader.basis(shape.basis, document, ("basis",), shape.effective_from)
    if len(reader.faults) > before:
        return None, {}
    record = {"kind": "table", **plain(document.content)}
    table = Table(
        key=shape.key,
        label=shape.label,
        hit=shape.hit,
        anchor=shape.anchor,
        effective_from=shape.effective_from,
        basis=basis,
        confidence=Confidence(shape.confidence),
        inputs=inputs,
        outputs=outputs,
        rows=rows,
        superior=superior,
        text_checked_on=shape.basis.text_checked_on,
        from_note=shape.from_note or "",
        note=shape.note or "",
        section=shape.section or "",
        hash=content_hash(record),
        file=document.file,
        line=document.line(("key",)),
    )
    return table, record


def _refuse_same_labels(
    reader: "_PackReader", document: Document, place: tuple[str, ...], labels: Mapping[str, str]
) -> None:
    """Two codes of one name cannot be told apart by anybody who reads the answer."""
    seen: dict[str, str] = {}
    for code, label in labels.items():
        if label in seen:
            reader._at(document, place, f"{seen[label]} 和 {code} 的名称都是“{label}”", "各写各的名称")
        seen.setdefault(label, code)


def plain(content: Any) -> Any:
    """Return the content of a file as its canonical record holds it: days as text."""
    if isinstance(content, dict):
        return {key: plain(value) for key, value in content.items()}
    if isinstance(content, list):
        return [plain(value) for value in content]
    return content.isoformat() if hasattr(content, "isoformat") else content


def _input(reader: "_PackReader", document: Document, key: str, given: InputIn) -> Input:
    place = ("inputs", key)
    choices = given.choices
    if isinstance(choices, str):
        if choices not in reader.code_lists:
            known = "、".join(reader.code_lists) or "无"
            if reader.are_code_lists_read:
                reader._at(
                    document,
                    (*place, "choices"),
                    f"没有名为 {choices} 的代码表",
                    f"改为已有的代码表（{known}），或在 choices/ 中新建",
                )
            raise UnknownCodes
        choices = dict(reader.code_lists[choices])
    if given.type == "choice" and not choices and given.decided_by is None:
        reader._at(document, place, "choice 类型没有写 choices", "写出允许的代码及中文，或引用 choices/ 中的代码表")
    if given.type == "choice" and given.decided_by is not None and not choices:
        reader._at(document, place, "由另一张表认定的输入没有写 choices", "照抄那张表的结果代码及中文")
    if given.type != "choice" and choices:
        reader._at(document, (*place, "choices"), f"{given.type} 类型不需要 choices", "删去 choices")
    plain = Input(
        key, given.type, given.label, dict(choices or {}), given.unknown, None, given.decided_by, tuple(given.aliases)
    )
    if given.domain is None:
        return plain
    if given.type not in ORDERED:
        reader._at(document, (*place, "domain"), f"{given.type} 类型没有取值范围", "删去 domain")
        return plain
    return replace(plain, domain=_cell(reader, document, (*place, "domain"), plain, given.domain))


def _output(reader: "_PackReader", document: Document, code: str, given: str | OutputIn) -> Output:
    if isinstance(given, str):
        return Output(code, given)
    basis = reader.basis(given.basis, document, ("outputs", code, "basis")) if given.basis else None
    return Output(code, given.label, given.note or "", basis, dict(given.details))


def _row(
    reader: "_PackReader",
    document: Document,
    index: int,
    raw: dict[str, Any],
    inputs: dict[str, Input],
    outputs: dict[str, Output],
) -> Row:
    place = ("rows", index)
    cells: dict[str, Cell] = {}
    for key, given in raw.items():
        if key in ROW_KEYS:
            continue
        if key not in inputs:
            known = "、".join([*inputs, *sorted(ROW_KEYS)])
            reader._at(document, (*place, key), f"{key} 不是本表的输入", f"改为：{known}")
            continue
        if not isinstance(given, dict) or not given:
            reader._at(document, (*place, key), "条件不是映射", f"写成 {{up_to: …}} 等，只用：{'、'.join(WORDS)}")
            continue
        for word in set(given) - set(WORDS):
            reader._at(document, (*place, key, word), f"不认识的条件词 {word}", f"只用：{'、'.join(WORDS)}")
        if set(given) <= set(WORDS) and (shape := reader._shape(CellIn, document, (*place, key))) is not None:
            cells[key] = _cell(reader, document, (*place, key), inputs[key], shape)
    then = raw.get("then")
    if then not in outputs and then != UNDETERMINED:
        reader._at(
            document,
            (*place, "then"),
            f"结果“{then}”没有在 outputs 中声明",
            f"改为：{'、'.join([*outputs, UNDETERMINED])}",
        )
    basis: Basis | None = None
    if raw.get("basis") is not None and (own := reader._shape(BasisIn, document, (*place, "basis"))) is not None:
        basis = reader.basis(own, document, (*place, "basis"))
    if then == UNDETERMINED and not raw.get("note") and UNDETERMINED not in outputs:
        reader._at(document, (*place, "then"), "待人工认定没有写明理由", "加上 note: 理由")
    return Row(
        str(raw.get("id") or index + 1), cells, str(then), basis, str(raw.get("note") or ""), document.line(place)
    )


def _cell(reader: "_PackReader", document: Document, place: tuple[Any, ...], item: Input, given: CellIn) -> Cell:
    if item.type not in ORDERED:
        return _codes(reader, document, place, item, given)
    if given.one_of is not None:
        reader._at(
            document, (*place, "one_of"), f"{item.type} 类型不能用 one_of", "改用 up_to、above、at_least、below、is"
        )
    if given.equal == "UNKNOWN":
        return _unknown(reader, document, place, item)

    def bound(word: str, raw: Any) -> Any:
        if raw is None:
            return None
        try:
            return read_fact(item.type, raw)
        except ValueError as error:
            found, _, mend = str(error).partition("，请")
            reader._at(document, (*place, word), found, mend or f"按 {item.type} 书写")
            return None

    up_to, above = bound("up_to", given.up_to), bound("above", given.above)
    at_least, below, equal = bound("at_least", given.at_least), bound("below", given.below), bound("is", given.equal)
    if (up_to is not None and below is not None) or (above is not None and at_least is not None):
        reader._at(document, place, "同一端写了两个界限", "上端只写 up_to 或 below，下端只写 above 或 at_least")
    if equal is not None:
        if any(word is not None for word in (up_to, above, at_least, below)):
            reader._at(document, place, "is 不能与别的条件词合用", "只留 is")
        return Cell(equal, True, equal, True)
    low, high = at_least if at_least is not None else above, up_to if up_to is not None else below
    cell = Cell(low, at_least is not None, high, up_to is not None)
    if (
        low is not None
        and high is not None
        and (low > high or (low == high and not (cell.low_closed and cell.high_closed)))
    ):
        reader._at(document, place, "下界不小于上界，永远不成立", "核对两个界限")
    return cell


def _codes(reader: "_PackReader", document: Document, place: tuple[Any, ...], item: Input, given: CellIn) -> Cell:
    for word in ("up_to", "above", "at_least", "below"):
        if getattr(given, word) is not None:
            reader._at(document, (*place, word), f"{item.type} 类型没有大小，不能用 {word}", "改用 is 或 one_of")
    if given.equal == "UNKNOWN":
        return _unknown(reader, document, place, item)
    codes = given.one_of or ([given.equal] if given.equal is not None else [])
    known = {"true": "是", "false": "否"} if item.type == "bool" else item.choices
    for code in codes:
        if code not in known:
            reader._at(
                document,
                (*place, "one_of" if given.one_of else "is"),
                f"{item.label}没有代码 {code}",
                "改为：" + "、".join([*known, "UNKNOWN"]),
            )
    return Cell(codes=frozenset(code for code in codes if code in known))


def _unknown(reader: "_PackReader", document: Document, place: tuple[Any, ...], item: Input) -> Cell:
    if item.unknown != "row":
        reader._at(
            document,
            (*place, "is"),
            f"{item.label}未知时待人工认定，行中不能再写 UNKNOWN",
            "在 inputs 中写 unknown: row，或删去此行",
        )
    return Cell(unknown=True)


def read_fact(kind: str, raw: Any) -> Fact:
    """Return a bound or a case's fact of an ordered type as written in a pack.

    :raises ValueError: worded in Chinese
    """
    if kind == "date":
        return parse_date(raw)
    if isinstance(raw, int) and not isinstance(raw, bool) and kind in {"fen", "integer"}:
        return raw
    if not isinstance(raw, str):
        raise ValueError("应为带引号的值")
    if kind == "fen":
        return parse_money(raw)
    if kind == "ratio":
        return parse_decimal(raw)
    if not raw.lstrip("-").isdigit():
        raise ValueError(f'“{raw}”不是整数，请写成带引号的整数，例如 "20"')
    return int(raw)


def _superior(reader: "_PackReader", document: Document, shape: TableIn, outputs: dict[str, Output]) -> Superior | None:
    given = shape.superior
    if given is None:
        return None
    known = {*outputs, UNDETERMINED}
    for name, codes in given.permits.items():
        for code in codes:
            if code not in known:
                reader._at(
                    document,
                    ("superior", "permits", name),
                    f"结果 {code} 没有在 outputs 中声明",
                    f"改为：{'、'.join(sorted(known))}",
                )
    for name, code in given.otherwise.items():
        if code not in known:
            reader._at(
                document,
                ("superior", "otherwise", name),
                f"结果 {code} 没有在 outputs 中声明",
                f"改为：{'、'.join(sorted(known))}",
            )
    permits = {name: frozenset(codes) for name, codes in given.permits.items()}
    return Superior(given.table, permits, {UNDETERMINED: UNDETERMINED, **given.otherwise})
