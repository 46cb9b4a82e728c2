"""Which readings leave a trace: those of names outside of one's own day, that is today where one works."""

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from booking.appointments.models import Appointment
from municipalities.actions.reading import note_files, note_list
from municipalities.models import Facility, StaffMember, Why
from municipalities.rules import RIGHTS, Ability


def note_day(staff: StaffMember, facility: Facility, day: date, view: str) -> None:
    why = _why(staff, facility, day)
    if why is not None:
        note_list(facility=facility, day=day, why=why, view=view, by=staff)


def note_found(staff: StaffMember, found: Iterable[Appointment], view: str) -> None:
    """By name, reference or number: all that was shown but today's own. Expects `facility` selected."""
    rows = [row for row in found if _why(staff, row.facility, timezone.localdate(row.starts_at)) is not None]
    if rows:
        note_files(appointments=[row.pk for row in rows], why=Why.SEARCH, view=view, by=staff)


def note_opened(staff: StaffMember, appointment: Appointment, view: str) -> None:
    """One appointment, opened by itself. Expects `facility` selected."""
    why = _why(staff, appointment.facility, timezone.localdate(appointment.starts_at))
    if why is not None:
        note_files(appointments=[appointment.pk], why=why, view=view, by=staff)


def _why(staff: StaffMember, facility: Facility, day: date) -> Why | None:
    roles = staff.current_roles()
    working = RIGHTS[Ability.SERVE]
    is_own = facility.pk in roles.facilities_with(*working) or facility.operator_id in roles.operators_with(*working)
    if not is_own:
        return Why.OTHER_PLACE
    return None if day == timezone.localdate() else Why.OTHER_DAY
