"""Password rules. Pure: the password, who it is for and the limits come in; findings go out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gongbu.ground.basics.findings import Finding, Severity

COMMON = ("password", "passw0rd", "qwerty", "1qaz2wsx", "admin", "abc123", "woaini", "iloveyou", "letmein", "gongbu")
RUN = 4  # 1234, abcd, aaaa
MAX_LENGTH = 128  # a longer one only costs hashing time


def check_password(password: str, *, login_name: str, min_length: int) -> list[Finding]:
    """Return what keeps a password from being accepted (all findings reject; the password is never in them)."""

    def finding(name: str, **data: object) -> Finding:
        return Finding(f"password.{name}", data, "password", Severity.REJECT)

    found = []
    if len(password) < min_length:
        found.append(finding("too_short", min_length=min_length))
    if len(password) > MAX_LENGTH:
        found.append(finding("too_long", max_length=MAX_LENGTH))
    if _classes(password) < 3:
        found.append(finding("too_plain"))
    lowered = password.lower()
    if len(login_name) >= 3 and login_name.lower() in lowered:
        found.append(finding("has_login_name"))
    if any(word in lowered for word in COMMON):
        found.append(finding("common"))
    if _has_run(lowered):
        found.append(finding("has_run", run=RUN))
    return found


def _classes(password: str) -> int:
    tests: Sequence[bool] = (
        any(c.islower() for c in password),
        any(c.isupper() for c in password),
        any(c.isdigit() for c in password),
        any(not c.isalnum() or not c.isascii() for c in password),
    )
    return sum(tests)


def _has_run(text: str) -> bool:
    for start in range(len(text) - RUN + 1):
        steps = {
            ord(b) - ord(a) for a, b in zip(text[start : start + RUN - 1], text[start + 1 : start + RUN], strict=True)
        }
        if steps in ({0}, {1}, {-1}):
            return True
    return False


def is_password_too_old(set_at: datetime | None, now: datetime, max_age_days: int) -> bool:
    """Return whether a password must be changed: older than ``max_age_days`` full days (0 days: never too old)."""
    if set_at is None:
        return True
    return max_age_days > 0 and now - set_at >= timedelta(days=max_age_days)
