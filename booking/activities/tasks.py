"""What happens at the pools by itself."""

import structlog
from celery import shared_task

from booking.activities.opening import admission
from booking.activities.register.morning import send_morning_registers
from booking.activities.waiting import offering

log = structlog.get_logger()


@shared_task(ignore_result=True)
def tend_openings() -> None:
    """Whoever waits with the page closed is called, also where nobody asks."""
    admission.tend()


@shared_task(ignore_result=True)
def follow_waiting() -> None:
    """Places that came free are offered, what nobody answered goes to the next."""
    offering.follow()


@shared_task(ignore_result=True)
def send_registers() -> None:
    """The groups of the day by mail, to coaches and pools that want them."""
    sent = send_morning_registers()
    if sent:
        log.info("morning_registers_owed", mails=sent)
