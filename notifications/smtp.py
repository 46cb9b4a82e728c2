"""Django's SMTP backend, faster, and knowing whether the body of a mail was on its way when the connection broke."""

import re
import smtplib
from email.utils import parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from notifications.mime import as_bytes

if TYPE_CHECKING:
    from django.core.mail.message import EmailMessage

_LINE_BREAK = re.compile(r"[\r\n]")


class _Client(smtplib.SMTP):
    """`handed_over`: the body has begun to leave and no answer has come yet."""

    handed_over = False

    def hand_over(self, sender: str, recipient: str, mail: bytes) -> None:
        """One mail to one recipient. Raises what `smtplib.SMTP.sendmail` raises.

        Three commands leave at once where the server allows it (RFC 2920): two waits a mail instead of four.
        """
        self.ehlo_or_helo_if_needed()
        options = f" SIZE={len(mail)}" if self.has_extn("size") else ""
        commands = [
            f"MAIL FROM:{smtplib.quoteaddr(sender)}{options}",
            f"RCPT TO:{smtplib.quoteaddr(recipient)}",
            "DATA",
        ]
        if any(_LINE_BREAK.search(command) for command in commands):
            raise ValueError("line break in an address")
        if self.has_extn("pipelining"):
            self.send("".join(f"{command}\r\n" for command in commands).encode("ascii"))
            answers = [self.getreply() for _ in commands]
            if answers[2][0] == 354 and (answers[0][0] != 250 or answers[1][0] not in (250, 251)):
                # It waits for a body that nobody is to get: no command would be heard any more.
                self.close()
        else:
            answers = []
            for command in commands:
                answers.append(self.docmd(command))
                if answers[-1][0] not in (250, 251, 354):
                    break
        if answers[0][0] != 250:
            raise smtplib.SMTPSenderRefused(*answers[0], sender)
        if answers[1][0] not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({recipient: answers[1]})
        if answers[2][0] != 354:
            raise smtplib.SMTPDataError(*answers[2])
        code, reply = self._body(mail)
        if code != 250:
            raise smtplib.SMTPDataError(code, reply)

    def _body(self, mail: bytes) -> tuple[int, bytes]:
        body = mail.replace(b"\n.", b"\n..") if b"\n." in mail else mail
        self.handed_over = True
        self.send(body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"))
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
        client = cast(_Client, self.connection)
        client.hand_over(_envelope(email_message.from_email), _envelope(recipient), written(email_message))
        return True

    @property
    def handed_over(self) -> bool:
        return bool(getattr(self.connection, "handed_over", False))
