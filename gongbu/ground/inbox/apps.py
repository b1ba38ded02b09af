"""Django application of the inbox."""

from django.apps import AppConfig

from gongbu.ground.basics import messages

ENTRY_KINDS = {
    "inbox.task_urged": "催办",
    "inbox.task_confirmed": "确认办结",
    "inbox.delegated": "委托",
    "inbox.delegation_ended": "终止委托",
}


class InboxConfig(AppConfig):
    """工作台."""

    name = "gongbu.ground.inbox"
    label = "inbox"
    verbose_name = "工作台"

    def ready(self) -> None:
        """Register the room's words, acts, entry kinds, listeners, menu and panels."""
        from gongbu.ground.inbox import accounts, kinds, listeners, menu, panels, services, urging  # noqa: F401
        from gongbu.ground.inbox.messages import MESSAGES
        from gongbu.ground.jobs import services as jobs
        from gongbu.ground.ledger import kinds as entry_kinds

        messages.register(MESSAGES)
        kinds.add_room("approvals", "审批办理")
        kinds.add_room("projects", "项目信息")
        kinds.add_room("calendar", "办理时限")
        kinds.add_room("importing", "导入核对")
        kinds.add_room("orgs", "单位注册")
        kinds.add_confirmable(urging.KIND)
        jobs.daily("inbox.urge_deadlines", urging.urge_deadlines, "时限到期提醒")
        jobs.daily("inbox.remind_of_passwords", accounts.remind_of_passwords, "密码到期提醒")
        entry_kinds.register(ENTRY_KINDS)
        listeners.register()
        menu.register()
        panels.register()
