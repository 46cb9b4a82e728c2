"""Two people change one appointment at the same moment."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from booking.appointments.bookings import changes
from booking.appointments.bookings.changes import cancel_appointment, change_contact, move_appointment, send_again
from booking.appointments.enums import State
from booking.appointments.models import Appointment
from tests.factories.appointments import at
from tests.worlds import day_ahead, shared_calendar

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def meets_a_move(change: Callable[[Appointment], object]) -> Appointment:
    """The change waits for a move to another town hall, which then is committed. The appointment as it then is."""
    world = shared_calendar(town_halls=2)
    day = day_ahead()
    booked = world.book(at(day, 9))
    hold = world.hold(at(day, 10), facility=world.facilities[1], moves=booked)
    moved, trouble = threading.Event(), []

    def wait_and_change() -> None:
        moved.wait(20)
        try:
            change(booked)
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=wait_and_change)
    other.start()
    with transaction.atomic():
        move_appointment(appointment=booked, hold_id=hold.pk, browser="lune")
        moved.set()
        until_somebody_waits()
    other.join()
    if trouble:
        raise trouble[0]
    return Appointment.objects.get(pk=booked.pk)


#: In this database: other tests have theirs on the same server. Whoever waits for a transaction names no database, but
#: has touched a table.
SOMEBODY_WAITS = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
    SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE datname = current_database())
"""


def until_somebody_waits() -> None:
    for _look in range(400):
        with connection.cursor() as cursor:
            # Not pg_stat_activity, of which a transaction sees one picture only.
            cursor.execute(SOMEBODY_WAITS)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_a_cancellation_that_meets_a_move_cancels_what_was_moved() -> None:
    appointment = meets_a_move(lambda booked: cancel_appointment(appointment=booked))
    assert (appointment.state, appointment.sequence) == (State.CANCELLED_BY_RESIDENT, 2)


def test_so_does_another_contact_and_the_confirmation_once_more() -> None:
    def reach_elsewhere(booked: Appointment) -> None:
        change_contact(appointment=booked, email="ailleurs@mail.example", phone="", language="fr")
        send_again(appointment=booked)

    appointment = meets_a_move(reach_elsewhere)
    assert (appointment.email, appointment.sequence) == ("ailleurs@mail.example", 2)


@pytest.mark.locks_with_joins
def test_twin_a_lock_that_joins_loses_the_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    def joined(appointment: Appointment) -> Appointment:
        rows = Appointment.objects.select_related("facility__municipality", "counter", "type", "booked_through")
        return rows.select_for_update(of=("self",)).get(pk=appointment.pk)

    def cancel_with_joins(booked: Appointment) -> None:
        monkeypatch.setattr(changes, "locked", joined)
        cancel_appointment(appointment=booked)

    with pytest.raises(Appointment.DoesNotExist):
        meets_a_move(cancel_with_joins)
    assert Appointment.objects.get().state == State.BOOKED
