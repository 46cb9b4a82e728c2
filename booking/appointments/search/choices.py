"""What a resident may choose among: kinds of appointment, municipalities, town halls. Shared: never to be changed."""

from booking.appointments.models import AppointmentType, CounterOffering
from municipalities.database.cached import cached_until_changed
from municipalities.directory import facilities, members
from municipalities.models import Facility, Municipality


@cached_until_changed
def appointment_types() -> dict[int, AppointmentType]:
    """All of them by key, also those no longer offered, in the order in which they are offered."""
    return {kind.pk: kind for kind in AppointmentType.objects.order_by("position", "code")}


def offered_types() -> list[AppointmentType]:
    return [kind for kind in appointment_types().values() if kind.is_active]


def home_municipalities() -> list[Municipality]:
    """Municipalities a resident may live in, in the order of their addresses."""
    return list(members().values())


def offering_facilities(type: AppointmentType) -> list[Facility]:
    """Town halls where this kind of appointment can be had at all."""
    offering = set(CounterOffering.objects.filter(type=type).values_list("facility_id", flat=True))
    return [found for found in facilities().values() if found.pk in offering and found.is_active]


def facility_by_slug(slugs: list[str]) -> dict[str, Facility]:
    wanted = set(slugs)
    return {found.slug: found for found in facilities().values() if found.slug in wanted and found.is_active}
