"""An HTTP server on loopback: the interfaces of Brevo, Mailjet, Scaleway and Postal, by their published rules.

What breaks a rule is refused as there. What is taken is kept, and `receipt` makes what the service would then report.
"""

import base64
import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.utils import parseaddr
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SECRET = "facteur:mot-de-passe"
KEY, OTHER_KEY, PROJECT = "cle", "cle-secrete", "9c1ff1b4-0000-4000-8000-000000000000"
#: Headers that Mailjet writes itself: one of them and the request is refused (error send-0011).
MAILJET_WRITES = {
    "from", "sender", "subject", "to", "cc", "bcc", "return-path", "delivered-to", "dkim-signature", "message-id",
    "domainkey-status", "received-spf", "authentication-results", "received", "reply-to", "user-agent", "x-mailer",
    "x-mailjet-prio", "x-mailjet-debug", "x-mailjet-segmentation", "x-mj-customid", "x-mj-eventpayload",
    "x-mj-templateerrorreporting", "x-mj-templateerrordeliver", "x-mj-workflowid",
}  # fmt: skip
_SIGNING = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_PUBLIC = _SIGNING.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
POSTAL_KEY = "".join(_PUBLIC.decode().split("\n")[1:-2])


@dataclass(frozen=True)
class Taken:
    """A mail as the service understood it. `mark` is what it will give back in its receipts, as it came."""

    service: str
    id: str
    recipient: str
    sender: str
    sender_name: str
    subject: str
    text: str
    html: str
    reply_to: str
    headers: Mapping[str, str]
    attachments: tuple[tuple[str, bytes], ...]
    mark: str


@dataclass
class MailServices:
    """`answers` maps a recipient to an HTTP status, "cut" (taken, no answer), "babble" (taken, no JSON) or "slow"."""

    url: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    senders_refused: set[str] = field(default_factory=set)

    def settings(self, service: str) -> dict[str, Any]:
        return {
            "EMAIL_BACKEND": f"anymail.backends.{service}.EmailBackend",
            "MAIL_SERVICE": service,
            "ANYMAIL": {
                **({} if service == "postal" else {"WEBHOOK_SECRET": SECRET}),
                "REQUESTS_TIMEOUT": (5, 20),
                "BREVO_API_URL": f"{self.url}/brevo/v3/", "BREVO_API_KEY": KEY,
                "MAILJET_API_URL": f"{self.url}/mailjet/v3.1/", "MAILJET_API_KEY": KEY, "MAILJET_SECRET_KEY": OTHER_KEY,
                "SCALEWAY_API_URL": f"{self.url}/scaleway/regions/{{region}}/", "SCALEWAY_SECRET_KEY": KEY,
                "SCALEWAY_PROJECT_ID": PROJECT,
                "POSTAL_API_URL": f"{self.url}/postal/", "POSTAL_API_KEY": KEY, "POSTAL_WEBHOOK_KEY": POSTAL_KEY,
            },
        }  # fmt: skip


def receipt(taken: Taken, *, arrived: bool) -> dict[str, Any]:
    """Arguments for a test client's `post`: what the service reports of a mail."""
    credentials = base64.b64encode(SECRET.encode()).decode()
    headers = {"authorization": f"Basic {credentials}"}
    told: Any
    match taken.service:
        case "brevo":
            told = {
                "event": "delivered" if arrived else "hard_bounce", "email": taken.recipient, "id": 1,
                "date": "2026-11-24 08:00:00", "message-id": taken.id, "ts_epoch": 1795500000000,
                "X-Mailin-custom": taken.mark,
            }  # fmt: skip
        case "mailjet":
            told = [{
                "event": "sent" if arrived else "bounce", "time": 1795500000, "MessageID": int(taken.id),
                "email": taken.recipient, "Payload": taken.mark,
                **({} if arrived else {"error": "user unknown", "hard_bounce": True}),
            }]  # fmt: skip
        case _:
            message = {"id": int(taken.id), "token": "abc", "direction": "outgoing", "to": taken.recipient,
                       "from": taken.sender, "subject": taken.subject, "tag": taken.mark}  # fmt: skip
            happened = (
                {"status": "Sent", "message": message} if arrived else {"original_message": message, "bounce": {}}
            )
            told = {"event": "MessageSent", "timestamp": 1795500000.0, "payload": happened, "uuid": str(uuid.uuid4())}
    body = json.dumps(told).encode()
    if taken.service == "postal":
        # SHA-1 is what Postal signs with.
        signature = _SIGNING.sign(body, padding.PKCS1v15(), hashes.SHA1())
        headers = {"x-postal-signature": base64.b64encode(signature).decode()}
    path = f"/retours/anymail/{taken.service}/tracking/"
    return {"path": path, "data": body, "content_type": "application/json", "headers": headers}


