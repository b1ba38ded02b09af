"""三员分立: system, security and audit administrators are different people."""

from collections.abc import Iterable

from gongbu.ground.basics.findings import Basis

BASIS = Basis("GB/T 22239—2019《网络安全等级保护基本要求》", "安全管理中心（系统、审计、安全管理分设）")


def find_conflict(role: str, held: Iterable[str], separated: frozenset[str]) -> str | None:
    """Return the separated role already held that forbids taking ``role``, or None."""
    if role not in separated:
        return None
    return next((other for other in sorted(set(held)) if other in separated and other != role), None)
