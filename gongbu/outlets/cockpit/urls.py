"""Address of the cockpit."""

from django.urls import path

from gongbu.outlets.cockpit import pages

app_name = "cockpit"
urlpatterns = [path("cockpit/", pages.show, name="show")]
