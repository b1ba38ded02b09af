"""Addresses of registers itself: region picker, drafts, gallery."""

from django.urls import path

from gongbu.ground.registers import forms, gallery, manual, region_picker

app_name = "registers"
urlpatterns = [
    path("_/regions", region_picker.children, name="regions"),
    path("_/drafts/<str:key>", forms.keep_draft, name="draft"),
    path("help/<slug:topic>", manual.show, name="help"),
    path("_gallery", gallery.show, name="gallery"),
    path("_gallery/list/", gallery.SAMPLE.list_view, name="sample"),
    path("_gallery/list/<int:pk>/drawer", gallery.SAMPLE.drawer_view, name="sample_drawer"),
    path("_gallery/list/export.<str:form>", gallery.SAMPLE.export_view, name="sample_export"),
    path("_gallery/form", gallery.form, name="sample_form"),
    path("_gallery/trouble/<int:status>", gallery.trouble, name="sample_trouble"),
]
