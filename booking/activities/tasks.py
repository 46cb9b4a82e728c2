"""What happens at the pools by itself."""

from celery import shared_task

from booking.activities.opening import admission
from booking.activities.waiting import offering


@shared_task(ignore_result=True)
def tend_openings() -> None:
    """Whoever waits with the page closed is called, also where nobody asks."""
    admission.tend()


@shared_task(ignore_result=True)
def follow_waiting() -> None:
    """Places that came free are offered, what nobody answered goes to the next."""
    offering.follow()
