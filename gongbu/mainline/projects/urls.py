"""Addresses of the project room."""

from django.urls import path

from gongbu.mainline.projects import form_pages, overview, pages
from gongbu.mainline.projects.register import PROJECTS

app_name = "projects"
urlpatterns = [
    *PROJECTS.urls("projects:"),
    path("overview", overview.show, name="overview"),
    path("search", pages.search, name="search"),
    path("code-check", pages.check_code, name="check_code"),
    path("new", form_pages.create, name="create"),
    path("take-over", form_pages.take_over, name="take_over"),
    path("merge", form_pages.merge, name="merge"),
    path("package", form_pages.make_package, name="make_package"),
    path("<int:pk>/", pages.show, name="show"),
    path("<int:pk>/card", pages.card, name="card"),
    path("<int:pk>/edit", form_pages.update, name="update"),
    path("<int:pk>/code", form_pages.attach_code, name="attach_code"),
    path("<int:pk>/stage", form_pages.set_stage, name="set_stage"),
    path("<int:pk>/rename", form_pages.rename, name="rename"),
    path("<int:pk>/owner", form_pages.change_owner, name="change_owner"),
    path("<int:pk>/annual", form_pages.annual, name="annual"),
    path("<int:pk>/region", form_pages.set_competent_region, name="set_region"),
    path("<int:pk>/sites", form_pages.set_sites, name="set_sites"),
    path("<int:pk>/parent", form_pages.assign_parent, name="assign_parent"),
    path("<int:pk>/classify", form_pages.classify, name="classify"),
    path("<int:pk>/members/<int:member_id>/end", form_pages.end_member, name="end_member"),
    path("<int:pk>/works", form_pages.add_work, name="add_work"),
    path("<int:pk>/sections", form_pages.add_section, name="add_section"),
    path("<int:pk>/members", form_pages.add_member, name="add_member"),
    path("<int:pk>/split", form_pages.split, name="split"),
    path("<int:pk>/withdraw", form_pages.withdraw, name="withdraw"),
]
