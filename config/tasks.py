from celery import shared_task
from django.core.management import call_command

from booking.appointments import retention


@shared_task
def forget_people() -> None:
    retention.purge()
    call_command("clearsessions")
