"""Who goes first. Each urgency of each channel is a lane with a thread, a connection and a provider of its own.

A provider that takes three seconds for a mail makes the mails behind it wait, not the offer in the next lane.
"""

import time
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime

from django.db import connection
from django.utils import timezone

from municipalities.database.locks import AdvisoryLock, is_free
from municipalities.database.transactions import patient_transaction
from notifications.delivery.relay import BREAKERS, Lane, Report, deliver_lane, due, sweep_lapsed
from notifications.kinds import Urgency, urgency_of
from notifications.models import Channel

LANES = [Lane(urgency, channel) for urgency in Urgency for channel in Channel]
#: While some lanes work, it is looked so often whether another has something to do.
LOOK_AGAIN = 1.0


def deliver_due(*, now: datetime | None = None, seconds: float = 25.0, at_once: bool = False) -> Report:
    """Send everything that is due, for at most about so many seconds; the lanes one after another, or `at_once`.

    `now` stands for the present when asking what is due. Must not be called inside a transaction: marks must be
    committed before a message is handed over.
    """
    ends = time.monotonic() + seconds
    report = Report()
    sweep_lapsed(now=now)
    for breaker in BREAKERS.values():
        breaker.is_open = False
    if at_once:
        # Only one at a time, for all workers: slow mails take one worker's place and leave the others to other tasks.
        # This transaction writes nothing; the lanes have connections of their own.
        with patient_transaction():
            if is_free(AdvisoryLock.OUTBOX):
                _at_once(now, ends, report)
    else:
        for lane in LANES:
            report.add(deliver_lane(lane, now, ends))
    return report


def _at_once(now: datetime | None, ends: float, report: Report) -> None:
    working: dict[Lane, Future[Report]] = {}
    rested: set[Lane] = set()
    with ThreadPoolExecutor(len(LANES)) as pool:
        while True:
            for lane in [lane for lane, future in working.items() if future.done()]:
                done = working.pop(lane).result()
                report.add(done)
                if done.is_cut_short:
                    rested.add(lane)
            # Asked to the end, so that this transaction is never idle for long.
            waiting = _lanes_with_work(now) - rested - working.keys()
            for lane in waiting if time.monotonic() < ends else ():
                working[lane] = pool.submit(_deliver_apart, lane, now, ends)
            if not working:
                return
            wait(working.values(), timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)


def _lanes_with_work(now: datetime | None) -> set[Lane]:
    found: Collection[tuple[str, str]] = due(now or timezone.now()).order_by().values_list("kind", "channel").distinct()
    return {Lane(urgency_of(kind), Channel(channel)) for kind, channel in found}


def _deliver_apart(lane: Lane, now: datetime | None, ends: float) -> Report:
    try:
        return deliver_lane(lane, now, ends)
    finally:
        connection.close()
