"""The frame of every mail: who writes, in which colour, how to reach them. Templates of mails extend `mail/base`."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any, Protocol, Self

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from municipalities.identity import DEFAULT_ACCENT, accessible_accent
from municipalities.wording import say_phone
from notifications.kinds import Mail


class Office(Protocol):
    """A municipality, an operator: whoever may speak to people."""

    name: Any
    sender_name: Any
    sender_email: Any
    phone: Any
    email: Any
    website: Any
    colour: Any


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name a mail is written. `address` is the mailbox it comes from, `email` the one that answers."""

    name: str
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    colour: str = DEFAULT_ACCENT
    territory: str = ""

    @property
    def answers_at(self) -> str:
        """The mailbox where what people send back arrives: who is named in Reply-To, else where the mail comes from."""
        return self.email or self.address or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]

    @classmethod
    def of(cls, office: Office | None) -> Self:
        """The office, or the territory where none is named."""
        territory = settings.TERRITORY_NAME
        if office is None:
            return cls(name=territory, territory=territory)
        return cls(
            name=office.sender_name or office.name,
            address=office.sender_email,
            phone=say_phone(office.phone) if office.phone else "",
            email=office.email,
            website=office.website,
            colour=office.colour,
            territory=territory,
        )


def letter(template: str, context: Mapping[str, Any], *, subject: str, sender: Sender, language: str) -> Mail:
    """The mail that `<template>.txt` and `<template>.html` make of this context, in that language."""
    said = {
        **context,
        "subject": subject,
        "sender": sender,
        "language": language,
        "band": accessible_accent(sender.colour),
    }
    with translation.override(language):
        text, html = (render_to_string(f"{template}.{kind}", said) for kind in ("txt", "html"))
    return Mail(
        subject=subject,
        text=_tidy(text),
        html=html,
        from_email=_mailbox(sender),
        reply_to=(sender.email,) if sender.email else (),
    )


def _mailbox(sender: Sender) -> str:
    address = sender.address or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    # Left in letters: headers and the providers' JSON each encode it in their own way.
    return str(Address(display_name=" ".join(sender.name.split()), addr_spec=address))


def _tidy(rendered: str) -> str:
    """Without the blank lines that a template's tags leave."""
    # "-- " before the signature is how mail programmes know it.
    lines = [line if line == "-- " else line.rstrip() for line in rendered.strip().split("\n")]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before) + "\n"
