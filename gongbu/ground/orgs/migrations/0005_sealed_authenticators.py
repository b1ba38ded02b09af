"""Seal the secrets of authenticators with the key of the home (AES-256-SIV); before, they lay open in the table."""

import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.db import migrations

SEALED_DIGITS = 72  # 20 bytes of secret and 16 of tag


def cipher() -> AESSIV:
    file = Path(settings.KEYS_DIR) / "secrets-aes-siv.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(AESSIV.generate_key(512).hex().encode())
    return AESSIV(bytes.fromhex(file.read_text("ascii")))


def seal(apps: Any, schema_editor: Any) -> None:
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.all():
        if len(device.key) < SEALED_DIGITS:
            about = f"totp:{device.user_id}".encode()
            device.key = cipher().encrypt(bytes.fromhex(device.key), [about]).hex()
            device.save(update_fields=["key"])


def open_again(apps: Any, schema_editor: Any) -> None:
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.all():
        if len(device.key) >= SEALED_DIGITS:
            about = f"totp:{device.user_id}".encode()
            device.key = cipher().decrypt(bytes.fromhex(device.key), [about]).hex()
            device.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0004_audit_no_replacing"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [
        migrations.CreateModel(
            name="Authenticator",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("otp_totp.totpdevice",),
        ),
        migrations.RunPython(seal, open_again),
    ]
