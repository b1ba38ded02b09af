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
from gongbu.mainline.projects.services.classifying import classify, judge
from gongbu.mainline.projects.services.codes import attach_code
from gongbu.mainline.projects.services.entering import (
    NewProject,
    create_many,
    create_project,
    create_projects,
    publish_batch,
)
from gongbu.mainline.projects.services.parts import add_member, add_section, add_work, end_member
from gongbu.mainline.projects.services.placing import set_competent_region
from gongbu.mainline.projects.services.structure import Part, assign_parent, make_package, merge, split
from gongbu.mainline.projects.services.taking_over import OldPaper, take_over

__all__ = [
    "NewProject",
    "OldPaper",
    "Part",
    "add_member",
    "add_section",
    "add_work",
    "assign_parent",
    "attach_code",
    "change_owner",
    "classify",
    "create_many",
    "create_project",
    "create_projects",
    "end_member",
    "judge",
    "make_package",
    "merge",
    "publish_batch",
    "rename",
    "set_annual_investment",
    "set_competent_region",
    "set_sites",
    "set_stage",
    "split",
    "take_over",
    "update_project",
    "withdraw",
]