@contextmanager
def mail_services() -> Iterator[MailServices]:
    services = MailServices()
    handler = type("Handler", (_Handler,), {"services": services})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    services.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield services
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Broken(Exception):
    """A rule of the service."""


def _must(holds: object, rule: str) -> None:
    if not holds:
        raise _Broken(rule)


class _Handler(BaseHTTPRequestHandler):
    services: MailServices
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body of each answer waits 40 ms for the receipt of its head

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = self.path.split("/")[1]
        try:
            getattr(self, f"_{name}")(fields)
        except _Broken as rule:
            self.services.refused.append(f"{name}: {rule}")
            getattr(self, f"_{name}_refuses")(str(rule))

    # --- Brevo: POST /v3/smtp/email -----------------------------------------------------------------------------------

    def _brevo(self, fields: dict[str, Any]) -> None:
        if self.headers["api-key"] != KEY:
            return self._answer(401, {"code": "unauthorized", "message": "Key not found"})
        headers = fields.get("headers", {})
        _must(fields["sender"]["email"] and fields["to"], "sender and to are needed")
        _must(fields.get("htmlContent") or fields.get("textContent"), "htmlContent or textContent is needed")
        _must(
            all(isinstance(value, str) and value.isascii() for value in headers.values()), "headers are ASCII strings"
        )
        _must("replyTo" not in fields or isinstance(fields["replyTo"], dict), "one replyTo")
        files = [(each["name"], base64.b64decode(each["content"])) for each in fields.get("attachment", ())]
        _must(all("." in name for name, _ in files), "attachments are known by their extension")
        taken = self._took(
            "brevo",
            f"<{uuid.uuid4().hex}@smtp-relay.mailin.fr>",
            fields["to"][0]["email"],
            fields["sender"]["email"],
            # A name with a comma is taken encoded too, and passed on: readers decode it.
            str(make_header(decode_header(fields["sender"].get("name", "")))),
            fields["subject"],
            fields.get("textContent", ""),
            fields.get("htmlContent", ""),
            fields.get("replyTo", {}).get("email", ""),
            headers,
            files,
            headers.get("X-Mailin-custom", ""),
        )
        self._answer_taken(taken, 201, {"messageId": taken.id})

    def _brevo_refuses(self, rule: str) -> None:
        self._answer(400, {"code": "invalid_parameter", "message": rule})

    # --- Mailjet: POST /v3.1/send -------------------------------------------------------------------------------------

    def _mailjet(self, fields: dict[str, Any]) -> None:
        if self.headers["Authorization"] != f"Basic {base64.b64encode(f'{KEY}:{OTHER_KEY}'.encode()).decode()}":
            return self._answer(
                401, {"ErrorIdentifier": "x", "StatusCode": 401, "ErrorMessage": "", "ErrorCode": "mj-1"}
            )
        (each,) = fields["Messages"]
        message = {**fields.get("Globals", {}), **each}
        headers = message.get("Headers", {})
        _must(not {header.lower() for header in headers} & MAILJET_WRITES, "send-0011")
        _must(message.get("TextPart") or message.get("HTMLPart"), "send-0003")
        _must(isinstance(message.get("EventPayload", ""), str), "mj-0015")
        files = [(file["Filename"], base64.b64decode(file["Base64Content"])) for file in message.get("Attachments", ())]
        _must(all("/" in file["ContentType"] for file in message.get("Attachments", ())), "send-0002")
        to = message["To"][0]["Email"]
        taken = self._took(
            "mailjet",
            str(288230376151711744 + len(self.services.taken)),
            to,
            message["From"]["Email"],
            message["From"].get("Name", ""),
            message["Subject"],
            message.get("TextPart", ""),
            message.get("HTMLPart", ""),
            message.get("ReplyTo", {}).get("Email", ""),
            headers,
            files,
            message.get("EventPayload", ""),
        )
        # It writes addresses in small letters.
        told = {"Email": to.lower(), "MessageUUID": str(uuid.uuid4()), "MessageID": int(taken.id), "MessageHref": ""}
        self._answer_taken(taken, 200, {"Messages": [{"Status": "success", "CustomID": "", "To": [told]}]})

    def _mailjet_refuses(self, rule: str) -> None:
        error = {"ErrorIdentifier": str(uuid.uuid4()), "ErrorCode": rule, "StatusCode": 400, "ErrorMessage": ""}
        self._answer(400, {"Messages": [{"Status": "error", "Errors": [error]}]})

    # --- Scaleway: POST …/emails --------------------------------------------------------------------------------------

    def _scaleway(self, fields: dict[str, Any]) -> None:
        if self.headers["X-Auth-Token"] != KEY:
            return self._answer(403, {"type": "denied_authentication"})
        headers = {each["key"]: each["value"] for each in fields.get("additional_headers", ())}
        _must(fields["project_id"] == PROJECT, "project_id")
        _must(fields["from"]["email"].isascii() and fields["to"][0]["email"].isascii(), "addresses are ASCII")
        _must(all(isinstance(value, str) for value in headers.values()), "additional_headers are strings")
        _must(fields.get("text") or fields.get("html"), "text or html is needed")
        files = [(each["name"], base64.b64decode(each["content"])) for each in fields.get("attachments", ())]
        to = fields["to"][0]["email"]
        taken = self._took(
            "scaleway",
            str(uuid.uuid4()),
            to,
            fields["from"]["email"],
            fields["from"].get("name", ""),
            fields["subject"],
            fields.get("text", ""),
            fields.get("html", ""),
            parseaddr(headers.get("Reply-To", ""))[1],
            headers,
            files,
            headers.get("X-Metadata", ""),
        )
        told = {"id": taken.id, "mail_from": taken.sender, "mail_rcpt": to, "rcpt_type": "to", "status": "new"}
        self._answer_taken(taken, 200, {"emails": [told]})

    def _scaleway_refuses(self, rule: str) -> None:
        self._answer(400, {"type": "invalid_arguments", "details": [{"argument_name": rule}]})

    # --- Postal: POST /api/v1/send/message. Every answer is 200. ------------------------------------------------------

    def _postal(self, fields: dict[str, Any]) -> None:
        if self.headers["X-Server-API-Key"] != KEY:
            return self._answer(200, {"status": "error", "data": {"code": "InvalidServerAPIKey"}})
        _must(fields.get("to"), "NoRecipients")
        _must(fields.get("plain_body") or fields.get("html_body"), "NoContent")
        _must("metadata" not in fields and isinstance(fields.get("tag", ""), str), "UnknownParameter")
        name, sender = parseaddr(fields["from"])
        _must(sender not in self.services.senders_refused, "UnauthenticatedFromAddress")
        files = [(each["name"], base64.b64decode(each["data"])) for each in fields.get("attachments", ())]
        _must(all(name for name, _ in files), "AttachmentMissingName")
        to = parseaddr(fields["to"][0])[1]
        taken = self._took(
            "postal",
            str(len(self.services.taken) + 1),
            to,
            sender,
            name,
            fields["subject"],
            fields.get("plain_body", ""),
            fields.get("html_body", ""),
            parseaddr(fields.get("reply_to", ""))[1],
            fields.get("headers", {}),
            files,
            fields.get("tag", ""),
        )
        told = {"message_id": "x@rp.postal", "messages": {to: {"id": int(taken.id), "token": "abc"}}}
        self._answer_taken(taken, 200, {"status": "success", "time": 0.1, "flags": {}, "data": told})

    def _postal_refuses(self, rule: str) -> None:
        self._answer(200, {"status": "error", "time": 0.1, "flags": {}, "data": {"code": rule, "message": ""}})

    # --- All of them --------------------------------------------------------------------------------------------------

    def _took(self, *fields: Any) -> Taken:
        *first, files, mark = fields
        return Taken(*first, tuple(files), mark)

    def _answer_taken(self, taken: Taken, status: int, told: dict[str, Any]) -> None:
        wanted = self.services.answers.get(taken.recipient, "")
        if wanted.isdigit():
            return self._answer(int(wanted), {"message": "as told"})
        self.services.taken.append(taken)
        if wanted == "cut":
            self.close_connection = True
            return self.connection.close()
        self._answer(status, "<html>" if wanted == "babble" else told)

    def _answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode() if body != "<html>" else b"<html>"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(BrokenPipeError):
            self.wfile.write(data)
