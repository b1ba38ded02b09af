"""The bound holds per door, address and window, across processes, and forgets what is over."""

import subprocess
import sys
import threading
from datetime import datetime, timedelta

import pytest
from django.db import connections
from gongbu_processes import environment_of_processes

from gongbu.ground.basics import clock
from gongbu.ground.basics.clock import SHANGHAI
from gongbu.ground.doors import services
from gongbu.ground.doors.models import Knocks

NOON = datetime(2026, 11, 20, 12, 0, 30, tzinfo=SHANGHAI)
HERE, THERE = "192.0.2.1", "192.0.2.2"


def knock(door="a", address=HERE, most=3, **more):
    services.count_or_refuse(door, address, most, "doors.test", **more)


@pytest.mark.django_db
def test_the_bound_is_per_door_address_and_window():
    with clock.simulate(NOON):
        for _ in range(3):
            knock()
        with pytest.raises(services.TooMany) as refused:
            knock()
        assert (refused.value.status, refused.value.data["seconds"]) == (429, 3571)  # 13:00:00 − 12:00:30 + 1
        knock(door="b")
        knock(address=THERE)
    with clock.simulate(NOON + timedelta(hours=1)):
        knock()


@pytest.mark.django_db
def test_a_refused_try_writes_nothing_and_looking_counts_nothing(django_assert_num_queries):
    with clock.simulate(NOON):
        for _ in range(3):
            knock()
        with django_assert_num_queries(1), pytest.raises(services.TooMany):
            knock()
        services.refuse_if_spent("b", HERE, 1, "doors.test")
        assert Knocks.objects.get().count == 3


@pytest.mark.django_db
def test_what_is_over_goes_and_no_address_is_kept():
    with clock.simulate(NOON):
        knock(seconds=services.MINUTE)
    with clock.simulate(NOON + timedelta(minutes=2)):
        knock(address=THERE, seconds=services.MINUTE)
        (row,) = Knocks.objects.all()
        assert row.ends_at > clock.now()
        assert "192.0.2" not in row.key


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_every_process_counts_on_the_same_row():
    """Eight connections at once, each as a process of its own would: none is lost and the bound is exact."""
    at = clock.now()
    passed: list[int] = []

    def one():
        with clock.simulate(at):
            for _ in range(5):
                try:
                    knock(most=20)
                    passed.append(1)
                except services.TooMany:
                    pass
        connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 20


PROGRAM = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "gongbu.config.settings"
import django; django.setup()
from datetime import datetime
from gongbu.ground.basics import clock
from gongbu.ground.doors import services
with clock.simulate(datetime.fromisoformat("2026-11-20T12:00:30+08:00")):
    print(max(services.count("a", "192.0.2.1") for _ in range(25)))
"""


@pytest.mark.sqlite
def test_processes_on_one_file_count_together(own_home):
    environment = environment_of_processes(own_home)
    running = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert max(int(process.communicate(timeout=60)[0]) for process in running) == 75
