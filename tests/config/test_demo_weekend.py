"""A demonstration that is built while nobody works.

Not beside the tests that read one, in one transaction all along: it wants an empty database.
"""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from booking.appointments.models import Appointment, WalkInTicket
from config.demo import build, enrolments, nursery_requests, offer
from municipalities.models import Facility
from notifications.models import Message


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("at", "states"),
    [
        ("2026-11-22T10:00", ["attended", "booked", "booked", "booked"]),
        ("2026-11-21T21:00", ["attended", "attended", "attended", "attended"]),
    ],
)
def test_a_weekend_is_a_day_at_work_too(at, states, monkeypatch):
    """Built on a Sunday morning or a Saturday night: the agent's board is not empty.

    All that is built, but few of what no board shows.
    """
    monkeypatch.setattr(nursery_requests, "REQUESTS", 250)
    monkeypatch.setattr(enrolments, "ENROLMENTS", 200)
    monkeypatch.setattr(offer, "GROUPS", 24)
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    with time_machine.travel(now, tick=False), transaction.atomic():
        build.build(told=lambda _step: None, now=now)
        rixheim = Facility.objects.get(slug="mairie-rixheim")
        assert Appointment.objects.filter(facility=rixheim, starts_at__date=timezone.localdate()).count() > 10
        tickets = list(WalkInTicket.objects.order_by("arrived_at"))
        assert [ticket.state for ticket in tickets] == states
        assert Message.objects.filter(kind__contains="day_list").exists()
        transaction.set_rollback(True)
