"""Django application of lists."""

from django.apps import AppConfig

ENTRY_KINDS = {
    "lists.settled": "会商定稿", "lists.sent_back": "退回修改", "lists.notice_followed": "公示进展",
    "lists.unissued": "文书作废，退出印发",
}  # fmt: skip


class ListsConfig(AppConfig):
    """项目清单."""

    name = "gongbu.mainline.lists"
    label = "lists"
    verbose_name = "项目清单"

    def ready(self) -> None:
        """Register words, acts, entry kinds, listeners, the kind of notice, the panel, facts and the menu."""
        from gongbu.ground.basics import messages
        from gongbu.ground.ledger import kinds
        from gongbu.ground.notices import kinds as notice_kinds
        from gongbu.ground.outbox import services as outbox
        from gongbu.ground.papers import following
        from gongbu.ground.registers import menu, panels
        from gongbu.mainline.lists import listeners, pages, queries, services
        from gongbu.mainline.lists.messages import MESSAGES
        from gongbu.mainline.lists.models import LIST
        from gongbu.mainline.lists.services import unissuing
        from gongbu.mainline.projects import facts

        assert services
        messages.register(MESSAGES)
        kinds.register(ENTRY_KINDS)
        notice_kinds.register(notice_kinds.NoticeKind("PROJECT_LIST", "项目清单公示"))
        outbox.listen("meeting.item_resolved", "lists.follow_meeting", listeners.follow_meeting)
        for topic in ("meeting.item_withdrawn", "meeting.cancelled"):
            outbox.listen(topic, "lists.leave_meeting", listeners.leave_meeting)
        for topic in ("notice.opened", "notice.closed", "notice.withdrawn"):
            outbox.listen(topic, "lists.follow_notice", listeners.follow_notice)
        following.register(LIST, unissuing.hold, unissuing.follow_paper)
        facts.contribute("lists", queries.list_facts, queries.FACT_KEYS)
        panels.add(panels.Panel("lists", "清单", "project", pages.render_panel, order=38, act="projects.view"))
        menu.add(menu.MenuEntry("lists", "项目清单", "lists:list", "list-check", "reserve", 50, act="lists.view"))
