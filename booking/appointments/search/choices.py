"""What a resident may choose among: kinds of appointment, municipalities, town halls. Shared: never to be changed."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

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


@dataclass
class _Offering:
    """The places of a kind of appointment, and the last day on which one of them shares it with other towns."""

    facility_ids: set[int]
    shared_until: date


@cached_until_changed
def _offerings() -> dict[int, _Offering]:
    found: dict[int, _Offering] = {}
    rows = CounterOffering.objects.values_list("type_id", "facility_id", "shared_from", "shared_until")
    for type_id, facility_id, shared_from, shared_until in rows:
        offering = found.setdefault(type_id, _Offering(set(), date.min))
        offering.facility_ids.add(facility_id)
        if shared_from is not None:
            offering.shared_until = max(offering.shared_until, shared_until or date.max)
    return found


def offering_facilities(type: AppointmentType) -> list[Facility]:
    """Town halls where this kind of appointment can be had at all."""
    offering = _offerings().get(type.pk)
    ids = offering.facility_ids if offering else set()
    return [found for found in facilities().values() if found.pk in ids and found.is_active]


def is_for_residents_alone(type: AppointmentType) -> bool:
    """Every town hall that offers this kind of appointment keeps it for those who live in its municipality."""
    offering = _offerings().get(type.pk)
    return offering is not None and offering.shared_until < timezone.localdate()


def facility_by_slug(slugs: list[str]) -> dict[str, Facility]:
    wanted = set(slugs)
    return {found.slug: found for found in facilities().values() if found.slug in wanted and found.is_active}
