"""Addresses of meetings."""

from django.urls import path

from gongbu.ground.meetings import dispatch_pages, pages
from gongbu.ground.meetings.register import MEETINGS, SETTLED_ITEMS

app_name = "meetings"
urlpatterns = [
    *MEETINGS.urls("meetings:", ""),
    *SETTLED_ITEMS.urls(
        "meetings:", "items/", {"list": "settled", "drawer": "settled_drawer", "export": "settled_export"}
    ),
    path("dispatch", dispatch_pages.show, name="dispatch"),
    path("dispatch/export.xlsx", dispatch_pages.export, name="dispatch_export"),
    path(
        "dispatch/<int:region_id>/<int:unit_id>/<int:year>/<int:month>",
        dispatch_pages.show_month,
        name="dispatch_month",
    ),
    path("new", pages.draft, name="draft"),
    path("subjects", pages.find_subjects, name="subjects"),
    path("<int:pk>/", pages.show, name="meeting"),
    path("<int:pk>/invitation", pages.invitation, name="invitation"),
    path("<int:pk>/call", pages.call, name="call"),
    path("<int:pk>/change", pages.change, name="change"),
    path("<int:pk>/attendees", pages.invite, name="invite"),
    path("<int:pk>/items/new", pages.add_item, name="add_item"),
    path("<int:pk>/cancel", pages.cancel, name="cancel"),
    path("<int:pk>/hold", pages.hold, name="hold"),
    path("<int:pk>/attendance", pages.attend, name="attend"),
    path("<int:pk>/close", pages.close, name="close"),
    path("<int:pk>/correct", pages.correct, name="correct"),
    path("items/<int:item_id>/resolve", pages.resolve, name="resolve"),
    path("items/<int:item_id>/withdraw", pages.withdraw, name="withdraw"),
    path("attendees/<int:attendee_id>/reply", pages.reply, name="reply"),
]
