"""Addresses of the book's public pages. Short, because they go into QR codes."""

from django.urls import path

from gongbu.ground.ledger.pages import heads, receipts, verifier

app_name = "ledger"
urlpatterns = [
    path("receipts", receipts.find_receipt, name="find"),
    path("receipts/verifier/download", verifier.download_verifier, name="verifier"),
    path("receipts/heads", heads.list_heads, name="heads"),
    path("receipts/heads/check", heads.check_head, name="check_head"),
    path("receipts/heads/consistency.json", heads.download_consistency, name="consistency"),
    path("receipts/heads/<int:year>-<int:month>", heads.show_month, name="month"),
    path("r/<str:code>", receipts.show_receipt, name="receipt"),
    path("r/<str:code>/proof.json", receipts.download_proof, name="proof"),
]
