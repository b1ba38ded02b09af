"""The rights matrix role × act. It is data (``rights.yaml``, path in settings), reviewed as a table and tested whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings


@dataclass(frozen=True, slots=True)
class Rights:
    """Roles with labels, and for each act its label and the roles that may do it."""

    roles: Mapping[str, str]
    acts: Mapping[str, tuple[str, frozenset[str]]]

    def roles_for(self, act: str) -> frozenset[str]:
        """Return the roles that may do ``act``.

        :raises KeyError: the act has no row in the matrix: a programming error that must not pass as "nobody"
        """
        return self.acts[act][1]

    def label(self, act: str) -> str:
        """Return the Chinese label of an act."""
        return self.acts[act][0]


def load_rights(path: Path) -> Rights:
    """Read the matrix and refuse unknown roles.

    :raises ValueError: an act names a role that is not declared
    """
    raw = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    roles: dict[str, str] = raw["roles"]
    acts: dict[str, tuple[str, frozenset[str]]] = {}
    for name, row in raw["acts"].items():
        unknown = set(row["roles"]) - set(roles)
        if unknown:
            raise ValueError(f"{path}: act {name} names unknown roles {sorted(unknown)}")
        acts[name] = (row["label"], frozenset(row["roles"]))
    return Rights(roles, acts)


@cache
def rights() -> Rights:
    """Return the installation's matrix."""
    return load_rights(Path(settings.RIGHTS_FILE))
