"""接口令牌: one's own under 账号与安全; those of a person, for a 安全保密管理员. The text of a new one is shown once."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.orgs import services, tokens
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Person
from gongbu.ground.orgs.pages.people import find_person
from gongbu.ground.orgs.queries import actor_for
from gongbu.ground.orgs.rights import rights
from gongbu.ground.registers import api, pages

USUAL_DAYS = 90
READING = (".view", ".browse")


@never_cache
@pages.page("orgs.create_token", methods=("GET", "POST"))
def mine(request: HttpRequest) -> HttpResponse:
    """One's own tokens: list, make, revoke."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    person = Person.objects.get(pk=actor.person_id or 0)
    crumbs = [("账号与安全", reverse("orgs:account")), ("接口令牌", None)]
    return _page(request, person, _choices(actor), crumbs, reverse("orgs:tokens"))


@never_cache
@pages.page("orgs.create_token_for", methods=("GET", "POST"))
def of_person(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's tokens, for a 安全保密管理员; he may make reading ones only."""
    person = find_person(request, pk)
    try:
        holder = actor_for(person)
    except LookupError:
        raise NotFound("orgs.no_such_person") from None
    choices = [choice for choice in _choices(holder) if choice[0].endswith(READING)]
    crumbs = [("人员", reverse("orgs:people")), (person.name, reverse("orgs:person", args=[pk])), ("接口令牌", None)]
    return _page(request, person, choices, crumbs, reverse("orgs:person_tokens", args=[pk]))


@pages.page("orgs.revoke_token", methods=("POST",))
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own tokens, or one in a 安全保密管理员's range."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    token = services.revoke_token(actor=actor, token_id=pk)
    if token.person_id == actor.person_id:
        return HttpResponseRedirect(reverse("orgs:tokens") + "?done=revoked")
    return HttpResponseRedirect(reverse("orgs:person_tokens", args=[token.person_id]) + "?done=revoked")


def _choices(holder: Actor) -> list[tuple[str, str]]:
    """Return (act, label) of what API routes declare and the holder may do."""
    return [(act, rights().label(act)) for act in sorted(api.declared_acts()) if holder.may(act)]


def _page(
    request: HttpRequest,
    person: Person,
    choices: Sequence[tuple[str, str]],
    crumbs: Sequence[tuple[str, str | None]],
    here: str,
) -> HttpResponse:
    posted = request.POST
    context = {
        "title": "接口令牌",
        "person": person,
        "choices": choices,
        "chosen": posted.getlist("scopes"),
        "posted": posted,
        "usual_end": clock.today() + timedelta(days=USUAL_DAYS),
        "today": clock.today(),
        "crumbs": crumbs,
        "here": here,
        "problem": "",
        "notices": [{"tone": "good", "text": "令牌已作废，立即失效。"}] if request.GET.get("done") == "revoked" else [],
    }
    if request.method == "POST":
        try:
            if set(posted.getlist("scopes")) - {act for act, _label in choices}:
                raise Refusal("orgs.scope_not_offered", field="scopes")
            token, text = services.create_token(
                actor=request.actor,  # type: ignore[attr-defined]
                name=posted.get("name", ""),
                scopes=posted.getlist("scopes"),
                valid_to=_day(posted.get("valid_to", "")),
                person_id=person.pk,
            )
        except (NotAllowed, NotFound):
            raise
        except Refusal as refusal:
            context["problem"] = word(refusal)
        else:
            labels = [rights().label(scope) for scope in token.scopes]
            made = {**context, "token": token, "text": text, "labels": labels}
            return pages.render(request, "orgs/token_made.html", made)
    labels_of = {act: row[0] for act, row in rights().acts.items()}
    context["rows"] = [
        (row, "、".join(labels_of.get(s, s) for s in row.scopes), _state(row.revoked_at is not None, row.valid_to))
        for row in tokens.list_of(person.pk)
    ]
    return pages.render(request, "orgs/tokens.html", context, status=422 if context["problem"] else 200)


def _state(is_revoked: bool, valid_to: date) -> tuple[str, str]:
    if is_revoked:
        return "已作废", "off"
    return ("有效", "good") if valid_to > clock.today() else ("已到期", "off")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refusal("orgs.day_form", field="valid_to") from None
