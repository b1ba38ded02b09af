"""Read a paper template file: every named field is declared and used, every table and column exists."""

from typing import TYPE_CHECKING, Any

from gongbu.ground.policy.reading import Document
from gongbu.ground.policy.rules.papers import (
    COUNTED,
    GIVEN,
    PLACEHOLDER,
    Annex,
    Column,
    Field,
    Form,
    Kind,
    PaperTemplate,
    Paragraph,
    People,
    Sort,
    Table,
)
from gongbu.ground.policy.rules.values import Confidence
from gongbu.ground.policy.schemas import PaperIn, PaperParagraphIn
from gongbu.ground.policy.table_reading import plain

if TYPE_CHECKING:
    from gongbu.ground.policy.loading import _PackReader

# The 版头 of a form when the template names none; minutes always name theirs (××专题会议纪要).
MARKS = {Form.RED_HEAD: "{issuer}文件", Form.LETTER: "{issuer}", Form.MINUTES: "", Form.PLAIN: ""}
MAX_LENGTHS = {Kind.TEXT: 200, Kind.LONG_TEXT: 8000, Kind.NAMES: 2000}


def build_paper(reader: "_PackReader", document: Document) -> tuple[PaperTemplate | None, dict[str, Any]]:
    """Return the template of a file and its canonical record, or None with the reader's faults filled."""
    from gongbu.ground.policy.loading import content_hash

    shape = reader._shape(PaperIn, document)
    if shape is None:
        return None, {}
    before = len(reader.faults)
    form = Form(shape.form)
    record = {"kind": "paper", **plain(document.content)}
    template = PaperTemplate(
        key=shape.key,
        label=shape.label,
        genre=shape.genre,
        form=form,
        sort=Sort(shape.series),
        access=shape.access,
        effective_from=shape.effective_from,
        basis=reader.basis(shape.basis, document, ("basis",), shape.effective_from),
        confidence=Confidence(shape.confidence),
        fields={key: _field(reader, document, key, item) for key, item in shape.fields.items()},
        tables={
            key: Table(
                key,
                item.label,
                {
                    name: Column(name, column.label, Kind(column.type), int(column.width), column.default)
                    for name, column in item.columns.items()
                },
            )
            for key, item in shape.tables.items()
        },
        title=shape.title,
        mark=shape.mark or MARKS[form],
        addressee=shape.addressee or "",
        paragraphs=_paragraphs(reader, document, ("body",), shape.body),
        annexes=tuple(
            Annex(
                item.title,
                item.table or "",
                item.note or "",
                tuple(item.total),
                _paragraphs(reader, document, ("annexes", index, "body"), item.body),
            )
            for index, item in enumerate(shape.annexes)
        ),
        people=tuple(People(item.label, item.field) for item in shape.people),
        copies=shape.copies or "",
        remark=shape.remark or "",
        note=shape.note or "",
        hash=content_hash(record),
        file=document.file,
        line=document.line(("key",)),
    )
    if form is Form.MINUTES and not shape.mark:
        reader._at(document, ("mark",), "纪要没有写版头标志", "补上 mark，如 mark: 重大项目专题会议纪要")
    _check_names(reader, document, template)
    _check_tables(reader, document, template)
    return (template, record) if len(reader.faults) == before else (None, {})


def _field(reader: "_PackReader", document: Document, key: str, item: Any) -> Field:
    kind = Kind(item.type)
    if key in GIVEN or key in COUNTED:
        known = "、".join([*GIVEN, *COUNTED])
        reader._at(document, ("fields", key), f"字段名 {key} 由系统给出，不能再声明", f"换一个名称（保留的有 {known}）")
    if item.max is not None and kind not in MAX_LENGTHS:
        reader._at(document, ("fields", key, "max"), f"{item.type} 类型没有长度", "删去 max")
    if item.default and kind not in {Kind.TEXT, Kind.LONG_TEXT}:
        reader._at(
            document, ("fields", key, "default"), f"{item.type} 类型的默认值只能为空", '写成 default: ""（可以不填）'
        )
    longest = int(item.max) if item.max else MAX_LENGTHS.get(kind, 40)
    return Field(key, item.label, kind, longest, item.default, item.help or "")


