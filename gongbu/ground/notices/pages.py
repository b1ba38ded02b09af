"""Pages for those who work on notices: draft, one notice with its comments, what may be done to it."""

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.ledger import kinds as entry_kinds
from gongbu.ground.ledger import receipts
from gongbu.ground.ledger.queries import list_for_subject
from gongbu.ground.notices import commenting, forms, kinds, queries, services
from gongbu.ground.notices.models import NOTICE, Comment, Notice
from gongbu.ground.registers.forms import handle
from gongbu.ground.registers.pages import page, posted_rev, render


def _crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [("公示", reverse("notices:list")), *more]


@page("notices.draft", methods=("GET", "POST"))
def draft(request: HttpRequest) -> HttpResponse:
    """Draft a notice."""
    actor = request.actor  # type: ignore[attr-defined]
    form = forms.DRAFT.bind(request, initial={"notice_kind": "GENERAL"})

    def save(values: dict[str, Any]) -> str:
        notice = services.draft_notice(
            kind=values["notice_kind"], region_id=values["notice_region"], content=forms.content_of(values), actor=actor,
            period=values["notice_period"],
        )  # fmt: skip
        return reverse("notices:manage", args=[notice.pk])

    context = {"title": "拟公示稿", "crumbs": _crumbs(("拟稿", None)), "cancel": reverse("notices:list")}
    return handle(request, form, save, "notices/draft.html", context)


@page("notices.change_draft", methods=("GET", "POST"))
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    actor = request.actor  # type: ignore[attr-defined]
    notice = queries.get_notice(pk, actor)
    actor.require("notices.change_draft", notice.region_key)
    form = forms.EDIT.bind(request, initial=forms.values_of(notice), subject=pk, rev=notice.rev)

    def save(values: dict[str, Any]) -> str:
        services.change_draft(
            notice_id=pk,
            rev=form.rev or 0,
            content=forms.content_of(values),
            period=values["notice_period"],
            actor=actor,
        )
        return reverse("notices:manage", args=[pk])

    back = reverse("notices:manage", args=[pk])
    context = {"title": "修改公示稿", "crumbs": _crumbs((notice.title, back), ("修改", None)), "cancel": back}
    return handle(request, form, save, "notices/draft.html", context)


