"""Django application of regions, units, posts, people and grants."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """组织机构."""

    name = "gongbu.ground.orgs"
    label = "orgs"
    verbose_name = "组织机构"
