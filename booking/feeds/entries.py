"""Entries as staff see them: rendered at the first read after a change, then stored, then joined."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from booking.appointments.calendar import EntryFacts, render_entry
from booking.appointments.enums import CANCELLED
from booking.appointments.models import Appointment, AppointmentPerson
from booking.feeds.enums import Privacy
from booking.feeds.models import FeedEntry

#: First key of our advisory lock: one reader renders, the others wait and find it done.
LOCK_FAMILY = 7402
BATCH = 500

Line = tuple[datetime, UUID, str]


def lines(appointments: QuerySet[Appointment], level: Privacy, language: str) -> list[Line]:
    """Start, id and VEVENT of each of these appointments, rendering what has changed since it was last read."""
    found = _stored(appointments, level, language)
    missing = [pk for _starts_at, pk, text in found if text is None]
    if missing:
        _render_missing(missing, level, language)
        found = _stored(appointments, level, language)
    return [(starts_at, pk, text) for starts_at, pk, text in found if text is not None]


def _stored(
    appointments: QuerySet[Appointment], level: Privacy, language: str
) -> list[tuple[datetime, UUID, str | None]]:
    return list(
        appointments.annotate(
            entry=FilteredRelation(
                "feed_entries",
                condition=Q(
                    feed_entries__level=level,
                    feed_entries__language=language,
                    feed_entries__changed_at=F("changed_at"),
                    feed_entries__sequence=F("sequence"),
                ),
            )
        )
        .order_by()
        .values_list("starts_at", "pk", "entry__text")
    )


def _render_missing(ids: Sequence[UUID], level: Privacy, language: str) -> None:
    for first in range(0, len(ids), BATCH):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_FAMILY])
            batch = Appointment.objects.filter(pk__in=ids[first : first + BATCH])
            # While we waited for the lock another reader may have rendered them.
            todo = [pk for _starts_at, pk, text in _stored(batch, level, language) if text is None]
            rows = (
                batch.filter(pk__in=todo)
                .select_related("type", "counter", "facility")
                .defer("calendar_entry")
                .order_by("pk")
            )
            if level != Privacy.BUSY:
                rows = rows.prefetch_related("people")
            with translation.override(language):
                FeedEntry.objects.bulk_create(
                    [
                        FeedEntry(
                            appointment=row,
                            level=level,
                            language=language,
                            changed_at=row.changed_at,
                            sequence=row.sequence,
                            text=render_entry(_facts(row, level)),
                        )
                        for row in rows
                    ],
                    update_conflicts=True,
                    unique_fields=["appointment", "level", "language"],
                    update_fields=["changed_at", "sequence", "text"],
                )


def _facts(appointment: Appointment, level: Privacy) -> EntryFacts:
    """No contact, no pre-application number, no need of anybody's: what an agent's telephone may lose is little."""
    is_cancelled = appointment.state in CANCELLED
    people = list(appointment.people.all()) if level != Privacy.BUSY else []
    names = [name for person in people if (name := _initials(person) if level == Privacy.INITIALS else str(person))]
    lines = []
    if level == Privacy.BUSY:
        what = _("Occupé")
    else:
        what = f"{', '.join(names)} – {appointment.type}" if names else str(appointment.type)
        if appointment.people_count > 1:
            lines.append(_("Personnes : %(number)s") % {"number": appointment.people_count})
    if level == Privacy.FULL:
        lines.append(_("Référence : %(reference)s") % {"reference": appointment.reference})
    return EntryFacts(
        uid=f"{appointment.pk}@{settings.CALENDAR_DOMAIN}",
        sequence=appointment.sequence,
        changed_at=appointment.changed_at,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        summary=_("Annulé : %(what)s") % {"what": what} if is_cancelled else what,
        location=f"{appointment.counter.name}, {appointment.facility.name}",
        description="\n".join(lines),
        is_cancelled=is_cancelled,
        has_alarms=False,
    )


def _initials(person: AppointmentPerson) -> str:
    """« O. F. »: the first letter or digit of each part of the name."""
    firsts = [next((c for c in name if c.isalnum()), "") for name in (person.first_name, person.last_name)]
    return " ".join(f"{first.upper()}." for first in firsts if first)
