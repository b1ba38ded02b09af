"""Addresses of every room. The only list of them."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from gongbu.config.api import api
from gongbu.config.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health),
    path("api/", api.urls),
    # Prefixes before the rooms that have none: a route is found by trying them in turn.
    path("projects/", include("gongbu.mainline.projects.urls")),
    path("reserve/", include("gongbu.mainline.reserve.urls")),
    path("selection/", include("gongbu.mainline.selection.urls")),
    path("documents/", include("gongbu.ground.documents.urls")),
    path("meetings/", include("gongbu.ground.meetings.urls")),
    path("experts/", include("gongbu.ground.experts.urls")),
    path("issued-papers/", include("gongbu.ground.papers.urls")),
    path("", include("gongbu.ground.registers.urls")),
    path("", include("gongbu.ground.ledger.urls")),
    path("", include("gongbu.ground.orgs.urls")),
    path("", include("gongbu.ground.orgs.urls_oidc")),
    path("", include("gongbu.ground.calendar.urls")),
    path("", include("gongbu.ground.inbox.urls")),
    path("", include("gongbu.ground.jobs.urls")),
    path("", include("gongbu.ground.policy.urls")),
    path("", include("gongbu.ground.policy.sandbox.urls")),
    path("", include("gongbu.ground.registers.importing.urls")),
    path("", include("gongbu.ground.notices.urls")),
    path("", include("gongbu.mainline.objectives.urls")),
    path("", include("gongbu.mainline.promotion.urls")),
    path("", include("gongbu.mainline.likeness.urls")),
    path("", include("gongbu.mainline.lists.urls")),
    path("", include("gongbu.mainline.approvals.urls")),
    path("", include("gongbu.outlets.cockpit.urls")),
]

if settings.GALLERY:
    urlpatterns.append(path("", include("gongbu.ground.registers.gallery_urls")))

handler400 = "gongbu.ground.registers.errors.bad_request"
handler403 = "gongbu.ground.registers.errors.forbidden"
handler404 = "gongbu.ground.registers.errors.not_found"
handler500 = "gongbu.ground.registers.errors.server_error"
