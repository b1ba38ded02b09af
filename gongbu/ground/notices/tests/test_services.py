"""Acts on notices and comments: what they change, what they refuse, and that a refusal leaves nothing behind."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client

from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.inbox.models import Task
from gongbu.ground.ledger.models import Entry
from gongbu.ground.notices import captcha, commenting, queries, reminding, services
from gongbu.ground.notices.models import Comment, Commenter, Notice
from gongbu.ground.notices.tests.conftest import CONTENT, MONDAY
from gongbu.ground.orgs.actor import ANONYMOUS
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db
LAST = date(2026, 3, 9)


def state_of_things():
    return Entry.objects.count(), OutboxMessage.objects.count(), Comment.objects.count(), Commenter.objects.count()


def say(notice, solved, text="建议把人行道一并列入。", **more):
    token, answer = solved()
    typed = {"name": "张三", "phone": "13800001234", "text": text, "token": token, "answer": answer, **more}
    return commenting.submit_comment(notice_id=notice.pk, actor=ANONYMOUS, **typed)


@pytest.mark.req("JC-04")
def test_opened_on_monday_for_five_working_days_it_ends_the_monday_after(opened):
    assert (opened.opens_on, opened.closes_on, opened.state) == (MONDAY, LAST, "OPEN")
    entry = Entry.objects.get(pk=opened.entry_id)
    assert entry.receipt == opened.receipt
    assert services.digest_of(opened) in entry.canonical
    assert OutboxMessage.objects.filter(topic="notice.opened", data__notice=opened.pk).exists()


def test_days_end_on_a_working_day():
    assert services.last_day(date(2026, 3, 2), 5, Notice.PeriodUnit.DAYS, 990121000000) == date(
        2026, 3, 9
    )  # 7 日是周六
    assert services.last_day(date(2026, 3, 2), 4, Notice.PeriodUnit.DAYS, 990121000000) == date(2026, 3, 6)


def test_a_wish_may_lengthen_the_period_and_not_shorten_it(town, officer):
    longer = services.draft_notice(kind="GENERAL", region_id=town.east.pk, content=CONTENT, period=10, actor=officer)
    assert longer.period == 10
    before = state_of_things()
    with pytest.raises(InvalidInput) as refused:
        services.draft_notice(kind="GENERAL", region_id=town.east.pk, content=CONTENT, period=3, actor=officer)
    assert "短于规定的 5 个工作日" in word(refused.value.findings[0])
    assert state_of_things() == before


@pytest.mark.req("GO-15")
def test_a_marked_text_is_refused_at_the_door(town, officer):
    secret = services.Content("机密★工程公示", CONTENT.body, CONTENT.contact)
    with pytest.raises(InvalidInput):
        services.draft_notice(kind="GENERAL", region_id=town.east.pk, content=secret, actor=officer)
    assert not Notice.objects.unscoped("test").exists()
    assert not Entry.objects.exists()


def test_another_county_may_not_draft_or_even_see(town, someone, draft):
    _person, west = someone("INVESTMENT_OFFICER", "west", town.other, town.west)
    with pytest.raises(NotAllowed):
        services.draft_notice(kind="GENERAL", region_id=town.east.pk, content=CONTENT, actor=west)
    with pytest.raises(NotFound):
        services.open_notice(notice_id=draft.pk, rev=draft.rev, actor=west)
    assert not queries.list_notices(west).exists()


def test_two_who_change_a_draft_one_is_told(draft, officer, head):
    services.change_draft(notice_id=draft.pk, rev=draft.rev, content=CONTENT, period=6, actor=officer)
    with pytest.raises(ChangedMeanwhile) as late:
        services.change_draft(notice_id=draft.pk, rev=draft.rev, content=CONTENT, actor=head)
    assert officer.name in word(late.value)


def test_what_is_open_is_not_changed(opened, officer):
    with pytest.raises(Refusal, match="not_draft"):
        services.change_draft(notice_id=opened.pk, rev=opened.rev, content=CONTENT, actor=officer)


def test_a_comment_is_kept_hidden_until_reviewed_and_its_person_apart(opened, solved, officer, on):
    with on(LAST):  # the last day counts
        comment = say(opened, solved)
    assert (comment.number, comment.state, comment.display_name) == (1, "PENDING", "张**")
    assert queries.list_public_comments(opened) == []
    texts = "".join(Entry.objects.values_list("canonical", flat=True))
    assert "13800001234" not in texts
    assert "张三" not in texts
    assert comment.text not in texts
    assert commenting.salted_digest(comment.salt, comment.text) in texts
    with on(LAST):
        commenting.review_comment(comment_id=comment.pk, shown=True, actor=officer)
    assert [c.text for c in queries.list_public_comments(opened)] == [comment.text]


def test_numbers_of_people_in_a_comment_are_never_published(opened, solved, officer, on, someone):
    said = "李四（电话138-0000-5678，身份证620821198003051234）家门前的路没有列入。"
    with on(MONDAY):
        comment = say(opened, solved, text=said)
        (row,) = queries.list_comments(opened, officer)
        assert (row.text, len(row.masked.mobiles), len(row.masked.identities)) == (said, 1, 1), (
            "the reviewer sees and is warned"
        )
        (row,) = queries.list_comments(opened, someone("LEADER", "leader")[1])
        assert "5678" not in row.text
        commenting.review_comment(comment_id=comment.pk, shown=True, actor=officer)
        entry = Entry.objects.get(kind="notices.review_comment")
        assert '"masked":2' in entry.canonical
        # The answer repeats nothing of it either: 13800001234 is the phone that was left for the office alone.
        for answer in ("已按13800005678与您联系。", "已电话13800001234答复本人。", "身份证620821198003051234已核实。"):
            before = state_of_things()
            with pytest.raises(InvalidInput) as refused:
                commenting.answer_comment(comment_id=comment.pk, outcome="ADOPTED", answer=answer, actor=officer)
            assert [found.code for found in refused.value.findings] == ["notices.number_repeated"]
            assert "公开页面会显示" in word(refused.value.findings[0])
            assert state_of_things() == before
        commenting.answer_comment(
            comment_id=comment.pk, outcome="ADOPTED", answer="已列入，请拨打13999990000咨询。", actor=officer
        )
    comment.refresh_from_db()
    assert comment.text == said, "what the receipt proves is not altered"
    page = Client().get(f"/notices/{opened.pk}/").content.decode()
    assert "李四（电话138********，身份证620***************）" in page
    for number in ("0000-5678", "13800005678", "620821198003051234"):
        assert number not in page


@pytest.mark.parametrize(
    "bad",
    [
        {"answer": "wrong"},
        {"phone": "1"},
        {"text": "好"},
        {"name": "李"},
        {"text": "这是绝密工程的意见"},
        {"token": "no"},
    ],
    ids=lambda bad: next(iter(bad)),
)
def test_a_refused_comment_leaves_nothing(opened, solved, on, bad):
    before = state_of_things()
    with on(MONDAY), pytest.raises(InvalidInput):
        say(opened, solved, **bad)
    assert state_of_things() == before
    opened.refresh_from_db()
    assert opened.comment_count == 0


def test_one_picture_serves_one_comment(opened, solved, on):
    token, answer = solved()
    with on(MONDAY):
        say(opened, solved, token=token, answer=answer)
        with pytest.raises(InvalidInput, match=r"captcha_old|") as refused:
            say(opened, solved, token=token, answer=answer)
    assert [f.code for f in refused.value.findings] == ["notices.captcha_old"]
    assert Comment.objects.count() == 1


def test_the_day_after_the_last_is_too_late_for_a_comment(opened, solved, on):
    with on(LAST + timedelta(days=1)), pytest.raises(Refusal, match="over"):
        say(opened, solved)
    assert not Comment.objects.exists()


def test_a_draft_is_open_to_nobody(draft, solved, on):
    with on(MONDAY), pytest.raises(NotFound):
        say(draft, solved)


@pytest.mark.req("JC-04")
def test_closing_early_is_refused_with_the_basis_and_nothing_is_lost(opened, head, on):
    before = state_of_things()
    with on(LAST), pytest.raises(InvalidInput) as refused:
        services.close_notice(notice_id=opened.pk, result="无意见", actor=head)
    finding = refused.value.findings[0]
    assert finding.code == "notices.too_early"
    assert finding.basis.instrument
    assert state_of_things() == before
    opened.refresh_from_db()
    assert opened.state == "OPEN"


@pytest.mark.req("JC-04")
def test_every_comment_is_answered_before_the_notice_closes(opened, solved, officer, head, on):
    with on(MONDAY):
        first, second = say(opened, solved), say(opened, solved, text="与公示无关的话，不要公开。")
    while outbox.dispatch():
        pass
    assert Task.objects.filter(kind=reminding.ANSWER, state="OPEN").count() == 2
    with on(LAST + timedelta(days=1)):
        with pytest.raises(InvalidInput) as refused:
            services.close_notice(notice_id=opened.pk, result="x", actor=head)
        assert {f.code for f in refused.value.findings} == {"notices.pending_left", "notices.unanswered_left"}
        with pytest.raises(Refusal, match="review_first"):
            commenting.answer_comment(comment_id=first.pk, outcome="ADOPTED", answer="已采纳，将列入。", actor=officer)
        with pytest.raises(Refusal, match="withhold_reason"):
            commenting.review_comment(comment_id=second.pk, shown=False, actor=officer)
        commenting.review_comment(comment_id=first.pk, shown=True, actor=officer)
        commenting.review_comment(comment_id=second.pk, shown=False, reason="与公示无关", actor=officer)
        commenting.answer_comment(comment_id=first.pk, outcome="ADOPTED", answer="已采纳，将列入。", actor=officer)
        commenting.answer_comment(
            comment_id=second.pk, outcome="EXPLAINED", answer="与公示无关，已转信访。", actor=officer
        )
        closed = services.close_notice(notice_id=opened.pk, result="收到意见 2 条，采纳 1 条。", actor=head)
    assert (closed.state, closed.unanswered_count, closed.pending_count) == ("CLOSED", 0, 0)
    assert not Task.objects.filter(kind=reminding.ANSWER, state="OPEN").exists()
    assert OutboxMessage.objects.filter(topic="notice.closed").exists()


def test_an_officer_may_answer_but_not_close(opened, officer, on):
    with on(LAST + timedelta(days=1)), pytest.raises(NotAllowed):
        services.close_notice(notice_id=opened.pk, result="无意见", actor=officer)


def test_withdrawing_needs_a_reason_and_stays_on_the_public_page(opened, head, on):
    with on(MONDAY):
        with pytest.raises(Refusal, match="reason_missing"):
            services.withdraw_notice(notice_id=opened.pk, reason=" ", actor=head)
        services.withdraw_notice(notice_id=opened.pk, reason="清单有误，更正后重新公示", actor=head)
    assert queries.get_public_notice(opened.pk).withdrawn_reason == "清单有误，更正后重新公示"


def test_a_dropped_draft_never_becomes_public(draft, head, on):
    with on(MONDAY):
        services.withdraw_notice(notice_id=draft.pk, reason="不再需要", actor=head)
    with pytest.raises(NotFound):
        queries.get_public_notice(draft.pk)


def test_the_daily_work_asks_for_closing_once_it_is_over(opened, head, on):
    reminding.ask_to_close(LAST)
    assert not Task.objects.exists()
    for _ in range(2):  # twice makes no second task
        reminding.ask_to_close(LAST + timedelta(days=1))
    assert Task.objects.filter(kind=reminding.CLOSE).count() == 1
    with on(LAST + timedelta(days=1)):
        services.close_notice(notice_id=opened.pk, result="公示期内未收到意见。", actor=head)
    assert Task.objects.get(kind=reminding.CLOSE).state == "DONE"


def test_who_commented_is_told_to_the_unit_that_answers_alone(opened, solved, officer, on, town, someone):
    with on(MONDAY):
        say(opened, solved)
    (row,) = queries.list_comments(opened, officer)
    assert row.name
    assert row.phone
    leader = someone("LEADER", "leader")[1]
    water = replace(officer, unit_id=officer.unit_id + 1)  # an office of the county that has nothing to do with it
    for stranger in (leader, water):
        (row,) = queries.list_comments(opened, stranger)
        assert (row.name, row.phone) == ("", "")
    assert opened.host_unit_id == officer.unit_id


def test_names_and_phones_are_erased_when_the_retention_is_over(opened, solved, officer, head, on):
    with on(MONDAY):
        comment = say(opened, solved)
        commenting.review_comment(comment_id=comment.pk, shown=True, actor=officer)
        commenting.answer_comment(comment_id=comment.pk, outcome="ADOPTED", answer="已采纳，将列入。", actor=officer)
    closed_on = LAST + timedelta(days=1)
    with on(closed_on):
        services.close_notice(notice_id=opened.pk, result="采纳 1 条。", actor=head)
    assert commenting.erase_commenters(closed_on + timedelta(days=180)) == 0
    assert commenting.erase_commenters(closed_on + timedelta(days=181)) == 1
    assert not Commenter.objects.exists()
    assert queries.list_comments(opened, officer)[0].phone == ""
    assert Comment.objects.get().display_name == "张**"


def test_a_token_in_words_is_good_for_a_comment(opened, on):
    question = captcha.new(in_words=True)
    answer = captcha._open(question.token)["answer"]
    with on(MONDAY):
        comment = commenting.submit_comment(
            notice_id=opened.pk, name="李四", phone="0900-1234567", text="意见五个字以上", token=question.token,
            answer=answer, actor=ANONYMOUS,
        )  # fmt: skip
    assert comment.number == 1
