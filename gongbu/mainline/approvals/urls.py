"""Addresses of 批复文件."""

from django.urls import path

from gongbu.mainline.approvals import pages
from gongbu.mainline.approvals.register import PAPERS

app_name = "approvals"
urlpatterns = [
    *PAPERS.urls("approvals:", "papers/"),
    path("papers/<int:pk>/", pages.show, name="paper"),
    path("papers/<int:pk>/correct", pages.correct, name="correct"),
    path("projects/<int:project_id>/papers/new", pages.record, name="record"),
]
