"""What a file is, judged by its bytes. Pure."""

import contextlib
import re
import struct
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from gongbu.ground.basics.rules.filenames import extension_of, split_name
from gongbu.ground.documents.rules.formats import DANGEROUS_EXTENSIONS, FORMATS

MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_RATIO = 200  # unpacked : packed, judged only above 100 MB unpacked
MAX_MEMBERS = 20_000
_UTF8_NAME = 0x800  # the flag of a ZIP member whose name is UTF-8
_JUDGE_RATIO_FROM = 100 * 1024**2
_HEAD = 8192
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@dataclass(frozen=True, slots=True)
class Identified:
    """The verdict: a format code of :data:`FORMATS`, or a refusal code; ``flags`` stay visible beside the file."""

    code: str | None
    refusal: str = ""
    flags: tuple[str, ...] = ()
    data: dict[str, str] = field(default_factory=dict)


def identify(stream: BinaryIO, size: int, name: str) -> Identified:
    """Judge a file by content and compare with its name.

    Refusals: ``documents.empty``, ``documents.dangerous`` (programs, scripts, HTML, SVG), ``documents.zip_bomb``,
    ``documents.unknown_type``. Flags: ``extension_mismatch``, ``has_macros``, ``encrypted``.
    """
    extension = extension_of(name)
    if size == 0:
        return Identified(None, "documents.empty")
    if extension in DANGEROUS_EXTENSIONS:
        return Identified(None, "documents.dangerous", data={"what": f".{extension} 文件"})
    stream.seek(0)
    head = stream.read(_HEAD)
    if what := _dangerous(head):
        return Identified(None, "documents.dangerous", data={"what": what})
    code, flags = _by_signature(head), []
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        found = _zip(stream, size)
        if found.refusal:
            return found
        code, flags = found.code, list(found.flags)
    elif head.startswith(_OLE):
        found = _ole(stream)
        if found.refusal:
            return found
        code, flags = found.code, list(found.flags)
    elif code is None:
        code = _text(head, stream, size)
    if code is None:
        return Identified(None, "documents.unknown_type", data={"guess": _guess(head)})
    if code == "PDF":
        flags += _pdf_flags(stream, size)
    if extension not in FORMATS[code].extensions:
        flags.append("extension_mismatch")
    return Identified(code, flags=tuple(dict.fromkeys(flags)))


def _dangerous(head: bytes) -> str | None:
    if head.startswith(b"MZ"):
        return "Windows 程序"
    if head.startswith(b"\x7fELF") or head[:4] in _MACH:
        return "可执行程序"
    if head.startswith(b"#!"):
        return "脚本"
    if head.startswith(b"L\x00\x00\x00\x01\x14\x02\x00"):
        return "快捷方式"
    if head.startswith(b"\x00asm"):
        return "WebAssembly 程序"
    start = _without_bom(head).lstrip().lower()
    for mark in (b"<!doctype html", b"<html", b"<script", b"<head", b"<body", b"<iframe"):
        if start.startswith(mark):
            return "网页"
    if start.startswith((b"<", b"<?xml")):
        if re.search(rb"<(?:\w+:)?svg[\s>]", start):
            return "SVG 图形（可含脚本）"
        if re.search(rb"<(?:\w+:)?(html|script)[\s>]", start):
            return "网页"
    return None


_MACH = {bytes.fromhex(text) for text in ("feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabe")}


