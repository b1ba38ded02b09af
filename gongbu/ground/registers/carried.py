"""What was being submitted when the sign-in had run out: carried through the sign-in into the person's own draft.

The form names its draft and its person, sealed (``_draft``). Its texts lie in the visitor's session until the same
person is back at the form; another person at the same desk gets nothing of it.
"""

import json
from typing import Any

from django.core import signing
from django.http import HttpRequest, QueryDict

from gongbu.ground.basics.rules.secrecy import find_secret_rule

KEY, FIELD = "carried_form", "_draft"
LIMIT = 100_000
"""Characters; a longer form is not carried."""
_SALT = "gongbu.carried"


def seal(person_id: int, form_key: str, subject: str) -> str:
    """Return what a form carries to say whose draft it is; signed, so that nobody writes into another's form."""
    return signing.dumps([person_id, form_key, subject], salt=_SALT)


def keep(request: HttpRequest) -> bool:
    """Keep what an expired sign-in could not submit; return whether there was something that may be kept.

    Content that meets a secrecy rule is kept nowhere (GO-15).
    """
    if not (whose := request.POST.get(FIELD)):
        return False
    try:
        person_id, form_key, subject = signing.loads(whose, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return False
    texts = {name: values for name, values in request.POST.lists() if name not in (FIELD, "csrfmiddlewaretoken")}
    flat = [value for values in texts.values() for value in values]
    if sum(map(len, flat)) > LIMIT or find_secret_rule(str(value) for value in flat):
        return False
    request.session[KEY] = json.dumps([person_id, form_key, subject, texts])
    return True


def take(request: HttpRequest, person_id: int, form_key: str, subject: str) -> QueryDict | None:
    """Return what was carried to this form of this person, once; anybody else's is thrown away."""
    kept: Any = request.session.get(KEY) if hasattr(request, "session") else None
    if not kept:
        return None
    whose, key, about, texts = json.loads(kept)
    if whose == person_id and (key, about) != (form_key, subject):
        return None  # another form of the same person: it waits for that one
    del request.session[KEY]
    if whose != person_id:
        return None
    posted = QueryDict(mutable=True)
    for name, values in texts.items():
        posted.setlist(name, values)
    return posted
