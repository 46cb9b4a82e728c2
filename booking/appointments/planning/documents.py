"""What a municipality asks people to bring: its own lines, and its own word on the territory's."""

from collections.abc import Sequence

from django.db import IntegrityError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from booking.appointments.models import AppointmentType, RequiredDocument
from booking.appointments.planning.settings import AlreadyThere, NotYourCalendar
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.models import Municipality, StaffMember


class NotTheirs(Refusal):
    code = "document_of_the_territory"
    sentence = _("Cette ligne vaut pour tout le territoire : adaptez-la pour votre commune.")


def save_document(*, document: RequiredDocument, types: Sequence[AppointmentType], by: StaffMember) -> RequiredDocument:
    """Create or change a municipality's own line from a validated instance. Raises NotYourCalendar, AlreadyThere."""
    _check(document.municipality, by)
    try:
        with patient_transaction(by=by):
            if not document.code:
                document.code = _free_code(document)
            document.save()
            document.types.set(types)
    except IntegrityError as error:
        raise AlreadyThere from error
    return document


def drop_document(*, document: RequiredDocument, municipality: Municipality, by: StaffMember) -> None:
    """The municipality does not ask for this. Its own line goes; the territory's is covered by one that says so.

    Raises NotYourCalendar.
    """
    _check(municipality, by)
    with patient_transaction(by=by):
        if document.municipality_id == municipality.pk:
            document.delete()
            return
        if document.municipality_id is not None:
            raise NotYourCalendar
        own, _made = RequiredDocument.objects.update_or_create(
            code=document.code,
            municipality=municipality,
            defaults={
                "is_dropped": True,
                "label": document.label,
                "ages": document.ages,
                "situations": document.situations,
                "position": document.position,
            },
        )
        own.types.set(document.types.all())


def restore_document(*, document: RequiredDocument, by: StaffMember) -> None:
    """The municipality's word on the territory's line goes, and that line holds again. Raises NotTheirs."""
    if document.municipality is None:
        raise NotTheirs
    _check(document.municipality, by)
    with patient_transaction(by=by):
        document.delete()


def _check(municipality: Municipality | None, by: StaffMember) -> None:
    if municipality is None or not Municipality.objects.editable_by(by).filter(pk=municipality.pk).exists():
        raise NotYourCalendar


def _free_code(document: RequiredDocument) -> str:
    """A code no line of the territory has, so that a new line never covers one by accident."""
    base = slugify(document.label.get("fr", ""))[:40] or "piece"
    taken = set(RequiredDocument.objects.filter(code__startswith=base).values_list("code", flat=True))
    number, code = 1, base
    while code in taken:
        number += 1
        code = f"{base}-{number}"
    return code
