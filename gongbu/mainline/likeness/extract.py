"""The words of a report, read in a process of its own: ``python extract.py FILE``; prints the text as UTF-8.

A hostile file may crash or stall the reader; then only this process ends (memory, time and size are limited).
Knows PDF (its text layer), DOCX and plain text. Imports nothing of the platform.
"""

import resource
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

MEMORY_BYTES, CPU_SECONDS = 1_500_000_000, 60
MOST_CHARACTERS, MOST_XML_BYTES, MOST_PAGES = 3_000_000, 80_000_000, 3_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read(path: Path) -> str:
    """Return the text of a file, at most three million characters.

    :raises ValueError: another kind of file, a bomb, or a document type declaration
    """
    head = path.open("rb").read(8)
    if head.startswith(b"%PDF"):
        return _pdf(path)
    if head.startswith(b"PK\x03\x04"):
        return _docx(path)
    raw = path.read_bytes()[: MOST_CHARACTERS * 4]
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text[:MOST_CHARACTERS]
    raise ValueError("neither PDF, DOCX nor text")


def _pdf(path: Path) -> str:
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument(path)
    pages, size = [], 0
    for number in range(min(len(document), MOST_PAGES)):
        page = document[number]
        text = page.get_textpage().get_text_range()
        pages.append(text)
        size += len(text)
        if size > MOST_CHARACTERS:
            break
    return "\n".join(pages)[:MOST_CHARACTERS]


def _docx(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("word/document.xml")
        if info.file_size > MOST_XML_BYTES:
            raise ValueError("too large when unpacked")
        raw = archive.read(info)
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise ValueError("a document type declaration")
    paragraphs = []
    for paragraph in ElementTree.fromstring(raw).iter(f"{_WORD}p"):  # noqa: S314 — no entities, see above; a limited process
        paragraphs.append("".join(node.text or "" for node in paragraph.iter(f"{_WORD}t")))
    return "\n".join(paragraphs)[:MOST_CHARACTERS]


def main() -> None:
    """Run; any exception ends the process with code 1."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(read(Path(sys.argv[1])).encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
