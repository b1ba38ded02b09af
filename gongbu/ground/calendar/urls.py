"""Addresses of the calendar."""

from django.urls import path

from gongbu.ground.calendar import pages
from gongbu.ground.calendar.register import DEADLINES

app_name = "calendar"
urlpatterns = [
    path("calendar/", pages.show_year, name="year"),
    path("calendar/<int:year>/", pages.show_year, name="year"),
    path("calendar/notices/new", pages.record_notice, name="record_notice"),
    path("deadlines/<int:pk>/", pages.show_deadline, name="deadline"),
    path("deadlines/<int:pk>/stop", pages.stop, name="stop"),
    path("deadlines/<int:pk>/resume", pages.resume, name="resume"),
    path("deadlines/<int:pk>/extend", pages.extend, name="extend"),
    path("deadlines/<int:pk>/close", pages.close, name="close"),
    *DEADLINES.urls("calendar:", "deadlines/", names={"list": "deadlines", "drawer": "deadline_row"}),
]
