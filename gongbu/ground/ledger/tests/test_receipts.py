"""A holder of a paper checks it without an account."""

import base64
import json
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.basics import clock
from gongbu.ground.ledger import hashing, queries, receipts, sequencer, services, tree
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.pages import receipts as pages
from gongbu.ground.ledger.signing import HeadFacts, verify_ed25519
from gongbu.ground.ledger.tests.test_services import draft
from gongbu.ground.ledger.tests.test_verify import forge

PUBLIC = {"文号": "云发改审〔2026〕15号", "项目名称": "城北污水处理厂", "批复总投资": "12,000.00 万元"}


def issue(**changes):
    with transaction.atomic():
        return services.append(draft(**{"public": PUBLIC, "kind": "approvals.paper_issued", **changes}))


@given(st.text(receipts.ALPHABET, min_size=11, max_size=11), st.integers(0, 11), st.sampled_from(receipts.ALPHABET))
def test_one_wrong_character_is_always_caught(body, where, char):
    code = body + receipts.check_char(body)
    assert receipts.normalise(code) == code
    wrong = code[:where] + char + code[where + 1 :]
    assert receipts.normalise(wrong) == (wrong if wrong == code else None)


def test_codes_forgive_the_hand_that_types_them():
    code = "1" * 6 + "0" * 5
    code += receipts.check_char(code)
    typed = f" {receipts.grouped(code).lower().replace('1', 'l', 2).replace('0', 'O', 2)} "
    assert receipts.normalise(typed) == code
    assert receipts.normalise(code + "0") is None
    assert receipts.normalise("") is None
    wide = "".join(chr(ord(char) + 0xFEE0) for char in receipts.grouped(code))  # as a Chinese input method types it
    assert receipts.normalise(wide) == code
    assert receipts.normalise(f"　{wide.replace(chr(0xFF0D), '—')}") == code


@pytest.mark.django_db
@pytest.mark.req("GO-03")
def test_a_visitor_sees_only_whitelisted_fields_and_the_proof(client):
    entry = issue(occurred_on=clock.today() - timedelta(days=9))
    for number in range(5):
        issue(occurred_on=clock.today(), key=f"other-{number}")
    page = client.get(f"/r/{receipts.grouped(entry.receipt)}").content.decode()
    assert "待入树" in page
    sequencer.run()
    page = client.get(f"/r/{entry.receipt.lower()}").content.decode()
    assert "在账本中，未被改动" in page
    assert all(text in page for text in PUBLIC.values())
    assert "补录" in page
    assert "没有证明什么" in page
    for hidden in ("陈静", "投资科经办", "total_fen", "1200000000"):
        assert hidden not in page


@pytest.mark.django_db
def test_the_downloaded_proof_can_be_checked_with_nothing_else():
    entries = [issue(key=f"paper-{number}") for number in range(7)]
    sequencer.run()
    receipt = queries.get_receipt(entries[4].receipt)
    proof = receipt.proof.as_json()
    digest = hashing.digest_of(proof["algorithm"])
    path = [bytes.fromhex(step) for step in proof["path"]]
    root = bytes.fromhex(proof["head"]["root"])
    leaf = bytes.fromhex(proof["leaf_hash"])
    assert tree.verify_inclusion(leaf, proof["index"], proof["size"], path, root, digest)
    head = proof["head"]
    message = json.dumps(
        {"algorithm": head["algorithm"], "clock": head["clock"], "root": head["root"], "signed_at": head["signed_at"],
         "size": head["size"], "v": 1}, separators=(",", ":"), sort_keys=True,
    )  # fmt: skip
    key = base64.b64decode(head["public_key"])
    assert verify_ed25519(message.encode(), base64.b64decode(head["signature"]), key)
    assert not verify_ed25519(message.replace('"v":1', '"v":2').encode(), base64.b64decode(head["signature"]), key)
    facts = HeadFacts(head["size"], head["root"], "SM3", entries[0].recorded_at, "SYSTEM")
    assert not verify_ed25519(facts.message(), base64.b64decode(head["signature"]), key)


