"""Django application of projects."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """项目."""

    name = "gongbu.mainline.projects"
    label = "projects"
    verbose_name = "项目"
