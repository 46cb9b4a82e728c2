"""Our writer of mails against Django's: any reader finds the same in both."""

from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import BadHeaderError
from hypothesis import given
from hypothesis import strategies as st

from notifications.smtp import written

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=300)
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)


def mail(**fields: Any) -> EmailMultiAlternatives:
    defaults: dict[str, Any] = {
        "subject": "Confirmé : mardi 24 novembre",
        "body": "Bonjour\n.\n..\nÀ bientôt\n",
        "from_email": "Mairie d’Œuvre <rdv@rixheim.example>",
        "to": ["odile@mail.example"],
        "reply_to": ["accueil@rixheim.example"],
        "headers": {"Message-ID": "<a@guichet.example>"},
    }
    made = EmailMultiAlternatives(**(defaults | fields))
    made.attach_alternative("<p>Bonjour</p>", "text/html")
    made.attach_alternative("BEGIN:VCALENDAR\r\nSUMMARY:é\r\nEND:VCALENDAR\r\n", "text/calendar; method=REQUEST")
    made.attach("rendez-vous.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar; method=REQUEST")
    return made


def read(raw: bytes) -> tuple[dict[str, str], list[tuple[str, str | None, dict[str, str], str]]]:
    parsed = message_from_bytes(raw, _class=Parsed, policy=policy.default)
    assert not parsed.defects
    headers = {name: str(parsed[name]) for name in ("Subject", "From", "To", "Reply-To", "Message-ID")}
    parts = []
    for part in parsed.walk():
        content = "" if part.is_multipart() else part.get_payload(decode=True).decode().replace("\r\n", "\n")  # type: ignore[union-attr]
        parameters = {k: v for k, v in part["Content-Type"].params.items() if k != "boundary"}
        parts.append((part.get_content_type(), part.get_filename(), parameters, content))
    return headers, parts


def test_same_headers_and_parts() -> None:
    assert read(written(mail())) == read(mail().message().as_bytes(linesep="\r\n"))


@given(subject=LINE, body=TEXT, name=LINE)
def test_whatever_is_written_is_read_back(subject: str, body: str, name: str) -> None:
    raw = written(mail(subject=subject, body=body))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    headers, parts = read(raw)
    assert " ".join(headers["Subject"].split()) == " ".join(subject.split())
    assert parts[2][3] == body


def test_long_lines_travel_encoded() -> None:
    raw = written(mail(body="é" * 5000))
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert read(raw)[1][2][3] == "é" * 5000


@pytest.mark.parametrize("fields", [{"subject": "a\r\nBcc: x@y"}, {"headers": {"X-A": "a\nBcc: x@y"}}])
def test_line_breaks_in_headers_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(BadHeaderError):
        written(mail(**fields))
