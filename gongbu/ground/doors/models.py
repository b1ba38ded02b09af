"""Counts of tries."""

from django.db import models


class Knocks(models.Model):
    """Tries of one address at one door in one window of time."""

    key = models.CharField("入口、地址摘要、时段", max_length=120, primary_key=True)
    count = models.PositiveIntegerField("次数", default=0)
    ends_at = models.DateTimeField("时段终了", db_index=True)
