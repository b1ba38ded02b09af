"""Rules for login names and phones."""

import re

from gongbu.ground.basics.findings import Finding, Severity

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{2,59}")
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")


def check_login_name(login_name: str) -> Finding | None:
    """Return a finding unless the name is 3–60 lower-case letters, digits, dots, hyphens, underscores or @."""
    if _LOGIN.fullmatch(login_name):
        return None
    return Finding("orgs.login_name_form", {"value": login_name}, "login_name", Severity.REJECT)


def check_phone(phone: str) -> Finding | None:
    """Return a finding unless the phone is empty, a mainland mobile, or a landline with area code."""
    if not phone or _PHONE.fullmatch(phone):
        return None
    return Finding("orgs.phone_form", {}, "phone", Severity.REJECT)
