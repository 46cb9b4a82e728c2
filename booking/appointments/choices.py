"""What a resident may choose among: kinds of appointment, municipalities, town halls."""

from booking.appointments.models import AppointmentType, Offer
from municipalities.models import Facility, Municipality


def offered_types() -> list[AppointmentType]:
    return list(AppointmentType.objects.filter(is_active=True).order_by("position", "code"))


def home_municipalities() -> list[Municipality]:
    """Municipalities a resident may live in, by name, with what distance and identity need and no logo."""
    return list(
        Municipality.objects.filter(is_member=True)
        .only("insee_code", "slug", "name", "latitude", "longitude", "phone")
        .order_by("slug")
    )


def offering_facilities(type: AppointmentType) -> list[Facility]:
    """Town halls where this kind of appointment can be had at all."""
    return list(
        Facility.objects.filter(pk__in=Offer.objects.filter(type=type).values("facility"), is_active=True)
        .select_related("municipality")
        .defer("municipality__logo", "municipality__welcome_text", "municipality__opening_text")
        .order_by("slug")
    )


def facility_by_slug(slugs: list[str]) -> dict[str, Facility]:
    found = Facility.objects.filter(slug__in=slugs, is_active=True).select_related("municipality")
    return {facility.slug: facility for facility in found.defer("municipality__logo")}
