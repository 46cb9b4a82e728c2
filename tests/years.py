"""Years of rows that are over, and how many of them are read again."""

from datetime import timedelta
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from booking.appointments.enums import State
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import Appointment
from notifications.models import Message, MessageState
from tests.worlds import World

MANY = 2000
APPOINTMENTS, MESSAGES = "appointments_appointment", "notifications_message"


def years_of_appointments(world: World) -> None:
    """Over for long, at the first counter, more than a year ago."""
    began = timezone.now() - timedelta(days=400)
    counter = world.counters[0]
    Appointment.objects.bulk_create(
        Appointment(
            reference=f"F{number:08d}", type=world.type, facility=counter.facility, counter=counter,
            state=State.ATTENDED, starts_at=began + timedelta(minutes=20 * number),
            ends_at=began + timedelta(minutes=20 * number + 15), booked_at=began, changed_at=began,
        )
        for number in range(MANY)
    )  # fmt: skip
    _planned_with(APPOINTMENTS)


def years_of_messages() -> None:
    """Sent, each about something of its own."""
    then = timezone.now() - timedelta(days=60)
    Message.objects.bulk_create(
        Message(
            kind="appointment.confirmed", channel="mail", recipient="", language="fr", subject_type=SUBJECT,
            subject_id=uuid4(), state=MessageState.SENT, due_at=then, sent_at=then,
        )
        for _ in range(MANY)
    )  # fmt: skip
    _planned_with(MESSAGES)


def rows_read(table: str) -> int:
    """How many rows of it this transaction has read, whether it kept them or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables"
            " WHERE relname = %s",
            [table],
        )
        return int(cursor.fetchone()[0])


def _planned_with(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")
