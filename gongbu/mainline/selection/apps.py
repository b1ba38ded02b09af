"""Django application of selection."""

from django.apps import AppConfig


class SelectionConfig(AppConfig):
    """遴选."""

    name = "gongbu.mainline.selection"
    label = "selection"
    verbose_name = "遴选"

    def ready(self) -> None:
        """Register wording, acts, entry kinds and listeners."""
        from gongbu.ground.basics import messages
        from gongbu.ground.inbox import kinds as inbox_kinds
        from gongbu.ground.ledger import kinds
        from gongbu.mainline.projects import timeline
        from gongbu.mainline.selection import listeners, services  # noqa: F401  services registers the acts
        from gongbu.mainline.selection.messages import ENTRY_KINDS, MESSAGES, TIMELINE_WORDS

        messages.register(MESSAGES)
        kinds.register(ENTRY_KINDS)
        inbox_kinds.add_room("selection", "遴选")
        timeline.add_words(TIMELINE_WORDS)
        listeners.register()
