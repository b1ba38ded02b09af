"""Tables of orgs: regions; units, posts, people, grants; sign-in and audit."""

from gongbu.ground.orgs.models.access import (
    ApiToken,
    AuditEvent,
    PasswordUsed,
    RecoveryCode,
    Registration,
    SignInSession,
)
from gongbu.ground.orgs.models.authenticators import Authenticator
from gongbu.ground.orgs.models.people import Grant, Holding, Person, Post, Unit
from gongbu.ground.orgs.models.regions import ReferenceLoad, Region, RegionCode

__all__ = [
    "ApiToken",
    "AuditEvent",
    "Authenticator",
    "Grant",
    "Holding",
    "PasswordUsed",
    "Person",
    "Post",
    "RecoveryCode",
    "ReferenceLoad",
    "Region",
    "RegionCode",
    "Registration",
    "SignInSession",
    "Unit",
]
