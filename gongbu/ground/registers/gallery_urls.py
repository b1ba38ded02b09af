"""Addresses of the gallery. Served only when a developer asks for it (``GONGBU_GALLERY=1``), and in tests."""

from django.urls import path

from gongbu.ground.registers import gallery

app_name = "gallery"
urlpatterns = [
    path("_gallery", gallery.show, name="show"),
    path("_gallery/list/", gallery.SAMPLE.list_view, name="sample"),
    path("_gallery/list/<int:pk>/drawer", gallery.SAMPLE.drawer_view, name="sample_drawer"),
    path("_gallery/list/export.<str:form>", gallery.SAMPLE.export_view, name="sample_export"),
    path("_gallery/form", gallery.form, name="sample_form"),
    path("_gallery/trouble/<int:status>", gallery.trouble, name="sample_trouble"),
]
