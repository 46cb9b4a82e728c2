"""How our messages are called outside: the same at every attempt, and saying nothing about whom they are for."""

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from notifications.models import Message


def message_reference(message: Message) -> str:
    """Lets a mail system that sees a message twice tell so."""
    return _reference(message.pk)


def message_id(message: Message) -> str:
    return f"<{message_reference(message)}@{settings.CALENDAR_DOMAIN}>"


def mark_of(message: Message) -> str:
    """Travels with the message and comes back in the provider's receipts, whatever the provider calls the mail."""
    return f"{message.pk}-{message_reference(message)}"


def marked(mark: object) -> int | None:
    """The key of the message a mark is of; None for anything that we did not write."""
    number, _, reference = str(mark).partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    return int(number) if constant_time_compare(reference, _reference(int(number))) else None


def _reference(pk: int) -> str:
    return salted_hmac("notifications.message", str(pk)).hexdigest()[:32]
