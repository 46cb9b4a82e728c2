"""What happens to requests by themselves."""

from celery import shared_task

from booking.nurseries.requests.upkeep import sweep


@shared_task(ignore_result=True)
def lapse_requests() -> None:
    """Lets lapse what nobody confirmed and whom nobody declared born."""
    sweep()
