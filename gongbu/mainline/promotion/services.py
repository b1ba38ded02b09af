"""Acts of this room, by subject."""

from gongbu.mainline.promotion.assets import correct_asset, match_asset, register_asset, remove_asset, revive_asset
from gongbu.mainline.promotion.leads import (
    change_agent,
    correct_lead,
    end_lead,
    finish_errand,
    land_lead,
    open_errand,
    register_lead,
    sign_lead,
)
from gongbu.mainline.promotion.offers import draft_offer, publish_offer, put_on_offer, take_off_offer, withdraw_offer

__all__ = [
    "change_agent", "correct_asset", "correct_lead", "draft_offer", "end_lead", "finish_errand", "land_lead", "match_asset", "open_errand",
    "publish_offer", "put_on_offer", "register_asset", "register_lead", "remove_asset", "revive_asset", "sign_lead",
    "take_off_offer", "withdraw_offer",
]  # fmt: skip
