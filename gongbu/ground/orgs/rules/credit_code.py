"""统一社会信用代码 (GB 32100—2015): form and check character.

Eighteen characters: 登记管理部门 (1), 机构类别 (2), 登记管理机关行政区划 (3–8), 主体标识码 (9–17, itself a
GB 11714 organisation code with its own check character), 校验码 (18). The alphabet leaves out I, O, S, V and Z.
"""

from gongbu.ground.basics.findings import Basis, Finding, Severity

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
BASIS = Basis("GB 32100—2015《法人和其他组织统一社会信用代码编码规则》")


def compute_check_character(body: str) -> str:
    """Return the eighteenth character for the first seventeen: Cᵢ × 3^(i−1) summed, 31 − sum mod 31.

    :raises ValueError: not seventeen characters of the alphabet
    """
    if len(body) != 17 or any(character not in ALPHABET for character in body):
        raise ValueError("a credit code body is 17 characters of the GB 32100 alphabet")
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return ALPHABET[(31 - total % 31) % 31]


def compute_organisation_check(body: str) -> str:
    """Return the check character of an eight-character 组织机构代码 body (GB 11714—1997)."""
    total = sum(
        ORGANISATION_ALPHABET.index(character) * weight
        for character, weight in zip(body, ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11] if total % 11 else "0"


def normalise(code: str) -> str:
    """Return the code as it is stored: upper case, full-width characters folded, blanks and hyphens removed."""
    folded = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in code)
    return "".join(folded.upper().split()).replace("-", "")


def check_credit_code(code: str, field: str | None = "credit_code") -> Finding | None:
    """Return what is wrong with a normalised code, or None.

    Codes: ``credit_code.length``, ``credit_code.character`` (names the characters and places),
    ``credit_code.check_digit`` (gives the expected one). A code whose inner organisation code does not check is not
    refused: real registers hold some; see :func:`has_valid_organisation_code`.
    """

    def finding(name: str, **data: object) -> Finding:
        return Finding(f"credit_code.{name}", {"value": code, **data}, field, Severity.REJECT, BASIS)

    if len(code) != 18:
        return finding("length", length=len(code))
    if wrong := [f"第{place}位“{c}”" for place, c in enumerate(code, 1) if c not in ALPHABET]:
        return finding("character", wrong="、".join(wrong))
    expected = compute_check_character(code[:17])
    return None if code[17] == expected else finding("check_digit", expected=expected, found=code[17])


def has_valid_organisation_code(code: str) -> bool:
    """Return whether places 9–17 of a valid credit code carry the check character of GB 11714."""
    return compute_organisation_check(code[8:16]) == code[16]
