"""Addresses of notices: open to everybody under ``notices/``, worked on under ``notices/manage/``."""

from django.urls import path

from gongbu.ground.notices import pages, public_pages
from gongbu.ground.notices.register import NOTICES

app_name = "notices"
urlpatterns = [
    path("notices/", public_pages.index, name="index"),
    path("notices/<int:pk>/", public_pages.show, name="show"),
    path("notices/captcha.png", public_pages.picture, name="captcha"),
    *NOTICES.urls("notices:", "notices/manage/"),
    path("notices/manage/new", pages.draft, name="new"),
    path("notices/manage/<int:pk>/", pages.manage, name="manage"),
    path("notices/manage/<int:pk>/edit", pages.edit, name="edit"),
    path("notices/manage/<int:pk>/open", pages.open_it, name="open"),
    path("notices/manage/<int:pk>/close", pages.close, name="close"),
    path("notices/manage/<int:pk>/withdraw", pages.withdraw, name="withdraw"),
    path("notices/manage/comments/<int:pk>/review", pages.review, name="review"),
    path("notices/manage/comments/<int:pk>/answer", pages.answer, name="answer"),
]
