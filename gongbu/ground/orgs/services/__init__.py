"""Acts of orgs. Each checks the right, changes, leaves one ledger entry, and tells others through the outbox.

Import from here: ``from gongbu.ground.orgs import services`` then ``services.create_unit(...)``.
"""

from gongbu.ground.orgs.services.accounts import (
    disable_person,
    enable_person,
    reset_password,
    reset_second_factor,
    unlock_sign_in,
)
from gongbu.ground.orgs.services.grants import grant_role, revoke_role
from gongbu.ground.orgs.services.people import create_person, update_person
from gongbu.ground.orgs.services.posts import (
    appoint,
    close_post,
    create_post,
    delegate,
    end_delegation,
    end_holding,
    hand_over,
)
from gongbu.ground.orgs.services.regions import create_region, renumber_region
from gongbu.ground.orgs.services.registrations import approve_registration, register, reject_registration
from gongbu.ground.orgs.services.staff_import import import_people
from gongbu.ground.orgs.services.tokens import create_token, revoke_token
from gongbu.ground.orgs.services.units import close_unit, correct_unit, create_unit, rename_unit

__all__ = [
    "appoint",
    "approve_registration",
    "close_post",
    "close_unit",
    "correct_unit",
    "create_person",
    "create_post",
    "create_region",
    "create_token",
    "create_unit",
    "delegate",
    "disable_person",
    "enable_person",
    "end_delegation",
    "end_holding",
    "grant_role",
    "hand_over",
    "import_people",
    "register",
    "reject_registration",
    "rename_unit",
    "renumber_region",
    "reset_password",
    "reset_second_factor",
    "revoke_role",
    "revoke_token",
    "unlock_sign_in",
    "update_person",
]
