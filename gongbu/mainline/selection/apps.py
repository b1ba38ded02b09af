"""Django application of selection."""

from django.apps import AppConfig


class SelectionConfig(AppConfig):
    """遴选."""

    name = "gongbu.mainline.selection"
    label = "selection"
    verbose_name = "遴选"

    def ready(self) -> None:
        """Register wording, acts, entry kinds, listeners, documents of a visit, panel and menu."""
        from gongbu.ground.basics import messages
        from gongbu.ground.documents import kinds as document_kinds
        from gongbu.ground.documents import panel as documents_panel
        from gongbu.ground.experts import avoiding
        from gongbu.ground.inbox import kinds as inbox_kinds
        from gongbu.ground.ledger import kinds
        from gongbu.ground.policy import pages as policy_pages
        from gongbu.ground.registers import menu, panels, subjects
        from gongbu.mainline.projects import timeline
        from gongbu.mainline.selection import closing, listeners, materials, preparing, queries, services, step_pages  # noqa: F401  acts
        from gongbu.mainline.selection.messages import ENTRY_KINDS, MESSAGES, TIMELINE_WORDS

        messages.register(MESSAGES)
        kinds.register(ENTRY_KINDS)
        inbox_kinds.add_room("selection", "遴选")
        timeline.add_words(TIMELINE_WORDS)
        listeners.register()
        document_kinds.register("SITE_VISIT", "踏勘影像", 82)
        subjects.offer(
            "selection_round",
            "遴选批次",
            find=queries.find_subjects,
            get=queries.get_subject,
            readable=queries.list_readable,
            route="selection:round",
        )
        preparing.register()
        avoiding.offer("selection_round", queries.propose_avoidance)
        documents_panel.offer("selection_step", materials.find, rule=materials.may)
        policy_pages.SUBJECT_LINKS["selection_candidate"] = "selection:find_candidate"
        policy_pages.SUBJECT_GATES["selection_candidate"] = closing.of_decision
        timeline.close_facts("selection.result", closing.of_timeline)
        panels.add(panels.Panel("selection", "遴选", "project", step_pages.render_panel, order=17))
        menu.add(
            menu.MenuEntry(
                "selection",
                "遴选批次",
                "selection:list",
                icon="checks",
                group="projects",
                order=30,
                act="selection.view",
            )
        )
        menu.add(
            menu.MenuEntry(
                "selection.mine", "我的评分", "selection:mine", icon="pencil", group="work", order=45,
                act="selection.submit_score",
            )
        )  # fmt: skip
