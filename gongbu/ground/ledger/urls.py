"""Addresses of the book's public pages. Short, because they go into QR codes."""

from django.urls import path

from gongbu.ground.ledger import pages

app_name = "ledger"
urlpatterns = [
    path("receipts", pages.find_receipt, name="find"),
    path("receipts/heads", pages.list_heads, name="heads"),
    path("r/<str:code>", pages.show_receipt, name="receipt"),
    path("r/<str:code>/proof.json", pages.download_proof, name="proof"),
]
