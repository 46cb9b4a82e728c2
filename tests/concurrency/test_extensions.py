"""Eight impatient presses on « Dix minutes de plus »."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from booking.appointments.bookings.holds import extend_hold
from booking.appointments.exceptions import ExtendedAlready
from booking.appointments.models import Appointment
from tests.concurrency.crowd import crowd
from tests.factories.appointments import at
from tests.worlds import day_ahead, shared_calendar

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

PRESSES = 8


def presses() -> tuple[list[object], timedelta]:
    hold = shared_calendar().hold(at(day_ahead(), 9))
    outcomes = crowd([partial(extend_hold, hold_id=hold.pk, browser="lune") for _n in range(PRESSES)])
    longer = Appointment.objects.get(pk=hold.pk).expires_at
    assert longer is not None and hold.expires_at is not None
    return outcomes, longer - hold.expires_at


def test_a_hold_grows_by_ten_minutes_once() -> None:
    outcomes, longer = presses()
    assert longer == timedelta(minutes=10)
    assert sum(isinstance(one, ExtendedAlready) for one in outcomes) == PRESSES - 1


def test_without_the_constraint_it_grows_at_every_press() -> None:
    name = "held_time_is_extended_once_at_most"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE appointments_appointment DROP CONSTRAINT {name}")
    try:
        assert presses()[1] == PRESSES * timedelta(minutes=10)
    finally:
        Appointment.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE appointments_appointment ADD CONSTRAINT {name} CHECK (times_extended <= 1)")
