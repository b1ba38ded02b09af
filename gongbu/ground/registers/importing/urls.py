"""Addresses of imports."""

from django.urls import path

from gongbu.ground.registers.importing import pages

app_name = "importing"
urlpatterns = [
    path("imports/", pages.BATCHES.list_view, name="list"),
    path("imports/new", pages.start, name="start"),
    path("imports/template/<slug:kind>.xlsx", pages.download_template, name="template"),
    path("imports/<int:pk>/", pages.show, name="batch"),
    path("imports/<int:pk>/progress", pages.progress, name="progress"),
    path("imports/<int:pk>/accept", pages.accept, name="accept"),
    path("imports/<int:pk>/discard", pages.discard, name="discard"),
    path("imports/<int:pk>/marked.xlsx", pages.download_marked, name="marked"),
    path("imports/<int:pk>/rows/<int:row_id>", pages.mend, name="row"),
]
pages.BATCHES.bind_names(list="importing:list", drawer="importing:list", export="importing:list")
