"""会议类别: the kinds of meeting. Rooms may add their own."""

_KINDS: dict[str, tuple[int, str]] = {
    "LEADING_GROUP": (10, "领导小组会议"),
    "EXECUTIVE": (15, "常务会议"),
    "SPECIAL": (20, "专题会议"),
    "JOINT": (30, "联席会议"),
    "CONSULTATION": (40, "协同会商"),
    "COORDINATION": (50, "调度会"),
    "EXPERT_REVIEW": (60, "专家评审会"),
    "OTHER": (900, "其他会议"),
}


def register(code: str, label: str, order: int) -> None:
    """Add a kind; the same code replaces itself (called from ``AppConfig.ready``)."""
    _KINDS[code] = (order, label)


def label(code: str) -> str:
    """Return the Chinese name of a kind; a kind whose room is gone shows its code."""
    return _KINDS.get(code, (0, code))[1]


def choices() -> list[tuple[str, str]]:
    """Return code and label in order."""
    return [(code, text) for code, (_, text) in sorted(_KINDS.items(), key=lambda row: row[1][0])]


def is_known(code: str) -> bool:
    """Return whether a kind is registered."""
    return code in _KINDS
