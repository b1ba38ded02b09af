"""Menu entry of background work."""

from gongbu.ground.registers import menu


def register() -> None:
    """Add the entry (called once, when the room is ready)."""
    menu.add(menu.MenuEntry("jobs", "后台作业", "jobs:list", "refresh", "system", 40, act="jobs.view"))
