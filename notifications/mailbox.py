"""The demo's mailbox: every mail and SMS is a file in `settings.DEMO_MAILBOX`, read back as its recipient sees it."""

import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMail
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.base import BaseEmailBackend
from icalendar import Calendar

_NAME = re.compile(r"(\d{8}T\d{12})-[0-9a-f]{12}\.(eml|sms)\Z")
#: The newest are shown; a demo under load must not read ten thousand files for a page.
SHOWN = 200


class MailboxBackend(BaseEmailBackend):
    """Django mail backend: one .eml per message, complete or not there at all."""

    def open(self) -> bool:
        folder().mkdir(parents=True, exist_ok=True)
        return True

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        self.open()
        for message in email_messages:
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:12]}.eml"
            partial = folder() / f".{name}"
            partial.write_bytes(message.message().as_bytes(linesep="\r\n"))
            partial.rename(folder() / name)
        return len(email_messages)


@dataclass(frozen=True, slots=True)
class Event:
    """A calendar file, decoded: what a calendar would show."""

    method: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    location: str
    description: str
    status: str
    sequence: int
    uid: str


@dataclass(frozen=True, slots=True)
class Attachment:
    number: int
    filename: str
    mimetype: str
    size: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """One mail or SMS. `headers` are the lines a mail programme shows; an SMS has a text only."""

    name: str
    channel: str
    at: datetime
    recipient: str
    sender: str
    subject: str
    text: str
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def is_sms(self) -> bool:
        return self.channel == "sms"


def folder() -> Path:
    found: Path | None = settings.DEMO_MAILBOX
    if found is None:
        raise ImproperlyConfigured("DEMO_MAILBOX")
    return found


def newest(*, recipient: str = "", limit: int = SHOWN) -> list[Item]:
    """The newest items first; with a recipient, those whose address contains it."""
    wanted = recipient.strip().lower()
    found: list[Item] = []
    names = sorted((path.name for path in _files() if _NAME.match(path.name)), reverse=True)
    for name in names[: limit if not wanted else None]:
        item = read(name)
        if item is not None and wanted in item.recipient.lower():
            found.append(item)
            if len(found) == limit:
                break
    return found


def read(name: str) -> Item | None:
    """One item by file name; None for anything that is not a file of ours."""
    match = _NAME.match(name)
    path = folder() / name
    if match is None or not path.is_file():
        return None
    at = datetime.strptime(match[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    raw = path.read_bytes()
    return _sms(name, at, raw) if match[2] == "sms" else _mail(name, at, raw)


def _files() -> Iterable[Path]:
    return folder().iterdir() if folder().is_dir() else ()


def _sms(name: str, at: datetime, raw: bytes) -> Item:
    fields = json.loads(raw)
    return Item(name, "sms", at, fields["to"], fields["sender"], "", fields["text"])


def _mail(name: str, at: datetime, raw: bytes) -> Item:
    parsed = message_from_bytes(raw, _class=ParsedMail, policy=policy.default)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    attachments = tuple(_attachments(parsed))
    calendars = [part for part in parsed.walk() if part.get_content_type() == "text/calendar"]
    shown = ("From", "Reply-To", "To", "Subject", "Date", "Message-ID")
    return Item(
        name=name,
        channel="mail",
        at=at,
        recipient=str(parsed["To"] or ""),
        sender=str(parsed["From"] or ""),
        subject=str(parsed["Subject"] or ""),
        text=text.get_content() if text is not None else "",
        html=html.get_content() if html is not None else "",
        headers=tuple((header, str(parsed[header])) for header in shown if parsed[header]),
        attachments=attachments,
        events=events(_bytes(calendars[0])) if calendars else (),
    )


def _attachments(parsed: ParsedMail) -> Iterable[Attachment]:
    for number, part in enumerate(parsed.iter_attachments()):
        content = _bytes(part)
        yield Attachment(
            number, part.get_filename() or f"piece-{number + 1}", part.get_content_type(), len(content), content
        )


def _bytes(part: Any) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def events(raw: bytes) -> tuple[Event, ...]:
    """The events of a calendar file, as icalendar reads them."""
    calendar = Calendar.from_ical(raw)
    return tuple(
        Event(
            method=str(calendar.get("METHOD", "")),
            summary=str(event.get("SUMMARY", "")),
            starts_at=event.decoded("DTSTART"),
            ends_at=event.decoded("DTEND"),
            location=str(event.get("LOCATION", "")),
            description=str(event.get("DESCRIPTION", "")),
            status=str(event.get("STATUS", "")),
            sequence=int(event.get("SEQUENCE", 0)),
            uid=str(event.get("UID", "")),
        )
        for event in calendar.walk("VEVENT")
    )
