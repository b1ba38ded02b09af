"""A database that is full, busy or away: said in words with the right status, and nothing is half saved."""

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Unit
from gongbu.ground.orgs.tests.conftest import make_person, town  # noqa: F401  the fictional town
from gongbu.ground.registers import errors
from gongbu.ground.registers.tests.conftest import sign_in

FORM = {"orgs.unit_name": "东县水务公司", "orgs.unit_kind": "STATE_OWNED", "orgs.credit_code": "",
        "orgs.unit_short_name": "水务公司", "orgs.sector": ""}  # fmt: skip


@pytest.fixture
def client(town):  # noqa: F811
    """The county's system administrator, whose browser gets error pages as anybody's does."""
    client = Client(raise_request_exception=False)
    sign_in(client, make_person("admin", town.bureau, "SYSTEM_ADMIN", town.city))
    return client


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
@pytest.mark.req("GO-05")
def test_a_full_disk_says_so_saves_nothing_and_goes_on_when_there_is_room(client, town):  # noqa: F811
    form = {**FORM, "orgs.region_id": str(town.east.pk)}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filler (id integer primary key, content blob)")
        cursor.execute("PRAGMA max_page_count = 1")  # not below what is used: the file may not grow any more
        try:
            _use_up_what_is_free(cursor)
            for n in range(200):  # the pages that stand still have a little room each
                before = (Unit.objects.unscoped("test").count(), Entry.objects.count())
                answer = client.post("/units/new", form | {"orgs.unit_name": f"东县第{n}水务公司"})
                if answer.status_code != 302:
                    break
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
            cursor.execute("DROP TABLE filler")
    assert answer.status_code == 507
    text = answer.content.decode()
    assert "磁盘已满" in text
    assert "没有保存" in text
    assert answer.headers["Retry-After"] == "5"
    assert (Unit.objects.unscoped("test").count(), Entry.objects.count()) == before
    assert client.post("/units/new", form).status_code == 302
    assert Unit.objects.unscoped("test").count() == before[0] + 1


def _use_up_what_is_free(cursor):
    for size in (3_000, 100, 1):
        while True:
            try:
                cursor.execute("INSERT INTO filler (content) VALUES (zeroblob(%s))", [size])
            except OperationalError:
                break


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.req("GO-05")
def test_a_connection_that_broke_is_told_and_the_next_request_works(client):
    assert client.get("/units/").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        here = cursor.fetchone()[0]
    facts = connection.settings_dict
    with psycopg.connect(
        host=facts["HOST"], port=facts["PORT"], user=facts["USER"], password=facts["PASSWORD"], dbname="postgres"
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [here])
    answer = client.get("/units/")
    assert answer.status_code == 503
    assert "数据库暂时连不上" in answer.content.decode()
    connection.close()
    assert client.get("/units/").status_code == 200


def test_only_troubles_of_the_database_are_told_as_such():
    assert errors.database_trouble(ValueError("disk is full")) is None
    assert errors.database_trouble(None) is None
    assert errors.database_trouble(OperationalError("database is locked")).status == 503
    assert errors.database_trouble(OperationalError("database or disk is full")).status == 507
