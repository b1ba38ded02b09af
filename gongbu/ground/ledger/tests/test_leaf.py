"""The two formats of a leaf: what each covers, that they cannot be taken for one another, that the salt stays inside."""

import hashlib
import json

import orjson
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.ledger import blocks, faults, hashing, leaf, offline, queries, sequencer, services, tree, verify
from gongbu.ground.ledger.canonical import canonical_json
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.tests.old_format import old_format
from gongbu.ground.ledger.tests.receipt_files import make_files
from gongbu.ground.ledger.tests.test_fast_verify import KEYS, task
from gongbu.ground.ledger.tests.test_services import draft
from gongbu.ground.ledger.tests.test_verify import forge

pytestmark = pytest.mark.req("GO-03")
SM3 = hashing.digest_of("SM3")
PUBLIC = {"文号": "云发改审〔2026〕15号", "批复总投资": "12,000.00 万元"}


def write(count=1, **changes):
    with transaction.atomic():
        return services.append_many([draft(number, **{"public": PUBLIC, **changes}) for number in range(count)])


@pytest.mark.django_db
def test_a_leaf_binds_the_public_fields_and_an_inner_hash_of_all():
    entry = write()[0]
    content = orjson.loads(entry.canonical)
    inner = hashlib.new("sm3", b"\x02" + entry.canonical.encode()).digest()
    names = ("clock", "kind", "kind_label", "occurred_on", "public", "receipt", "recorded_at", "v")
    stated = json.dumps({key: content[key] for key in names}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert entry.leaf_hash == hashlib.new("sm3", b"\x00gongbu-leaf/2\n" + inner + stated.encode()).hexdigest()
    assert (content["v"], content["public"]) == (2, PUBLIC)


@pytest.mark.django_db
def test_an_entry_without_a_receipt_is_salted_and_states_nothing():
    entry = write(public=None)[0]
    assert leaf.statement(orjson.loads(entry.canonical)) == b""
    assert leaf.leaf_of(entry.canonical.encode(), SM3).hex() == entry.leaf_hash


@pytest.mark.django_db
def test_two_entries_alike_have_nothing_alike():
    """Their texts differ in the salt alone, or by moments; whoever knows all the rest cannot try it out."""
    salts = {orjson.loads(entry.canonical)["salt"] for entry in write(20)}
    assert len(salts) == 20
    assert all(len(bytes.fromhex(salt)) >= 16 for salt in salts)


@given(
    st.dictionaries(st.text(st.characters(max_codepoint=0xD7FF), max_size=5), st.text(max_size=9)),
    st.binary(min_size=32, max_size=32),
)
def test_no_bytes_are_an_input_of_both_formats_or_of_a_node(content, inner):
    seen = []

    def recording(data):
        seen.append(data)
        return bytes(32)

    leaf.leaf_of(canonical_json({**content, "v": 1}).encode(), recording)
    leaf.bound(inner, b"{}", recording)
    leaf.entry_hash(b"{}", recording)
    tree.node_hash(inner, inner, recording)
    assert [data[:2] for data in seen] == [b"\x00{", b"\x00g", b"\x02{", b"\x01" + inner[:1]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("old", "new"),
    [('"v":2', '"v":1'), ('"v":2', '"v":3'), ('"v":2', '"v":2.0'), ("12,000", "92,000"), ("2026", "2027")],
)
def test_an_entry_that_claims_another_format_or_other_fields_is_named(old, new):
    entries = write(6)
    sequencer.run()
    assert blocks.check(task(0, 6), KEYS).holds
    forge(("UPDATE ledger_entry SET canonical = replace(canonical, %s, %s) WHERE id = %s", old, new, entries[2].pk))
    assert not blocks.check(task(0, 6), KEYS).holds
    bad = verify.verify().first_bad
    assert (bad.entry, bad.index, bad.what) == (entries[2].pk, 2, "记录内容与摘要不符：内容被改动")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "what"), [({"v": 3}, "格式"), ({"salt": "00"}, "盐"), ({"salt": None}, "盐"), ({"v": True}, "格式")]
)
def test_a_well_hashed_entry_of_no_format_or_without_salt_is_named(change, what):
    entries = write(5)
    sequencer.run()
    text = canonical_json({**orjson.loads(entries[3].canonical), **change})
    value = leaf.leaf_of(text.encode(), SM3).hex()
    forge(
        ("UPDATE ledger_entry SET canonical = %s, leaf_hash = %s WHERE id = %s", text, value, entries[3].pk),
        ("UPDATE ledger_leaf SET hash = %s WHERE entry_id = %s", value, entries[3].pk),
    )
    assert not blocks.check(task(0, 5), KEYS).holds
    bad = verify.verify().first_bad
    assert bad.entry == entries[3].pk
    assert what in bad.what


