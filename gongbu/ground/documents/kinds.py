"""归档类别: the folders of a subject's archive. Rooms above may add their own."""

_KINDS: dict[str, tuple[int, str]] = {
    "PROPOSAL": (10, "项目建议书"),
    "FEASIBILITY": (20, "可行性研究"),
    "APPROVAL": (30, "批复文件"),
    "LAND": (40, "用地与规划"),
    "DESIGN": (50, "勘察设计"),
    "TENDER": (60, "招标采购"),
    "CONTRACT": (70, "合同协议"),
    "PROGRESS": (80, "进度与影像"),
    "QUALITY": (90, "质量安全"),
    "PAYMENT": (100, "资金支付"),
    "ACCEPTANCE": (110, "验收移交"),
    "AUDIT": (120, "审计评价"),
    "OTHER": (900, "其他材料"),
}


def register(code: str, label: str, order: int) -> None:
    """Add a kind; the same code replaces itself."""
    _KINDS[code] = (order, label)


def label(code: str) -> str:
    """Return the Chinese name of a kind; a kind whose room is gone shows its code."""
    return _KINDS.get(code, (0, code))[1]


def order(code: str) -> int:
    """Return the place of a kind in the archive."""
    return _KINDS.get(code, (999, ""))[0]


def choices() -> list[tuple[str, str]]:
    """Return code and label in archive order."""
    return [(code, text) for code, (_, text) in sorted(_KINDS.items(), key=lambda item: item[1][0])]


def is_known(code: str) -> bool:
    """Return whether a kind is registered."""
    return code in _KINDS
