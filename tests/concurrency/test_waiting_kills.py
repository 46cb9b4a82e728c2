"""A worker that is killed in the middle of the chain of offers."""

import os
import subprocess
import sys
import time

import pytest
from django.db import connection

from booking.appointments.bookings.holds import release_expired_holds
from booking.appointments.models import Appointment
from notifications.models import Message
from tests.concurrency.test_races import rows_equal_oracle
from tests.concurrency.test_waiting_races import (
    STOP_BEFORE_COMMIT,
    WORKER,
    each_told_once,
    free,
    lapse_all,
    offered_in_order,
    open_offers,
    queue,
    sound,
)
from tests.simulators.service import ROOT, database_url
from tests.worlds import shared_calendar

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def worker(stop: str = "") -> subprocess.Popen[str]:
    env = {
        **os.environ,
        "DATABASE_URL": database_url(connection.settings_dict),
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", WORKER.format(stop=stop)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def kill_while_offering() -> None:
    dying = worker(STOP_BEFORE_COMMIT)
    try:
        assert dying.stdout is not None
        assert dying.stdout.readline().strip() == "offered"
    finally:
        dying.kill()
        dying.wait()
        if dying.stdout is not None:
            dying.stdout.close()
    # The server notices the broken connection and rolls back; until then the rows are locked.
    ends = time.monotonic() + 120
    while _others_in_transaction() and time.monotonic() < ends:
        time.sleep(0.05)


def _others_in_transaction() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state LIKE 'idle in transaction%'"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.slow
def test_kill_9_in_the_middle_of_the_chain() -> None:
    """The first refusals pass it on, a worker dies at each third step, the next run goes on where it was."""
    world = shared_calendar()
    entries = queue(world)
    free(world, (9, 0))
    kill_while_offering()
    assert open_offers() == [], "nothing half done"
    assert not Message.objects.filter(kind="waiting.offered").exists()
    sound(world)
    assert Appointment.objects.held().get().browser_hash is None, "and nobody else can take it"
    finished = worker()
    finished.communicate(timeout=120)
    assert finished.returncode == 0
    assert [offer.entry_id for offer in open_offers()] == [entries[0].pk]
    for n in range(1, len(entries)):
        lapse_all()
        if n % 7 == 0:
            kill_while_offering()
            assert [offer.entry_id for offer in open_offers()] == [entries[n - 1].pk], "still theirs, past its hour"
        release_expired_holds()
        assert [offer.entry_id for offer in open_offers()] == [entries[n].pk]
        sound(world)
    assert offered_in_order(entries), "nobody skipped"
    assert each_told_once()
    lapse_all()
    release_expired_holds()
    assert open_offers() == []
    assert not Appointment.objects.held().exists(), "then to the public"
    assert rows_equal_oracle(world)
