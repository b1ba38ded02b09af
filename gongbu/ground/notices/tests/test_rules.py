"""Rules of notices and the question of the form."""

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gongbu.ground.basics.findings import Basis
from gongbu.ground.notices import captcha, rules

LAST = date(2026, 3, 9)
PERIOD = rules.Period(5, True, Basis("平台约定"))


@pytest.mark.parametrize(
    ("today", "early"),
    [(date(2026, 3, 8), True), (LAST, True), (date(2026, 3, 10), False)],
    ids=["前一日", "当日", "次日"],
)
def test_a_notice_closes_on_the_day_after_its_last_and_not_before(today, early):
    found = rules.check_close(today=today, closes_on=LAST, pending=0, unanswered=0, result="无意见", period=PERIOD)
    assert [f.code for f in found] == (["notices.too_early"] if early else [])
    assert all(f.basis == PERIOD.basis for f in found)


def test_whatever_is_left_is_named_at_once():
    found = rules.check_close(
        today=date(2026, 3, 10), closes_on=LAST, pending=1, unanswered=2, result=" ", period=PERIOD
    )
    assert [f.code for f in found] == ["notices.pending_left", "notices.unanswered_left", "notices.result_missing"]


@pytest.mark.parametrize(
    ("name", "shown"), [("张三", "张**"), ("欧阳明", "欧阳**"), ("欧阳", "欧**"), ("司马光华", "司马**")]
)
def test_only_the_family_name_is_shown(name, shown):
    assert rules.hide_name(name) == shown


@given(st.text(min_size=1, max_size=20))
def test_a_shown_name_never_holds_more_than_two_characters_of_it(name):
    assert rules.hide_name(name).removesuffix("**") in (name[:1], name[:2])


@pytest.mark.parametrize(
    ("phone", "good"), [("13800001234", True), ("0900-1234567", True), ("12345", False), ("", False)]
)
def test_phones(phone, good):
    assert ([f.field for f in rules.check_comment("张三", phone, "建议增设人行道。")] == []) is good


def test_a_ragged_table_is_named_by_its_row():
    finding = rules.check_table(["甲", "乙"], [["1", "2"], ["3"]])
    assert (finding.code, finding.data["row"]) == ("notices.ragged_table", 2)


def test_a_question_knows_its_answer_and_no_other():
    question = captcha.new()
    answer = captcha._open(question.token)["answer"]
    assert captcha.solve(question.token, f" {answer.lower()} ")
    assert captcha.solve(question.token, "0000") == ""
    assert captcha.solve("made-up", answer) is None
    assert answer not in question.token


def test_an_old_question_is_told_from_a_wrong_answer(monkeypatch):
    question = captcha.new()
    monkeypatch.setattr(captcha, "GOOD_FOR_S", -1)
    assert captcha.solve(question.token, captcha.LETTERS) is None
    assert captcha.draw(question.token) is None


def test_the_picture_is_the_same_for_a_token_and_the_sum_has_none():
    token = captcha.new().token
    assert captcha.draw(token) == captcha.draw(token)
    image = Image.open(io.BytesIO(captcha.draw(token)))
    assert image.size == (captcha.WIDTH, captcha.HEIGHT)
    assert len(image.getcolors()) > 4
    summed = captcha.new(in_words=True)
    assert "加" in summed.words
    assert captcha.draw(summed.token) is None


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("请打 13800001234 联系", "请打 138******** 联系"),
        ("电话138-0000-1234。", "电话138********。"),
        ("电话 138 0000 1234", "电话 138********"),
        ("+86 13800001234", "138********"),
        ("１３８００００１２３４", "138********"),
        ("身份证号620821198003051234", "身份证号620***************"),
        ("620821 19800305 123X 本人", "620*************** 本人"),
        ("62082119800305123ｘ", "620***************"),
        ("13800001234、13900005678", "138********、139********"),
    ],
)
def test_mobile_and_identity_numbers_are_hidden_however_they_are_typed(typed, shown):
    assert rules.mask_numbers(typed).text == shown


@pytest.mark.parametrize(
    "typed",
    [
        "总投资 18,600 万元，2026 年开工", "项目代码 2601-620821-04-01-123456", "办公电话 0900-1234567", "编号 1380000123456789",
        "账号 6222021234567890123", "里程 K0+000—K12+300", "12345678901", "甘发改〔2026〕123456789012号", "数字 999999202613991234 不是生日",
    ],
)  # fmt: skip
def test_other_figures_stay_as_they_are(typed):
    assert rules.mask_numbers(typed).text == typed
