"""Pages that need no account: the index of notices, one notice with its comments, saying something to it."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.text import read_id
from gongbu.ground.doors import services as doors
from gongbu.ground.ledger import qr, receipts
from gongbu.ground.ledger.pages.receipts import address_of
from gongbu.ground.notices import captcha, commenting, kinds, queries
from gongbu.ground.notices.models import Notice
from gongbu.ground.notices.pages import shown
from gongbu.ground.orgs.client_ip import client_ip
from gongbu.ground.registers import pages

TRIES_PER_HOUR = 30  # of one address, wrong pictures included: several people may sit behind one address
TYPED = ("name", "phone", "text")


@pages.public_page
def index(request: HttpRequest) -> HttpResponse:
    """Notices that are open, and those that are over."""
    words, over = request.GET.get("q", "").strip()[:60], request.GET.get("over") == "1"
    page = request.GET.get("page", "1")
    found = queries.list_public(words=words, over=over, page=read_id(page) or 1)

    def address(**change: object) -> str:
        asked = {"q": words, "over": "1" if over else "", **change}
        return "?" + urlencode({key: value for key, value in asked.items() if value})

    context = {
        "found": found, "words": words, "over": over, "address": address, "today": clock.today(),
        "kinds": dict(kinds.choices()),
    }  # fmt: skip
    return pages.render(request, "notices/index.html", context)


@never_cache
@pages.public_page(methods=("GET", "POST"))
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice; while it is open, the form for a comment."""
    notice = queries.get_public_notice(pk)
    if request.method != "POST":
        return _show(request, notice)
    post = request.POST
    try:
        doors.count_or_refuse("notice-comment", client_ip(request), TRIES_PER_HOUR, "orgs.too_many_tries")
        comment = commenting.submit_comment(
            notice_id=pk, name=post.get("name", ""), phone=post.get("phone", ""), text=post.get("text", ""),
            token=post.get("token", ""), answer=post.get("answer", ""),
            actor=request.actor,  # type: ignore[attr-defined]
        )  # fmt: skip
    except InvalidInput as refusal:
        return _show(request, notice, list(refusal.findings), 422)
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(request, notice, [refusal.as_finding()], refusal.status)
    context = {
        "notice": notice, "comment": comment, "receipt": receipts.grouped(comment.receipt),
        "qr": qr.svg(address_of(request, comment.receipt)),
    }  # fmt: skip
    return pages.render(request, "notices/thanks.html", context)


def _show(
    request: HttpRequest, notice: Notice, findings: list[Finding] | None = None, status: int = 200
) -> HttpResponse:
    today = clock.today()
    assert notice.closes_on is not None
    takes_comments = notice.state == Notice.State.OPEN and today <= notice.closes_on
    errors: dict[str, list[str]] = {}
    for finding in findings or []:
        errors.setdefault(finding.field or "", []).append(word(finding))
    context: dict[str, Any] = {
        **shown(notice),
        "crumbs": [("公示", reverse("notices:index")), (notice.title, None)],
        "comments": queries.list_public_comments(notice) if notice.comment_count else [],
        "takes_comments": takes_comments,
        "days_left": (notice.closes_on - today).days,
        "question": captcha.new(in_words=request.GET.get("words") == "1") if takes_comments else None,
        "typed": {name: request.POST.get(name, "") for name in TYPED},
        "errors": errors,
        "action": reverse("notices:show", args=[notice.pk]) + ("?words=1" if request.GET.get("words") == "1" else ""),
    }
    return pages.render(request, "notices/show.html", context, status=status)


@never_cache
@pages.public_page
def picture(request: HttpRequest) -> HttpResponse:
    """The picture of a question, drawn from its token."""
    image = captcha.draw(request.GET.get("t", "")[:600])
    if image is None:
        return HttpResponse(status=404)
    return HttpResponse(image, content_type="image/png")
