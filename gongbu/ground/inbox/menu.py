"""Menu entries and counters of the inbox."""

from gongbu.ground.registers import menu, shell
from gongbu.ground.registers.menu import MenuEntry
from gongbu.ground.registers.shell import Counter


def register() -> None:
    """Add the entries and counters (called once, when the room is ready)."""
    from gongbu.ground.inbox.pages import counts_of

    menu.add(
        MenuEntry(
            "tasks", "工作台", "inbox:tasks", "layout-dashboard", "work", 10, act="inbox.view", phone=True,
            count=lambda request: counts_of(request).open or None,
        )
    )  # fmt: skip
    menu.add(MenuEntry("region_tasks", "在办督促", "inbox:region_tasks", "bell", "work", 30, act="inbox.urge"))
    shell.add_counter(
        Counter(
            "tasks",
            "待办",
            "checklist",
            "inbox:tasks",
            lambda request: counts_of(request).open,
            order=10,
            right="inbox.view",
        )
    )
    shell.add_counter(
        Counter(
            "messages",
            "消息",
            "message",
            "inbox:messages",
            lambda request: counts_of(request).unread,
            order=20,
            right="inbox.view",
        )
    )
    shell.plugs.home_route = "inbox:home"
