"""Two at once: one wins, the other is told; the three administrators stay three (PostgreSQL)."""

import threading

import pytest
from django.db import connection

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.orgs import services
from gongbu.ground.orgs.models import Grant, Unit
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.orgs.tests.conftest import make_person

# SQLite takes one writer at a time (IMMEDIATE), and the in-memory test database cannot show two.
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def both(*calls):
    """Run the calls at the same moment and return what each came to: ``done`` or the code of the refusal."""
    barrier, results = threading.Barrier(len(calls)), [""] * len(calls)

    def run(place, call):
        try:
            barrier.wait(10)
            call()
            results[place] = "done"
        except Refusal as refusal:
            results[place] = refusal.code
        except Exception as error:  # the test shows what escaped
            results[place] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(results)


def test_one_credit_code_goes_to_one_unit(town):
    def create(name):
        return lambda: services.create_unit(
            actor=console_actor(),
            name=name,
            kind="ENTERPRISE",
            region_id=town.east.pk,
            credit_code="91350100M000100Y43",
        )

    assert both(create("甲公司"), create("乙公司")) == ["done", "orgs.credit_code_taken"]
    assert Unit.objects.unscoped("test").filter(credit_code="91350100M000100Y43").count() == 1


def test_two_grants_at_once_do_not_unite_two_administrators(town):
    person = make_person("anyone", town.bureau)  # one of the three holds no other role

    def grant(role):
        return lambda: services.grant_role(
            actor=console_actor(), role=role, region_id=town.east.pk, person_id=person.pk
        )

    assert both(grant("SYSTEM_ADMIN"), grant("AUDIT_ADMIN")) == ["done", "orgs.not_separated"]
    assert Grant.objects.unscoped("test").filter(person=person).count() == 1
