import structlog
from celery import shared_task

from booking.feeds import actions

log = structlog.get_logger()


@shared_task
def tidy_up() -> None:
    log.info("calendar_entries_forgotten", count=actions.tidy_up())
