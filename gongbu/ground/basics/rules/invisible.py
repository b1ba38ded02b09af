"""Characters that take no place on paper or screen: two names that differ by one look the same.

Variation selectors choose between forms of a rare ideograph; they may stand in a name, and hide nothing but from a search.
"""

import re

# Soft hyphen, zero-width spaces and joiners, marks and overrides of direction, byte-order mark.
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
HIDING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
"""Whatever may be put between the letters of a word so that a search does not find it."""
