"""What a file may be before anybody opens it: size, kind by content, zip entries, and after: rows and columns.

Every refusal is an :class:`Unreadable` with one code; the edge words it in one Chinese line (exit 2).
"""

import io
import re
import zipfile
from dataclasses import dataclass

from gongbu.ground.basics.findings import Refusal


class Unreadable(Refusal):
    """The file cannot be read at all; ``code`` says why in one line and what to do."""

    status = 422


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one import. Bytes and counts; seconds of CPU for the child that reads the workbook."""

    file_bytes: int = 50_000_000
    zip_entries: int = 5_000
    unpacked_bytes: int = 400_000_000
    entry_ratio: int = 300
    ratio_from_bytes: int = 10_000_000
    rows: int = 100_000
    columns: int = 300
    sheets: int = 60
    cells: int = 4_000_000
    cell_length: int = 32_767
    child_memory_bytes: int = 2_000_000_000
    child_seconds: int = 60


LIMITS = Limits()

_MAGIC = (
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"II*\x00", "图片"),
    (b"MM\x00*", "图片"),
    (b"{\\rtf", "RTF 文档"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x1f\x8b", "GZIP 压缩包"),
    (b"AC10", "DWG 图纸"),
    (b"MZ", "程序文件"),
    (b"\x7fELF", "程序文件"),
    (b"SQLite format 3", "数据库文件"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# BOF of a BIFF8 workbook, maybe WriteProtect, then FilePass ([MS-XLS] 2.4.117): an .xls or .et with a password.
_FILE_PASS = re.compile(rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)


def judge(content: bytes, limits: Limits = LIMITS) -> str:
    """Return ``workbook`` or ``text`` by content, never by name.

    :raises Unreadable: empty, too large, a zip bomb, password-protected, damaged, or not a table at all
    """
    if not content:
        raise Unreadable("import.file_empty")
    if len(content) > limits.file_bytes:
        raise Unreadable(
            "import.file_too_large", size_mb=len(content) // 1_000_000, limit_mb=limits.file_bytes // 1_000_000
        )
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        _check_zip(content, limits)
        return "workbook"
    if content.startswith(_OLE):
        _check_ole(content)
        return "workbook"
    if content[:4] in (b"\x09\x08\x10\x00", b"\x09\x08\x08\x00", b"\x09\x04\x06\x00"):
        return "workbook"  # a bare BIFF stream, as old exporters write it
    for magic, word in _MAGIC:
        if content.startswith(magic):
            raise Unreadable("import.file_wrong_type", found=word)
    head = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head")) or b"<html" in head:
        raise Unreadable("import.file_html")
    if head.startswith(b"<?xml") or head.startswith(b"<workbook"):
        raise Unreadable("import.file_xml")
    return "text"


def _check_zip(content: bytes, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            kind = _zip_kind(archive, {entry.filename for entry in entries[: limits.zip_entries]})
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, KeyError, RuntimeError):
        raise Unreadable("import.file_truncated") from None
    if len(entries) > limits.zip_entries:
        raise Unreadable("import.zip_bomb", reason=f"内含 {len(entries)} 个文件，超过 {limits.zip_entries} 个")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        raise Unreadable(
            "import.zip_bomb", reason=f"展开后 {unpacked // 1_000_000} MB，超过 {limits.unpacked_bytes // 1_000_000} MB"
        )
    for entry in entries:
        if entry.file_size > limits.ratio_from_bytes and entry.file_size > limits.entry_ratio * max(
            1, entry.compress_size
        ):
            raise Unreadable("import.zip_bomb", reason=f"压缩比达 {entry.file_size // max(1, entry.compress_size)} 倍")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Unreadable("import.file_protected")
    if kind:
        raise Unreadable("import.file_wrong_type", found=kind)


def _zip_kind(archive: zipfile.ZipFile, names: set[str]) -> str:
    """Return the Chinese word of a zip that is no spreadsheet, or the empty text when it is one."""
    lowered = {name.lower() for name in names}
    if any(re.fullmatch(r"xl/workbook\.(xml|bin)", name) for name in lowered):
        return ""
    if "mimetype" in names:
        mime = archive.open("mimetype").read(100)
        if b"opendocument.spreadsheet" in mime:
            return ""
        return "ODF 文档（不是表格）" if b"opendocument" in mime else "压缩包"
    if any(name.startswith("word/") for name in lowered):
        return "Word 文档"
    if any(name.startswith("ppt/") for name in lowered):
        return "演示文稿"
    if "ofd.xml" in lowered:
        return "OFD 版式文件"
    return "压缩包，请先解压"


def _check_ole(content: bytes) -> None:
    """Tell apart what lives in an old compound file by its directory names (UTF-16)."""

    def has(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if has("EncryptedPackage") or has("EncryptionInfo") or _FILE_PASS.search(content):
        raise Unreadable("import.file_protected")
    if has("WordDocument"):
        raise Unreadable("import.file_wrong_type", found="Word 文档")
    if has("PowerPoint Document"):
        raise Unreadable("import.file_wrong_type", found="演示文稿")
    if not (has("Workbook") or has("Book")):
        raise Unreadable(
            "import.file_truncated" if len(content) < 4096 else "import.file_wrong_type", found="非表格文件"
        )
