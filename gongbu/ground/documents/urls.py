"""Addresses of documents."""

from django.urls import path

from gongbu.ground.documents import pages, tus

app_name = "documents"
urlpatterns = [
    path("uploads", tus.collection, name="uploads"),
    path("uploads/<uuid:upload_id>", tus.item, name="upload"),
    path("<int:document_id>", pages.show, name="document"),
    path("<int:document_id>/file", pages.download, name="file"),
    path("<int:document_id>/pages/<int:page>", pages.preview, name="preview"),
    path("<int:document_id>/replace", pages.replace, name="replace"),
    path("<int:document_id>/withdraw", pages.withdraw, name="withdraw"),
    path("of/<slug:subject_kind>/<int:subject_id>", pages.archive_page, name="archive_page"),
    path("of/<slug:subject_kind>/<int:subject_id>/add", pages.add, name="add"),
    path("of/<slug:subject_kind>/<int:subject_id>/archive.zip", pages.download_archive, name="archive"),
]
