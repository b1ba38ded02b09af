"""Addresses put together from kept templates equal Django's own."""

import pytest
from django.urls import NoReverseMatch, reverse

from gongbu.ground.registers.addresses import address_of, is_number
from gongbu.ground.registers.jinja import link


@pytest.mark.parametrize("name", ["orgs:sign_in", "ledger:find"])
def test_a_route_without_arguments(name):
    assert address_of(name) == address_of(name) == link(name) == reverse(name)


@pytest.mark.parametrize("number", [0, 7, 900_000_000])
def test_numbers_are_put_in(number):
    assert address_of("orgs:unit", number) == reverse("orgs:unit", args=[number])
    assert link("orgs:unit", pk=number) == reverse("orgs:unit", kwargs={"pk": number})


def test_what_is_no_plain_number_goes_the_long_way():
    assert not any(map(is_number, ["7", True, 10**9, -1, None]))
    with pytest.raises(NoReverseMatch):
        address_of("no:such_route")
