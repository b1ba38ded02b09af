"""Django application of the calendar."""

from django.apps import AppConfig

from gongbu.ground.basics import messages

ENTRY_KINDS = {
    "calendar.notice_recorded": "登记放假通知",
    "calendar.deadline_started": "起算时限",
    "calendar.deadline_stopped": "暂停计时",
    "calendar.deadline_resumed": "恢复计时",
    "calendar.deadline_extended": "延长时限",
    "calendar.deadline_closed": "办结时限",
    "calendar.deadline_recomputed": "到期日重算",
}


class CalendarConfig(AppConfig):
    """日历."""

    name = "gongbu.ground.calendar"
    label = "calendar"
    verbose_name = "日历"

    def ready(self) -> None:
        """Register the room's words, acts, entry kinds and menu."""
        from gongbu.ground.calendar import menu, services  # noqa: F401
        from gongbu.ground.calendar.messages import MESSAGES
        from gongbu.ground.ledger import kinds

        messages.register(MESSAGES)
        kinds.register(ENTRY_KINDS)
        menu.register()
