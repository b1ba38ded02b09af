"""Django application of notices."""

from django.apps import AppConfig

from gongbu.ground.basics import messages

ENTRY_KINDS = {"notices.contacts_erased": "清除意见人联系方式"}


class NoticesConfig(AppConfig):
    """公示."""

    name = "gongbu.ground.notices"
    label = "notices"
    verbose_name = "公示"

    def ready(self) -> None:
        """Register words, acts, entry kinds, listeners, daily work and the menu."""
        from gongbu.ground.inbox import kinds as inbox_kinds
        from gongbu.ground.jobs import services as jobs
        from gongbu.ground.ledger import kinds as entry_kinds
        from gongbu.ground.notices import commenting, menu, reminding, services  # noqa: F401
        from gongbu.ground.notices.messages import MESSAGES
        from gongbu.ground.outbox import services as outbox

        messages.register(MESSAGES)
        entry_kinds.register(ENTRY_KINDS)
        inbox_kinds.add_room("notices", "公示意见")
        outbox.listen("notice.commented", "notices.ask_to_answer", reminding.ask_to_answer)
        jobs.daily("notices.ask_to_close", reminding.ask_to_close, "公示期满提醒")
        jobs.daily("notices.erase_commenters", commenting.erase_commenters, "清除到期的意见人联系方式")
        menu.register()
