"""Addresses of the likeness room."""

from django.urls import path

from gongbu.mainline.likeness import pages, report_pages
from gongbu.mainline.likeness.register import PAIRS, REPORTS

app_name = "likeness"
urlpatterns = [
    *PAIRS.urls("likeness:", "likeness/"),
    *REPORTS.urls(
        "likeness:",
        "likeness/reports/",
        {"list": "reports", "drawer": "reports_drawer", "export": "reports_export"},
    ),
    path("likeness/reports/<int:pk>", report_pages.show, name="report"),
    path("likeness/check", pages.check, name="check"),
    path("likeness/<int:project_id>/<int:other_id>/decide", pages.decide, name="decide"),
    path("likeness/<int:pk>/confirm", pages.confirm, name="confirm"),
]
