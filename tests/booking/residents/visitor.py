"""A family in front of the pages: asks for a code, reads its mail, types it."""

import re
from typing import Any

from django.core import mail
from django.test import Client
from django.urls import reverse

from booking.residents.models import Guardian
from booking.residents.sign_in import sessions
from notifications.delivery import deliver_due

MAILBOX = "camille@famille.example"


def ask(client: Client, email: str = MAILBOX, *, where: str = "own", **more: str) -> Any:
    return client.post(reverse("family:sign_in"), {"email": email, "where": where, **more})


def read_mail() -> tuple[str, str]:
    """The digits and the path of the link in the last mail."""
    deliver_due()
    text = str(mail.outbox[-1].body)
    digits = re.search(r"\b(\d{3}) (\d{3})\b", text)
    link = re.search(r"https://guichet\.test(/\S*lien/\S+)", text)
    assert digits and link
    return "".join(digits.groups()), link[1]


def type_code(client: Client, digits: str, **more: str) -> Any:
    return client.post(reverse("family:code"), {"code": digits, **more})


def signed_in(client: Client, email: str = MAILBOX) -> Client:
    """By the pages, from the mailbox to the family's page."""
    ask(client, email)
    answer = type_code(client, read_mail()[0])
    assert answer.status_code == 302, answer.content.decode()
    return client


def browser_of(guardian: Guardian) -> Client:
    """A browser in which this guardian is signed in already."""
    token, _session = sessions.begin(guardian=guardian, is_shared=False, device="Firefox, Linux")
    client = Client()
    client.cookies["gc_famille"] = token
    return client
