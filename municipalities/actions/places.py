"""Municipalities, operators, facilities: who they are and how they show themselves. Services keep their calendars."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from municipalities import rules, staff_mail
from municipalities.database.transactions import patient_transaction
from municipalities.enums import OperatorKind
from municipalities.exceptions import Refusal
from municipalities.models import Facility, Municipality, Operator, StaffMember
from municipalities.wording import of_town


class PlaceNotYours(Refusal):
    code = "place_not_yours"
    sentence = _("Vous ne pouvez pas modifier ce lieu.")


class NoSender(Refusal):
    code = "no_sender"
    sentence = _("Aucune adresse d’envoi n’est enregistrée : les courriels partent de celle du territoire.")


def save_municipality(*, municipality: Municipality, by: StaffMember) -> Municipality:
    """Create (manager of the territory) or change (manager of the municipality) from a validated instance.

    Never touches the Good Friday flag of an existing one: that changes free time, which the services rebuild.
    """
    check_municipality(municipality, by)
    with patient_transaction(by=by):
        before = _sender_of(Municipality.objects.filter(pk=municipality.pk))
        if municipality._state.adding:
            municipality.save()
        else:
            kept_elsewhere = {"id", "good_friday_is_holiday", "logo"}
            fields = [field.name for field in Municipality._meta.concrete_fields if field.name not in kept_elsewhere]
            municipality.save(update_fields=fields)
        if municipality.sender_email not in ("", before):
            _try_sender(municipality, by)
    return municipality


def try_sender(*, office: Municipality | Operator, by: StaffMember) -> None:
    """Once more, after something has been done about a refusal: the mail comes to whoever asks.

    Raises PlaceNotYours, NoSender.
    """
    if isinstance(office, Municipality):
        check_municipality(office, by)
    elif not Operator.objects.editable_by(by).filter(pk=office.pk).exists():
        raise PlaceNotYours
    if not office.sender_email:
        raise NoSender
    with patient_transaction(by=by):
        _try_sender(office, by)


def _try_sender(office: Municipality | Operator, by: StaffMember) -> None:
    """One mail in the name of the new address, to whoever has just set it: they see at once what people will see."""
    if by.email:
        staff_mail.post(
            staff_mail.Letter(kind="sender", recipient=by.email, language=by.language, staff=by, office=office)
        )


def set_logo(*, municipality: Municipality, logo: bytes | None, by: StaffMember) -> None:
    """`logo` is a PNG drawn anew by `municipalities.identity`; None goes back to the drawn coat."""
    check_municipality(municipality, by)
    with patient_transaction(by=by):
        municipality.logo = logo
        municipality.save(update_fields=["logo"])


def save_facility(*, facility: Facility, by: StaffMember) -> Facility:
    """Create or change from a validated instance. Service and operator of an existing one are not set here.

    A new one without an operator is run by its municipality, whose manager may add it; others only the territory's.
    Raises PlaceNotYours.
    """
    if not facility._state.adding:
        allowed = Facility.objects.manageable_by(by).filter(pk=facility.pk).exists()
    elif not facility.operator_id:
        allowed = Municipality.objects.editable_by(by).filter(pk=facility.municipality_id).exists()
    else:
        allowed = rules.manages_territory(by)
    if not allowed:
        raise PlaceNotYours
    with patient_transaction(by=by):
        if facility._state.adding:
            if not facility.operator_id:
                facility.operator = operator_of(facility.municipality)
            facility.save()
        else:
            kept_elsewhere = {"id", "is_active", "municipality", "operator"}
            fields = [field.name for field in Facility._meta.concrete_fields if field.name not in kept_elsewhere]
            facility.save(update_fields=fields)
    return facility


def operator_of(municipality: Municipality) -> Operator:
    """The municipality as who runs facilities; made when it is asked for first. Inside a transaction."""
    known = Operator.objects.filter(municipality=municipality).first()
    if known is not None:
        return known
    name = f"Commune {of_town(municipality.name, 'fr')}"
    if Operator.objects.filter(name=name).exists():
        name = f"{name} ({municipality.insee_code})"
    return Operator.objects.create(name=name, kind=OperatorKind.MUNICIPALITY, municipality=municipality)


def save_operator(*, operator: Operator, by: StaffMember) -> Operator:
    """Create (manager of the territory) or change the identity of an operator that is no municipality.

    Raises PlaceNotYours.
    """
    if operator._state.adding:
        allowed = rules.manages_territory(by) and operator.kind != OperatorKind.MUNICIPALITY
    else:
        allowed = Operator.objects.editable_by(by).filter(pk=operator.pk).exists()
    if not allowed:
        raise PlaceNotYours
    with patient_transaction(by=by):
        before = _sender_of(Operator.objects.filter(pk=operator.pk))
        operator.save()
        if operator.sender_email not in ("", before):
            _try_sender(operator, by)
    return operator


def _sender_of(office: QuerySet[Municipality] | QuerySet[Operator]) -> str:
    """The address its mails come from until now; empty where it has none, or is not there yet."""
    return office.values_list("sender_email", flat=True).first() or ""


def check_municipality(municipality: Municipality, by: StaffMember) -> None:
    """A new one is the territory's manager's, another its own managers' too. Raises PlaceNotYours."""
    if municipality._state.adding:
        allowed = rules.manages_territory(by)
    else:
        allowed = Municipality.objects.editable_by(by).filter(pk=municipality.pk).exists()
    if not allowed:
        raise PlaceNotYours
