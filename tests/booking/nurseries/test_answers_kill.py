"""A worker killed while the answers of a round leave: each family hears once, or it is reported."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from booking.nurseries.answers.messages import WAITING
from notifications.delivery import deliver_due
from notifications.delivery.relay import HANDFUL
from notifications.models import Message
from tests.booking.nurseries.commission import make_commission, published
from tests.notifications.test_crash import WORKER
from tests.simulators.smtp_sink import smtp_sink

FAMILIES, KILLS = 90, 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_kill_9_while_the_answers_of_a_round_leave(settings: Any) -> None:
    """The siege does it with fourteen hundred mails of every service; these are the nurseries' own letters."""
    commission = make_commission()
    for number in range(FAMILIES):
        commission.ask(commission.ronde, points=FAMILIES - number, name=f"Famille{number}")
    published(commission)
    waiting = Message.objects.filter(kind=WAITING)
    recipients = set(waiting.values_list("recipient", flat=True))
    assert len(recipients) == FAMILIES - 1
    with smtp_sink() as sink:
        script = WORKER.format(database=connection.settings_dict["NAME"], settings=sink.settings())
        for _ in range(KILLS):
            before = len(sink.accepted)
            worker = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": "."})
            ends = time.monotonic() + 120
            while len(sink.accepted) < before + 15 and time.monotonic() < ends:
                time.sleep(0.005)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        killed = len(sink.accepted)
        for name, value in sink.settings().items():
            setattr(settings, name, value)
        deliver_due(now=timezone.now() + timedelta(minutes=10))
        arrived = Counter(sink.recipients)
    uncertain = set(waiting.filter(state="ambiguous").values_list("recipient", flat=True))
    assert killed < len(recipients), "the worker was killed in the middle"
    assert max(arrived.values()) == 1
    assert set(waiting.values_list("state", flat=True)) <= {"sent", "ambiguous"}
    assert len(uncertain) <= KILLS * HANDFUL
    assert recipients - set(arrived) <= uncertain
