"""变更流 under concurrent acts on PostgreSQL: numbers commit out of order, the feed neither skips nor doubles (GO-18).

On SQLite the same is shown with processes (config/tests/test_together.py): an in-memory database has one writer.
"""

import threading

import pytest
from django.db import connection

from gongbu.ground.ledger import sequencer
from gongbu.ground.ledger.models import Entry
from gongbu.mainline.projects import feed, services
from gongbu.mainline.projects.tests import factories as make

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WRITERS, PROJECTS = 4, 6


@pytest.mark.req("GO-18")
def test_a_reader_by_watermark_gets_every_change_once_in_one_order():
    make.region()
    made = [[make.reserve_project() for _ in range(PROJECTS)] for _ in range(WRITERS)]
    writing, errors = threading.Event(), []
    writing.set()

    def write(mine):
        try:
            for project in mine:
                name = f"{project.name}改"
                services.rename(project_id=project.pk, rev=project.rev, name=name, reason="试", actor=make.officer())
        except Exception as error:  # the test shows what escaped
            errors.append(error)
        finally:
            connection.close()

    def place():
        try:
            while writing.is_set():
                sequencer.run(max_batches=1)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(mine,)) for mine in made]
    placers = [threading.Thread(target=place) for _ in range(2)]
    for thread in (*writers, *placers):
        thread.start()
    at, seen = feed.START, []
    while any(thread.is_alive() for thread in writers):
        at = _pull(at, seen)
    writing.clear()
    for thread in (*writers, *placers):
        thread.join()
    sequencer.run()
    _pull(at, seen)
    assert errors == []
    indexes = [index for index, _entry in seen]
    assert indexes == sorted(set(indexes))
    written = Entry.objects.filter(subject_kind="project").values_list("pk", flat=True)
    assert sorted(entry for _index, entry in seen) == sorted(written)
    assert len(seen) >= WRITERS * PROJECTS * 2


def _pull(at, seen):
    """Read what is new, five at a time, until there is no more; return the watermark."""
    while True:
        page = feed.list_changes(make.officer(), after=at, limit=5)
        assert page.watermark >= at
        at = page.watermark
        seen += [(one.index, one.entry_id) for one in page.items]
        if not page.has_more:
            return at
