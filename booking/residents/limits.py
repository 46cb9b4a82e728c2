"""How often one browser, and one address, may ask.

The browser's token is counted first and tightly; the address second and generously, because a library or a block of
flats shares one. Counters live in the cache (`config.cache`, which counts in memory while Redis is away) and are a
courtesy, never the guard of a scarcity.
"""

import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from booking.residents.references import keyed_hash
from municipalities.callers import client_address
from municipalities.exceptions import Refusal


class TooManyRequests(Refusal):
    """`retry_after` in seconds: when the present window ends."""

    code = "too_many_requests"
    sentence = _("Trop de demandes en peu de temps.")

    def __init__(self, limit: "Limit", retry_after: int) -> None:
        super().__init__()
        self.limit = limit
        self.retry_after = retry_after


@dataclass(frozen=True)
class Limit:
    """At most so many in each window of `seconds`. `settings.RATE_LIMITS[name] = (browser, address, seconds)` wins."""

    name: str
    per_browser: int
    per_address: int
    seconds: int

    def configured(self) -> "Limit":
        own: dict[str, tuple[int, int, int]] = getattr(settings, "RATE_LIMITS", {})
        return Limit(self.name, *own[self.name]) if self.name in own else self


LINKS = Limit("lien", 5, 60, 3600)


def _key(value: str) -> str:
    """An address is personal: only a keyed hash of it is counted."""
    return keyed_hash("limit", value).hex()


def check(limit: Limit, request: HttpRequest, browser: str | None) -> None:
    """Count one more and raise `TooManyRequests` beyond the limit."""
    limit = limit.configured()
    now = time.time()
    window = int(now // limit.seconds)
    retry_after = int((window + 1) * limit.seconds - now) + 1
    window_of = f"limite:{limit.name}:{window}:"
    counted = [(f"{window_of}a:{_key(client_address(request))}", limit.per_address)]
    if browser:
        counted.insert(0, (f"{window_of}b:{_key(browser)}", limit.per_browser))
    # A few seconds longer than the window: clocks differ.
    if cache.count_within(counted, limit.seconds + 5):  # type: ignore[attr-defined]
        raise TooManyRequests(limit, retry_after)


def mailbox_behind(contact: str) -> str:
    """Neither capitals nor what follows a plus make another mailbox."""
    name, at, domain = contact.strip().lower().partition("@")
    return f"{name.partition('+')[0]}{at}{domain}"


#: Links that anybody may ask to be sent to one mailbox or number, in an hour.
LINKS_PER_CONTACT = 4


def may_send_link_to(contact: str) -> bool:
    """Count one more link on demand to this mailbox or number, whoever asks from wherever; beyond a few, none leaves.

    Nobody is told: the page says the same for every contact, known or not, pestered or not.
    """
    window = int(time.time() // 3600)
    key = f"limite:destinataire:{window}:{_key(mailbox_behind(contact))}"
    return not cache.count_within([(key, LINKS_PER_CONTACT)], 3600)  # type: ignore[attr-defined]


#: Codes that a browser, an address may ask for in an hour; and codes they may try.
CODES = Limit("code-famille", 10, 120, 3600)
CODE_TRIES = Limit("essai-code", 40, 400, 3600)
#: Codes that leave for one mailbox in an hour, and in a day: five tries at each of them guess one in a million.
CODES_PER_MAILBOX = ((3600, 5), (86400, 15))


def may_send_code_to(mailbox: str) -> bool:
    """Count one more code to this mailbox; beyond a few none leaves, and nobody is told."""
    now = time.time()
    hidden = _key(mailbox_behind(mailbox))
    free = [
        not cache.count_within([(f"limite:code:{seconds}:{int(now // seconds)}:{hidden}", most)], seconds)  # type: ignore[attr-defined]
        for seconds, most in CODES_PER_MAILBOX
    ]
    return all(free)
