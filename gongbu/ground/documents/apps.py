"""Django application of documents."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """材料."""

    name = "gongbu.ground.documents"
    label = "documents"
    verbose_name = "材料"

    def ready(self) -> None:
        """Register words and acts."""
        from gongbu.ground.basics import messages
        from gongbu.ground.documents import (
            services,  # noqa: F401  registers the acts
            sweep,
        )
        from gongbu.ground.documents.messages import MESSAGES
        from gongbu.ground.jobs import services as jobs
        from gongbu.ground.ledger import kinds

        messages.register(MESSAGES)
        kinds.register(
            {"documents.added": "归档材料", "documents.replaced": "替换材料版本", "documents.withdrawn": "撤回材料"}
        )
        jobs.daily("documents.sweep", sweep.sweep, "清理无主文件")
