"""One connection to a provider, for a batch: hand over a rendered message, get the provider's reference."""

import logging
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from email.headerregistry import Address
from email.utils import parseaddr
from types import TracebackType
from typing import Any, Protocol, Self

from anymail.backends.base import AnymailBaseBackend
from anymail.message import AnymailStatus
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email

from notifications import faults
from notifications.delivery.services import address_to
from notifications.exceptions import Refused, SenderRefused, Uncertain
from notifications.kinds import Mail, Rendered, Text
from notifications.models import Channel, Message
from notifications.references import message_id, message_reference
from notifications.sms import Sms, SmsBackend, fitting, sms_backend

logger = logging.getLogger(__name__)


class Provider(Protocol):
    #: Addresses of offices that mails should come from: whether the provider took one of theirs, in the end.
    senders: dict[str, bool]

    def send(self, message: Message, rendered: Rendered) -> str:
        """The provider's reference. Raises a DeliveryError and nothing else."""


def open_provider(channel: Channel) -> AbstractContextManager[Provider]:
    """Connects when the first message is sent, disconnects at the end. Opening never fails."""
    return MailProvider() if channel == Channel.MAIL else SmsProvider()


class MailProvider:
    def __init__(self) -> None:
        self.senders: dict[str, bool] = {}
        self._connection: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, message: Message, rendered: Rendered) -> str:
        if not isinstance(rendered, Mail):
            raise Refused("not a mail")
        try:
            validate_email(message.recipient)
        except ValidationError as error:
            raise Refused("not an address") from error
        name, address = parseaddr(rendered.from_email)
        ours = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
        try:
            reference = self._hand_over(message, rendered)
        except SenderRefused:
            if address in ("", ours):
                raise
            self.senders[address] = False
            # The town's domain does not name our provider (yet): its name stays, and answers still go there.
            sender = str(Address(display_name=name, addr_spec=ours))
            logger.warning("sender_refused", extra={"municipality": message.municipality_id})
            return self._hand_over(
                message, replace(rendered, from_email=sender, reply_to=rendered.reply_to or (address,))
            )
        if address not in ("", ours):
            self.senders[address] = True
        return reference

    def _hand_over(self, message: Message, rendered: Mail) -> str:
        connection = self._open()
        mail = _email(message, rendered, over_interface=isinstance(connection, AnymailBaseBackend))
        try:
            connection.send_messages([mail])
        except Exception as error:
            fault = faults.of_mail(error, handed_over=getattr(connection, "handed_over", False))
            # Whatever state the connection is in, the next message begins on a fresh one.
            self._close()
            raise fault from error
        status = getattr(mail, "anymail_status", None)
        return message_id(message) if status is None else _accepted(status)

    def _open(self) -> Any:
        if self._connection is None:
            try:
                backend = get_connection(_mail_backend())
                backend.open()
            except Exception as error:
                raise faults.of_connection(error) from error
            self._connection = backend
        return self._connection

    def _close(self) -> None:
        backend, self._connection = self._connection, None
        if backend is not None:
            # Saying goodbye over a broken connection may fail; nothing depends on it.
            with suppress(Exception):
                backend.close()


class SmsProvider:
    def __init__(self) -> None:
        self.senders: dict[str, bool] = {}
        self._backend: SmsBackend | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._backend is not None:
            self._backend.close()

    def send(self, message: Message, rendered: Rendered) -> str:
        if not isinstance(rendered, Text):
            raise Refused("not an SMS")
        if self._backend is None:
            try:
                backend = sms_backend()
                backend.open()
            except Exception as error:
                raise faults.of_connection(error) from error
            self._backend = backend
        sender = rendered.sender or settings.SMS_SENDER
        text = fitting(rendered.text, *rendered.shorter)
        return self._backend.send(Sms(message.recipient, text, sender, message_reference(message)))


def _mail_backend() -> str:
    """Plain SMTP goes through our watched client: a broken connection then says on which side of DATA it broke."""
    configured: str = settings.EMAIL_BACKEND
    if configured == "django.core.mail.backends.smtp.EmailBackend":
        return "notifications.watched_backend.WatchedBackend"
    return configured


def _accepted(status: AnymailStatus) -> str:
    """The provider's reference. That a request was answered does not mean that the mail was taken."""
    told = {each.status: each.message_id for each in status.recipients.values()}
    for word in ("sent", "queued"):
        # Two answers for one address where the provider writes it differently: the one it gave counts.
        if word in told:
            return str(told[word] or "")
    if told.keys() & {"invalid", "rejected", "failed"}:
        raise faults.of_status(status.esp_response.status_code)
    raise Uncertain("neither taken nor refused")


def _email(message: Message, rendered: Mail, *, over_interface: bool) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=" ".join(rendered.subject.splitlines()),
        body=rendered.text,
        from_email=rendered.from_email or None,
        to=[message.recipient],
        reply_to=list(rendered.reply_to),
        headers={"Auto-Submitted": "auto-generated", **rendered.headers},
    )
    address_to(mail, message, over_interface=over_interface)
    if rendered.html:
        mail.attach_alternative(rendered.html, "text/html")
    for content, mimetype in rendered.alternatives:
        # The providers' interfaces know text and HTML only; the attachment of the same file stays.
        if not over_interface:
            mail.attach_alternative(content, mimetype)
    for filename, content, mimetype in rendered.attachments:
        mail.attach(filename, content, mimetype)
    return mail
