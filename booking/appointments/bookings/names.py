"""References of appointments, for the pages of the trace, which know of appointments only their ids."""

from collections.abc import Sequence
from uuid import UUID

from booking.appointments.models import Appointment


def names(ids: Sequence[UUID]) -> dict[UUID, str]:
    return dict(Appointment.objects.filter(pk__in=ids).values_list("pk", "reference"))


def look_up(typed: str) -> list[UUID]:
    return list(Appointment.objects.filter(reference__icontains=typed).values_list("pk", flat=True)[:200])
