"""The secrets of authenticators: sealed in the table, bound to their owner, and what happens when the key is lost."""

import importlib
import logging
from pathlib import Path

import pytest
from django.apps import apps
from django_otp.plugins.otp_totp.models import TOTPDevice

from gongbu.ground.orgs import sealing, second_factor
from gongbu.ground.orgs.models import Authenticator
from gongbu.ground.orgs.tests.conftest import make_person

migration = importlib.import_module("gongbu.ground.orgs.migrations.0005_sealed_authenticators")
pytestmark = pytest.mark.django_db


@pytest.fixture
def person(town, home):
    return make_person("head", town.bureau, "INVESTMENT_HEAD", town.east)


def test_the_table_does_not_hold_the_secret(person, home):
    device = second_factor.begin_enrolment(person)
    secret = device.bin_key
    assert len(secret) == second_factor.SECRET_BYTES
    assert secret.hex() not in TOTPDevice.objects.get().key
    assert second_factor.begin_enrolment(person).bin_key == secret  # the QR code stays the same until confirmed
    assert (home / "keys" / sealing.KEY_FILE).stat().st_mode & 0o077 == 0


def test_a_secret_moved_to_another_person_does_not_open(person, town):
    device = second_factor.begin_enrolment(person)
    other = make_person("thief", town.bureau, "INVESTMENT_HEAD", town.east)
    Authenticator.objects.filter(pk=device.pk).update(user_id=other.pk)
    with pytest.raises(sealing.Unsealable):
        _ = Authenticator.objects.get().bin_key


@pytest.mark.parametrize("loss", ["missing", "another", "broken"])
def test_without_the_key_no_code_fits_the_log_says_why_and_binding_anew_works(person, home, rf, caplog, loss):
    old = second_factor.begin_enrolment(person)
    Authenticator.objects.update(confirmed=True)
    file = Path(home / "keys" / sealing.KEY_FILE)
    file.unlink()
    if loss != "missing":
        file.write_text("00" * 64 if loss == "another" else "not hex")
    with caplog.at_level(logging.ERROR, "gongbu.orgs"):
        assert second_factor.check(rf.post("/sign-in/code"), person, "123456") is False
    assert f"authenticator {old.pk} of person {person.pk}" in caplog.text
    assert Authenticator.objects.get().throttling_failure_count == 0  # not the person's fault
    assert second_factor.count_devices() == (1, 1)
    if loss == "missing":
        assert len(second_factor.begin_enrolment(person).bin_key) == second_factor.SECRET_BYTES


def test_the_migration_seals_what_lay_open_once_and_opens_it_again(person, home):
    TOTPDevice.objects.create(user_id=person.pk, name="手机", key="ab" * 20)
    for _ in range(2):  # it can be run twice
        migration.seal(apps, None)
        assert Authenticator.objects.get().bin_key == b"\xab" * 20
    assert len(TOTPDevice.objects.get().key) == 72
    migration.open_again(apps, None)
    assert TOTPDevice.objects.get().key == "ab" * 20


def test_an_installation_without_authenticators_gets_no_key(home):
    migration.seal(apps, None)
    assert not (home / "keys").exists()


def test_secrets_are_read_through_the_sealed_model_only():
    package = Path(sealing.__file__).parents[2]
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "tests" not in path.parts and "migrations" not in path.parts and "TOTPDevice" in path.read_text("utf-8")
    }
    assert users == {"ground/orgs/models/authenticators.py"}
