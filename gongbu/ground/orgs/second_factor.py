"""动态口令 (TOTP): bind an authenticator, check a code, recovery codes. Devices are django-otp's, their secrets sealed."""

import hashlib
import hmac
import logging
import secrets
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from gongbu.ground.basics import clock
from gongbu.ground.orgs import audit, sealing
from gongbu.ground.orgs.models import AuditEvent, Authenticator, Person, RecoveryCode

ISSUER = "工部"
RECOVERY_CODES = 8
SECRET_BYTES = 20  # RFC 4226 section 4 recommends 160 bits

log = logging.getLogger("gongbu.orgs")


def begin_enrolment(person: Person) -> Authenticator:
    """Return the person's unconfirmed device, making one if there is none; the secret stays the same until confirmed."""
    device: Authenticator | None = Authenticator.objects.filter(user_id=person.pk, confirmed=False).first()
    if device is not None and not _opens(device):
        device.delete()
        device = None
    if device is None:
        key = sealing.seal(secrets.token_bytes(SECRET_BYTES), Authenticator.about(person.pk))
        device = Authenticator.objects.create(user_id=person.pk, name="手机", confirmed=False, key=key)
    return device


def address_of(device: Authenticator, person: Person) -> str:
    """Return the ``otpauth://`` address that authenticators read from the QR code."""
    query = urlencode({"secret": secret_of(device), "issuer": ISSUER, "algorithm": "SHA1", "digits": 6, "period": 30})
    return f"otpauth://totp/{quote(ISSUER)}:{quote(person.login_name)}?{query}"


def secret_of(device: Authenticator) -> str:
    """Return the secret in base 32, to be typed when the camera is of no use."""
    from base64 import b32encode

    return b32encode(device.bin_key).decode().rstrip("=")


@transaction.atomic
def confirm(request: HttpRequest, person: Person, code: str) -> list[str] | None:
    """Confirm the new device with a code from it; return fresh recovery codes, or None when the code is wrong."""
    device = Authenticator.objects.select_for_update().filter(user_id=person.pk, confirmed=False).first()
    if device is None or not _opens(device) or not device.verify_token(_digits(code)):
        audit.record_for_person(person.pk, AuditEvent.Kind.TOTP_FAILED, request=request, step="enrol")
        return None
    Authenticator.objects.filter(user_id=person.pk, confirmed=True).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    audit.record_for_person(person.pk, AuditEvent.Kind.TOTP_ENROLLED, request=request)
    return renew_recovery_codes(person)


@transaction.atomic
def check(request: HttpRequest, person: Person, code: str) -> bool:
    """Return whether ``code`` is a fresh TOTP code or an unused recovery code; either can be used once only.

    django-otp slows down after wrong codes and refuses a code it has seen. Failures are audited.
    """
    digits = _digits(code)
    if len(digits) == 6 and digits == code.replace(" ", ""):
        device = Authenticator.objects.select_for_update().filter(user_id=person.pk, confirmed=True).first()
        allowed = device is not None and device.verify_is_allowed()[0] and _opens(device)
        if device is not None and allowed and device.verify_token(digits):
            return True
    else:
        used = RecoveryCode.objects.filter(person=person, digest=_digest(person.pk, code), used_at=None)
        if used.update(used_at=clock.now()):
            left = RecoveryCode.objects.filter(person=person, used_at=None).count()
            audit.record_for_person(person.pk, AuditEvent.Kind.RECOVERY_CODE_USED, request=request, left=left)
            return True
    audit.record_for_person(person.pk, AuditEvent.Kind.TOTP_FAILED, request=request, step="sign_in")
    return False


def count_devices() -> tuple[int, int]:
    """Return how many authenticators are bound, and how many of their secrets cannot be read (1 query)."""
    devices = list(Authenticator.objects.filter(confirmed=True))
    return len(devices), sum(not _opens(device) for device in devices)


def _opens(device: Authenticator) -> bool:
    """Return whether the device's secret can be read; if not, no code of it fits and the log says why."""
    try:
        return bool(device.bin_key)
    except sealing.Unsealable as error:
        log.error("authenticator %s of person %s: %s", device.pk, device.user_id, error)
        return False


def renew_recovery_codes(person: Person) -> list[str]:
    """Replace the person's recovery codes and return the new ones, to be shown once."""
    RecoveryCode.objects.filter(person=person).delete()
    alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
    codes = []
    for _ in range(RECOVERY_CODES):
        text = "".join(secrets.choice(alphabet) for _ in range(10))
        codes.append(f"{text[:5]}-{text[5:]}")
    RecoveryCode.objects.bulk_create(RecoveryCode(person=person, digest=_digest(person.pk, code)) for code in codes)
    return codes


def _digits(code: str) -> str:
    return "".join(c for c in code if c.isascii() and c.isdigit())[:8]


def _digest(person_id: int, code: str) -> str:
    text = code.upper().replace("-", "").replace(" ", "")
    return hmac.new(settings.SECRET_KEY.encode(), f"{person_id}:{text}".encode(), hashlib.sha256).hexdigest()
