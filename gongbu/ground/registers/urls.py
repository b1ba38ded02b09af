"""Addresses of registers itself: region picker, drafts, manual."""

from django.urls import path

from gongbu.ground.registers import forms, manual, region_picker

app_name = "registers"
urlpatterns = [
    path("_/regions", region_picker.children, name="regions"),
    path("_/drafts/<str:key>", forms.keep_draft, name="draft"),
    path("_/drafts/<str:key>/settle", forms.settle_draft, name="settle_draft"),
    path("help/<slug:topic>", manual.show, name="help"),
]
