"""Addresses of experts."""

from django.urls import path

from gongbu.ground.experts import pages
from gongbu.ground.experts.register import DRAWS, EXPERTS

app_name = "experts"
urlpatterns = [
    *EXPERTS.urls("experts:", ""),
    *DRAWS.urls("experts:", "draws/", {"list": "draws", "drawer": "draws_drawer", "export": "draws_export"}),
    path("new", pages.register, name="new"),
    path("<int:pk>/", pages.show, name="expert"),
    path("<int:pk>/update", pages.update, name="update"),
    path("<int:pk>/contact", pages.contact, name="contact"),
    path("<int:pk>/relations/new", pages.relate, name="relate"),
    path("relations/<int:pk>/end", pages.end_relation, name="end_relation"),
    path("<int:pk>/suspend", pages.suspend, name="suspend"),
    path("<int:pk>/resume", pages.resume, name="resume"),
    path("<int:pk>/retire", pages.retire, name="retire"),
    path("<int:pk>/erase", pages.erase, name="erase"),
    path("draws/new", pages.open_draw, name="open"),
    path("draws/subjects", pages.find_subjects, name="subjects"),
    path("draws/<int:pk>/", pages.show_draw, name="draw"),
    path("draws/<int:pk>/make", pages.make_draw, name="make"),
    path("draws/<int:pk>/record.json", pages.download_draw, name="record"),
    path("draws/<int:pk>/void", pages.void_draw, name="void"),
    path("seats/<int:pk>/respond", pages.respond, name="respond"),
    path("seats/<int:pk>/replace", pages.replace, name="replace"),
    path("seats/<int:pk>/review", pages.review, name="review"),
    path("seats/<int:pk>/appraise", pages.appraise, name="appraise"),
    path("seats/<int:pk>/answer", pages.answer, name="answer"),
]
