"""INSERT OR REPLACE would remove a written row without a DELETE: on SQLite the book refuses it as well."""

import pytest
from django.db import DatabaseError, connection, transaction

from gongbu.ground.ledger import sequencer, testing
from gongbu.ground.ledger.tests.test_sequencer import write
from gongbu.ground.ledger.verify import verify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]
TABLES = ("ledger_entry", "ledger_leaf", "ledger_node", "ledger_head")


def execute(sql, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


def rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
        return cursor.fetchall()


def columns(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM pragma_table_info('{table}') ORDER BY cid")
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def book():
    """Five entries in the tree, one with an idempotency key, two with a receipt."""
    write(2)
    write(1, key="一次")
    write(2, public={"文号": "云发改审〔2026〕1号"})
    sequencer.run()
    return {table: rows(table) for table in TABLES}


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE", "INSERT"])
@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_stands_is_not_written_over(book, table, verb):
    assert book[table]
    with pytest.raises(DatabaseError, match="账本只增不改"):
        execute(f"{verb} INTO {table} SELECT * FROM {table}")
    assert {name: rows(name) for name in TABLES} == book
    assert verify().ok


@pytest.mark.parametrize(
    ("table", "key"), [("ledger_entry", "key"), ("ledger_entry", "receipt"), ("ledger_leaf", "entry_id")]
)
def test_no_other_key_of_a_row_lets_it_be_replaced(book, table, key):
    """A new number with the old key would push the old row out as well."""
    fresh = {"id": '"id" + 1000', "index": '"index" + 1000', "key": "NULL", "receipt": "NULL"}
    taken = ", ".join(fresh.get(name, f'"{name}"') if name != key else f'"{name}"' for name in columns(table))
    with pytest.raises(DatabaseError, match="账本只增不改"):
        execute(f'INSERT OR REPLACE INTO {table} SELECT {taken} FROM {table} WHERE "{key}" IS NOT NULL LIMIT 1')
    assert {name: rows(name) for name in TABLES} == book


def test_new_rows_still_go_in(book):
    write(3)
    assert sequencer.run().placed == 3
    assert verify().ok


def test_a_missing_trigger_is_remarked(book):
    execute("DROP TRIGGER ledger_entry_no_replace")
    try:
        assert "ledger_entry_no_replace" in str(verify())
    finally:
        for statement in testing.create_triggers("sqlite"):
            execute(statement)
