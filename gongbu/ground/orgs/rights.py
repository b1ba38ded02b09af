"""The rights matrix role × act. It is data: each room brings its rows in ``rights.yaml``; the whole is tested."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.conf import settings


@dataclass(frozen=True, slots=True)
class Rights:
    """Roles with labels, and for each act its label and the roles that may do it.

    ``own_records_only`` roles (项目单位, 第三方机构) reach only records that belong to their unit; ``second_factor``
    roles sign in with TOTP; the three ``separated`` roles (三员) are held by different people; ``granted_by`` says
    which roles an administrator's role may hand out.
    """

    roles: Mapping[str, str]
    acts: Mapping[str, tuple[str, frozenset[str]]]
    own_records_only: frozenset[str] = frozenset()
    second_factor: frozenset[str] = frozenset()
    separated: frozenset[str] = frozenset()
    granted_by: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def roles_for(self, act: str) -> frozenset[str]:
        """Return the roles that may do ``act``.

        :raises KeyError: the act has no row in the matrix: a programming error that must not pass as "nobody"
        """
        return self.acts[act][1]

    def label(self, act: str) -> str:
        """Return the Chinese label of an act."""
        return self.acts[act][0]


def load_rights(roles_file: Path, act_files: Iterable[Path]) -> Rights:
    """Read the roles and every room's rows of the matrix, refusing unknown roles and doubled acts.

    :raises ValueError: an act names a role that is not declared, or has two rows
    """
    catalogue = _read(roles_file)
    roles: dict[str, str] = catalogue["roles"]
    sets = {name: frozenset(catalogue.get(name, ())) for name in ("own_records_only", "second_factor", "separated")}
    granted_by = {giver: frozenset(given) for giver, given in catalogue.get("granted_by", {}).items()}
    named = frozenset(granted_by).union(*sets.values(), *granted_by.values())
    if named - set(roles):
        raise ValueError(f"{roles_file}: unknown roles {sorted(named - set(roles))}")
    acts: dict[str, tuple[str, frozenset[str]]] = {}
    for path in act_files:
        for name, row in _read(path)["acts"].items():
            unknown = set(row["roles"]) - set(roles)
            if unknown:
                raise ValueError(f"{path}: act {name} names unknown roles {sorted(unknown)}")
            if name in acts:
                raise ValueError(f"{path}: act {name} already has a row")
            acts[name] = (row["label"], frozenset(row["roles"]))
    return Rights(roles, acts, **sets, granted_by=granted_by)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return content


@cache
def rights() -> Rights:
    """Return the installation's matrix: the roles of ``settings.ROLES_FILE``, the ``rights.yaml`` of each room."""
    files = (Path(app.path) / "rights.yaml" for app in apps.get_app_configs())
    return load_rights(Path(settings.ROLES_FILE), [file for file in files if file.exists()])
