"""Municipalities and facilities: who they are and how they show themselves. Their calendars belong to the services."""

from django.utils.translation import gettext_lazy as _

from municipalities import rules
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.models import Facility, Municipality, StaffMember


class PlaceNotYours(Refusal):
    code = "place_not_yours"
    sentence = _("Vous ne pouvez pas modifier ce lieu.")


def save_municipality(*, municipality: Municipality, by: StaffMember) -> Municipality:
    """Create (manager of the territory) or change (manager of the municipality) from a validated instance.

    Never touches the Good Friday flag of an existing one: that changes free time, which the services rebuild.
    """
    check_municipality(municipality, by)
    with patient_transaction(by=by):
        if municipality._state.adding:
            municipality.save()
        else:
            kept_elsewhere = {"id", "good_friday_is_holiday", "logo"}
            fields = [field.name for field in Municipality._meta.concrete_fields if field.name not in kept_elsewhere]
            municipality.save(update_fields=fields)
    return municipality


def set_logo(*, municipality: Municipality, logo: bytes | None, by: StaffMember) -> None:
    """`logo` is a PNG drawn anew by `municipalities.identity`; None goes back to the drawn coat."""
    check_municipality(municipality, by)
    with patient_transaction(by=by):
        municipality.logo = logo
        municipality.save(update_fields=["logo"])


def save_facility(*, facility: Facility, by: StaffMember) -> Facility:
    """Create (manager of the municipality) or change from a validated instance. Service is not set here."""
    if facility._state.adding:
        allowed = Municipality.objects.editable_by(by).filter(pk=facility.municipality_id).exists()
    else:
        allowed = Facility.objects.manageable_by(by).filter(pk=facility.pk).exists()
    if not allowed:
        raise PlaceNotYours
    with patient_transaction(by=by):
        if facility._state.adding:
            facility.save()
        else:
            kept_elsewhere = {"id", "is_active", "municipality"}
            fields = [field.name for field in Facility._meta.concrete_fields if field.name not in kept_elsewhere]
            facility.save(update_fields=fields)
    return facility


def check_municipality(municipality: Municipality, by: StaffMember) -> None:
    if municipality._state.adding:
        allowed = rules.manages_territory(by)
    else:
        allowed = Municipality.objects.editable_by(by).filter(pk=municipality.pk).exists()
    if not allowed:
        raise PlaceNotYours
