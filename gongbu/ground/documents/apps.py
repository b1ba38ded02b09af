"""Django application of documents."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """文档."""

    name = "gongbu.ground.documents"
    label = "documents"
    verbose_name = "文档"
