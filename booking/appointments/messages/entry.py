"""The calendar entry of an appointment, in its holder's language."""

from collections.abc import Iterable

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from booking.appointments.enums import CANCELLED
from booking.appointments.models import Appointment
from booking.ical import EntryFacts, render_entry


def calendar_entry(appointment: Appointment, documents: Iterable[str] = ()) -> str:
    """The VEVENT to store with the appointment at each change. Reads only what is loaded with it: no query.

    `documents` are short lines of what to bring. `type`, `facility` and its municipality should be loaded.
    The entry holds no token: calendars get shared.
    """
    with translation.override(appointment.language):
        return render_entry(_facts(appointment, documents))


def _facts(appointment: Appointment, documents: Iterable[str]) -> EntryFacts:
    facility = appointment.facility
    sender = appointment.booked_through or facility.municipality
    is_cancelled = appointment.state in CANCELLED
    place = _("%(reason)s, %(place)s") % {"reason": appointment.type, "place": facility.name}
    lines = [_("Référence : %(reference)s") % {"reference": appointment.reference}]
    listed = [f"– {document}" for document in documents]
    if listed:
        lines += ["", _("À apporter :"), *listed]
    lines += [
        "",
        _("Pour déplacer ou annuler ce rendez-vous, suivez le lien privé du message de confirmation."),
        _("Lien perdu ? Demandez-le de nouveau sur %(address)s") % {"address": settings.PUBLIC_URL},
    ]
    return EntryFacts(
        uid=f"{appointment.pk}@{settings.CALENDAR_DOMAIN}",
        sequence=appointment.sequence,
        changed_at=appointment.changed_at,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        summary=_("Annulé : %(what)s") % {"what": place} if is_cancelled else place,
        organizer_name=sender.sender_name or sender.name,
        organizer_email=f"rendez-vous@{settings.CALENDAR_DOMAIN}",
        location=facility.address_line,
        latitude=facility.latitude,
        longitude=facility.longitude,
        description="\n".join(lines),
        alarm=_("Rendez-vous : %(what)s") % {"what": place},
        is_cancelled=is_cancelled,
    )
