"""What happens at the pools by itself."""

from celery import shared_task

from booking.activities.opening import admission


@shared_task(ignore_result=True)
def tend_openings() -> None:
    """Whoever waits with the page closed is called, also where nobody asks."""
    admission.tend()
