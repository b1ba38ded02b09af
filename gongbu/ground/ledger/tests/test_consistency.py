"""A kept head judged at any later time: the book grows from it, or it says plainly that it does not."""

import json
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from gongbu.ground.basics import clock
from gongbu.ground.ledger import consistency, hashing, queries, sequencer, services, tree
from gongbu.ground.ledger.consistency import Kept, Standing, judge, read_kept
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.ledger.models import Head
from gongbu.ground.ledger.testing import create_triggers, drop_triggers

pytestmark = pytest.mark.django_db
SM3 = hashing.digest_of("SM3")


@contextmanager
def without_guards():
    """Let somebody with all rights on the database change what the triggers keep."""
    with connection.cursor() as cursor:
        for statement in drop_triggers(connection.vendor):
            cursor.execute(statement)
        yield cursor
        for statement in create_triggers(connection.vendor):
            cursor.execute(statement)


def grow(number):
    """Add entries and a signed head over them; return the head as a visitor could keep it."""
    for n in range(number):
        with transaction.atomic():
            services.append(
                EntryDraft(kind="test.done", subject=Subject("test", n + 1, 1, "试"), actor=ActorStamp(None, "系统"),
                           occurred_on=clock.today(), public={"名称": "试"})
            )  # fmt: skip
    sequencer.run()
    return queries.list_heads(limit=1)[0]


@given(st.integers(1, 70), st.integers(0, 70))
@settings(deadline=None)
def test_any_beginning_of_a_tree_is_proven_and_no_other_root_is(old, more):
    leaves = [SM3(bytes([n])) for n in range(old + more)]
    nodes = {(level, index): value for level, index, value in tree.perfect_nodes(leaves, SM3)}
    path = tree.consistency_path(old, old + more, lambda level, index: nodes[level, index], SM3)
    roots = tree.root_of(leaves[:old], SM3), tree.root_of(leaves, SM3)
    assert tree.verify_consistency(old, old + more, *roots, path, SM3)
    assert not tree.verify_consistency(old, old + more, SM3(b"other"), roots[1], path, SM3)


@pytest.mark.req("GO-03")
def test_the_book_still_grows_from_a_head_that_was_kept():
    kept = grow(3)
    assert judge(read_kept(json.dumps(kept))).standing is Standing.SAME
    grow(4)
    found = judge(read_kept(json.dumps(kept)))
    assert (found.standing, found.is_signed, found.head["size"]) == (Standing.EXTENDS, True, 7)
    steps = [bytes.fromhex(step) for step in found.path]
    roots = bytes.fromhex(kept["root"]), bytes.fromhex(found.head["root"])
    assert tree.verify_consistency(3, 7, *roots, steps, SM3)


@pytest.mark.req("GO-03")
@pytest.mark.parametrize(
    ("change", "standing"),
    [
        ({"root": "0" * 64}, Standing.FORKED),
        ({"size": 2}, Standing.FORKED),
        ({"size": 99}, Standing.AHEAD),
        ({"signed_at": "2026-01-01T08:00:00+08:00"}, Standing.NOT_SIGNED_HERE),
        ({"signed_at": "2026-01-01T08:00:00"}, Standing.NOT_SIGNED_HERE),
        ({"signed_at": None}, Standing.NOT_SIGNED_HERE),
        ({"key_id": "ed25519:0000000000000000"}, Standing.NOT_SIGNED_HERE),
        ({"size": 0}, Standing.UNREADABLE),
    ],
)
def test_what_does_not_fit_is_told_apart(change, standing):
    kept = grow(3)
    grow(2)
    assert judge(read_kept(json.dumps(kept | change))).standing is standing


def test_a_book_with_a_node_missing_does_not_pass():
    kept = grow(4)
    grow(1)
    with without_guards() as cursor:
        cursor.execute("DELETE FROM ledger_node WHERE level = 2")
    assert judge(read_kept(json.dumps(kept))).standing is Standing.FORKED


def test_a_head_is_read_from_json_a_receipt_or_a_printed_line():
    root = "ab" * 32
    assert read_kept(json.dumps({"size": 1234, "root": root})).size == 1234
    assert read_kept(json.dumps({"head": {"size": 5, "root": root}})).size == 5
    assert read_kept(f"2026-11-27 记录数 1,234 条 树根 {root}") == Kept(1234, root)
    assert read_kept(f"记录数 1,234 树根 {root}") == Kept(1234, root)
    spaced = " ".join(root[n : n + 8] for n in range(0, 64, 8))
    assert read_kept(f"1,234\n{spaced}") == Kept(1234, root)
    assert read_kept(f"2026年11月27日\t1,234\t{spaced}\t23:59:07") == Kept(1234, root)
    for odd in (
        "",
        "[]",
        "{}",
        "12",
        root,
        json.dumps({"size": True, "root": root}),
        json.dumps({"size": 5, "root": "xx"}),
        "9" * 4000,
    ):
        assert read_kept(odd) is None


@pytest.mark.req("GO-03")
def test_anybody_may_page_through_the_heads_and_take_proofs():
    for _ in range(3):
        grow(2)
    page = Client()
    text = page.get("/receipts/heads").content.decode()
    assert "核对我保存的树头" in text
    assert "consistency.json?from=4&amp;to=6" in text
    assert ">4<" not in page.get("/receipts/heads?before=4").content.decode()
    found = page.get("/receipts/heads/consistency.json?from=2&to=6").json()
    steps = [bytes.fromhex(step) for step in found["path"]]
    roots = bytes.fromhex(found["from"]["root"]), bytes.fromhex(found["to"]["root"])
    assert tree.verify_consistency(2, 6, *roots, steps, SM3)
    for odd in ("from=6&to=2", "from=1&to=6", "from=&to=", "from=²&to=6", "from=-1&to=2"):
        assert page.get(f"/receipts/heads/consistency.json?{odd}").status_code == 404


def test_a_pasted_head_is_judged_on_the_page():
    kept = grow(3)
    grow(1)
    page = Client()
    good = page.get("/receipts/heads/check", {"kept": json.dumps(kept)}).content.decode()
    assert "一致：账本从这个树头延续至今" in good
    assert "下载一致性证明" in good
    assert "不一致" in page.get("/receipts/heads/check", {"kept": f"记录数 3 树根 {'0' * 64}"}).content.decode()
    assert "没有读出树头" in page.get("/receipts/heads/check", {"kept": "你好"}).content.decode()


@pytest.mark.req("GO-03", "PF-04")
def test_a_month_of_heads_is_a_sheet_to_print():
    head = grow(3)
    today = clock.today()
    text = Client().get(f"/receipts/heads/{today.year}-{today.month}").content.decode()
    assert f"{today.year}年{today.month}月账本树头" in text
    assert "本月还没有结束" in text
    assert text.replace("<wbr>", "").count(head["root"]) == 1
    assert queries.list_head_months() == [date(today.year, today.month, 1)]
    assert Client().get("/receipts/heads/2021-2").status_code == 404
    assert Client().get("/receipts/heads/2026-13").status_code == 404


def test_the_list_of_months_goes_back_to_the_first_head():
    grow(1)
    grow(1)
    first = Head.objects.order_by("size").first()
    with without_guards() as cursor:
        cursor.execute("UPDATE ledger_head SET signed_at = '2026-09-30 15:59:00' WHERE size = %s", [first.size])
    assert queries.list_head_months()[-1] == date(2026, 9, 1)
    assert consistency.between(1, 2)["format"] == "gongbu-consistency/1"
