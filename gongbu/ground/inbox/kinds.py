"""Rooms that hand out tasks, with their Chinese names: the words of filters and of a delegation's scope."""

_ROOMS: dict[str, str] = {}
_CONFIRMABLE: set[str] = set()


def add_room(room: str, label: str) -> None:
    """Name a room whose tasks may appear (called from its ``AppConfig.ready``), for example ``approvals``, 审批办理."""
    _ROOMS[room] = label


def add_confirmable(kind: str) -> None:
    """Let tasks of this kind be closed by a plain 确认办结: their work is to look (called from ``AppConfig.ready``)."""
    _CONFIRMABLE.add(kind)


def is_confirmable(kind: str) -> bool:
    """Return whether looking and confirming finishes a task of this kind."""
    return kind in _CONFIRMABLE


def rooms() -> dict[str, str]:
    """Return the rooms by code."""
    return dict(_ROOMS)


def label(room: str) -> str:
    """Return a room's name; an unnamed room shows 其他."""
    return _ROOMS.get(room, "其他") if room else "全部待办"
