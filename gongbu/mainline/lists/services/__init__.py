"""Acts on lists: draft, fill, send to a meeting, lay open, issue, withdraw."""

from gongbu.mainline.lists.services.drafting import (
    add_project,
    draft_five,
    draft_list,
    redraft,
    remove_project,
)
from gongbu.mainline.lists.services.filling import Filled, set_item, set_items
from gongbu.mainline.lists.services.ranking import use_ranking
from gongbu.mainline.lists.services.settling import issue, put_on_notice, send_to_meeting, withdraw

__all__ = [
    "Filled", "add_project", "draft_five", "draft_list", "issue", "put_on_notice", "redraft", "remove_project", "send_to_meeting",
    "set_item", "set_items", "use_ranking", "withdraw",
]  # fmt: skip
