"""Addresses of background work."""

from django.urls import path

from gongbu.ground.jobs import pages
from gongbu.ground.jobs.register import JOBS

app_name = "jobs"
JOBS.bind_names(list="jobs:list")
urlpatterns = [
    path("jobs/", pages.list_jobs, name="list"),
    path("jobs/<str:pk>/", pages.show, name="show"),
    path("jobs/<str:pk>/retry", pages.retry, name="retry"),
]
