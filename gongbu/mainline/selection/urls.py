"""Addresses of selection."""

from django.urls import path

app_name = "selection"
urlpatterns = [
    path("rounds/<int:pk>/", lambda r, pk: None, name="round"),
    path("rounds/<int:pk>/score", lambda r, pk: None, name="score"),
]
