"""A foreign calendar server on loopback that can misbehave in every way a calendar server can."""

import gzip
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//ailleurs//FR\r\n"
TAIL = "END:VCALENDAR\r\n"


def event(uid: object, *lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT", ""])


def calendar(*events: str) -> bytes:
    return (HEAD + "".join(events) + TAIL).encode()


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: Any) -> None:
        """Tests print nothing."""

    def do_GET(self) -> None:
        simulator = self.server.simulator
        simulator.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        name = self.path.strip("/").partition("?")[0].partition("/")[0].removesuffix(".ics").replace("-", "_")
        with suppress(OSError):  # the client hangs up, as it should
            getattr(self, f"_{name}", self._missing)()
        self.close_connection = True

    def _send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for header, value in {"Content-Type": "text/calendar", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _missing(self) -> None:
        self._send(b"no", 404)

    def _good(self) -> None:
        """Whatever the test put there; conditional."""
        simulator = self.server.simulator
        tag = f'"{hash(simulator.body)}"'
        if self.headers.get("If-None-Match") == tag:
            self._send(b"", 304)
        else:
            self._send(simulator.body, ETag=tag)

    def _zipped(self) -> None:
        self._send(gzip.compress(self.server.simulator.body), Content_Encoding="gzip")

    def _cut_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.wfile.write(self.server.simulator.body)

    def _html(self) -> None:
        self._send(b"<!doctype html><title>Sign in</title>", Content_Type="text/html")

    def _huge(self) -> None:
        self._send(HEAD.encode() + b"X-FILL:" + b"x" * 21_000_000 + b"\r\n" + TAIL.encode())

    def _endless(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        line = b"X-FILL:" + b"y" * 8000 + b"\r\n"
        while not self.server.simulator.stopping.is_set():
            self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")

    def _slow(self) -> None:
        """One byte now and then, so that no single wait is long."""
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.simulator.stopping.wait(0.05):
            self.wfile.write(b"B")

    def _slow_head(self) -> None:
        while not self.server.simulator.stopping.wait(0.05):
            self.wfile.write(b"H")

    def _bomb(self) -> None:
        """A few kilobytes that become many megabytes."""
        self._send(gzip.compress(b"\0" * 60_000_000, 1), Content_Encoding="gzip")

    def _odd_coding(self) -> None:
        self._send(b"whatever", Content_Encoding="br")

    def _forbidden(self) -> None:
        self._send(b"", 403)

    def _broken(self) -> None:
        self._send(b"", 500)

    def _rude(self) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    def _redirect(self) -> None:
        """`/redirect/<anything>` to whatever address the test says."""
        self._send(b"", 302, Location=self.server.simulator.onward)

    def _strange_tag(self) -> None:
        self._send(self.server.simulator.body, ETag="a\0b", Last_Modified="\0")

    def _nowhere(self) -> None:
        self._send(b"", 302)

    def _round_and_round(self) -> None:
        self._send(b"", 307, Location="/round-and-round.ics")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    simulator: "IcsServer"

    def handle_error(self, *_arguments: Any) -> None:
        """A client that hangs up is what most of these tests are about."""


class IcsServer:
    """`body` is served at /good.ics, `onward` is where /redirect.ics leads; `asked` are paths and headers."""

    def __init__(self) -> None:
        self.body = calendar()
        self.onward = ""
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.simulator = self

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def address(self, name: str = "good") -> str:
        return f"http://127.0.0.1:{self.port}/{name}.ics"

    def speak_tls(self, context: ssl.SSLContext) -> None:
        """From now on; a client that refuses the certificate is heard of nowhere."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    @contextmanager
    def running(self) -> Iterator["IcsServer"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()
