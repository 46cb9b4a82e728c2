import structlog
from celery import shared_task

from booking.appointments.bookings import changes, holds
from booking.appointments.counter import morning_list
from booking.appointments.external_calendars import actions
from booking.appointments.free_time import gaps
from booking.appointments.waiting_list import offers

log = structlog.get_logger()


@shared_task
def release_expired_holds() -> None:
    released = holds.release_expired_holds()
    if released:
        log.info("expired_holds_released", count=released)


@shared_task
def release_numberless() -> None:
    released = changes.release_numberless()
    if released:
        log.info("numberless_appointments_released", count=released)


@shared_task
def extend_free_time() -> None:
    log.info("free_time_extended", counters=gaps.extend())


@shared_task
def offer_freed_starts() -> None:
    offered = offers.offer_freed_starts()
    if offered:
        log.info("freed_starts_offered", count=offered)


@shared_task
def fetch_busy_calendars() -> None:
    """One task per calendar: a slow server keeps one worker waiting, not the others."""
    for calendar_id in actions.claim_due():
        fetch_busy_calendar.delay(calendar_id)


@shared_task
def fetch_busy_calendar(calendar_id: int) -> None:
    left = actions.refresh(calendar_id=calendar_id)
    if left:
        log.info("appointments_outside_opening_time", calendar=calendar_id, count=len(left))


@shared_task
def send_morning_lists() -> None:
    owed = morning_list.send_morning_lists()
    if owed:
        log.info("morning_lists_owed", count=owed)
