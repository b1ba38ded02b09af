"""Acts on projects. One function per act; each leaves one ledger entry in one transaction."""

from gongbu.mainline.projects.services.changing import (
    change_owner,
    rename,
    set_annual_investment,
    set_sites,
    set_stage,
    update_project,
    withdraw,
)
from gongbu.mainline.projects.services.codes import attach_code
from gongbu.mainline.projects.services.entering import NewProject, create_project, create_projects, publish_batch

__all__ = [
    "NewProject",
    "attach_code",
    "change_owner",
    "create_project",
    "create_projects",
    "publish_batch",
    "rename",
    "set_annual_investment",
    "set_sites",
    "set_stage",
    "update_project",
    "withdraw",
]
