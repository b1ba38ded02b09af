"""账号与安全: one's own posts, sessions, password and authenticator."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics.text import read_id
from gongbu.ground.orgs import agents, audit, second_factor, sessions, signing
from gongbu.ground.orgs.middleware import ACTOR_KEY, POST_KEY
from gongbu.ground.orgs.models import AuditEvent, Person, RecoveryCode
from gongbu.ground.orgs.queries import list_posts_of, needs_second_factor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.registers import pages

DONE = {
    "password": "密码已修改，其他设备上的登录已全部退出。",
    "ended": "所选登录已下线。",
    "everywhere": "其他设备上的登录已全部下线。",
}
FAILED = {"wrong": "动态口令不对，恢复码没有更换。"}


@pages.signed_in_page
def account(request: HttpRequest) -> HttpResponse:
    """The account page."""
    actor = request.actor  # type: ignore[attr-defined]
    person = Person.objects.get(pk=actor.person_id)
    labels = rights().roles
    done, failed = (words.get(request.GET.get("done", "")) for words in (DONE, FAILED))
    context = {
        "person": person,
        "held": list_posts_of(actor.person_id),
        "roles": [labels[role] for role in sorted(actor.roles)],
        "sessions": [(row, agents.in_words(row.agent)) for row in sessions.list_of(actor.person_id)],
        "session_key": request.session.session_key,
        "has_device": signing.has_device(actor.person_id),
        "is_owed": needs_second_factor(actor.person_id),
        "recovery_left": RecoveryCode.objects.filter(person=person, used_at=None).count(),
        "may_tokens": actor.may("orgs.create_token"),
        "notices": [{"tone": tone, "text": text} for tone, text in (("good", done), ("bad", failed)) if text],
    }
    return pages.render(request, "orgs/account.html", context)


@pages.signed_in_page(methods=("POST",))
def switch_post(request: HttpRequest) -> HttpResponse:
    """Act in another of one's posts from now on."""
    actor = request.actor  # type: ignore[attr-defined]
    wanted = request.POST.get("post", "")
    if any(str(post.id) == wanted for post in list_posts_of(actor.person_id)):
        request.session[POST_KEY] = int(wanted)
        request.session.pop(ACTOR_KEY, None)
        audit.record(actor, AuditEvent.Kind.POST_SWITCHED, request=request, post_id=int(wanted))
    return HttpResponseRedirect(signing.safe_next(request, request.POST.get("next")))


@pages.signed_in_page(methods=("POST",))
def end_session(request: HttpRequest) -> HttpResponse:
    """End one of one's sessions, or all others."""
    actor = request.actor  # type: ignore[attr-defined]
    which = request.POST.get("session", "")
    if which == "all":
        sessions.end_all(actor.person_id, keep=request.session.session_key)
        audit.record(actor, AuditEvent.Kind.SESSIONS_ENDED, request=request)
        return HttpResponseRedirect(reverse("orgs:account") + "?done=everywhere")
    if (number := read_id(which)) is not None:
        sessions.end_one(actor.person_id, number)
    return HttpResponseRedirect(reverse("orgs:account") + "?done=ended")


@pages.signed_in_page(methods=("POST",))
def renew_recovery(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes after a fresh code from the authenticator; the old ones no longer work."""
    actor = request.actor  # type: ignore[attr-defined]
    person = Person.objects.get(pk=actor.person_id)
    if not second_factor.check(request, person, request.POST.get("code", "")):
        return HttpResponseRedirect(reverse("orgs:account") + "?done=wrong")
    codes = second_factor.renew_recovery_codes(person)
    return pages.render(request, "orgs/recovery_codes.html", {"codes": codes, "onward": reverse("orgs:account")})
