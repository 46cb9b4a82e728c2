"""The calendar entry of an appointment, in its holder's language."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from booking.appointments.enums import CANCELLED
from booking.appointments.models import Appointment, CalendarEntry
from booking.ical import EntryFacts, render_entry
from notifications.letters import Sender


def calendar_entries(appointments: Iterable[Appointment], *, store: bool = True) -> dict[UUID, str]:
    """The VEVENT of each, as of its last change: made at the first need, then stored. Two statements at most.

    Whoever only looks at a page stores nothing. `type`, `facility` with its municipality and operator and
    `booked_through` should be loaded.
    """
    wanted = {appointment.pk: appointment for appointment in appointments}
    found = {
        kept.pk: kept.text
        for kept in CalendarEntry.objects.filter(pk__in=wanted)
        if (kept.sequence, kept.changed_at) == (wanted[kept.pk].sequence, wanted[kept.pk].changed_at)
    }
    made = [
        CalendarEntry(
            appointment=appointment,
            changed_at=appointment.changed_at,
            sequence=appointment.sequence,
            text=calendar_entry(appointment),
        )
        for appointment in wanted.values()
        if appointment.pk not in found
    ]
    if store:
        CalendarEntry.objects.bulk_create(
            sorted(made, key=lambda entry: entry.pk),
            update_conflicts=True,
            unique_fields=["appointment"],
            update_fields=["changed_at", "sequence", "text"],
        )
    return found | {entry.pk: entry.text for entry in made}


def calendar_entry(appointment: Appointment, documents: Iterable[str] = (), *, is_cancelled: bool = False) -> str:
    """The VEVENT as it would be made now. Reads only what is loaded with the appointment: no query.

    `documents` are short lines of what to bring. `type`, `facility`, its municipality and operator should be loaded.
    `is_cancelled` for a reader whom it no longer concerns. The entry holds no token: calendars get shared.
    """
    with translation.override(appointment.language):
        return render_entry(_facts(appointment, documents, is_cancelled or appointment.state in CANCELLED))


def _facts(appointment: Appointment, documents: Iterable[str], is_cancelled: bool) -> EntryFacts:
    facility = appointment.facility
    # As the mail around the invitation: what a calendar answers comes to the people who are named there.
    sender = Sender.of(appointment.booked_through or facility.operator.identity)
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
        organizer_name=sender.name,
        organizer_email=sender.answers_at,
        location=facility.address_line,
        latitude=facility.latitude,
        longitude=facility.longitude,
        description="\n".join(lines),
        alarm=_("Rendez-vous : %(what)s") % {"what": place},
        is_cancelled=is_cancelled,
    )
