"""Acts of the reserve. One function per act; each leaves one ledger entry per project in one transaction."""

from gongbu.mainline.reserve.rules.checks import Point, Target
from gongbu.mainline.reserve.services.declaring import Declaration, declare, declare_many, resubmit, set_targets
from gongbu.mainline.reserve.services.keeping import renew, select, transfer, withdraw
from gongbu.mainline.reserve.services.libraries import NewLibrary, change_keeper, close_library, open_libraries
from gongbu.mainline.reserve.services.prioritising import set_priority
from gongbu.mainline.reserve.services.reviewing import (
    admit,
    chain_leader_review,
    leading_group_review,
    leave_to_meeting,
    preliminary_check,
    refuse,
    return_entry,
    settle_by_group,
)

__all__ = [
    "Declaration",
    "NewLibrary",
    "Point",
    "Target",
    "admit",
    "chain_leader_review",
    "change_keeper",
    "close_library",
    "declare",
    "declare_many",
    "leading_group_review",
    "leave_to_meeting",
    "open_libraries",
    "preliminary_check",
    "refuse",
    "renew",
    "resubmit",
    "return_entry",
    "select",
    "set_priority",
    "set_targets",
    "settle_by_group",
    "transfer",
    "withdraw",
]
