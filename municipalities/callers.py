"""Who calls, as far as an address says: one place for every limit, of residents and at the agents' door."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

#: What an Internet provider gives one household: whoever has one IPv6 address has all those beside it.
HOUSEHOLD_V6 = 56
#: Of whoever comes through a socket file, without an address.
NOBODY = "0.0.0.0"


def address_of(request: HttpRequest) -> str:
    """The caller's IP address, without the port that some proxies write behind it.

    `settings.TRUSTED_PROXY_COUNT` proxies of ours append to X-Forwarded-For; none is trusted by default, since anyone
    may send that header.
    """
    depth: int = getattr(settings, "TRUSTED_PROXY_COUNT", 0)
    remote = str(request.META.get("REMOTE_ADDR") or "")
    if depth >= 1:
        hops = [hop.strip() for hop in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
        remote = hops[-depth] if len(hops) >= depth else remote
    found = _parsed(remote)
    return str(found) if found is not None else NOBODY


def client_address(request: HttpRequest) -> str:
    """What counts as one caller: an IPv4 address, the network of an IPv6 one."""
    found = ipaddress.ip_address(address_of(request))
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(ipaddress.ip_network((found, HOUSEHOLD_V6), strict=False))


def _parsed(said: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """`1.2.3.4`, `1.2.3.4:567`, `2001:db8::1`, `[2001:db8::1]:567`, `fe80::1%eth0`; None for anything else."""
    bare = said.partition("%")[0]
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found
