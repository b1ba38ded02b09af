"""Forms of the room: one for each act that asks something."""

from gongbu.ground.registers.forms import FormSpec, Step
from gongbu.mainline.promotion import queries

LEAD = FormSpec(
    "promotion.lead",
    [
        Step(
            "",
            ["promotion_region", "lead_name", "lead_investor", "lead_industry", "lead_intended_fen",
             "lead_talking_since_on", "lead_agent_post", "lead_source", "lead_needs"],
        )
    ],
    options={"lead_agent_post": lambda request: queries.list_agent_posts(None, request.actor)},  # type: ignore[attr-defined]
)  # fmt: skip
AGENT = FormSpec("promotion.agent", [Step("", ["lead_agent_post", "promotion_reason"])], keeps_draft=False)
CORRECT_LEAD = FormSpec(
    "promotion.correct_lead",
    [
        Step(
            "",
            ["lead_name", "lead_investor", "lead_industry", "lead_intended_fen", "lead_talking_since_on",
             "lead_signed_on", "lead_landed_on", "lead_unsigned_reason", "lead_project", "lead_source", "lead_needs",
             "promotion_reason"],
            "代办岗位用“更换代办岗位”改。区划登记错了的，请终止后重新登记。",
        )
    ],
    wide=["promotion_reason"],
    keeps_draft=False,
)  # fmt: skip
ERRAND = FormSpec("promotion.errand", [Step("", ["errand_title", "errand_office", "errand_due_on"])], keeps_draft=False)
RESULT = FormSpec("promotion.result", [Step("", ["errand_result", "promotion_day"])], keeps_draft=False)
DAY = FormSpec("promotion.day", [Step("", ["promotion_day"])], keeps_draft=False)
LAND = FormSpec(
    "promotion.land", [Step("", ["promotion_project", "promotion_day", "lead_unsigned_reason"])], keeps_draft=False
)
REASON = FormSpec("promotion.reason", [Step("", ["promotion_reason"])], wide=["promotion_reason"], keeps_draft=False)
ASSET = FormSpec(
    "promotion.asset",
    [
        Step(
            "",
            ["promotion_region", "asset_name", "asset_kind", "asset_owner", "asset_location", "asset_idle_since_on",
             "asset_land_area_mu", "asset_floor_area_sqm", "asset_book_value_fen", "asset_cause", "asset_terms"],
        )
    ],
)  # fmt: skip
CORRECT_ASSET = FormSpec(
    "promotion.correct_asset",
    [
        Step(
            "",
            ["asset_name", "asset_kind", "asset_owner", "asset_location", "asset_idle_since_on", "asset_land_area_mu",
             "asset_floor_area_sqm", "asset_book_value_fen", "asset_matched_with", "asset_outcome", "asset_revived_on",
             "asset_project", "asset_cause", "asset_terms", "promotion_reason"],
            "区划登记错了的，请销账后重新登记。",
        )
    ],
    wide=["promotion_reason"],
    keeps_draft=False,
)  # fmt: skip
MATCH = FormSpec("promotion.match", [Step("", ["asset_matched_with"])], keeps_draft=False)
REVIVE = FormSpec(
    "promotion.revive", [Step("", ["asset_outcome", "promotion_day", "asset_project"])], keeps_draft=False
)
OFFER = FormSpec("promotion.offer", [Step("", ["promotion_region", "offer_title", "offer_contact"])])
CHOOSE = FormSpec(
    "promotion.choose", [Step("", ["promotion_project", "offer_mode", "offer_wanted_fen"])], keeps_draft=False
)
