"""Tasks that notices make: review and answer what came in, close what is over. Handed to posts, through the outbox."""

from datetime import date

from django.urls import reverse

from gongbu.ground.inbox import services as inbox
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.notices.models import COMMENT, NOTICE, Comment, Notice
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox.models import OutboxMessage

ANSWER, CLOSE = "notices.answer", "notices.close"
OFFICERS = ("INVESTMENT_OFFICER", "SECTOR_OFFICER", "INVESTMENT_HEAD")  # the first that the region has
CLOSERS = ("INVESTMENT_HEAD", "SECTOR_HEAD")


def ask_to_answer(message: OutboxMessage) -> None:
    """Give the officers of the region one task for each comment: review and answer."""
    comment = Comment.objects.select_related("notice").filter(pk=message.data["comment"]).first()
    if comment is None or comment.answered_at is not None or comment.notice.state != Notice.State.OPEN:
        return
    notice = comment.notice
    for post_id in orgs.nearest_posts(OFFICERS, notice.region_key):
        inbox.assign_task(
            key=f"notice-comment:{comment.pk}:{post_id}", kind=ANSWER, post_id=post_id,
            title=f"审核并答复意见：《{notice.title}》第 {comment.number} 条",
            subject=Subject(COMMENT, comment.pk, notice.region_key, notice.title),
            url=f"{reverse('notices:manage', args=[notice.pk])}#comment-{comment.number}", due_on=notice.closes_on,
            is_provisional=notice.is_provisional,
        )  # fmt: skip


def ask_to_close(today: date) -> None:
    """Ask for the closing of every notice whose last day is over (daily, 1 query and those of the tasks)."""
    over = Notice.objects.unscoped("every region's own").filter(state=Notice.State.OPEN, closes_on__lt=today)
    for notice in over.order_by("closes_on", "pk"):
        for post_id in orgs.nearest_posts(CLOSERS, notice.region_key):
            inbox.assign_task(
                key=f"notice:{notice.pk}:close:{post_id}", kind=CLOSE, post_id=post_id,
                title=f"公示期满，请办结：《{notice.title}》",
                subject=Subject(NOTICE, notice.pk, notice.region_key, notice.title),
                url=reverse("notices:manage", args=[notice.pk]),
            )  # fmt: skip


def answered(comment: Comment, actor: Actor) -> None:
    """Close the task of a comment; runs inside the act that answered it."""
    outcome = str(comment.get_outcome_display())
    inbox.close_tasks(kind=ANSWER, subject_kind=COMMENT, subject_id=comment.pk, actor=actor, outcome=outcome)


def ended(notice: Notice, actor: Actor) -> None:
    """Close every open task of a notice that was closed or withdrawn; runs inside that act."""
    outcome = str(notice.get_state_display())
    inbox.close_tasks(kind=CLOSE, subject_kind=NOTICE, subject_id=notice.pk, actor=actor, outcome=outcome)
    for pk in notice.comments.filter(answered_at=None).values_list("pk", flat=True):
        inbox.close_tasks(kind=ANSWER, subject_kind=COMMENT, subject_id=pk, actor=actor, outcome=outcome)
