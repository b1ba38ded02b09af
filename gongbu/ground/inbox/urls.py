"""Addresses of the inbox. The workbench is the first page after signing in."""

from django.urls import path

from gongbu.ground.inbox import pages
from gongbu.ground.inbox.register import DONE, MESSAGES, REGION_TASKS, TASKS

app_name = "inbox"

TASKS.bind_names(list="inbox:tasks", export="inbox:tasks_export")
DONE.bind_names(list="inbox:done", export="inbox:done_export")
MESSAGES.bind_names(list="inbox:messages")
REGION_TASKS.bind_names(list="inbox:region_tasks", export="inbox:region_tasks_export")

urlpatterns = [
    path("", pages.home, name="home"),
    path("inbox/", pages.tasks, name="tasks"),
    path("inbox/export.<str:form>", TASKS.export_view, name="tasks_export"),
    path("inbox/done/", pages.done, name="done"),
    path("inbox/done/export.<str:form>", DONE.export_view, name="done_export"),
    path("inbox/messages/", pages.messages, name="messages"),
    path("inbox/messages/read", pages.read_all, name="read_all"),
    path("inbox/messages/<int:pk>/", pages.message, name="message"),
    path("inbox/delegations/", pages.delegations, name="delegations"),
    path("inbox/delegations/<int:pk>/end", pages.end_delegation, name="end_delegation"),
    path("inbox/tasks/<int:pk>/", pages.task, name="task"),
    path("inbox/tasks/<int:pk>/open", pages.open_task, name="open"),
    path("inbox/tasks/<int:pk>/confirm", pages.confirm, name="confirm"),
    path("inbox/tasks/<int:pk>/urge", pages.urge, name="urge"),
    path("inbox/region/", REGION_TASKS.list_view, name="region_tasks"),
    path("inbox/region/export.<str:form>", REGION_TASKS.export_view, name="region_tasks_export"),
]