def _by_signature(head: bytes) -> str | None:
    if b"%PDF-" in head[:1024]:
        return "PDF"
    for mark, code in (
        (b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF87a", "GIF"), (b"GIF89a", "GIF"),
        (b"BM", "BMP"), (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF"), (b"{\\rtf", "RTF"), (b"Rar!\x1a\x07", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "SEVEN_ZIP"), (b"ISO-10303-21;", "IFC"),
    ):  # fmt: skip
        if head.startswith(mark):
            return code if code != "BMP" or head[6:10] == b"\x00" * 4 else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return "MP4"
    if re.match(rb"AC1[0-9]{3}", head[:6]):
        return "DWG"
    if re.match(rb"\s*0\r?\n\s*SECTION", head) or head.startswith(b"AutoCAD Binary DXF"):
        return "DXF"
    return None


def _zip(stream: BinaryIO, size: int) -> Identified:
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            unpacked = sum(member.file_size for member in members)
            if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES:
                return Identified(None, "documents.zip_bomb")
            if unpacked > _JUDGE_RATIO_FROM and unpacked > size * MAX_RATIO:
                return Identified(None, "documents.zip_bomb")
            is_encrypted = any(member.flag_bits & 1 for member in members)
    except (zipfile.BadZipFile, NotImplementedError, struct.error, OSError, ValueError):
        return Identified(None, "documents.broken", data={"what": "压缩包"})
    flags = ["encrypted"] if is_encrypted else []
    has_macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    if "AndroidManifest.xml" in names or any(name.endswith(".class") for name in names):
        return Identified(None, "documents.dangerous", data={"what": "程序包"})
    if "OFD.xml" in names:
        return Identified("OFD", flags=tuple(flags))
    if "[Content_Types].xml" in names:
        for folder, plain, with_macros in (
            ("word/", "DOCX", "DOCM"), ("xl/", "XLSX", "XLSM"), ("ppt/", "PPTX", "PPTM")
        ):  # fmt: skip
            if any(name.startswith(folder) for name in names):
                return Identified(with_macros if has_macros else plain, flags=("has_macros",) if has_macros else ())
    if "mimetype" in names and "META-INF/manifest.xml" in names:
        return Identified("ODF")
    if any(extension_of(name) in DANGEROUS_EXTENSIONS for name in names):
        flags.append("contains_programs")
    return Identified("ZIP", flags=tuple(flags))


def zip_member_names(stream: BinaryIO) -> list[str]:
    """Return the names in an archive's directory: each path, its folders, and each part without extension.

    Archives made by Chinese Windows say names in GBK without a word about it; such names are read both ways.
    Nothing is unpacked.
    """
    names: list[str] = []
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            said = [member.filename]
            if not member.flag_bits & _UTF8_NAME:
                with contextlib.suppress(UnicodeError):
                    said.append(member.filename.encode("cp437").decode("gb18030"))
            for text in said:
                names.append(text)
                for part in re.split(r"[/\\]", text):
                    names += [part, split_name(part)[0]]
        comment = archive.comment
    for encoding in ("utf-8", "gb18030"):
        try:
            names.append(comment.decode(encoding))
        except UnicodeError:
            continue
    return list(dict.fromkeys(filter(None, names)))


def _ole(stream: BinaryIO) -> Identified:
    """Read the directory of an OLE compound file ([MS-CFB]); WPS and the 97 formats differ by stream names."""
    names = set(_ole_names(stream))
    if not names:
        return Identified(None, "documents.broken", data={"what": "办公文档"})
    flags = ("has_macros",) if names & {"_VBA_PROJECT", "VBA", "Macros", "_VBA_PROJECT_CUR"} else ()
    if "EncryptedPackage" in names:
        return Identified("ENCRYPTED_OFFICE", flags=("encrypted",))
    for stream_name, code in (
        ("WordDocument", "DOC"),
        ("Workbook", "XLS"),
        ("Book", "XLS"),
        ("PowerPoint Document", "PPT"),
        ("ETExtData", "XLS"),
    ):
        if stream_name in names:
            return Identified(code, flags=flags)
    return Identified(None, "documents.unknown_type", data={"guess": "OLE 复合文件"})


def _ole_names(stream: BinaryIO) -> Iterable[str]:
    stream.seek(0)
    header = stream.read(512)
    if len(header) < 512:
        return
    shift = struct.unpack_from("<H", header, 30)[0]
    if shift not in (9, 12):
        return
    sector_size = 1 << shift
    first_directory = struct.unpack_from("<I", header, 48)[0]
    fat_sectors = [number for number in struct.unpack_from("<109I", header, 76) if number < 0xFFFFFFFA]

    def sector(number: int) -> bytes:
        stream.seek((number + 1) * sector_size)
        return stream.read(sector_size)

    per_sector = sector_size // 4
    number, seen = first_directory, 0
    while number < 0xFFFFFFFA and seen < 2000:  # a loop in the chain ends here
        block = sector(number)
        for start in range(0, len(block) - 127, 128):
            length = struct.unpack_from("<H", block, start + 64)[0]
            if 2 <= length <= 64:
                yield block[start : start + length - 2].decode("utf-16-le", "replace")
        where, offset = divmod(number, per_sector)
        if where >= len(fat_sectors):
            return
        table = sector(fat_sectors[where])
        if len(table) < offset * 4 + 4:
            return
        number = struct.unpack_from("<I", table, offset * 4)[0]
        seen += 1


def _pdf_flags(stream: BinaryIO, size: int) -> list[str]:
    stream.seek(max(0, size - 65536))
    return ["encrypted"] if b"/Encrypt" in stream.read() else []


def _text(head: bytes, stream: BinaryIO, size: int) -> str | None:
    sample = _without_bom(head)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "TEXT"
    if b"\x00" in sample or sum(byte < 9 or 13 < byte < 32 for byte in sample) > len(sample) // 100:
        return None
    for encoding in ("utf-8", "gb18030"):
        try:
            sample[: len(sample) - 4 if size > _HEAD else None].decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(sample) - 12:
                continue
        return "XML" if sample.lstrip().startswith(b"<?xml") else "TEXT"
    return None


def _without_bom(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf")


def _guess(head: bytes) -> str:
    """Return what the public signature list thinks of unknown bytes, only to word the refusal."""
    try:
        import puremagic

        found = puremagic.magic_string(head)
    except Exception:  # the library raises several kinds for bytes it does not know
        return ""
    return f"{found[0].extension}" if found else ""
