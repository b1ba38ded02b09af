"""Addresses of the likeness room."""

from django.urls import path

from gongbu.mainline.likeness import pages
from gongbu.mainline.likeness.register import PAIRS

app_name = "likeness"
urlpatterns = [
    *PAIRS.urls("likeness:", "likeness/"),
    path("likeness/check", pages.check, name="check"),
    path("likeness/<int:project_id>/<int:other_id>/decide", pages.decide, name="decide"),
    path("likeness/<int:pk>/confirm", pages.confirm, name="confirm"),
]
