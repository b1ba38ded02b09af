"""Django application of calendar."""

from django.apps import AppConfig


class CalendarConfig(AppConfig):
    """日历."""

    name = "gongbu.ground.calendar"
    label = "calendar"
    verbose_name = "日历"
