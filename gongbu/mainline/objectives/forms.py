"""Forms of the room."""

from gongbu.ground.registers.forms import FormSpec, Step

PLAN = FormSpec(
    "objectives.plan",
    [
        Step(
            "",
            ["plan_region", "plan_kind", "plan_name", "plan_document_number", "plan_issuer", "plan_from_year",
             "plan_to_year"],
        )
    ],
    wide=["plan_name"],
)  # fmt: skip
OBJECTIVES = FormSpec("objectives.list", [Step("", ["objectives"])])
LINK = FormSpec(
    "objectives.link", [Step("", ["objective_id", "objective_contribution", "objective_amount"])], wide=["objective_id"]
)
