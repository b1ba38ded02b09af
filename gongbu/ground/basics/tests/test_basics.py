"""Clock, messages, money and acts: the words every room shares."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from gongbu.ground.basics import act as acts
from gongbu.ground.basics import clock, messages, money
from gongbu.ground.basics.findings import Basis, Finding, Refusal, Severity


def test_the_legal_day_is_the_day_in_shanghai():
    with clock.simulate(datetime(2026, 3, 1, 16, 30, tzinfo=UTC)):  # 00:30 next day in Shanghai
        assert clock.today() == date(2026, 3, 2)


def test_a_simulation_is_stamped_and_ends():
    assert clock.kind() == "SYSTEM"
    with clock.simulate(date(2026, 1, 5)):
        assert clock.kind() == "SIMULATED"
        clock.advance(timedelta(hours=2))
        assert clock.now().hour == 12
    assert clock.kind() == "SYSTEM"


def test_a_real_clock_cannot_be_advanced():
    with pytest.raises(RuntimeError):
        clock.advance(timedelta(hours=1))


@pytest.mark.parametrize(
    ("fen", "wan", "yi", "yuan"),
    [
        (None, "—", "—", "—"),
        (0, "0.00", "0.00", "0.00"),
        (1_234_567_890, "1,234.57", "0.12", "12,345,678.90"),
        (-150_000_000, "-150.00", "-0.02", "-1,500,000.00"),
    ],
)
def test_amounts_are_shown_with_separators_and_unknown_differs_from_zero(fen, wan, yi, yuan):
    assert (money.as_wan(fen), money.as_yi(fen), money.as_yuan(fen)) == (wan, yi, yuan)


def test_a_small_amount_is_not_shown_as_nothing():
    assert (money.as_wan(1_000), money.as_wan(-1), money.as_wan(5_000)) == ("0.001", "-0.000001", "0.005")
    assert (money.as_yi(1_000_000), money.as_wan(400_000, 0)) == ("0.0001", "0")


def test_a_finding_is_worded_with_its_basis(monkeypatch):
    monkeypatch.setattr(messages, "_TEMPLATES", {})
    messages.register({"t.low": "支付 {paid}，低于 {floor}。"})
    finding = Finding("t.low", {"paid": 1, "floor": 2}, basis=Basis("某办法", "第三条"))
    assert messages.word(finding) == "支付 1，低于 2。依据：某办法第三条。"
    assert messages.word(Finding("t.low", {"paid": 1})) == "支付 1，低于 —。"
    assert messages.word(Finding("t.unknown")) == "t.unknown"


def test_a_code_is_worded_once(monkeypatch):
    monkeypatch.setattr(messages, "_TEMPLATES", {})
    messages.register({"t.a": "甲"})
    messages.register({"t.a": "甲"})
    with pytest.raises(ValueError, match=r"t\.a"):
        messages.register({"t.a": "乙"})


def test_a_refusal_becomes_a_rejecting_finding():
    finding = Refusal("t.no", field="name", got=1).as_finding()
    assert (finding.code, finding.severity, finding.field, finding.data) == (
        "t.no",
        Severity.REJECT,
        "name",
        {"got": 1},
    )


@pytest.mark.django_db(transaction=True)
def test_an_act_is_one_transaction_and_its_name_is_unique(monkeypatch):
    monkeypatch.setattr(acts, "_ACTS", {})

    @acts.act("t.do", "试办")
    def do() -> bool:
        return transaction.get_connection().in_atomic_block

    assert do() is True
    assert acts.all_acts()["t.do"].label == "试办"
    with pytest.raises(ValueError, match=r"t\.do"):

        @acts.act("t.do", "另办")
        def other() -> None: ...
