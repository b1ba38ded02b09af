"""Measure setting a one-page paper as PDF with the kept compiler, against the bare compilation of the same source."""

import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from gongbu.ground.papers.rules.filling import fill
from gongbu.ground.papers.rules.layout import document_number
from gongbu.ground.papers.typesetting import docx, pdf
from gongbu.ground.papers.typesetting.sheet import Receipt, Sheet
from gongbu.ground.policy.loading import load_packs

ON = date(2026, 3, 2)


def sheet(number: int) -> Sheet:
    """Return a notice of one page; its number, text and receipt differ from every other, so that nothing is remembered."""
    template = load_packs()["national"].papers["papers.notice"][-1]
    fields = {
        "title": f"关于报送第{number}批储备项目的通知",
        "addressee": "各乡镇人民政府，县直有关部门",
        "content": f"请将第{number}批储备项目于{number % 28 + 1}日前通过平台报送，逾期不再受理。",
    }
    words, findings = fill(template, fields, {}, issuer="云溪县发展和改革局", on=ON)
    assert words is not None, findings
    code = f"{number:04d}-BENC-HBEN"
    receipt = Receipt(code, f"https://xm.example/receipts/{code}")
    doc_no = document_number("云发改", ON.year, number)
    return Sheet(words, template.form, "云溪县发展和改革局", doc_no, ON, receipt=receipt)


def run(size: int) -> dict[str, Any]:
    """Set ``size`` papers each way; medians and 95th percentile in milliseconds, after 20 to warm up."""
    for number in range(20):
        pdf.render(sheet(number))
    busy = time.process_time()
    set_ = _times(size, lambda n: pdf.render(sheet(n)), 1_000)
    busy = (time.process_time() - busy) * 1000 / size
    sources = [pdf.source_of(sheet(10_000 + n)) for n in range(size)]
    bare = _times(size, lambda n: pdf.compile_source(sources[n]), 0)
    word = _times(size, lambda n: docx.render(sheet(n)), 20_000)
    pdf.compiler.cache_clear()
    started = time.perf_counter()
    pdf.render(sheet(30_000))
    cold = (time.perf_counter() - started) * 1000
    return {
        "value": round(statistics.median(set_), 2),
        "p95": round(sorted(set_)[int(len(set_) * 0.95)], 2),
        "floor": round(statistics.median(bare), 2),
        "unit": "ms",
        "floor_name": "同样的源文件，只调用 typst 编译",
        "cpu_ms": round(busy, 2),
        "docx_ms": round(statistics.median(word), 2),
        "new_compiler_ms": round(cold, 1),
    }


def _times(size: int, work: Callable[[int], object], start: int) -> list[float]:
    found = []
    for number in range(start, start + size):
        started = time.perf_counter()
        work(number)
        found.append((time.perf_counter() - started) * 1000)
    return found
