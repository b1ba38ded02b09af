"""Whether this process answers: for the start-up line and for a load balancer. And whether the book is signed."""

from django.db import connection
from django.http import HttpRequest, HttpResponse

from gongbu.ground.ledger import held
from gongbu.ground.registers.pages import public_page


@public_page
def health(request: HttpRequest) -> HttpResponse:
    """Return ``ok`` when the database answers, and a second line when the book's signing is held (1 query, as a rule).

    Held is no reason to send people elsewhere, so the status stays 200.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    stopped = held.find()
    text = "ok" if stopped is None else f"ok\nledger: held {stopped.kept}/{stopped.known}\n{stopped.said}"
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})
