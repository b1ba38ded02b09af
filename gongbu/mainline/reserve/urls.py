"""Addresses of the reserve."""

from django.urls import path

from gongbu.mainline.reserve import agenda, form_pages, import_likeness, library_pages, pages
from gongbu.mainline.reserve.register import FILES, MINE

app_name = "reserve"
urlpatterns = [
    *FILES.urls("reserve:"),
    *MINE.urls("reserve:", "mine/", {"list": "mine", "drawer": "mine_drawer", "export": "mine_export"}),
    path("board", pages.board, name="board"),
    path("projects/<int:pk>/", pages.show_file, name="file"),
    path("declare", form_pages.declare, name="declare"),
    path("declare/<int:project_id>", form_pages.declare_existing, name="declare_existing"),
    path("entries/<int:pk>/", form_pages.entry, name="entry"),
    path("entries/<int:pk>/resubmit", form_pages.resubmit, name="resubmit"),
    path("entries/<int:pk>/agenda", agenda.put_on_agenda, name="agenda"),
    path("entries/<int:pk>/transfer", form_pages.transfer, name="transfer"),
    path("projects/<int:project_id>/targets", form_pages.set_targets, name="set_targets"),
    path("projects/<int:project_id>/priorities", form_pages.set_priority, name="set_priority"),
    path("projects/<int:project_id>/renew", form_pages.renew, name="renew"),
    path("projects/<int:project_id>/withdraw", form_pages.withdraw, name="withdraw"),
    path("imports/<int:batch_id>/<int:row_id>/alike", import_likeness.decide, name="import_alike"),
    path("select", form_pages.select, name="select"),
    path("libraries/", library_pages.show, name="libraries"),
    path("libraries/open", library_pages.open_library, name="open_library"),
    path("libraries/<int:pk>/keeper", library_pages.change_keeper, name="change_keeper"),
    path("libraries/<int:pk>/close", library_pages.close_library, name="close_library"),
]
