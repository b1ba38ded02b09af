"""Measure comparing one filed report with many on file: the whole job, beside reading its words alone.

In a child process on a SQLite home of its own. Reports on file are given by their fingerprints (a report of thirty
thousand characters has about a thousand); eight of them are files in the store, and every new report takes a quarter
of its words from one of those, so that it also tells how often the source is found.
"""

import io
import json
import os
import random
import statistics
import sys
import time
import zipfile
from typing import Any

from gongbu.ground.basics.child_bench import in_child

SEED, CHARACTERS, SOURCES, ROUNDS = 20261127, 30_000, 8, 12
_SIGNS = [chr(code) for code in range(0x4E00, 0x4E00 + 3_000)]
_NS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def reports(size: int) -> dict[str, Any]:
    """One new report against ``size`` reports on file, with its passages."""
    return in_child(__name__, size)


def _words(seed: str) -> str:
    return "".join(random.Random(f"{SEED}:{seed}").choices(_SIGNS, k=CHARACTERS))


def _docx(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        body = f"<w:document {_NS}><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
        archive.writestr("word/document.xml", body)
    return out.getvalue()


def _project(name: str) -> Any:
    from gongbu.ground.orgs.models import Region
    from gongbu.ground.orgs.queries import console_actor
    from gongbu.mainline.projects import services

    region = Region.objects.get(name="洛阳市")
    return services.create_project(actor=console_actor(), region_id=region.pk, name=name, funding_nature="GOVERNMENT")


def _file(project: Any, text: str) -> int:
    from gongbu.ground.documents import services as documents
    from gongbu.ground.orgs.queries import console_actor
    from gongbu.ground.outbox import services as outbox

    document = documents.store(
        io.BytesIO(_docx(text)), "可行性研究报告.docx", subject_kind="project", subject_id=project.pk,
        region_key=project.region_key, access="INTERNAL", actor=console_actor(), kind="FEASIBILITY",
    )  # fmt: skip
    while outbox.dispatch():
        pass
    return int(document.pk)


def fill(size: int, project_id: int) -> None:
    """Write ``size`` reports as fingerprints; sixty of each are held by many others, as those of boilerplate are."""
    from django.db import connection, transaction

    from gongbu.ground.basics import clock
    from gongbu.mainline.likeness.models import Report
    from gongbu.mainline.likeness.rules import prints

    draw, now = random.Random(SEED), clock.now()
    common = [draw.getrandbits(62) for _ in range(300)]
    for start in range(0, size, 200):
        made = []
        for n in range(start, min(start + 200, size)):
            own = sorted({*(draw.getrandbits(62) for _ in range(900)), *draw.sample(common, 60)})
            report = Report(
                document_id=10**9 + n, project_id=project_id, state="READ", sha256="0" * 64, version=prints.VERSION,
                characters=CHARACTERS, prints=prints.pack(own), noted_at=now, compared_at=now,
            )  # fmt: skip
            made.append((report, own))
        with transaction.atomic(), connection.cursor() as cursor:
            Report.objects.bulk_create([report for report, _ in made])
            rows = sorted((value, report.pk) for report, own in made for value in own)
            cursor.executemany("INSERT INTO likeness_report_print (print, report_id) VALUES (%s, %s)", rows)


def measure(size: int) -> dict[str, Any]:
    """Fill, file the sources, then file and compare new reports."""
    from django.db import connection

    from gongbu.ground.documents import contents
    from gongbu.mainline.likeness import report_work
    from gongbu.mainline.likeness.models import Report, ReportPair

    fill(size, _project("指纹所属项目").pk)
    for n in range(SOURCES):
        report_work.read_and_compare(_file(_project(f"先报项目{n}"), _words(f"source{n}")))
    jobs, readings, found = [], [], 0
    for n in range(ROUNDS):
        copied = _words(f"source{n % SOURCES}")[: CHARACTERS // 4]
        document = _file(_project(f"后报项目{n}"), _words(f"new{n}")[: -CHARACTERS // 4] + copied)
        started = time.perf_counter()
        report_work.read_and_compare(document)
        jobs.append(time.perf_counter() - started)
        started = time.perf_counter()
        report_work._read(contents.list_contents([document])[document].sha256)
        readings.append(time.perf_counter() - started)
        pairs = ReportPair.objects.unscoped("a bench's own home")
        found += pairs.filter(b__document_id=document, state="OPEN", share_b__gte=0.2).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM likeness_report_print")
        prints = cursor.fetchone()[0]
    return {
        "value": round(statistics.median(jobs) * 1000), "worst": round(max(jobs) * 1000), "unit": "毫秒",
        "floor": round(statistics.median(readings) * 1000), "floor_name": "只读出一份材料的文字",
        "found": f"{found}/{ROUNDS}", "reports": Report.objects.unscoped("a bench's own home").count(), "prints": prints,
    }  # fmt: skip


def main() -> None:
    """Run in the child."""
    from gongbu.config.cli import setup_django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    setup_django()
    sys.stdout.write(json.dumps(measure(int(sys.argv[1])), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
