"""Addresses of policy pages."""

from django.urls import path

from gongbu.ground.policy import facts_pages, pages

app_name = "policy"
urlpatterns = [
    path("policy/", pages.list_packs, name="packs"),
    path("policy/packs/<str:key>", pages.show_pack, name="pack"),
    path("policy/facts/", facts_pages.list_facts, name="facts"),
    path("policy/facts/export.<str:form>", facts_pages.export, name="facts_export"),
    path("policy/facts/<str:pack>/<str:key>", facts_pages.show_fact, name="fact"),
    path("policy/regions/", pages.choose_region, name="regions"),
    path("policy/regions/<int:region_id>", pages.show_region, name="region"),
    path("policy/regions/<int:region_id>/adopt", pages.adopt, name="adopt"),
    path("policy/decisions/<int:decision_id>", pages.show_decision, name="decision"),
]
