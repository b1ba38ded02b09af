"""Processes of the fault test: ``fill`` files two reports, ``hang`` is a worker stopped inside the job, ``work`` is a plain one.

Run as ``python -m gongbu.mainline.likeness.tests.report_worker HOW FOLDER``.
"""

import sys
import time
from pathlib import Path
from typing import Any


def fill() -> None:
    """File two reports that share words, and put their jobs in line."""
    from gongbu.ground.outbox import services as outbox
    from gongbu.mainline.likeness.tests import test_reports

    test_reports.copied()
    while outbox.dispatch():
        pass


def hang_in(name: str, folder: Path) -> None:
    """Let the worker stop for good before a step of the job."""
    from gongbu.mainline.likeness import report_work

    def stop(*_: Any) -> None:
        (folder / "trace").write_text(name)
        time.sleep(600)

    setattr(report_work, name, stop)


def main() -> None:
    """Run."""
    import django

    django.setup()
    from gongbu.ground.basics import reach

    reach.widen_process("a worker")
    how, folder = sys.argv[1], Path(sys.argv[2])
    if how == "fill":
        fill()
        return
    if how.startswith("hang:"):
        hang_in(how.removeprefix("hang:"), folder)
    from gongbu.ground.jobs.worker import JobWorker

    sys.exit(JobWorker().run())


if __name__ == "__main__":
    main()
