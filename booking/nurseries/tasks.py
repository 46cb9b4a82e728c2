"""What happens to requests and to offers by themselves."""

import structlog
from celery import shared_task

from booking.nurseries.answers import next_in_line, offers, stays
from booking.nurseries.occasional import taking
from booking.nurseries.requests.upkeep import sweep
from booking.nurseries.vacancies import running

log = structlog.get_logger()


@shared_task(ignore_result=True)
def lapse_requests() -> None:
    """Lets lapse what nobody confirmed and whom nobody declared born."""
    sweep()


@shared_task(ignore_result=True)
def follow_offers() -> None:
    """Offers nobody answered lapse, and every place that came back goes on, whoever gave it back."""
    lapsed = offers.lapse_due() + offers.give_back_withdrawn() + stays.let_go()
    made = next_in_line.pass_on()
    if lapsed or made:
        log.info("nursery_offers_followed", lapsed=lapsed, made=made)


@shared_task(ignore_result=True)
def follow_vacancies() -> None:
    """Looks for places that came free since the last commission; offers them where a vote lets that run by itself."""
    done = running.look_everywhere()
    if done["offered"]:
        log.info("nursery_vacancies_followed", **done)


@shared_task(ignore_result=True)
def follow_half_days() -> None:
    """Occasional half-days nobody confirmed go on to who waits, and so do those of families who have left."""
    lapsed = taking.lapse_due() + taking.give_back_ended()
    if lapsed:
        log.info("nursery_half_days_followed", lapsed=lapsed)
