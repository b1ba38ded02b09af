"""帮助: the manual, one short page per subject."""

from django.http import HttpRequest, HttpResponse

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.registers.pages import public_page, render
from gongbu.ground.registers.topics import TOPICS


@public_page
def show(request: HttpRequest, topic: str) -> HttpResponse:
    """One page of the manual; nobody needs an account to read how to get one."""
    if topic not in TOPICS:
        raise NotFound("registers.no_such_help")
    context = {
        "topic": topic,
        "title": TOPICS[topic],
        "topics": TOPICS,
        "crumbs": [("帮助", None), (TOPICS[topic], None)],
    }
    return render(request, f"help/{topic}.html", context)
