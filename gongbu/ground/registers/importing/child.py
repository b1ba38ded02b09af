"""Read one workbook in a process of its own, with bounds on memory and CPU: a file from outside may be anything.

Run as a script (``python -I child.py MEMORY SECONDS``): the file comes on stdin, a pickle of plain values goes to stdout:
``{"sheets": [{"name", "hidden", "rows", "merged", "no_value", "errors", "hidden_parts"}]}`` or ``{"error": code, "detail": text}``.
Only the parser is imported, so the start costs little.
"""

import io
import pickle
import re
import sys
import zipfile

# Of one sheet: formulas without values, error cells, (hidden rows, ranges of hidden columns), zero-based.
Scanned = tuple[list[str], list[tuple[str, str]], tuple[list[int], list[tuple[int, int]]]]
_CELL = rb"<c\b(?=[^>]*?\br=[\"']([A-Z]+\d+)[\"'])[^>]*>"
_NO_VALUE = re.compile(_CELL + rb"\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_ERROR = re.compile(
    rb"<c\b(?=[^>]*?\br=[\"']([A-Z]+\d+)[\"'])(?=[^>]*?\bt=[\"']e[\"'])[^>]*>.*?<v>([^<]*)</v>", re.DOTALL
)
_FAR = re.compile(rb"\br=[\"'](?:[A-Z]{3,}\d|[A-Z]{0,2}\d{7,})")
_FAR_COLUMN = re.compile(rb"\br=[\"']([A-Z]{2})\d")
_HIDDEN = rb"(?=[^>]*?\bhidden=[\"'](?:1|true)[\"'])"
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b" + _HIDDEN + rb"[^>]*?\br=[\"'](\d+)[\"']")
_HIDDEN_COLUMNS = re.compile(
    rb"<(?:\w+:)?col\b" + _HIDDEN + rb"(?=[^>]*?\bmin=[\"'](\d+)[\"'])(?=[^>]*?\bmax=[\"'](\d+)[\"'])"
)
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d+)[\"']")


def bound(memory: int, seconds: int) -> None:
    """Limit this process; a system without the means (Windows) reads unbounded."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet name → part name of an xlsx; empty when the package does not say."""
    from xml.etree import ElementTree as tree

    relations = {}
    for node in tree.fromstring(archive.read("xl/_rels/workbook.xml.rels")):  # noqa: S314 -- bounded process
        target = node.attrib.get("Target", "")
        relations[node.attrib.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    parts = {}
    for node in tree.fromstring(archive.read("xl/workbook.xml")).iter():  # noqa: S314
        if node.tag.endswith("}sheet"):
            relation = next((v for k, v in node.attrib.items() if k.endswith("}id")), "")
            parts[node.attrib.get("name", "")] = relations.get(relation, "")
    return parts


def scan(content: bytes, max_cells: int) -> dict[str, Scanned] | str:
    """Look at the sheets' own XML for what the parser hides: formulas without values, error cells, hidden rows and columns, far-away cells."""
    found: dict[str, Scanned] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        for name, part in sheet_parts(archive).items():
            if part not in names or not part.endswith(".xml"):
                continue
            xml = archive.read(part)
            rows = max((int(n) for n in _ROW.findall(xml)), default=0)
            columns = max((_column(letters) for letters in set(_FAR_COLUMN.findall(xml))), default=26)
            if _FAR.search(xml) or rows * columns > max_cells:
                return name
            no_value = [m.decode() for m in _NO_VALUE.findall(xml)] if b"<f" in xml else []
            errors = []
            if b't="e"' in xml or b"t='e'" in xml:
                errors = [(ref.decode(), text.decode("utf-8", "replace")) for ref, text in _ERROR.findall(xml)]
            hidden: tuple[list[int], list[tuple[int, int]]] = ([], [])
            if b"hidden=" in xml:
                hidden = (
                    [int(n) - 1 for n in _HIDDEN_ROW.findall(xml)],
                    [(int(first) - 1, int(last) - 1) for first, last in _HIDDEN_COLUMNS.findall(xml)],
                )
            found[name] = (no_value, errors, hidden)
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def read(content: bytes, max_rows: int, max_cells: int, max_sheets: int) -> dict[str, object]:
    """Return the sheets as plain lists, or an error code."""
    import python_calamine as calamine

    scanned: dict[str, Scanned] = {}
    if content.startswith(b"PK"):
        try:
            result = scan(content, max_cells)
            if isinstance(result, str):
                return {"error": "import.sheet_too_large", "detail": result}
            scanned = result
        except (KeyError, SyntaxError, ValueError):
            scanned = {}
        except (zipfile.BadZipFile, EOFError, OSError):
            return {"error": "import.file_truncated", "detail": ""}
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = []
        for meta in book.sheets_metadata[:max_sheets]:
            if not str(meta.typ).endswith(".WorkSheet"):
                continue
            hidden = not str(meta.visible).endswith(".Visible")
            entry: dict[str, object] = {"name": meta.name, "hidden": hidden, "rows": [], "merged": []}
            # hidden_parts None: this form of file was not looked at
            entry["no_value"], entry["errors"], entry["hidden_parts"] = scanned.get(meta.name, ([], [], None))
            sheets.append(entry)
            if hidden:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            if sheet.end is not None and (
                sheet.end[0] >= max_rows + 200 or (sheet.end[0] + 1) * (sheet.end[1] + 1) > max_cells
            ):
                return {"error": "import.sheet_too_large", "detail": meta.name}
            entry["rows"] = sheet.to_python(skip_empty_area=False)
            entry["merged"] = list(sheet.merged_cell_ranges or [])
        return {"sheets": sheets, "more_sheets": max(0, len(book.sheets_metadata) - max_sheets)}
    except calamine.PasswordError:
        return {"error": "import.file_protected", "detail": ""}
    except calamine.ZipError:
        return {"error": "import.file_truncated", "detail": ""}
    except (calamine.CalamineError, calamine.XmlError) as error:
        text = str(error)
        if "assword" in text or "encrypt" in text.lower():
            return {"error": "import.file_protected", "detail": ""}
        return {"error": "import.file_damaged", "detail": text[:200]}
    except MemoryError:
        return {"error": "import.sheet_too_large", "detail": ""}
    except BaseException as error:  # a panic of the parser is a BaseException; the reader must get one clear line
        return {"error": "import.file_damaged", "detail": type(error).__name__}


if __name__ == "__main__":
    memory, seconds, rows, cells, sheet_count = map(int, sys.argv[1:6])
    bound(memory, seconds)
    answer = read(sys.stdin.buffer.read(), rows, cells, sheet_count)
    sys.stdout.buffer.write(pickle.dumps(answer, protocol=5))
