"""Addresses of the sandbox."""

from django.urls import path

from gongbu.ground.policy.sandbox import grid_pages, pages
from gongbu.ground.policy.sandbox.register import ROWS, TRIALS

app_name = "sandbox"
urlpatterns = [
    *TRIALS.urls("sandbox:", "policy/sandbox/"),
    *ROWS.urls(
        "sandbox:", "policy/sandbox/rows/", names={"list": "rows", "drawer": "row_drawer", "export": "rows_export"}
    ),
    path("policy/sandbox/rows/<int:pk>", pages.show_row, name="row"),
    path("policy/sandbox/new", pages.open_trial, name="open"),
    path("policy/sandbox/<int:pk>", pages.show, name="trial"),
    path("policy/sandbox/<int:pk>/progress", pages.progress, name="progress"),
    path("policy/sandbox/<int:pk>/replay", pages.replay, name="replay"),
    path("policy/sandbox/<int:pk>/discard", pages.discard, name="discard"),
    path("policy/sandbox/<int:pk>/undo", pages.undo, name="undo"),
    path("policy/sandbox/<int:pk>/adopt", pages.adopt, name="adopt"),
    path("policy/sandbox/<int:pk>/tables/<str:key>", grid_pages.edit_table, name="table"),
    path("policy/sandbox/<int:pk>/tables/<str:key>/check", grid_pages.check_table, name="check_table"),
    path("policy/sandbox/<int:pk>/parameters/<str:key>", grid_pages.edit_parameter, name="parameter"),
    path("policy/sandbox/<int:pk>/parameters/<str:key>/check", grid_pages.check_parameter, name="check_parameter"),
]
