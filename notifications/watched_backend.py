"""Django's SMTP backend, knowing whether the body of a mail was on its way when the connection broke."""

import smtplib

from django.core.mail.backends.smtp import EmailBackend


class _Client(smtplib.SMTP):
    """`handed_over`: the server has asked for the body (354), and has not answered it yet."""

    handed_over = False

    def getreply(self) -> tuple[int, bytes]:
        code, reply = super().getreply()
        # An answer without a number (-1) is none.
        self.handed_over = code == 354 or (self.handed_over and code < 200)
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
