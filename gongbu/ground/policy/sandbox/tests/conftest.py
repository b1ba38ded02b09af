"""The fictional city of the room above."""

from gongbu.ground.policy.tests.conftest import place

__all__ = ["place"]
