"""Addresses of plans and objectives."""

from django.urls import path

from gongbu.mainline.objectives import pages
from gongbu.mainline.objectives.register import PLANS

app_name = "objectives"
urlpatterns = [
    *PLANS.urls("objectives:", "objectives/"),
    path("objectives/new", pages.new, name="new"),
    path("objectives/<int:pk>/", pages.show, name="plan"),
    path("objectives/<int:pk>/add", pages.add, name="add"),
    path("objectives/<int:pk>/end", pages.end, name="end"),
    path("projects/<int:project_id>/objectives/new", pages.link, name="link"),
    path("projects/<int:project_id>/objectives/<int:objective_id>/end", pages.unlink, name="unlink"),
]
