"""Who uses a fact: the rooms whose code reads its key, and what in the packs rests on it. Found in the code itself.

A room reads a fact by its whole key (``"tendering.bid_period"``) or, where every county's packs have their own, by the
last part (``".performance_targets"``). Both stand as texts in the room's modules, so nobody has to keep a list.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.apps import apps

from gongbu.ground.policy.rules.policy import Pack

_KEY = re.compile(r"""["'](\.?[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)["']""")
_LEFT_OUT = {"tests", "migrations", "policy", "demo"}


@cache
def readers() -> Mapping[str, tuple[str, ...]]:
    """Return key or last part (with its point) → names of the rooms whose modules name it."""
    found: dict[str, set[str]] = {}
    for app in apps.get_app_configs():
        if not app.name.startswith("gongbu.") or app.name == "gongbu.ground.policy":
            continue
        for file in Path(app.path).rglob("*.py"):
            if not _LEFT_OUT & set(file.relative_to(app.path).parts):
                for key in _KEY.findall(file.read_text("utf-8")):
                    if "." in key:
                        found.setdefault(key, set()).add(str(app.verbose_name))
    return {key: tuple(sorted(rooms)) for key, rooms in found.items()}


def users_of(key: str, pack: Pack) -> tuple[str, ...]:
    """Return who uses a fact of a pack, rooms first; empty: no room asks for it yet."""
    rooms = readers()
    last = f".{key.rpartition('.')[2]}"
    users = list(dict.fromkeys([*rooms.get(key, ()), *rooms.get(last, ())]))
    if key in pack.classification:
        users.append("项目分类")
    for versions in pack.tables.values():
        table = versions[-1]
        if table.superior is not None and table.superior.table == key:
            users.append(f"决策表“{table.label}”")
        users += [f"决策表“{table.label}”" for item in table.inputs.values() if item.decided_by == key]
    return tuple(users)
