"""Menu entries of the calendar."""

from gongbu.ground.registers import menu
from gongbu.ground.registers.menu import MenuEntry


def register() -> None:
    """Add the entries (called once, when the room is ready)."""
    menu.add(MenuEntry("calendar", "工作日历", "calendar:year", "calendar", "work", 60, act="calendar.view"))
    menu.add(
        MenuEntry(
            "deadlines", "办理时限", "calendar:deadlines", "calendar-due", "work", 40, act="calendar.list_deadlines"
        )
    )
