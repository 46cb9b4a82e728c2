"""The verbs. Every path that takes, gives back or moves time comes through here."""

from booking.appointments.actions.booking import BookingDetails, PersonDetails, confirm_booking
from booking.appointments.actions.calendar import (
    close_counter,
    close_place,
    configuration_change,
    delete_opening,
    reopen,
    save_opening,
)
from booking.appointments.actions.changes import (
    cancel_appointment,
    change_contact,
    mark_attendance,
    move_appointment,
    send_again,
    send_lost_link,
)
from booking.appointments.actions.holds import hold_slot, release_expired_holds, release_hold

__all__ = [
    "BookingDetails",
    "PersonDetails",
    "cancel_appointment",
    "change_contact",
    "close_counter",
    "close_place",
    "configuration_change",
    "confirm_booking",
    "delete_opening",
    "hold_slot",
    "mark_attendance",
    "move_appointment",
    "release_expired_holds",
    "release_hold",
    "reopen",
    "save_opening",
    "send_again",
    "send_lost_link",
]
