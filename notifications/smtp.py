"""Django's SMTP backend, faster, and knowing whether the body of a mail was on its way when the connection broke."""

import re
import smtplib
from email.utils import parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from notifications.mime import as_bytes

if TYPE_CHECKING:
    from django.core.mail.message import EmailMessage

_LEADING_DOT = re.compile(rb"(?m)^\.")


class _Client(smtplib.SMTP):
    """`handed_over`: the body has begun to leave and no answer has come yet."""

    handed_over = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        code, reply = self.docmd("data")
        if code != 354:
            raise smtplib.SMTPDataError(code, reply)
        body = _LEADING_DOT.sub(b"..", msg)
        if not body.endswith(b"\r\n"):
            body += b"\r\n"
        self.handed_over = True
        self.send(body + b".\r\n")
        code, reply = self.getreply()
        # An answer without a number is none.
        self.handed_over = code < 200
        return code, reply


class _TlsClient(_Client, smtplib.SMTP_SSL):
    pass


@lru_cache(maxsize=256)
def _envelope(address: str) -> str:
    """The bare address, its domain in ASCII."""
    return sanitize_address(parseaddr(sanitize_address(address, "utf-8"))[1], "utf-8")


def written(email: "EmailMessage") -> bytes:
    headers = [
        ("Subject", str(email.subject)),
        ("From", str(email.extra_headers.get("From", email.from_email))),
        ("To", ", ".join(map(str, email.to))),
        *([("Reply-To", ", ".join(map(str, email.reply_to)))] if email.reply_to else []),
        *((name, str(value)) for name, value in email.extra_headers.items() if name != "From"),
    ]
    return as_bytes(
        headers=headers,
        text=str(email.body),
        alternatives=[(str(content), kind) for content, kind in getattr(email, "alternatives", [])],
        attachments=[(str(name), str(content), str(kind)) for name, content, kind in email.attachments],
    )


class WatchedBackend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _TlsClient if self.use_ssl else _Client

    def _send(self, email_message: "EmailMessage") -> bool:
        """One recipient, checked before; the mail written by our own writer."""
        (recipient,) = email_message.recipients()
        sender = _envelope(email_message.from_email)
        client = cast(_Client, self.connection)
        client.sendmail(sender, [_envelope(recipient)], written(email_message))
        return True

    @property
    def handed_over(self) -> bool:
        return bool(getattr(self.connection, "handed_over", False))
