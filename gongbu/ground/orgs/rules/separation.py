"""三员分立: system, security and audit administrators are different people, and none of them does business besides."""

from collections.abc import Iterable

from gongbu.ground.basics.findings import Basis

BASIS = Basis("GB/T 22239—2019《网络安全等级保护基本要求》", "安全管理中心（系统、审计、安全管理分设）")


def find_conflict(role: str, held: Iterable[str], separated: frozenset[str]) -> str | None:
    """Return the role already held that forbids taking ``role``, or None.

    One of the separated roles stands alone: beside it there is neither another of the three nor a role of business.
    """
    others = sorted(set(held) - {role})
    return next((other for other in others if role in separated or other in separated), None)
