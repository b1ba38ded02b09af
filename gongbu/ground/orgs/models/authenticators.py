"""Authenticators: django-otp's TOTP devices, whose secrets lie sealed in the table."""

from django_otp.plugins.otp_totp.models import TOTPDevice

from gongbu.ground.orgs import sealing


class Authenticator(TOTPDevice):  # type: ignore[misc]  # django-otp brings no types
    """A person's authenticator. ``key`` holds the sealed secret in hex (72 digits for 20 bytes)."""

    class Meta:
        proxy = True

    @staticmethod
    def about(person_id: int) -> str:
        """Return what a secret of the person is sealed for."""
        return f"totp:{person_id}"

    @property
    def bin_key(self) -> bytes:
        """The secret itself.

        :raises Unsealable: the key file is not the one it was sealed with
        """
        return sealing.unseal(self.key, self.about(self.user_id))
