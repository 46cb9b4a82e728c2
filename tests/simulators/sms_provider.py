"""An HTTP server on loopback that speaks the contracts of OVHcloud, Brevo and a plain gateway, and checks them."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

APPLICATION_KEY, APPLICATION_SECRET, CONSUMER_KEY = "application", "geheim", "consommateur"
SERVICE = "sms-xx00000-1"
API_KEY = "cle-brevo"


@dataclass
class SmsProvider:
    """`answers` maps a number to an HTTP status, "cut" (taken, no answer), "slow" or "refused" (200, but invalid)."""

    url: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    unsigned: int = 0
    skew: int = 0

    def settings(self, backend: str) -> dict[str, Any]:
        return {
            "SMS_BACKEND": f"notifications.sms.{backend}",
            "OVH_ENDPOINT": f"{self.url}/1.0",
            "OVH_APPLICATION_KEY": APPLICATION_KEY,
            "OVH_APPLICATION_SECRET": APPLICATION_SECRET,
            "OVH_CONSUMER_KEY": CONSUMER_KEY,
            "OVH_SMS_SERVICE": SERVICE,
            "BREVO_SMS_ENDPOINT": f"{self.url}/v3",
            "BREVO_API_KEY": API_KEY,
            "SMS_HTTP_URL": f"{self.url}/send?to={{to}}&text={{text}}&from={{sender}}&ref={{reference}}",
            "SMS_HTTP_AUTHORIZATION": "Bearer passe-partout",
        }


@contextmanager
def sms_provider(**answers: str) -> Iterator[SmsProvider]:
    provider = SmsProvider(answers={f"+{number.lstrip('n')}": answer for number, answer in answers.items()})
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    provider: SmsProvider
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body of each answer waits 40 ms for the receipt of its head

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == "/1.0/auth/time":
            self._answer(200, str(int(time.time()) + self.provider.skew))
        else:
            self._answer(404, "")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = urlsplit(self.path)
        if path.path == f"/1.0/sms/{SERVICE}/jobs":
            self._ovh(body)
        elif path.path == "/v3/transactionalSMS/send":
            self._brevo(body)
        elif path.path == "/send":
            self._plain(parse_qs(path.query))
        else:
            self._answer(404, "")

    def _ovh(self, body: str) -> None:
        moment = self.headers["X-Ovh-Timestamp"]
        parts = [APPLICATION_SECRET, CONSUMER_KEY, "POST", f"{self.provider.url}{self.path}", body, moment]
        signature = "$1$" + hashlib.sha1("+".join(parts).encode()).hexdigest()
        known = self.headers["X-Ovh-Application"] == APPLICATION_KEY and self.headers["X-Ovh-Consumer"] == CONSUMER_KEY
        on_time = abs(int(moment) - time.time() - self.provider.skew) < 30
        if not known or not on_time or self.headers["X-Ovh-Signature"] != signature:
            self.provider.unsigned += 1
            return self._answer(403, '{"message": "Invalid signature"}')
        fields = json.loads(body)
        to = fields["receivers"][0]
        if self.provider.answers.get(to) == "refused":
            return self._answer(200, json.dumps({"ids": [], "invalidReceivers": [to], "validReceivers": []}))
        self._take(to, fields["message"], fields["sender"], lambda n: json.dumps({"ids": [n], "invalidReceivers": []}))

    def _brevo(self, body: str) -> None:
        if self.headers["api-key"] != API_KEY:
            return self._answer(401, "{}")
        fields = json.loads(body)
        assert fields["type"] == "transactional"
        to = f"+{fields['recipient']}"
        self._take(to, fields["content"], fields["sender"], lambda n: json.dumps({"messageId": n}), status=201)

    def _plain(self, query: dict[str, list[str]]) -> None:
        if self.headers["Authorization"] != "Bearer passe-partout":
            return self._answer(401, "")
        self._take(query["to"][0], query["text"][0], query["from"][0], lambda n: f"ref-{n}")

    def _take(self, to: str, text: str, sender: str, answer: Any, status: int = 200) -> None:
        wanted = self.provider.answers.get(to, "")
        if wanted.isdigit():
            return self._answer(int(wanted), "{}")
        self.provider.accepted.append({"to": to, "text": text, "sender": sender})
        if wanted == "cut":
            self.close_connection = True
            self.connection.close()
            return None
        if wanted == "slow":
            time.sleep(3)
        if wanted == "babble":
            return self._answer(200, "<html>")
        if wanted.startswith("says "):
            return self._answer(200, wanted.removeprefix("says "))
        return self._answer(status, answer(len(self.provider.accepted)))

    def _answer(self, status: int, body: str) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(BrokenPipeError):
            # Whoever waited for a slow answer may have gone.
            self.wfile.write(data)
