"""涉密 refusal (GO-15): the rule is the house's; rooms of the main line know it by this name."""

from gongbu.ground.basics.rules.secrecy import (
    BASIS,
    LABELS,
    OPEN_LEVELS,
    PATTERNS,
    SECRET_TYPES,
    Pattern,
    check_secrecy,
    find_secret_rule,
)

__all__ = ["BASIS", "LABELS", "OPEN_LEVELS", "PATTERNS", "SECRET_TYPES", "Pattern", "check_secrecy", "find_secret_rule"]
