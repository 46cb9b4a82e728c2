"""A real SMTP server on loopback that keeps what it gets, and misbehaves when told to."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class SmtpSink:
    """`answers` maps a recipient to what happens to it: an SMTP reply, "cut before", "cut after" or "slow".

    `cut before` drops the connection at RCPT; `cut after` takes the whole message, then drops the connection without a
    reply; `slow` takes the message and never answers. `everybody` is what
    all others are answered, `seconds` how long a mail takes. With `keeps_heads` no more than the headers is kept.
    """

    host: str = "127.0.0.1"
    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    everybody: str = ""
    senders_refused: set[str] = field(default_factory=set)
    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    asked: int = 0
    seconds: float = 0.0
    keeps_heads: bool = False

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.accepted]

    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for _, raw in self.accepted]  # type: ignore[misc]

    def settings(self, *, timeout: float = 30) -> dict[str, Any]:
        """What points the service here. `timeout`: seconds until somebody who does not answer is given up."""
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": self.host,
            "EMAIL_PORT": self.port,
            "EMAIL_TIMEOUT": timeout,
        }

    # Hooks of aiosmtpd.
    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.senders_refused:
            return "553 not your address"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked += 1
        answer = self.answers.get(address, self.everybody)
        if answer == "cut before":
            server.transport.abort()
            return "421 gone"
        if answer[:1] in ("4", "5"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipient = envelope.rcpt_tos[0]
        answer = self.answers.get(recipient, "")
        if answer.startswith("data "):
            return answer.removeprefix("data ")
        if self.seconds:
            await asyncio.sleep(self.seconds)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.accepted.append((recipient, content.partition(b"\r\n\r\n")[0] if self.keeps_heads else content))
        if answer == "cut after":
            server.transport.abort()
        if answer == "slow":
            await asyncio.sleep(60)
        return "250 OK"


@contextmanager
def smtp_sink(**answers: str) -> Iterator[SmtpSink]:
    sink = SmtpSink(answers=answers)
    with socket.socket() as free:
        free.bind((sink.host, 0))
        sink.port = free.getsockname()[1]
    controller = Controller(sink, hostname=sink.host, port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
