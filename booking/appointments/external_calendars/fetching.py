"""Fetching one foreign file: bounded in bytes, in seconds and in redirects, compressed or not."""

import http.client
import io
import socket
import ssl
import time
import zlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from booking.appointments.external_calendars.addresses import Target, parse, resolve
from booking.appointments.external_calendars.exceptions import (
    BadAddress,
    NotAllowed,
    NotAnswering,
    TooLarge,
    TooManyRedirects,
    TooSlow,
)

#: Ten years of a busy person are two; shared rooms and attachments are the rest.
MAX_BYTES = 20 * 1024 * 1024
MAX_SECONDS = 20.0
MAX_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Fetched:
    """`body` is None when the server says that nothing has changed."""

    body: bytes | None
    etag: str = ""
    modified: str = ""


def fetch(
    address: str,
    *,
    etag: str = "",
    modified: str = "",
    max_bytes: int = MAX_BYTES,
    max_seconds: float = MAX_SECONDS,
) -> Fetched:
    """Read a file of the public Internet. `max_seconds` covers names, redirects and body. Raises Unreadable."""
    deadline = time.monotonic() + max_seconds
    conditions = {}
    if etag:
        conditions["If-None-Match"] = etag
    if modified:
        conditions["If-Modified-Since"] = modified
    for _hop in range(MAX_REDIRECTS + 1):
        target = parse(address)
        try:
            onward, fetched = _ask(target, conditions, deadline, max_bytes)
        except TimeoutError as error:
            raise TooSlow from error
        except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
            raise NotAnswering from error
        if fetched is not None:
            return fetched
        address = urljoin(address, onward)
        if target.scheme == "https" and not address.lower().startswith("https:"):
            raise BadAddress  # what was asked in secret is not asked again in the open
    raise TooManyRedirects


def _ask(target: Target, conditions: dict[str, str], deadline: float, max_bytes: int) -> tuple[str, Fetched | None]:
    """One request: where to go instead, or what was fetched."""
    pinned = resolve(target, deadline)
    with socket.create_connection((pinned, target.port), timeout=_left(deadline)) as plain:
        if target.scheme == "https":
            plain.settimeout(_left(deadline))
            with ssl.create_default_context().wrap_socket(plain, server_hostname=target.host) as secure:
                return _talk(secure, target, conditions, deadline, max_bytes)
        return _talk(plain, target, conditions, deadline, max_bytes)


def _talk(
    sock: socket.socket, target: Target, conditions: dict[str, str], deadline: float, max_bytes: int
) -> tuple[str, Fetched | None]:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = _Hurried(sock, deadline)
    connection.putrequest("GET", target.path, skip_host=True, skip_accept_encoding=True)
    for name, value in {
        "Host": target.host_header,
        "Accept": "text/calendar, text/plain;q=0.5, */*;q=0.1",
        "Accept-Encoding": "gzip, identity",
        "User-Agent": "guichet-commun (agenda)",
        "Connection": "close",
        **conditions,
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    if response.status == 304 and conditions:
        return "", Fetched(None)
    if response.status in _REDIRECTS:
        onward = response.getheader("Location", "")
        if not onward:
            raise NotAnswering
        return onward, None
    if response.status in (401, 403, 404, 410):
        raise NotAllowed
    if response.status != 200:
        raise NotAnswering
    body = _read(response, max_bytes)
    return "", Fetched(body, response.getheader("ETag", "")[:300], response.getheader("Last-Modified", "")[:100])


def _read(response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    """The body, at most so many bytes on the wire and after decompression. Raises TooLarge."""
    coding = response.getheader("Content-Encoding", "identity").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise NotAnswering
    unpack = zlib.decompressobj(wbits=31) if "gzip" in coding else None
    body, on_the_wire = bytearray(), 0
    while chunk := response.read1(_CHUNK):
        on_the_wire += len(chunk)
        body += unpack.decompress(chunk, max_bytes + 1 - len(body)) if unpack else chunk
        if len(body) > max_bytes or on_the_wire > max_bytes or (unpack and unpack.unconsumed_tail):
            raise TooLarge
    if unpack and not unpack.eof:
        raise NotAnswering
    if response.length:
        raise NotAnswering  # it promised more than it sent
    return bytes(body)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Hurried:
    """A socket for http.client whose every wait ends at one deadline: a byte now and then does not buy more time."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_HurriedReader(self._sock, self._deadline))

    def close(self) -> None:
        """The caller closes what it has opened."""


class _HurriedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)
