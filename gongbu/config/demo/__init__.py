"""演示版: a fictional city made through acts on a simulated clock, and a library of real published projects.

Everything goes through the same services a user calls, so the demo proves them. Dates are relative to today.
Building again on a finished demo does nothing; an interrupted one is finished.
"""

from collections.abc import Callable
from pathlib import Path

import click
from django.conf import settings

from gongbu.config.demo import (
    city,
    correspondence,
    desk,
    gatherings,
    issued_list,
    outreach,
    publicity,
    published,
    reserve,
    rosters,
    selection,
    story,
)
from gongbu.config.demo.timeline import Timeline
from gongbu.ground.basics import clock
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.ledger import sequencer
from gongbu.ground.ledger import services as ledger_services
from gongbu.ground.ledger.refusals import BookNotEmpty

Progress = Callable[[int, int, str], None]


def build(home: Path, progress: Progress) -> None:
    """Build the demo in this home; ``progress(done, total, what)`` is told after every step.

    :raises SystemExit: the home holds real records: a demo is only built in an empty one
    """
    marker = Path(settings.HOME) / "run" / "demo-built"
    if marker.exists() and ledger.is_demo_edition():
        return
    if not ledger.is_demo_edition():
        try:
            ledger_services.mark_demo_edition()
        except BookNotEmpty:
            click.echo(f"数据目录 {home} 已有正式记录，不能改为演示版；请用 --home 另指定一个空目录", err=True)
            raise SystemExit(1) from None
    today = clock.today()
    timeline = Timeline(today)
    city.plan(timeline)
    story.plan(timeline)
    desk.plan(timeline)
    gatherings.plan(timeline)
    correspondence.plan(timeline)
    reserve.plan(timeline)
    selection.plan(timeline)
    publicity.plan(timeline)
    outreach.plan(timeline)
    rosters.plan(timeline)
    issued_list.plan(timeline)
    libraries = published.steps()
    total = len(timeline) + len(libraries) + 1
    done = timeline.run(lambda n, what: progress(n, total, what))
    for step in libraries:
        step.run()
        done += 1
        progress(done, total, step.label)
    desk.settle()
    sequencer.run()
    progress(total, total, "账本入树")
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(today.isoformat())