@page("notices.view")
def manage(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice: what it shows, its period with the basis, its comments, and the acts open to the reader."""
    return _show(request, pk)


def _show(request: HttpRequest, pk: int, problem: str = "", status: int = 200) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    notice = queries.get_notice(pk, actor)
    may = {
        name: actor.may(f"notices.{name}", notice.region_key)
        for name in ("change_draft", "open", "review_comment", "answer_comment", "close", "withdraw")
    }
    rows = queries.list_comments(notice, actor) if notice.comment_count else []
    history = list_for_subject(NOTICE, notice.pk)
    context = {
        "title": notice.title,
        "crumbs": _crumbs((notice.title, None)),
        **shown(notice),
        "may": may,
        "rows": rows,
        "outcomes": Comment.Outcome.choices,
        "today": clock.today(),
        "is_over": notice.closes_on is not None and clock.today() > notice.closes_on,
        "suggested": suggested_result(rows),
        "history": [(row, entry_kinds.label(row.kind)) for row in history],
        "problem": problem,
    }
    return render(request, "notices/manage.html", context, status=status)


_FIGURE = re.compile(r"[-−]?[\d,]+(\.\d+)?%?")


def shown(notice: Notice) -> dict[str, Any]:
    """Return what both the public page and the officer's page show of a notice: text, table cells, period, basis."""
    figures = [
        [(cell, bool(_FIGURE.fullmatch(cell)), head) for cell, head in zip(row, notice.columns, strict=True)]
        for row in notice.rows
    ]
    heads = [(head, bool(figures) and all(row[n][1] for row in figures)) for n, head in enumerate(notice.columns)]
    return {
        "notice": notice,
        "heads": heads,
        "kind": dict(kinds.choices()).get(notice.kind, ""),
        "table": figures,
        "period": services.period_words(notice),
        "basis": basis_of(notice),
        "receipt": receipts.grouped(notice.receipt) if notice.receipt else "",
    }


def basis_of(notice: Notice) -> dict[str, Any]:
    """Return the 依据 of the period: the parameter, and a longer wish set by hand."""
    source = notice.period_source
    facts = [("规定期限", source.get("words", ""))]
    if notice.period > int(source.get("least", notice.period)):
        facts.append(("拟稿时延长为", services.period_words(notice)))
    return {
        "value": services.period_words(notice),
        "rule": source.get("label", ""),
        "facts": facts,
        "clause": f"{source.get('instrument', '')}{source.get('article', '')}",
        "pack": "{pack} {version}".format(**source["ref"]) if source.get("ref") else "",
        "confidence": source.get("confidence", ""),
    }


def suggested_result(rows: list[queries.CommentRow]) -> str:
    """Return the first sentence of a result, counted from the comments."""
    if not rows:
        return "公示期内未收到意见。"
    counts = {label: sum(row.comment.outcome == code for row in rows) for code, label in Comment.Outcome.choices}
    told = "、".join(f"{label} {n} 条" for label, n in counts.items() if n)
    return f"公示期内收到意见 {len(rows)} 条" + (f"，其中{told}。" if told else "。")


def _do(request: HttpRequest, pk: int, work: Callable[[], object], target: str = "") -> HttpResponse:
    """Run an act; a refusal is shown on the notice's page with nothing lost but the one field."""
    try:
        work()
    except (NotAllowed, NotFound):
        raise
    except InvalidInput as refusal:
        return _show(request, pk, " ".join(word(finding) for finding in refusal.findings), 422)
    except Refusal as refusal:
        return _show(request, pk, word(refusal), refusal.status)
    return HttpResponseRedirect(target or reverse("notices:manage", args=[pk]))


@page("notices.open", methods=("POST",))
def open_it(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a draft."""
    actor = request.actor  # type: ignore[attr-defined]
    return _do(request, pk, lambda: services.open_notice(notice_id=pk, rev=posted_rev(request) or 0, actor=actor))


@page("notices.close", methods=("POST",))
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a notice that is over."""
    actor, result = request.actor, request.POST.get("result", "")[:2_000]  # type: ignore[attr-defined]
    return _do(
        request, pk, lambda: services.close_notice(notice_id=pk, result=result, actor=actor, rev=posted_rev(request))
    )


@page("notices.withdraw", methods=("POST",))
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a notice."""
    actor, reason = request.actor, request.POST.get("reason", "")  # type: ignore[attr-defined]
    work = services.withdraw_notice
    return _do(request, pk, lambda: work(notice_id=pk, reason=reason, actor=actor, rev=posted_rev(request)))


def _comment(request: HttpRequest, pk: int) -> Comment:
    comment = Comment.objects.select_related("notice").filter(pk=pk).first()
    if comment is None or not request.actor.may("notices.view", comment.notice.region_key):  # type: ignore[attr-defined]
        raise NotFound("notices.comment_not_found")
    return comment


@page("notices.review_comment", methods=("POST",))
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Show or withhold a comment."""
    comment, actor = _comment(request, pk), request.actor  # type: ignore[attr-defined]
    shown, reason = request.POST.get("decision") == "show", request.POST.get("reason", "")
    target = f"{reverse('notices:manage', args=[comment.notice_id])}#comment-{comment.number}"
    work = commenting.review_comment
    return _do(request, comment.notice_id, lambda: work(comment_id=pk, shown=shown, reason=reason, actor=actor), target)


@page("notices.answer_comment", methods=("POST",))
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a comment."""
    comment, actor = _comment(request, pk), request.actor  # type: ignore[attr-defined]
    post = request.POST
    target = f"{reverse('notices:manage', args=[comment.notice_id])}#comment-{comment.number}"
    work = commenting.answer_comment
    return _do(
        request, comment.notice_id,
        lambda: work(comment_id=pk, outcome=post.get("outcome", ""), answer=post.get("answer", ""), actor=actor), target,
    )  # fmt: skip
