from celery import shared_task
from django.conf import settings

from notifications import delivery


@shared_task(name="notifications.tasks.deliver_due")
def deliver_due() -> None:
    """Sends what is due, batch after batch, and reports messages whose sender went silent."""
    delivery.deliver_due(at_once=settings.DELIVER_AT_ONCE)
