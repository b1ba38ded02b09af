"""Django application of papers."""

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """文书."""

    name = "gongbu.ground.papers"
    label = "papers"
    verbose_name = "文书"

    def ready(self) -> None:
        """Register words and acts, the archive kind of papers and who may open their files."""
        from gongbu.ground.basics import messages
        from gongbu.ground.documents import kinds, panel
        from gongbu.ground.papers import queries, services
        from gongbu.ground.papers.messages import MESSAGES
        from gongbu.ground.registers import menu

        messages.register(MESSAGES)
        kinds.register(services.DOCUMENT_KIND, "文书", 950)  # last: the folders of archives keep their numbers
        panel.offer(services.SUBJECT, queries.find_subject, rule=queries.may_with_documents)
        menu.add(
            menu.MenuEntry(
                "issued-papers", "文书台账", "papers:list", "file-text", "approvals", order=20, act="papers.view"
            )
        )
