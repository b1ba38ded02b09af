"""Whether this process answers: for the start-up line and for a load balancer. It tells nothing else."""

from django.db import connection
from django.http import HttpRequest, HttpResponse

from gongbu.ground.registers.pages import public_page


@public_page
def health(request: HttpRequest) -> HttpResponse:
    """Return ``ok`` when the database answers (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})
