"""Which addresses may be asked. A staff member types them, our server follows them: it must not be made to ask our own
network (server-side request forgery)."""

import ipaddress
import socket
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from booking.appointments.external_calendars.exceptions import BadAddress, NotFound, PrivateAddress, TooSlow

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: IPv6 networks that carry an IPv4 address: where the packet ends is what counts.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Of protocols and of relays that are no more: not every Python knows that nobody lives there (RFC 6890, 7526).
_NOBODYS = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("192.88.99.0/24"))
_DEFAULT_PORTS = {"https": 443, "http": 80}
MAX_LENGTH = 2000


@dataclass(frozen=True)
class Target:
    """Where to ask: `host` for the name that is verified, `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def normal(address: str) -> str:
    """The address as it is kept: webcal becomes https, no fragment. Raises BadAddress."""
    address = address.strip()
    for scheme in ("webcals:", "webcal:"):
        if address.lower().startswith(scheme):
            address = "https:" + address[len(scheme) :]
    parse(address)
    parts = urlsplit(address)
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), fragment=""))


def parse(address: str) -> Target:
    """Take an http(s) address apart. Raises BadAddress: another scheme, a user name, control characters, no host."""
    if len(address) > MAX_LENGTH or any(ord(c) <= 32 or ord(c) == 127 for c in address):
        raise BadAddress
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        host = host if ":" in host else host.encode("idna").decode()
    except ValueError as error:  # a port that is no number, brackets that do not close, a name that cannot be
        raise BadAddress from error
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.username is not None or "%" in host or "\\" in address:
        raise BadAddress
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        path.encode("ascii")
    except UnicodeEncodeError as error:
        raise BadAddress from error
    return Target(parts.scheme, host, port if port is not None else _DEFAULT_PORTS[parts.scheme], path)


def resolve(target: Target, deadline: float) -> str:
    """One address of the host that may be asked; the caller connects to it and to no other.

    Refused when any of the host's addresses is private: a name that answers now one, now the other is an attack.
    `deadline` on the monotonic clock. Raises NotFound, PrivateAddress, TooSlow.
    """
    found: list[str] = []
    failed: list[OSError] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            found.extend(str(row[4][0]) for row in rows)
        except (OSError, UnicodeError) as error:
            failed.append(OSError(str(error)))

    # The system's resolver knows no deadline.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(max(0.0, deadline - time.monotonic()))
    if asking.is_alive():
        raise TooSlow
    if failed or not found:
        raise NotFound
    for text in found:
        check(ipaddress.ip_address(text.partition("%")[0]))
    return found[0]


def check(address: Address) -> None:
    """Raises PrivateAddress unless this is a public unicast address (or loopback, where the settings allow it)."""
    if isinstance(address, ipaddress.IPv6Address):
        for inner in (address.ipv4_mapped, address.sixtofour, _embedded(address)):
            if inner is not None:
                check(inner)
                return
        if address.teredo is not None or address.is_site_local:
            raise PrivateAddress
    if address.is_loopback and settings.BUSY_CALENDARS_MAY_BE_LOCAL:
        return
    if any(address in network for network in _NOBODYS):
        raise PrivateAddress
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        raise PrivateAddress


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
