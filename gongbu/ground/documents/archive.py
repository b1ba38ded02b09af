"""一项目一档 as one streamed ZIP: folders by kind, 目录.csv with digests and receipts. Nothing is built on disk."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime

from gongbu.ground.basics import clock
from gongbu.ground.basics.rules.secrecy import find_secret_rule
from gongbu.ground.documents import kinds, store
from gongbu.ground.documents.messages import FLAGS
from gongbu.ground.documents.queries import DocumentRow, SubjectDocuments
from gongbu.ground.documents.rules.names import clean_name, unique_name
from gongbu.ground.ledger.receipts import grouped
from gongbu.ground.orgs.trace import Trace
from gongbu.ground.registers import stamping

CHUNK = 256 * 1024
INDEX = "目录.csv"
COLUMNS = (
    "序号", "类别", "标题", "文件", "版本", "大小（字节）", "格式", "访问级别", "SHA-256", "SM3",
    "归档人", "归档单位", "归档时间", "回执编号", "说明",
)  # fmt: skip


def withhold(documents: SubjectDocuments) -> tuple[SubjectDocuments, dict[int, str]]:
    """Return the documents without those whose names meet a secrecy rule (GO-15), and document id → name of the rule."""
    met = {row.id: rule for row in documents.rows if (rule := find_secret_rule([row.name, row.title]))}
    kept = [row for row in documents.rows if row.id not in met]
    return SubjectDocuments(kept, documents.hidden + len(met)), met


class _Sink(io.RawIOBase):
    """What zipfile writes to; the bytes are taken out as they come. It cannot seek, so sizes follow the data."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self.parts.append(part)
        return len(part)

    def take(self) -> bytes:
        """Return and forget what was written."""
        data = b"".join(self.parts)
        self.parts.clear()
        return data


def stream_zip(documents: SubjectDocuments, trace: Trace) -> Iterator[bytes]:
    """Yield the archive of what the actor may see, with a file that says who took it out.

    A content missing on the disk does not end the archive: its line in the index says so.
    """
    sink, notes = _Sink(), {}
    names = _names(documents.rows)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for row in documents.rows:
            try:
                source = store.open_content(row.sha256)
            except store.StorageRefusal:
                notes[row.id] = "内容不在存储中，未能装入"
                continue
            with source, archive.open(_member(names[row.id], row.created_at), "w", force_zip64=True) as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
                    yield sink.take()
        index = _index(documents, names, notes)
        member = _member(INDEX, clock.now())
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, index)
        archive.writestr(_member(f"{stamping.SHEET}.txt", clock.now()), stamping.as_text(trace).encode("utf-8-sig"))
        archive.comment = trace.code.encode()
    yield sink.take()


def _names(rows: list[DocumentRow]) -> dict[int, str]:
    folders = {code: f"{number:02d} {text}" for number, (code, text) in enumerate(kinds.choices(), 1)}
    taken: dict[str, set[str]] = {}
    names = {}
    for row in rows:
        folder = clean_name(folders.get(row.kind, row.kind_label))
        if row.withdrawn_at is not None:
            folder = f"99 已撤回/{folder}"
        names[row.id] = f"{folder}/{unique_name(row.name, taken.setdefault(folder, set()))}"
    return names


def _member(name: str, at: datetime) -> zipfile.ZipInfo:
    local = at.astimezone(clock.SHANGHAI)
    return zipfile.ZipInfo(
        name, (max(local.year, 1980), local.month, local.day, local.hour, local.minute, local.second)
    )


def _index(documents: SubjectDocuments, names: dict[int, str], notes: dict[int, str]) -> bytes:
    out = io.StringIO()
    out.write("\ufeff")  # Excel takes UTF-8 for GBK without it
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for number, row in enumerate(documents.rows, 1):
        said = [FLAGS.get(flag, flag) for flag in row.flags]
        if row.withdrawn_at is not None:
            said.append(f"已撤回：{row.withdrawn_reason}")
        if row.id in notes:
            said.append(notes[row.id])
        table.writerow(
            _harmless(cell)
            for cell in (
                number, row.kind_label, row.title, names[row.id], row.number, row.size, row.format_label,
                row.access_label, row.sha256, row.sm3, row.person_name, row.unit_name,
                f"{row.created_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
                grouped(row.receipt) if row.receipt else "", "；".join(said),
            )
        )  # fmt: skip
    if documents.hidden:
        table.writerow([f"另有 {documents.hidden} 份材料不在您的查看范围内，未装入。"])
    return out.getvalue().encode()


def _harmless(cell: object) -> object:
    """Keep a spreadsheet from running a text that begins like a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
