"""Seal small secrets that the database must keep: AES-256-SIV (RFC 5297) under a key that lies outside the database.

A copy of the database alone opens nothing. What is sealed names its owner (``about``), so that a sealed secret moved to
another row does not open there. The key file is part of a backup; without it people bind their authenticators anew.
"""

from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings

from gongbu.ground.basics import keyfile

KEY_FILE = "secrets-aes-siv.key"
KEY_BITS = 512  # two halves, one for the tag and one for the cipher


class Unsealable(Exception):
    """The key file is missing or another's, or the secret belongs to somebody else."""


def seal(secret: bytes, about: str) -> str:
    """Return the secret sealed for ``about``, as hex: 32 digits longer than the secret's own."""
    return _cipher(_make()).encrypt(secret, [about.encode()]).hex()


def unseal(text: str, about: str) -> bytes:
    """Return what was sealed for ``about``.

    :raises Unsealable: see the class
    """
    try:
        return _cipher(_file().read_bytes()).decrypt(bytes.fromhex(text), [about.encode()])
    except FileNotFoundError as error:
        raise Unsealable(f"{KEY_FILE} is missing") from error
    except (InvalidTag, ValueError) as error:
        raise Unsealable(f"not sealed for {about} under this {KEY_FILE}") from error


def _file() -> Path:
    return Path(settings.KEYS_DIR) / KEY_FILE


def _make() -> bytes:
    return keyfile.load_or_create(_file(), lambda: AESSIV.generate_key(KEY_BITS).hex().encode())


def _cipher(content: bytes) -> AESSIV:
    return AESSIV(bytes.fromhex(content.decode("ascii")))
