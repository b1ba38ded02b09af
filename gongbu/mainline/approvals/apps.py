"""Django application of approvals."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """审批."""

    name = "gongbu.mainline.approvals"
    label = "approvals"
    verbose_name = "审批"
