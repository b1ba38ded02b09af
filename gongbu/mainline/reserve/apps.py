"""Django application of the reserve."""

from django.apps import AppConfig


class ReserveConfig(AppConfig):
    """储备库."""

    name = "gongbu.mainline.reserve"
    label = "reserve"
    verbose_name = "储备库"

    def ready(self) -> None:
        """Register wording, acts, facts, import kind, panel, menu and the daily job."""
        from gongbu.ground.basics import messages
        from gongbu.ground.inbox import kinds as inbox_kinds
        from gongbu.ground.jobs import services as jobs
        from gongbu.ground.ledger import kinds
        from gongbu.ground.policy.sandbox import effects as sandbox_effects
        from gongbu.ground.registers import menu, panels
        from gongbu.ground.registers.importing import kinds as import_kinds
        from gongbu.mainline.projects import facts, timeline
        from gongbu.mainline.reserve import ageing, effects, importing, listeners, pages, queries, readiness
        from gongbu.mainline.reserve.messages import MESSAGES, TIMELINE_WORDS

        messages.register(MESSAGES)
        kinds.register({"reserve.declare": "申报入库"})
        inbox_kinds.add_room("reserve", "储备库")
        timeline.add_words(TIMELINE_WORDS)
        facts.contribute("reserve", queries.contribute_facts, queries.FACT_KEYS)
        readiness.register()
        sandbox_effects.register(effects.TARGET_EFFECTS)
        sandbox_effects.register(effects.RENEWAL_EFFECTS)
        listeners.register()
        import_kinds.register(importing.KIND)
        jobs.daily("reserve.ageing", ageing.run_daily, "储备续报提醒、退出建议与月度快照")
        entries = [
            menu.MenuEntry("reserve.board", "储备看板", "reserve:board", icon="chart-pie", group="reserve", order=15,
                           act="reserve.board"),
            menu.MenuEntry("reserve", "储备项目", "reserve:list", icon="stack-2", group="reserve", order=20,
                           act="reserve.view"),
            menu.MenuEntry("reserve.mine", "我的申报", "reserve:mine", icon="send", group="reserve", order=25,
                           act="reserve.declare"),
            menu.MenuEntry("reserve.libraries", "储备库设置", "reserve:libraries", icon="settings", group="reserve",
                           order=90, act="reserve.open_libraries"),
        ]  # fmt: skip
        for entry in entries:
            menu.add(entry)
        panels.add(panels.Panel("reserve", "储备", "project", pages.render_panel, order=15, act="reserve.view"))
