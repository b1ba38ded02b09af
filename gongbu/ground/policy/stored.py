"""Packs adopted out of the sandbox (ADR-0010): kept in the database as text, named ``key@version``, beside the folders.

A stored pack is never changed and is named by the digest of its files as well: what was read once is kept per digest.
Other processes take notice when they see another adoption, which they look for at every use of a policy.
"""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

import yaml
from django.db import connection

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.ledger.queries import list_for_subject
from gongbu.ground.policy.loading import content_hash, load_pack
from gongbu.ground.policy.models import StoredPack
from gongbu.ground.policy.rules.policy import Pack

Files = Mapping[str, str]
_READ: dict[str, Pack] = {}
_KNOWN: dict[str, dict[str, Pack]] = {}


def is_stored(pack_id: str) -> bool:
    """Return whether an id names a stored pack (``key@version``) and not an installed one (``key``)."""
    return "@" in pack_id


def known() -> Mapping[str, Pack]:
    """Return the stored packs this process knows of, by id (no query); see :func:`refresh`."""
    return _KNOWN.get(connection.alias, {})


def refresh(installed: Mapping[str, Pack]) -> None:
    """Take notice of every stored pack (1 query; one more for those never read by this process).

    :raises Refusal: ``policy.stored_changed`` when the files do not have the digest under which they are kept
    """
    named = {
        f"{key}@{version}": digest
        for key, version, digest in StoredPack.objects.order_by("pk").values_list("key", "version", "digest")
    }
    fresh = sorted(set(named.values()) - _READ.keys())
    for row in StoredPack.objects.filter(digest__in=fresh) if fresh else ():
        if content_hash(row.files) != row.digest:
            raise Refusal("policy.stored_changed", pack=f"{row.key}@{row.version}")
        _READ[row.digest] = replace(load(row.files, installed.values()), is_stored=True)
    _KNOWN[connection.alias] = {pack_id: _READ[digest] for pack_id, digest in named.items()}


def find_damaged() -> list[str]:
    """Return the ids of stored packs whose files are not those that the book says were adopted (2 queries a pack, and 1)."""
    damaged = []
    for row in StoredPack.objects.order_by("pk"):
        entered = [entry.content["after"]["files"] for entry in list_for_subject("policy_stored_pack", row.pk)]
        if {content_hash(row.files), row.digest} != set(entered):
            damaged.append(str(row))
    return damaged


def forget() -> None:
    """Forget what this process knows (between tests)."""
    _KNOWN.clear()


def load(files: Files, among: Iterable[Pack]) -> Pack:
    """Load a pack out of its files. Code lists of the packs ``among`` which it stands may be used.

    :raises PackFaults: listing every fault found
    """
    key, _version = head_of_text(files.get("pack.yaml", ""))
    codes = {name: one for pack in among for name, one in pack.code_lists.items()}
    with tempfile.TemporaryDirectory(prefix="gongbu-pack-") as folder:
        place = Path(folder) / (key if key.isidentifier() else "pack")
        place.mkdir()
        write(files, place)
        return load_pack(place, codes)


def write(files: Files, folder: Path) -> None:
    """Write files below a folder.

    :raises Refusal: ``policy.stored_path``: a name leads out of it
    """
    for name, text in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise Refusal("policy.stored_path", name=name[:80])
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8", newline="")


def head_of_text(text: str) -> tuple[str, str]:
    """Return key and version of a ``pack.yaml``, or empty strings when it cannot be read."""
    try:
        head = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        return "", ""
    if not isinstance(head, dict):
        return "", ""
    return str(head.get("key", "")), str(head.get("version", ""))
