"""Everything an appointment makes the service say: which messages are owed when, and what they say."""

from booking.appointments.messages import day_list, renderers, waiting
from booking.appointments.messages.entry import calendar_entry
from booking.appointments.messages.owed import (
    booking_rows,
    owed_on_booking,
    owed_on_cancel,
    owed_on_contact_change,
    owed_on_lost_link,
    owed_on_move,
    owed_on_rehoming,
    owed_on_send_again,
)
from booking.appointments.messages.waiting import owed_on_offer, owed_on_waiting

__all__ = [
    "booking_rows",
    "calendar_entry",
    "owed_on_booking",
    "owed_on_cancel",
    "owed_on_contact_change",
    "owed_on_lost_link",
    "owed_on_move",
    "owed_on_offer",
    "owed_on_rehoming",
    "owed_on_send_again",
    "owed_on_waiting",
    "register",
]


def register() -> None:
    """Tells the outbox who renders these messages."""
    renderers.register()
    waiting.register()
    day_list.register()
