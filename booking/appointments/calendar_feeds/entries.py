"""Entries as staff see them: rendered at the first read after a change, then stored, then joined."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, Count, F, FilteredRelation, Q, QuerySet, Value, When
from django.utils import translation
from django.utils.translation import gettext as _

from booking.appointments.enums import CANCELLED
from booking.appointments.models import Appointment, AppointmentPerson, FeedEntry
from booking.ical import EntryFacts, render_entry
from municipalities.database.locks import AdvisoryLock, one_at_a_time
from municipalities.database.transactions import patient_transaction
from municipalities.feeds import Privacy

BATCH = 500


def joined(appointments: QuerySet[Appointment], levels: Mapping[int, Privacy], language: str) -> str:
    """One text of all these appointments, each at the level of its facility, rendering what has changed since."""
    found = _join(appointments, levels, language)
    if found["missing"]:
        missing = _with_entries(appointments, levels, language).filter(entry__text__isnull=True)
        _render([*missing.order_by("pk").values_list("pk", flat=True)], levels, language)
        found = _join(appointments, levels, language)
    text: str | None = found["text"]
    return text or ""


def _with_entries(appointments: QuerySet[Appointment], levels: Mapping[int, Privacy], language: str) -> QuerySet[Any]:
    """Each with the level `told` and its stored `entry`, when that is of the last change.

    Whose identity was let go is busy time, whatever was rendered before.
    """
    told = [
        When(
            purged_at__isnull=True,
            facility__in=[pk for pk, known in levels.items() if known == level],
            then=Value(level),
        )
        for level in Privacy
        if level != Privacy.BUSY and level in levels.values()
    ]
    level = Case(*told, default=Value(Privacy.BUSY)) if told else Value(Privacy.BUSY)
    return appointments.annotate(
        told=level,
        entry=FilteredRelation(
            "feed_entries",
            condition=Q(
                feed_entries__level=F("told"),
                feed_entries__language=language,
                feed_entries__changed_at=F("changed_at"),
                feed_entries__sequence=F("sequence"),
            ),
        ),
    )


def _join(appointments: QuerySet[Appointment], levels: Mapping[int, Privacy], language: str) -> dict[str, Any]:
    """Put together by the database: five thousand rows cost less there than on their way to us."""
    return (
        _with_entries(appointments, levels, language)
        .order_by()
        .aggregate(
            text=StringAgg("entry__text", delimiter="", order_by=("starts_at", "pk")),
            missing=Count("pk", filter=Q(entry__text__isnull=True)),
        )
    )


def _render(ids: Sequence[UUID], levels: Mapping[int, Privacy], language: str) -> None:
    for first in range(0, len(ids), BATCH):
        with patient_transaction():
            # One reader renders; the others wait, and find it done.
            one_at_a_time(AdvisoryLock.FEED_ENTRIES)
            rows = (
                _with_entries(Appointment.objects.filter(pk__in=ids[first : first + BATCH]), levels, language)
                .filter(entry__text__isnull=True)
                .select_related("type", "counter", "facility__municipality")
                .prefetch_related("people")
                .order_by("pk")
            )
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
                        for level in [Privacy(row.told)]
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
        lines.append(_("Référence : %(reference)s") % {"reference": appointment.reference})
    return EntryFacts(
        uid=f"{appointment.pk}@{settings.CALENDAR_DOMAIN}",
        sequence=appointment.sequence,
        changed_at=appointment.changed_at,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        summary=_("Annulé : %(what)s") % {"what": what} if is_cancelled else what,
        location=f"{appointment.counter.name}, {appointment.facility.address_line}",
        description="\n".join(lines),
        is_cancelled=is_cancelled,
        has_alarms=False,
    )


def _initials(person: AppointmentPerson) -> str:
    """« O. F. »: the first letter or digit of each part of the name."""
    firsts = [next((c for c in name if c.isalnum()), "") for name in (person.first_name, person.last_name)]
    return " ".join(f"{first.upper()}." for first in firsts if first)
