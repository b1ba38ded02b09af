"""Addresses of papers."""

from django.urls import path

from gongbu.ground.papers import pages
from gongbu.ground.papers.register import PAPERS, SERIES

app_name = "papers"
urlpatterns = [
    *PAPERS.urls("papers:"),
    *SERIES.urls("papers:", "series/", {"list": "series", "drawer": "series_drawer", "export": "series_export"}),
    path("series/new", pages.open_series, name="open_series"),
    path("templates/", pages.list_templates, name="templates"),
    path("templates/<str:key>/new", pages.draft, name="draft"),
    path("<int:pk>/", pages.show, name="paper"),
    path("<int:pk>/void", pages.void, name="void"),
]
