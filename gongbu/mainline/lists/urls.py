"""Addresses of lists."""

from django.urls import path

from gongbu.mainline.lists import export, grid_pages, pages
from gongbu.mainline.lists.register import ITEMS, LISTS

app_name = "lists"
_ITEMS = {"list": "items", "drawer": "items_drawer", "export": "items_export"}
urlpatterns = [
    *LISTS.urls("lists:", "lists/"),
    *ITEMS.urls("lists:", "lists/items/", _ITEMS),
    path("lists/new", pages.new, name="new"),
    path("lists/five", pages.five, name="five"),
    path("lists/<int:pk>/", pages.show, name="show"),
    path("lists/<int:pk>/redraft", pages.redraft, name="redraft"),
    path("lists/<int:pk>/ranking", pages.ranking, name="ranking"),
    path("lists/<int:pk>/add", pages.add, name="add"),
    path("lists/<int:pk>/items/<int:project_id>/remove", pages.remove, name="remove"),
    path("lists/<int:pk>/items/<int:project_id>/", pages.fill, name="fill"),
    path("lists/<int:pk>/items/", grid_pages.grid, name="grid"),
    path("lists/<int:pk>/export.xlsx", export.send, name="export_one"),
    path("lists/<int:pk>/meeting", pages.send, name="send"),
    path("lists/<int:pk>/notice", pages.notice, name="notice"),
    path("lists/<int:pk>/issue", pages.issue, name="issue"),
    path("lists/<int:pk>/withdraw", pages.withdraw, name="withdraw"),
]
