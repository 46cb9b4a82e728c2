"""Django's SMTP backend, knowing whether the body of a mail was on its way when the connection broke."""

import re
import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

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


class WatchedBackend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _TlsClient if self.use_ssl else _Client

    @property
    def handed_over(self) -> bool:
        return bool(getattr(self.connection, "handed_over", False))