def _paragraphs(
    reader: "_PackReader", document: Document, place: tuple[str | int, ...], given: list[Any]
) -> tuple[Paragraph, ...]:
    found = []
    for index, item in enumerate(given):
        if not isinstance(item, PaperParagraphIn):
            found.append(Paragraph("", item))
            continue
        if item.heading and (item.lead or item.text):
            reader._at(document, (*place, index), "heading 与 lead、text 不能并用", "标题独占一段，或改用 lead 加 text")
        if not (item.heading or item.lead or item.text):
            reader._at(document, (*place, index), "这一段没有文字", "写出 heading、lead 或 text")
        found.append(Paragraph(item.heading or item.lead or "", item.text or "", item.for_each or "", item.when or ""))
    return tuple(found)


def _check_names(reader: "_PackReader", document: Document, template: PaperTemplate) -> None:
    """Every ``{name}`` is known where it stands, every declared field is used, braces are in pairs."""
    used: set[str] = {people.field for people in template.people}
    for place, text, table in template.texts():
        columns = template.tables[table].columns if table in template.tables else {}
        names = PLACEHOLDER.findall(text)
        used.update(names)
        if "{" in (rest := PLACEHOLDER.sub("", text)) or "}" in rest:
            reader._at(document, place, "花括号不成对，或字段名不是小写字母", "字段写作 {project_name}")
        known = {**template.fields, **GIVEN, **(COUNTED if table else {}), **columns}
        for name in names:
            if name not in known:
                reader._at(
                    document, place, f"用了没有声明的字段 {name}", f"改为：{'、'.join(known)}，或在 fields 中声明"
                )
            elif name in template.fields and template.fields[name].kind is Kind.LONG_TEXT and text != f"{{{name}}}":
                reader._at(document, place, f"{name} 是多段文字，不能与别的文字同段", "让它独占一段")
    for index, people in enumerate(template.people):
        field = template.fields.get(people.field)
        if field is None or field.kind is not Kind.NAMES:
            reader._at(
                document, ("people", index, "field"), f"{people.field} 不是 names 类型的字段", "改为已声明的 names 字段"
            )
    for place, paragraph in _placed(template):
        if paragraph.when and paragraph.when not in template.fields:
            reader._at(document, (*place, "when"), f"没有字段 {paragraph.when}", "改为已声明的字段")
        used.add(paragraph.when)
    for key in template.fields:
        if key not in used:
            reader._at(document, ("fields", key), f"字段 {key} 没有用在任何一处", "删去，或在文中写上它")


def _check_tables(reader: "_PackReader", document: Document, template: PaperTemplate) -> None:
    known = "、".join(template.tables) or "无"
    used = {annex.table for annex in template.annexes}
    for place, paragraph in _placed(template):
        if paragraph.for_each and paragraph.for_each not in template.tables:
            reader._at(document, (*place, "for_each"), f"没有表 {paragraph.for_each}", f"改为已声明的表（{known}）")
        used.add(paragraph.for_each)
    for index, annex in enumerate(template.annexes):
        table = template.tables.get(annex.table)
        if annex.table and table is None:
            reader._at(document, ("annexes", index, "table"), f"没有表 {annex.table}", f"改为已声明的表（{known}）")
        if not annex.table and not annex.paragraphs:
            reader._at(document, ("annexes", index), "附件既没有表，也没有文字", "写出 table 或 body")
        for column in annex.totals:
            if table is None or column not in table.columns or not table.columns[column].kind.is_number:
                reader._at(document, ("annexes", index, "total"), f"{column} 不是可以合计的列", "改为数量或金额列")
    for key in template.tables:
        if key not in used:
            reader._at(document, ("tables", key), f"表 {key} 没有用在任何一处", "删去，或用在附件或 for_each 中")


def _placed(template: PaperTemplate) -> list[tuple[tuple[str | int, ...], Paragraph]]:
    found: list[tuple[tuple[str | int, ...], Paragraph]] = [
        (("body", index), paragraph) for index, paragraph in enumerate(template.paragraphs)
    ]
    for number, annex in enumerate(template.annexes):
        found += [(("annexes", number, "body", index), p) for index, p in enumerate(annex.paragraphs)]
    return found
