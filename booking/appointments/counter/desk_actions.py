"""For somebody who calls or stands at the counter: booked, or moved, in one go by staff."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from booking.appointments.bookings.changes import move_appointment
from booking.appointments.bookings.confirming import BookingDetails, confirm_booking
from booking.appointments.bookings.holds import hold_slot
from booking.appointments.counter.board_actions import what_happened
from booking.appointments.enums import Audience, State
from booking.appointments.exceptions import AlreadyOver, ReasonNeeded, SlotTaken, StaleBoard
from booking.appointments.free_time.slots import at
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment, AppointmentType, OpeningPeriod
from municipalities.database.transactions import patient_transaction
from municipalities.database.versions import version_of
from municipalities.models import Facility, Municipality, StaffMember
from municipalities.zone import ZONE


def book_for_someone(
    *,
    type: AppointmentType,
    facility: Facility,
    starts_at: datetime,
    details: BookingDetails,
    by: StaffMember,
    urgent_reason: str = "",
    is_assisted: bool = False,
    booked_through: Municipality | None = None,
) -> Appointment:
    """An appointment for `details.people`, all or nothing; time kept for emergencies only with a reason.

    Without a reason, public time at that start is taken where there is any. Raises ReasonNeeded, SlotTaken, NotOffered,
    NumberInUse, Busy.
    """

    def take(viewer: Viewer) -> Appointment:
        return _book(type, facility, starts_at, details, by, viewer, urgent_reason, is_assisted, booked_through)

    return _public_time_first(take, Viewer.of_staff(by, details.home), facility)


def move_for_someone(
    *,
    appointment: Appointment,
    version: str,
    facility: Facility,
    starts_at: datetime,
    by: StaffMember,
    urgent_reason: str = "",
) -> Appointment:
    """Another start for the person who calls: taken, the old one freed, people told, all or nothing.

    `version` is that of the row the agent saw. The same move sent twice is one. Time kept for emergencies wants a
    reason, as when booking. Raises StaleBoard, AlreadyOver, ReasonNeeded, SlotTaken, NotOffered, Busy.
    """

    def take(viewer: Viewer) -> Appointment:
        return _move(appointment, version, facility, starts_at, by, viewer, urgent_reason)

    viewer = Viewer.of_staff(by, appointment.home_municipality)
    return _public_time_first(take, viewer, facility)


def _public_time_first(take: Callable[[Viewer], Appointment], staff: Viewer, facility: Facility) -> Appointment:
    """A start kept for emergencies, wanted without a reason, is tried again as the public has it. Raises as `take`."""
    try:
        return take(staff)
    except ReasonNeeded:
        try:
            return take(Viewer.resident(staff.home or facility.municipality))
        except SlotTaken:
            # It was there for staff a moment ago, and is not for the public: then it is kept for emergencies.
            raise ReasonNeeded from None


def _book(
    type: AppointmentType,
    facility: Facility,
    starts_at: datetime,
    details: BookingDetails,
    by: StaffMember,
    viewer: Viewer,
    urgent_reason: str,
    is_assisted: bool,
    booked_through: Municipality | None,
) -> Appointment:
    with patient_transaction(by=by):
        hold, browser, kept = _held(
            urgent_reason,
            type=type,
            people=len(details.people),
            facility=facility,
            starts_at=starts_at,
            viewer=viewer,
            booked_through=booked_through,
            by=by,
        )
        if kept or is_assisted:
            Appointment.objects.filter(pk=hold.pk).update(urgent_reason=kept, is_assisted=is_assisted)
        return confirm_booking(hold_id=hold.pk, browser=browser, details=details, by=by)


def _move(
    appointment: Appointment,
    version: str,
    facility: Facility,
    starts_at: datetime,
    by: StaffMember,
    viewer: Viewer,
    urgent_reason: str,
) -> Appointment:
    with patient_transaction(by=by):
        rows = Appointment.objects.annotate(version=version_of(Appointment))
        mine = rows.select_for_update(of=("self",)).get(pk=appointment.pk)
        if mine.version != version:  # type: ignore[attr-defined]
            if (mine.facility_id, mine.starts_at, mine.state) == (facility.pk, starts_at, State.BOOKED):
                return mine
            raise StaleBoard(mine, what_happened(mine))
        if mine.state != State.BOOKED or mine.starts_at <= timezone.now():
            raise AlreadyOver
        hold, browser, kept = _held(
            urgent_reason,
            type=mine.type,
            people=mine.people_count,
            facility=facility,
            starts_at=starts_at,
            viewer=viewer,
            moves=mine,
            by=by,
        )
        moved = move_appointment(appointment=mine, hold_id=hold.pk, browser=browser, by=by)
        if moved.urgent_reason != kept:
            moved.urgent_reason = kept
            moved.save(update_fields=["urgent_reason"])
        return moved


def _held(urgent_reason: str, **asked: Any) -> tuple[Appointment, str, str]:
    """A hold of this agent's, the browser it belongs to, and the reason to keep: an ordinary time needs none.

    `asked` is what `hold_slot` asks. Raises as it does, and ReasonNeeded.
    """
    browser = secrets.token_urlsafe(16)
    hold = hold_slot(browser=browser, address=browser, **asked)
    if not is_kept_for_staff(hold):
        return hold, browser, ""
    if not urgent_reason:
        raise ReasonNeeded
    return hold, browser, urgent_reason


def is_kept_for_staff(appointment: Appointment) -> bool:
    """Whether the opening this time lies in is for staff, and has not fallen back to the public yet. One query."""
    now = timezone.now()
    local = timezone.localtime(appointment.starts_at)
    candidates = OpeningPeriod.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=local.date()),
        counter=appointment.counter_id,
        weekday=local.weekday(),
        valid_from__lte=local.date(),
        starts__lte=local.time(),
        ends__gt=local.time(),
    ).exclude(audience=Audience.PUBLIC)
    opening = next((row for row in candidates if row.holds_on(local.date())), None)
    if opening is None:
        return False
    if opening.fallback_days is None or opening.fallback_time is None:
        return True
    return at(local.date() - timedelta(days=opening.fallback_days), opening.fallback_time, ZONE) > now
