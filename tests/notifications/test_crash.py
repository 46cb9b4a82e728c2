"""A worker killed in the middle of its work: nothing twice, nothing lost, at most a handful uncertain."""

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

from notifications.delivery import deliver_due
from notifications.delivery.relay import HANDFUL
from notifications.models import Message
from tests.factories import MessageFactory
from tests.simulators.smtp_sink import smtp_sink

WORKER = """
import django
django.setup()
from django.conf import settings
from django.test.utils import override_settings
from tests.notifications.kinds import hello_kind
from notifications.delivery import deliver_due
settings.DATABASES["default"]["NAME"] = {database!r}
with override_settings(**{settings!r}), hello_kind():
    deliver_due()
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_kill_9_of_a_worker(settings: Any) -> None:
    with smtp_sink() as sink:
        messages = MessageFactory.create_batch(400)
        script = WORKER.format(database=connection.settings_dict["NAME"], settings=sink.settings())
        for _ in range(3):
            before = len(sink.accepted)
            worker = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": "."})
            ends = time.monotonic() + 120
            while len(sink.accepted) < before + 40 and time.monotonic() < ends:
                time.sleep(0.005)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        for name, value in sink.settings().items():
            setattr(settings, name, value)
        report = deliver_due(now=timezone.now() + timedelta(minutes=10))
        arrived = Counter(sink.recipients)
        states = Counter(Message.objects.values_list("state", flat=True))
        uncertain = set(Message.objects.filter(state="ambiguous").values_list("recipient", flat=True))
    assert report.sent > 0
    assert max(arrived.values()) == 1
    assert set(states) <= {"sent", "ambiguous"}
    assert states["ambiguous"] <= 3 * HANDFUL
    assert {message.recipient for message in messages} - set(arrived) <= uncertain
