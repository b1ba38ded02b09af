"""Django application of meetings."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    """会商."""

    name = "gongbu.ground.meetings"
    label = "meetings"
    verbose_name = "会商"

    def ready(self) -> None:
        """Register words, acts, entry kinds, the menu, tasks and the documents of a meeting."""
        from gongbu.ground.basics import messages
        from gongbu.ground.documents import kinds as document_kinds
        from gongbu.ground.documents import panel
        from gongbu.ground.inbox import kinds as task_kinds
        from gongbu.ground.jobs import services as jobs
        from gongbu.ground.ledger import kinds as entry_kinds
        from gongbu.ground.meetings import dispatch, materials, pages, services  # noqa: F401  services registers the acts
        from gongbu.ground.meetings.messages import MESSAGES
        from gongbu.ground.registers import menu

        messages.register(MESSAGES)
        entry_kinds.register({"meetings.item_settled": "会议议定", "meetings.item_corrected": "会议议定更正"})
        task_kinds.add_room("meetings", "会商")
        document_kinds.register("MINUTES", "会议纪要", 15)
        panel.offer("meeting", materials.find, rule=materials.may)
        menu.add(menu.MenuEntry("meetings", "会商", "meetings:list", "users-group", "work", 40, act="meetings.view"))
        jobs.daily("meetings.dispatch", dispatch.run_daily, "每月专题调度提醒")
