"""Acts on comments: hand one in, review, answer; and the erasing of who they are from."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import check_secrecy
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.notices import captcha, record, reminding, rules
from gongbu.ground.notices.models import COMMENT, NOTICE, Comment, Commenter, Notice
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.outbox import services as outbox
from gongbu.ground.policy import queries as policy


@act("notices.submit_comment", "提出意见")
def submit_comment(
    *, notice_id: int, name: str, phone: str, text: str, token: str, answer: str, actor: Actor
) -> Comment:
    """Take a comment from anybody; nothing of it is shown before somebody has reviewed it.

    Name and phone go into a table that can be erased; the book gets a salted digest of the text, so that the receipt
    proves what was said without repeating it.

    :raises InvalidInput: name, phone or text will not do, or the picture was not read
    :raises Refusal: the notice is over
    """
    notice = Notice.objects.unscoped("open to everybody").select_for_update().filter(pk=notice_id).first()
    if notice is None or notice.state == Notice.State.DRAFT:
        raise NotFound("notices.not_found")
    actor.require("notices.submit_comment", notice.region_key)
    assert notice.closes_on is not None
    if notice.state != Notice.State.OPEN or clock.today() > notice.closes_on:
        raise Refusal("notices.over", closes=notice.closes_on.isoformat())
    name, phone, text = " ".join(name.split()), phone.strip(), text.strip()
    findings = rules.check_comment(name, phone, text)
    if secret := check_secrecy({"text": text}):
        findings.append(secret)
    number = captcha.solve(token, answer)
    if not number:
        code = "notices.captcha_old" if number is None else "notices.captcha_wrong"
        findings.append(Finding(code, {}, "answer", Severity.REJECT))
    if findings or not number:
        raise InvalidInput(findings)
    salt = secrets.token_hex(16)
    try:
        with transaction.atomic():
            comment = Comment.objects.create(
                notice=notice, number=_count_comment(notice), display_name=rules.hide_name(name), text=text,
                submitted_at=clock.now(), captcha=number, salt=salt,
            )  # fmt: skip
    except IntegrityError as repeat:
        raise InvalidInput([Finding("notices.captcha_old", {}, "answer", Severity.REJECT)]) from repeat
    Commenter.objects.create(comment=comment, name=name, phone=phone)
    entry = ledger.append(
        EntryDraft(
            kind="notices.submit_comment", actor=actor.stamp, occurred_on=clock.today(),
            subject=Subject(COMMENT, comment.pk, notice.region_key, f"{notice.title}·第{comment.number}条意见"[:200]),
            after={"notice": notice.pk, "number": comment.number, "digest": salted_digest(salt, text)},
            public={
                "文书": "公示意见收件", "公示": notice.title, "意见编号": str(comment.number), "收件单位": notice.host_name,
            },
        )
    )  # fmt: skip
    comment.receipt = entry.receipt or ""
    comment.save(update_fields=["receipt"])
    outbox.add(
        "notice.commented", subject_kind=NOTICE, subject_id=notice.pk, region_key=notice.region_key,
        comment=comment.pk, number=comment.number, title=notice.title,
    )  # fmt: skip
    return comment


def salted_digest(salt: str, text: str) -> str:
    """Return what the book keeps of a comment: SHA-256 of salt and text. Without the salt nothing can be guessed."""
    return hashlib.sha256(f"{salt}\x1f{text}".encode()).hexdigest()


@act("notices.review_comment", "审核意见")
def review_comment(*, comment_id: int, shown: bool, actor: Actor, reason: str = "") -> Comment:
    """Show a comment on the public page, or withhold it with a reason that is shown in its place.

    Mobile and identity numbers in it are never shown; the book says how many were hidden.

    :raises Refusal: reviewed already, or withheld without a reason
    :raises InvalidInput: the reason repeats a number of whoever commented
    """
    comment, notice = _lock_comment(comment_id, actor, "notices.review_comment")
    if comment.state != Comment.State.PENDING:
        raise Refusal(
            "notices.reviewed_already", number=comment.number, by=comment.reviewed_by, state=comment.get_state_display()
        )
    reason = reason.strip()[:200]
    if not shown and not reason:
        raise Refusal("notices.withhold_reason", field="reason")
    if not shown:
        raise_on_reject(rules.check_repeats(reason, "reason", _numbers_of(comment)))
    comment.state = Comment.State.SHOWN if shown else Comment.State.WITHHELD
    comment.withheld_reason = "" if shown else reason
    comment.reviewed_by, comment.reviewed_at, comment.rev = actor.name, clock.now(), comment.rev + 1
    comment.save()
    record.count(notice, pending_count=-1)
    after: dict[str, Any] = {"state": comment.state, "number": comment.number}
    if reason and not shown:
        after["reason"] = reason
    if shown and (hidden := len(comment.masked.numbers)):
        after["masked"] = hidden
    _enter_comment("notices.review_comment", comment, notice, actor, after=after)
    return comment


@act("notices.answer_comment", "答复意见")
def answer_comment(*, comment_id: int, outcome: str, answer: str, actor: Actor) -> Comment:
    """Answer a reviewed comment; the answer is shown with it (with the reason when the comment itself is withheld).

    :raises InvalidInput: no outcome or no answer, it repeats a number of whoever commented, or a secrecy rule is met
    :raises Refusal: not reviewed yet, or answered already
    """
    comment, notice = _lock_comment(comment_id, actor, "notices.answer_comment")
    if comment.state == Comment.State.PENDING:
        raise Refusal("notices.review_first", number=comment.number)
    if comment.answered_at is not None:
        raise Refusal("notices.answered_already", number=comment.number, by=comment.answered_by)
    answer = answer.strip()
    findings = []
    if outcome not in Comment.Outcome.values:
        findings.append(Finding("notices.outcome_missing", {}, "outcome", Severity.REJECT))
    if len(answer) < rules.TEXT_LEAST:
        findings.append(Finding("notices.answer_missing", {}, "answer", Severity.REJECT))
    elif len(answer) > 2_000:
        data = {"label": "答复", "length": len(answer), "most": 2_000}
        findings.append(Finding("notices.too_long", data, "answer", Severity.REJECT))
    findings += rules.check_repeats(answer, "answer", _numbers_of(comment))
    if secret := check_secrecy({"answer": answer}):
        findings.append(secret)
    if findings:
        raise InvalidInput(findings)
    comment.outcome, comment.answer, comment.rev = outcome, answer, comment.rev + 1
    comment.answered_by, comment.answered_at = actor.unit_name or actor.name, clock.now()
    comment.save()
    record.count(notice, unanswered_count=-1)
    reminding.answered(comment, actor)
    after = {"number": comment.number, "outcome": outcome, "answer": answer}
    _enter_comment("notices.answer_comment", comment, notice, actor, after=after)
    return comment


@transaction.atomic
def erase_commenters(today: date) -> int:
    """Erase names and phones of notices that ended longer ago than the retention says; return how many (daily).

    个人信息保护法第十九条: kept no longer than the purpose needs. What the public page shows (张**) stays.
    """
    done = 0
    ended = Notice.objects.unscoped("every region's own retention").filter(closed_on__lt=today)
    for notice in ended.filter(comments__commenter__isnull=False).distinct():
        days = policy.policy_for(notice.region_id, today).at("notices.contact_retention_days", today)
        assert notice.closed_on is not None
        if (today - notice.closed_on).days <= int(str(days.value)):
            continue
        erased = Commenter.objects.filter(comment__notice=notice).delete()[0]
        record.enter(
            "notices.contacts_erased", notice, console_actor(), after={"erased": erased}, policy=[days.ref.as_dict()]
        )
        done += erased
    return done


def _lock_comment(comment_id: int, actor: Actor, act_name: str) -> tuple[Comment, Notice]:
    rows = Comment.objects.select_for_update(of=("self",)).select_related("notice")
    comment = rows.filter(pk=comment_id).first()
    if comment is None or not actor.may("notices.view", comment.notice.region_key):
        raise NotFound("notices.comment_not_found")
    actor.require(act_name, comment.notice.region_key)
    record.require_state(comment.notice, Notice.State.OPEN, "notices.not_open")
    return comment, comment.notice


def _numbers_of(comment: Comment) -> frozenset[str]:
    """Return the numbers that are whoever's who commented: those of the text, and the phone."""
    phones = Commenter.objects.filter(comment=comment).values_list("phone", flat=True)
    return comment.masked.numbers | frozenset(phones)


def _count_comment(notice: Notice) -> int:
    rows = Notice.objects.unscoped("counted by its own act").filter(pk=notice.pk)
    rows.update(
        comment_count=F("comment_count") + 1, pending_count=F("pending_count") + 1,
        unanswered_count=F("unanswered_count") + 1,
    )  # fmt: skip
    return int(rows.values_list("comment_count", flat=True).get())


def _enter_comment(kind: str, comment: Comment, notice: Notice, actor: Actor, *, after: Mapping[str, Any]) -> None:
    ledger.append(
        EntryDraft(
            kind=kind, actor=actor.stamp, occurred_on=clock.today(), after={"notice": notice.pk, **after},
            subject=Subject(COMMENT, comment.pk, notice.region_key, f"{notice.title}·第{comment.number}条意见"[:200]),
        )
    )  # fmt: skip
