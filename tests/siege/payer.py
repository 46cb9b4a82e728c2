"""python -m tests.siege.payer CHARGE MODULE NAME before|after: one family pays, and is killed -9 at that step of ours.

A process of its own, so that nothing of Python ends in good order: no `finally`, no rollback, no closed connection.
"""

import os
import signal
import sys
import urllib.request
from importlib import import_module
from typing import Any
from uuid import UUID

import django


def die_at(module: str, name: str, when: str) -> None:
    """That function is the last thing that this process does, or the first that it does not."""
    place = import_module(f"booking.payments.{module}")
    as_written = getattr(place, name)

    def last(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            as_written(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(place, name, last)


def pay(charge: UUID) -> None:
    """As the pages do it, and the payer at the treasury's page in between."""
    from django.conf import settings

    from booking.payments import online

    payment = online.prepare(charge_id=charge)
    assert payment is not None
    online.open_operation(payment, mail="payeuse@mail.example", wait=10.0)
    payment.refresh_from_db()
    print(payment.idop, flush=True)  # the page with the link was shown
    site = settings.PAYFIP_PAGE_URL.partition("/tpa/")[0]
    urllib.request.urlopen(f"{site}/sim/{payment.idop}?do=P&notify=0", data=b"", timeout=10).read()
    online.ask_about(payment.pk, wait=10.0)


if __name__ == "__main__":
    django.setup()
    subject, *step = sys.argv[1:]
    die_at(*step)
    pay(UUID(subject))
