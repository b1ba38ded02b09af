"""Django application of the calendar."""

from django.apps import AppConfig

from gongbu.ground.basics import messages


class CalendarConfig(AppConfig):
    """日历."""

    name = "gongbu.ground.calendar"
    label = "calendar"
    verbose_name = "日历"

    def ready(self) -> None:
        """Register the room's words and acts."""
        from gongbu.ground.calendar import services  # noqa: F401
        from gongbu.ground.calendar.messages import MESSAGES

        messages.register(MESSAGES)
