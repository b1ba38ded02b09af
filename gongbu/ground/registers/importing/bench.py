"""Measure an import of ``size`` rows × 30 columns: read, check, stage, accept; the floor is a bare read and bare insert.

Everything runs on a SQLite database of its own inside a temporary home, by the console actor.
"""

import io
import json
import os
import subprocess
import sys
import time
from datetime import date
from itertools import pairwise
from typing import Any

import xlsxwriter

from gongbu.ground.basics.child_bench import in_child

COLUMNS = 30


def workbook(size: int) -> bytes:
    """Return a clean workbook of ``size`` projects × 30 columns, as a county would keep it."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": False, "in_memory": True})
    sheet = book.add_worksheet("项目")
    headings = [
        "序号", "项目名称", "项目代码", "所属区划", "建设单位", "总投资（万元）", "年度计划投资（万元）", "阶段", "建设内容",
        "建设地点", "资金来源", "计划开工", "计划竣工", "建设工期", "工程类别", "建设性质", "来源", "来源链接",
    ]  # fmt: skip
    headings += [f"本单位列{n}" for n in range(COLUMNS - len(headings))]
    for at, heading in enumerate(headings):
        sheet.write_string(0, at, heading)
    for n in range(size):
        row: list[Any] = [
            n + 1, f"示例县第{n + 1:06d}号道路提升改造工程", _code(n), "泾川县", f"示例建设单位{n % 97}",
            round(300 + n % 4000 + (n % 100) / 100, 2), round(100 + n % 300 + 0.5, 2), ("在建", "立项审批", "已建成")[n % 3],
            f"改造道路{n % 30 + 1}公里，配套管网{n % 9 + 1}公里", f"城关镇{n % 40 + 1}号", "县级财政资金", "2026年3月", "2027-12-31",
            "21个月", "市政基础设施", "改建", "示例来源", "https://example.invalid/" + str(n),
        ]  # fmt: skip
        row += [f"备用{n % 50}" for _ in range(COLUMNS - len(row))]
        for at, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(n + 1, at, value)
            else:
                sheet.write_number(n + 1, at, value)
    book.close()
    return out.getvalue()


def _code(n: int) -> str:
    digits = f"2603620821040 1{n % 100_000:05d}".replace(" ", "")
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = 2 * total % 11
    check = (11 - product) % 10
    return f"{digits[:4]}-{digits[4:10]}-{digits[10:12]}-{digits[12:14]}-{digits[14:]}{check}"


def run(size: int = 10_000) -> dict[str, Any]:
    """Measure in a home of its own that is removed afterwards; see :func:`measure` for what is returned."""
    return in_child(__name__, size)


def measure(size: int, *, kind_key: str = "projects") -> dict[str, Any]:
    """Return ``{"name","value","floor","floor_name","ratio","parts_ms",…}`` in milliseconds.

    ``value`` is read + check + stage, with every check; acceptance is told apart in ``with_acceptance_ms``. ``cpu_ms``
    is the processor's time for the same parts, the process that reads the workbook included: it says more than the
    clock on a busy machine. The county of the rows has adopted a pack, so that each project is classified.

    ``longest_wait_ms`` is the longest time another writer waited for one small write during the whole import.
    """
    from gongbu.ground.orgs.queries import console_actor
    from gongbu.ground.registers.importing import kinds, reader, services

    content, actor, kind = workbook(size), console_actor(), kinds.get(kind_key)
    _adopt()
    floor_ms = _floor(content)
    other = _start_other_writer()
    marks = [_now()]
    book = reader.read(content)
    marks.append(_now())
    checked = services.check_book(book, kind, services.context_for(kind, actor, None))
    marks.append(_now())
    batch = services.stage(content=content, file_name="bench.xlsx", kind=kind, actor=actor, checked=checked)
    marks.append(_now())
    del book, checked  # a worker accepts; it has never held the workbook
    batch = services.accept(batch_id=batch.pk, actor=actor)
    marks.append(_now())
    waits = _stop_other_writer(other)
    steps = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(marks)]
    names = ("read", "check", "stage", "accept")
    value = sum(clock for clock, _cpu in steps[:3]) * 1000
    return {
        "name": "import",
        "value": round(value, 1),
        "unit": "ms",
        "floor": round(floor_ms, 1),
        "floor_name": "calamine read + bare bulk insert",
        "ratio": round(value / floor_ms, 2),
        "size": size,
        "columns": COLUMNS,
        "parts_ms": {name: round(clock * 1000, 1) for name, (clock, _cpu) in zip(names, steps, strict=True)},
        "cpu_ms": {name: round(cpu * 1000, 1) for name, (_clock, cpu) in zip(names, steps, strict=True)},
        "with_acceptance_ms": round(sum(clock for clock, _cpu in steps) * 1000, 1),
        "accepted": batch.rows_done,
        "rejected": batch.rows_rejected,
        "longest_wait_ms": round(waits[0] * 1000, 1),
        "waits_over_200_ms": waits[1],
        "other_writes": waits[2],
    }


def _now() -> tuple[float, float]:
    """Return the clock and the processor's time of this process and of those it has waited for, in seconds."""
    used = os.times()
    return time.perf_counter(), used.user + used.system + used.children_user + used.children_system


def _adopt() -> None:
    from django.apps import apps

    from gongbu.ground.basics import clock
    from gongbu.ground.orgs.models import Region

    county = Region.objects.get(name="泾川县", valid_to=None)
    apps.get_model("policy", "Adoption").objects.create(
        region=county, region_key=county.key_lo, subject="GRADING", packs=["centralized"],
        effective_from=date(2023, 1, 1), adopted_by="测量", recorded_at=clock.now(),
    )  # fmt: skip


def _floor(content: bytes) -> float:
    """Return the milliseconds of a bare read of the same bytes and one bare insert of the same rows."""
    import python_calamine
    from django.db import connection, transaction

    started = time.perf_counter()
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_rows (n integer, cells text)")
        cursor.executemany("INSERT INTO bench_rows VALUES (%s, %s)", [(n, str(r)) for n, r in enumerate(rows)])
    elapsed = (time.perf_counter() - started) * 1000
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_rows")
    return elapsed


# Another user in a process of its own: one small write every 10 ms, noting the longest wait for the write lock.
_OTHER_WRITER = """
import select, sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
db.execute("PRAGMA synchronous=FULL")
longest, long, count = 0.0, 0, 0
while not select.select([sys.stdin], [], [], 0.01)[0]:
    started = time.perf_counter()
    db.execute("BEGIN IMMEDIATE")
    waited = time.perf_counter() - started
    db.execute("UPDATE importing_batch SET trouble = '' WHERE id = -1")
    db.execute("COMMIT")
    longest, long, count = max(longest, waited), long + (waited > 0.2), count + 1
print(longest, long, count)
"""


def _start_other_writer() -> "subprocess.Popen[str]":
    from django.conf import settings

    database = str(settings.DATABASES["default"]["NAME"])
    return subprocess.Popen(
        [sys.executable, "-c", _OTHER_WRITER, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _stop_other_writer(other: "subprocess.Popen[str]") -> tuple[float, int, int]:
    answer, _ = other.communicate("stop\n")
    longest, long, count = answer.split()
    return float(longest), int(long), int(count)


def main() -> None:
    """Measure in the home of the environment and print the result (run by :func:`run`)."""
    import django

    from gongbu.ground.basics import reach

    django.setup()
    reach.widen_process("a measurement")
    from gongbu.config import home

    home.prepare(quiet=True)
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    main()