@pytest.mark.django_db(transaction=True)
def test_a_book_of_both_formats_holds_and_its_old_receipts_say_what_they_cannot_prove(client):
    with old_format():
        old = write(3)
    new = write(3)
    sequencer.run()
    assert [orjson.loads(row.canonical)["v"] for row in Entry.objects.order_by("pk")] == [1, 1, 1, 2, 2, 2]
    assert old[0].leaf_hash == hashlib.new("sm3", b"\x00" + old[0].canonical.encode()).hexdigest()
    assert blocks.check(task(0, 6), KEYS).holds
    assert verify.verify().ok
    for entry, is_bound in ((old[1], False), (new[1], True)):
        receipt = json.loads(client.get(f"/r/{entry.receipt}/proof.json").content)
        report = offline.check(receipt)
        assert (report.verdict, offline.NOT_BOUND in report.open) == (
            "key_unchecked" if is_bound else "incomplete",
            not is_bound,
        )
        assert any(text.startswith("公开字段 2 项") for text in report.proven) is is_bound
        assert ("早期格式" in client.get(f"/r/{entry.receipt}").content.decode()) is not is_bound
        assert queries.get_receipt(entry.receipt).proof.outcome == "HOLDS"
    forge(("UPDATE ledger_entry SET canonical = replace(canonical, '城北', '城南') WHERE id = %s", old[1].pk))
    assert verify.verify().first_bad.entry == old[1].pk


@pytest.mark.django_db
def test_the_salt_is_shown_nowhere_in_public():
    entry = write()[0]
    sequencer.run()
    salt, visitor = orjson.loads(entry.canonical)["salt"], Client()
    for address in (f"/r/{entry.receipt}", f"/r/{entry.receipt}/proof.json", "/receipts/heads"):
        answer = visitor.get(address)
        assert answer.status_code == 200
        assert salt not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_receipt_page_reads_the_entry_not_the_columns_beside_it(client):
    entry = write()[0]
    sequencer.run()
    forge(("UPDATE ledger_entry SET occurred_on = '2019-02-03' WHERE id = %s", entry.pk))
    assert "2019" not in client.get(f"/r/{entry.receipt}").content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"receipt": "0H2K9QXD3M5V"}, {"kind": "papers.void"}, {"kind_label": "撤回文书"}, {"occurred_on": "2026-11-19"},
        {"recorded_at": "2026-11-21T09:30:06.000123+08:00"}, {"clock": "SIMULATED"}, {"entry_hash": "0" * 64},
        {"public": {"项目名称": "另一个项目"}}, {"public": {}}, {"public": {"附件数": 3.5}},
    ],
)  # fmt: skip
def test_every_stated_field_is_proven_offline(change):
    report = offline.check({**make_files().receipt, **change})
    assert report.wrong == [offline.words("wrong", "fields")]


def test_a_field_more_or_less_is_found_and_the_same_number_in_other_letters_is_not():
    receipt = make_files().receipt
    for public in ({**receipt["public"], "印章": "有"}, {k: v for k, v in receipt["public"].items() if k != "文号"}):
        assert not offline.check({**receipt, "public": public}).holds
    same_number = {**receipt, "public": {**receipt["public"], "附件数": 3.0}}
    assert offline.check(same_number, [make_files().same]).holds


@pytest.mark.django_db
def test_the_slow_half_refuses_a_text_of_format_2_without_its_fields():
    entry = write()[0]
    text = b'{"v":2,"public":{}}'
    row = (entry.pk, "SM3", text, entry.leaf_hash, *[None] * 11)
    assert faults.of_entry(row, is_demo=False) == "记录内容与摘要不符：内容被改动"
