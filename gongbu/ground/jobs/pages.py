"""系统·后台作业: jobs, recurring work and worker processes, for the system administrator."""

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.jobs import queries, retrying
from gongbu.ground.jobs.register import JOBS, TONES
from gongbu.ground.registers import pages


@pages.page("jobs.view")
def list_jobs(request: HttpRequest) -> HttpResponse:
    """The register of jobs; above it the workers, below it what runs again and again."""
    extra = {"workers": queries.list_workers(), "cadences": queries.list_cadences()}
    return JOBS.render_list(request, extra, "jobs/list.html")


@pages.page("jobs.view")
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """One job: how far, how often tried, what went wrong."""
    job = queries.get_job(_id(pk))
    if job is None:
        raise NotFound("jobs.unknown")
    context = {
        "title": job.label,
        "job": job,
        "tone": TONES[job.status],
        "crumbs": [("后台作业", reverse("jobs:list")), (job.label, None)],
    }
    return pages.render(request, "jobs/job.html", context)


@pages.page("jobs.retry", methods=("POST",))
def retry(request: HttpRequest, pk: str) -> HttpResponse:
    """Try a failed job again."""
    retrying.retry_job(task_id=_id(pk), actor=request.actor)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("jobs:show", args=[pk]))


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound("jobs.unknown") from None
