"""Read notices: for everybody, and for those who work on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.notices.models import Comment, Notice
from gongbu.ground.notices.rules import Masked
from gongbu.ground.orgs.actor import Actor

PUBLIC_STATES = (Notice.State.OPEN, Notice.State.CLOSED, Notice.State.WITHDRAWN)
PUBLIC_PAGE = 20


def list_notices(actor: Actor) -> QuerySet[Notice]:
    """Return the notices that an actor may see as an officer (rows of the register)."""
    rows: QuerySet[Notice] = Notice.objects.narrowed("scope_any_sector")
    return rows.filter(actor.scope_any_sector("notices.view")).select_related("region")


def get_notice(notice_id: int, actor: Actor) -> Notice:
    """Return one notice for an officer (1 query).

    :raises NotFound: no such notice, or outside what the actor may see
    """
    notice = list_notices(actor).filter(pk=notice_id).first()
    if notice is None:
        raise NotFound("notices.not_found")
    return notice


def get_public_notice(notice_id: int) -> Notice:
    """Return one notice as everybody may see it; a draft is not found, nor one withdrawn before it opened (1 query).

    :raises NotFound: no such notice
    """
    rows = Notice.objects.unscoped("laid open to everybody").select_related("region")
    notice = rows.filter(pk=notice_id, state__in=PUBLIC_STATES, opens_on__isnull=False).first()
    if notice is None:
        raise NotFound("notices.not_found")
    return notice


@dataclass(frozen=True, slots=True)
class PublicPage:
    """One page of the public index."""

    notices: Sequence[Notice]
    total: int
    page: int
    pages: int


def list_public(*, words: str = "", over: bool = False, page: int = 1) -> PublicPage:
    """Return a page of the public index, newest first: open ones, or those that are over (2 queries)."""
    rows = Notice.objects.unscoped("laid open to everybody").filter(opens_on__isnull=False)
    rows = rows.filter(state__in=PUBLIC_STATES[1:]) if over else rows.filter(state=Notice.State.OPEN)
    for word in words.split()[:4]:
        rows = rows.filter(title__contains=word) | rows.filter(host_name__contains=word)
    total = rows.count()
    pages = max(1, -(-total // PUBLIC_PAGE))
    at = min(max(1, page), pages)
    first = (at - 1) * PUBLIC_PAGE
    found = rows.select_related("region").order_by("-opens_on", "-pk")[first : first + PUBLIC_PAGE]
    return PublicPage(list(found), total, at, pages)


def list_public_comments(notice: Notice) -> list[Comment]:
    """Return reviewed comments in order; texts of withheld ones are not to be shown (1 query)."""
    return list(notice.comments.exclude(state=Comment.State.PENDING).order_by("number"))


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A comment as its reader sees it; name and phone are empty once erased, and for whoever does not answer it.

    ``text`` is the whole text for who reviews and answers, and the public one for everybody else.
    """

    comment: Comment
    name: str
    phone: str
    text: str
    masked: Masked


def list_comments(notice: Notice, actor: Actor) -> list[CommentRow]:
    """Return every comment of a notice in order; who it is from only to the unit that lays the notice open (1 query).

    The public page promises that the phone serves to verify and answer alone (个人信息保护法第六条).
    """
    is_host = notice.host_unit_id is None or notice.host_unit_id == actor.unit_id
    answers = any(actor.may(f"notices.{act}", notice.region_key) for act in ("review_comment", "answer_comment"))
    rows = notice.comments.select_related("commenter").order_by("number")
    return [_row(comment, is_told=is_host and answers) for comment in rows]


def _row(comment: Comment, *, is_told: bool) -> CommentRow:
    commenter: Any = getattr(comment, "commenter", None) if is_told else None
    masked = comment.masked
    text = comment.text if is_told else masked.text
    return CommentRow(comment, commenter.name if commenter else "", commenter.phone if commenter else "", text, masked)


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice about a subject, for the page of that subject."""

    id: int
    title: str
    state: str
    state_label: str
    opens_on: date | None
    closes_on: date | None
    comment_count: int
    result: str
    changed_at: datetime


def list_about(subject_kind: str, subject_id: int) -> list[NoticeLine]:
    """Return the notices about a subject, newest first (1 query). The caller has checked the right to the subject."""
    rows = Notice.objects.unscoped("those of one subject").filter(subject_kind=subject_kind, subject_id=subject_id)
    return [
        NoticeLine(
            n.pk, n.title, n.state, str(n.get_state_display()), n.opens_on, n.closes_on, n.comment_count, n.result,
            n.changed_at,
        )
        for n in rows.order_by("-pk")
    ]  # fmt: skip