@pytest.mark.django_db
def test_a_corrected_paper_says_so_and_leads_to_the_new_one(client):
    old = issue()
    new = issue(corrects=old.pk, public={**PUBLIC, "批复总投资": "12,500.00 万元"})
    sequencer.run()
    page = client.get(f"/r/{old.receipt}").content.decode()
    assert "已被更正" in page
    assert f"/r/{receipts.grouped(new.receipt)}" in page
    assert "12,500.00" not in page
    assert receipts.grouped(old.receipt) in client.get(f"/r/{new.receipt}").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_forged_record_does_not_pass(client):
    entry = issue()
    sequencer.run()
    forge(("UPDATE ledger_entry SET canonical = replace(canonical, '12,000', '92,000') WHERE id = %s", entry.pk))
    page = client.get(f"/r/{entry.receipt}").content.decode()
    assert "核验不通过" in page
    assert "在账本中，未被改动" not in page


@pytest.mark.django_db
def test_unknown_and_mistyped_codes_are_refused_in_words(client):
    code = receipts.new_code()
    assert client.get(f"/r/{code}").status_code == 404
    assert "没有找到" in client.get("/receipts", {"code": code}).content.decode()
    assert "校验位" in client.get("/receipts", {"code": "abcd"}).content.decode()
    assert "校验位" in client.get("/r/abcd").content.decode()
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_typing_a_code_leads_to_its_page(client):
    entry = issue()
    answer = client.get("/receipts", {"code": receipts.grouped(entry.receipt).lower()})
    assert (answer.status_code, answer["Location"]) == (302, f"/r/{receipts.grouped(entry.receipt)}")


@pytest.mark.django_db
def test_guessing_is_slowed_down(client):
    most = pages.MISSES_PER_MINUTE
    with clock.simulate(clock.now().replace(second=0)):  # within one minute
        answers = [client.get(f"/r/{receipts.new_code()}").status_code for _ in range(most + 2)]
        assert answers == [404] * most + [429, 429]
        assert "请 60 秒后再试" in client.get("/receipts", {"code": "abcd"}).content.decode()
        assert client.get("/receipts", {"code": "abcd"}).status_code == 429
        assert client.get("/receipts").status_code == 200


@pytest.mark.django_db
def test_who_verifies_papers_in_hand_is_never_slowed_down(client):
    code = receipts.grouped(issue().receipt)
    assert {client.get(f"/r/{code}").status_code for _ in range(pages.MISSES_PER_MINUTE + 5)} == {200}


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 30])
def test_a_receipt_costs_the_same_whatever_the_size_of_the_book(client, django_assert_num_queries, count):
    entry, *_ = [issue(key=f"k{number}") for number in range(count)]
    sequencer.run()
    with django_assert_num_queries(6 if count > 1 else 4):
        assert queries.get_receipt(entry.receipt).proof.outcome == "HOLDS"


@pytest.mark.django_db
def test_heads_are_public(client):
    assert "还没有树头" in client.get("/receipts/heads").content.decode()
    issue()
    sequencer.run()
    page = client.get("/receipts/heads").content.decode().replace("<wbr>", "")
    assert queries.list_heads()[0]["root"] in page


@pytest.mark.req("GO-07")
@pytest.mark.parametrize(("days", "late"), [(0, False), (3, False), (4, True), (-2, False)])
def test_lateness_counts_days_in_shanghai(days, late):
    from datetime import UTC, date, datetime

    from gongbu.ground.ledger.rules import lateness

    # 2026-03-10 16:30 UTC is already 2026-03-11 in Shanghai.
    recorded = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)
    found = lateness(date(2026, 3, 11) - timedelta(days=days), recorded, 3)
    assert (found.days, found.is_late, found.is_ahead) == (days, late, days < 0)
    with pytest.raises(ValueError, match="zone"):
        lateness(date(2026, 3, 11), datetime(2026, 3, 11), 3)
