from celery import shared_task
from django.core.management import call_command

from booking.appointments import retention
from municipalities.actions.sessions import forget_ended_sessions


@shared_task
def forget_people() -> None:
    retention.purge()
    call_command("clearsessions")
    forget_ended_sessions()
