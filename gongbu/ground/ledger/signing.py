"""Signatures of tree heads. Ed25519 by default; another scheme (SM2 in a cipher machine) plugs in by name.

The private key lives in ``settings.KEYS_DIR`` (0600, made once), never in the database. ``key_id`` is
``scheme:first 16 hex digits of SHA-256(public key)``; the public key stands beside it in ``heads.log`` and in proofs.
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.utils.module_loading import import_string

from gongbu.ground.basics import keyfile
from gongbu.ground.ledger.canonical import canonical_json, moment

KEY_FILE = "ledger-ed25519.pem"


class Signer(Protocol):
    """A scheme that signs tree heads. ``settings.LEDGER_SIGNER`` names a class (dotted path) with these members."""

    @property
    def key_id(self) -> str:
        """Scheme and fingerprint of the public key."""

    @property
    def public_key(self) -> bytes:
        """The public key in the scheme's raw form."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature of ``message``."""

    def verify(self, message: bytes, signature: bytes, public_key: bytes) -> bool:
        """Return whether the signature is ``public_key``'s over ``message``."""


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """What a signature covers."""

    size: int
    root: str
    algorithm: str
    signed_at: datetime
    clock: str

    def message(self) -> bytes:
        """Return the canonical JSON that is signed."""
        return canonical_json(
            {
                "v": 1,
                "size": self.size,
                "root": self.root,
                "algorithm": self.algorithm,
                "signed_at": moment(self.signed_at),
                "clock": self.clock,
            }
        ).encode()


def facts_of(line: Mapping[str, Any]) -> HeadFacts:
    """Read what a signature covers out of a head as it is written to ``heads.log`` and into proofs.

    :raises ValueError: something is missing or cannot be read, a moment without a zone included
    """
    try:
        signed_at = datetime.fromisoformat(str(line["signed_at"]))
        facts = HeadFacts(int(line["size"]), str(line["root"]), str(line["algorithm"]), signed_at, str(line["clock"]))
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error
    moment(signed_at)
    return facts


class Ed25519Signer:
    """Signs with the key file of this installation, made at first use."""

    def __init__(self) -> None:
        self._private = _load_or_create(Path(settings.KEYS_DIR) / KEY_FILE)
        self.public_key: bytes = self._private.public_key().public_bytes_raw()
        self.key_id: str = key_id_of("ed25519", self.public_key)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return self._private.sign(message)

    def verify(self, message: bytes, signature: bytes, public_key: bytes) -> bool:
        """Return whether the signature holds."""
        return verify_ed25519(message, signature, public_key)


def verify_ed25519(message: bytes, signature: bytes, public_key: bytes) -> bool:
    """Return whether ``signature`` is the Ed25519 signature of ``message`` by ``public_key`` (32 raw bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_head(key_id: str, message: bytes, signature: str, public_key: bytes) -> bool:
    """Return whether a head's signature (base 64) holds under the scheme that its key id names."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    if base64.b64encode(raw).decode() != signature:  # the last letter has bits that decode to nothing
        return False
    if key_id.partition(":")[0] == "ed25519":
        return verify_ed25519(message, raw, public_key)
    return signer().verify(message, raw, public_key)


def key_id_of(scheme: str, public_key: bytes) -> str:
    """Return the short name of a public key."""
    return f"{scheme}:{hashlib.sha256(public_key).hexdigest()[:16]}"


def signer() -> Signer:
    """Return the installation's signer (Ed25519 unless ``settings.LEDGER_SIGNER`` names another class)."""
    path = getattr(settings, "LEDGER_SIGNER", None)
    made: Signer = import_string(path)() if path else Ed25519Signer()
    return made


def public_keys() -> dict[str, bytes]:
    """Return every public key kept in ``KEYS_DIR`` by key id: today's and those of earlier years (``*.pub``)."""
    folder, keys = Path(settings.KEYS_DIR), {}
    for file in sorted(folder.glob("*.pub")) if folder.is_dir() else ():
        scheme, _, text = file.read_text("ascii").strip().partition(" ")
        raw = bytes.fromhex(text)
        keys[key_id_of(scheme, raw)] = raw
    return keys


def keep_public_key(key_id: str, raw: bytes) -> None:
    """Keep a public key for checking what it signed, in a file named after it."""
    if key_id_of(key_id.partition(":")[0], raw) == key_id and key_id not in public_keys():
        _write_public_key(key_id, raw)


def change_key() -> tuple[str, str]:
    """Put a new key in the place of the present one and return both ids; the old private key is gone for good.

    Public keys stay. Another scheme's key is changed where it lies, so its id may come back unchanged.
    """
    old = signer()
    if getattr(settings, "LEDGER_SIGNER", None):
        return old.key_id, old.key_id
    file = Path(settings.KEYS_DIR) / KEY_FILE
    _write_public_key(old.key_id, old.public_key)  # under its own name: ledger-ed25519.pub is the new one's
    partial = file.with_name(f"{KEY_FILE}.next")
    partial.unlink(missing_ok=True)
    keyfile.load_or_create(partial, _new_pem)
    os.replace(partial, file)
    new = Ed25519Signer()
    _write_public_key(new.key_id, new.public_key)
    file.with_suffix(".pub").write_text(f"ed25519 {new.public_key.hex()}\n", "ascii")
    return old.key_id, new.key_id


def _write_public_key(key_id: str, raw: bytes) -> None:
    folder = Path(settings.KEYS_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    scheme, _, fingerprint = key_id.partition(":")
    (folder / f"ledger-{scheme}-{fingerprint}.pub").write_text(f"{scheme} {raw.hex()}\n", "ascii")


def has_public_key(key_id: str) -> bool:
    """Return whether a head's key is one of this home's; no key is made for asking."""
    if key_id in public_keys():
        return True
    return bool(getattr(settings, "LEDGER_SIGNER", None)) and signer().key_id == key_id


def _load_or_create(file: Path) -> Ed25519PrivateKey:
    keyfile.load_or_create(file, _new_pem)
    return _load(file)


def _new_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _load(file: Path) -> Ed25519PrivateKey:
    private = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError(f"{file} is not an Ed25519 key")
    public = file.with_suffix(".pub")
    if not public.exists():
        public.write_text(f"ed25519 {private.public_key().public_bytes_raw().hex()}\n", "ascii")
    return private
