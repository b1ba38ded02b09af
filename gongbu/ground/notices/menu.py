"""Menu entries of the room."""

from gongbu.ground.registers import menu
from gongbu.ground.registers.menu import MenuEntry


def register() -> None:
    """Add the entry (called once, when the room is ready)."""
    menu.add(MenuEntry("notices", "公示", "notices:list", "speakerphone", "approvals", 60, act="notices.view"))
