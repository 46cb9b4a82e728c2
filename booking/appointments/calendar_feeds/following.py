"""An appointment in the calendar of whoever booked it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from booking.appointments.bookings.queries import can_be_changed
from booking.appointments.enums import CANCELLED, State
from booking.appointments.messages.entry import calendar_entries
from booking.appointments.models import Appointment
from municipalities.feeds import Followed, Following


def read(pk: UUID, lock: bool) -> Followed | None:
    """None for a mere hold, and when its identity was let go."""
    found = Appointment.objects.exclude(state=State.HELD).filter(pk=pk, purged_at__isnull=True).order_by("pk")
    if lock:
        found = found.select_for_update(of=("self",))
    appointment = found.first()
    if appointment is None:
        return None
    over_at = appointment.cancelled_at if appointment.state in CANCELLED else appointment.ends_at
    return Followed(
        contact=f"{appointment.email.lower()}\x1f{appointment.phone}",
        may_begin=can_be_changed(appointment),
        over_at=over_at or appointment.ends_at,
        figures=(appointment.sequence, appointment.changed_at, appointment.language),
        modified_at=appointment.changed_at,
        language=appointment.language,
        name=_("Mon rendez-vous en mairie"),
        entry=lambda: _entry(pk),
    )


def _entry(pk: UUID) -> str:
    appointment = Appointment.objects.select_related(
        "type", "facility__municipality", "facility__operator__municipality", "booked_through"
    ).get(pk=pk)
    return calendar_entries([appointment])[pk]


def over(ids: Collection[UUID], before: datetime) -> Collection[UUID]:
    return set(ids) - set(Appointment.objects.filter(pk__in=ids, ends_at__gte=before).values_list("pk", flat=True))


FOLLOWING = Following(template="resident/follow.html", read=read, over=over)
