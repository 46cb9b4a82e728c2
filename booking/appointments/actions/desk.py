"""Booking for somebody who calls or stands at the counter: held and confirmed in one go, by staff."""

import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from booking.appointments.actions.booking import BookingDetails, confirm_booking
from booking.appointments.actions.holds import hold_slot
from booking.appointments.actions.taking import patient_transaction
from booking.appointments.enums import Audience
from booking.appointments.exceptions import ReasonNeeded, SlotTaken
from booking.appointments.free_time import zone
from booking.appointments.models import Appointment, AppointmentType, OpeningPeriod
from booking.appointments.slots import at
from booking.appointments.visibility import Viewer
from municipalities.models import Facility, Municipality, StaffMember


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
    viewers = [Viewer.of_staff(by, details.home)]
    if not urgent_reason:
        viewers.append(Viewer.resident(details.home or facility.municipality))
    for viewer in viewers:
        try:
            return _book(type, facility, starts_at, details, by, viewer, urgent_reason, is_assisted, booked_through)
        except ReasonNeeded:
            if viewer is viewers[-1]:
                raise
        except SlotTaken:
            # The start was there for staff a moment ago, and is not for the public: then it is kept for emergencies.
            if viewer.staff:
                raise
            raise ReasonNeeded from None
    raise ReasonNeeded


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
    with patient_transaction():
        browser = secrets.token_urlsafe(16)
        hold = hold_slot(
            type=type,
            people=len(details.people),
            facility=facility,
            starts_at=starts_at,
            viewer=viewer,
            browser=browser,
            address=browser,
            booked_through=booked_through,
            by=by,
        )
        is_urgent = is_kept_for_staff(hold)
        if is_urgent and not urgent_reason:
            raise ReasonNeeded
        if is_urgent or is_assisted:
            # An ordinary time needs no reason, and none is kept.
            Appointment.objects.filter(pk=hold.pk).update(
                urgent_reason=urgent_reason if is_urgent else "", is_assisted=is_assisted
            )
        return confirm_booking(hold_id=hold.pk, browser=browser, details=details, by=by)


def is_kept_for_staff(appointment: Appointment, *, now: datetime | None = None) -> bool:
    """Whether the opening this time lies in is for staff, and has not fallen back to the public yet. One query."""
    now = now or timezone.now()
    local = timezone.localtime(appointment.starts_at)
    opening = (
        OpeningPeriod.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=local.date()),
            counter=appointment.counter_id,
            weekday=local.weekday(),
            valid_from__lte=local.date(),
            starts__lte=local.time(),
            ends__gt=local.time(),
        )
        .exclude(audience=Audience.PUBLIC)
        .first()
    )
    if opening is None:
        return False
    if opening.fallback_days is None or opening.fallback_time is None:
        return True
    return at(local.date() - timedelta(days=opening.fallback_days), opening.fallback_time, zone()) > now
