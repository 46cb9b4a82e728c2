"""Whose address a request comes from, as every limit counts it."""

from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from django.test import RequestFactory

from municipalities.callers import NOBODY, client_address


@pytest.mark.parametrize(
    ("depth", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # what the caller wrote in front counts for nothing
        (2, "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (3, "198.51.100.7", "192.0.2.1"),
        (1, "198.51.100.7:61000", "198.51.100.7"),  # some proxies write the port behind it
        (1, "not an address", NOBODY),
    ],
)
def test_address_behind_our_own_proxies(settings: Any, depth: int, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXY_COUNT = depth
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == address


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("2001:db8:1:1::1", "2001:db8:1::/56"),
        ("2001:db8:1:ff:dead:beef:0:1", "2001:db8:1::/56"),
        ("2001:db8:1:100::1", "2001:db8:1:100::/56"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/56"),
        ("", NOBODY),
        ("unix", NOBODY),
        ("192.0.2.1:49152", "192.0.2.1"),
        ("[2001:db8:1:1::1]:49152", "2001:db8:1::/56"),
        ("[2001:db8:1:1::1]", "2001:db8:1::/56"),
        ("[::ffff:192.0.2.1]:49152", "192.0.2.1"),
    ],
)
def test_one_household_has_many_addresses_of_the_new_kind_and_counts_once(address: str, counted_as: str) -> None:
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=address)) == counted_as


def test_the_agents_door_counts_by_the_same_address(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 2
    request = RequestFactory().get(
        "/", REMOTE_ADDR="10.0.0.1:80", headers={"X-Forwarded-For": "198.51.100.7:9, 10.0.0.2"}
    )
    assert get_adapter().get_client_ip(request) == "198.51.100.7"
    # Fewer proxies than the settings say: no error, which the library would make of it.
    alone = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": "198.51.100.7"})
    assert get_adapter().get_client_ip(alone) == "192.0.2.1"
