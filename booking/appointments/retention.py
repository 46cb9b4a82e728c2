"""Forgetting people when their appointment is over, and keeping the figures.

Identities go `RETENTION_MONTHS` after the appointment (three, as proposed to the data protection officer) and
`RETENTION_MONTHS_CANCELLED` after a cancellation (one). What stays says who nobody was: type, place, hour, state,
channel, number of people, situation, minor or not, home municipality.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import CANCELLED, State
from booking.appointments.models import Appointment, AppointmentPerson, CalendarEntry, FeedEntry, WaitingListEntry
from booking.appointments.models.waiting import WaitingState
from booking.residents.retention import close
from municipalities import audit
from municipalities.database.transactions import patient_transaction
from municipalities.retention import Kept
from notifications.retention import forget, personal

BATCH = 1000

_OF_APPOINTMENTS = {
    "appointments.Appointment": (
        "email",
        "phone",
        "accessibility",
        "priority",
        "browser_hash",
        "address_hash",
        "cancel_reason",
        "counter_note",
    ),
    "appointments.CalendarEntry": ("text",),
    "appointments.AppointmentPerson": ("first_name", "last_name", "birth_year", "pre_application_number"),
}
_MISSION = _("Mission d’intérêt public (article 6, paragraphe 1, point e, du RGPD) : vous recevoir.")
OVER = Kept(
    what=_("Rendez-vous : identité et coordonnées de chaque personne"),
    fields=_OF_APPOINTMENTS,
    months="RETENTION_MONTHS",
    since=_("après le rendez-vous"),
    reason=_MISSION,
)
CALLED_OFF = Kept(
    what=_("Rendez-vous annulé : identité et coordonnées de chaque personne"),
    fields=_OF_APPOINTMENTS,
    months="RETENTION_MONTHS_CANCELLED",
    since=_("après l’annulation"),
    reason=_MISSION,
)
WAITED = Kept(
    what=_("Liste d’attente : coordonnées"),
    fields={"appointments.WaitingListEntry": ("email", "phone")},
    months="RETENTION_MONTHS_CANCELLED",
    since=_("après la fin de l’attente"),
    reason=_MISSION,
)
FOREIGN = Kept(
    what=_("Agendas extérieurs qui bloquent un guichet : leur adresse"),
    fields={"appointments.BusyCalendar": ("name", "address", "last_error", "etag", "modified")},
    since=_("Tant que l’agenda est relié au guichet"),
    reason=_("Mission d’intérêt public : ne rien proposer quand personne ne peut recevoir."),
)
KEPT = (OVER, CALLED_OFF, WAITED, FOREIGN)


@dataclass
class Purged:
    """How many of each were emptied or removed, or would be."""

    appointments: int = 0
    people: int = 0
    messages: int = 0
    links: int = 0
    waiting: int = 0


def purge(*, now: datetime | None = None, dry_run: bool = False) -> Purged:
    """Erase what is due, in batches of one transaction each; safe to stop and to run twice at once."""
    now = now or timezone.now()
    done = Purged()
    if dry_run:
        due = due_appointments(now)
        done.appointments = due.count()
        done.people = AppointmentPerson.objects.filter(appointment__in=due).count()
        waits = ended_waits(now).values("pk")
        done.messages = personal(due.values("pk").union(waits)).count()
        done.waiting = ended_waits(now).count()
        return done
    for ids in _batches(due_appointments(now)):
        _forget(ids, now, done)
    _forget_waits(now, done)
    return done


def due_appointments(now: datetime) -> QuerySet[Appointment]:
    over = Q(ends_at__lt=OVER.before(now)) & ~Q(state__in=[*CANCELLED, State.HELD])
    cancelled = Q(state__in=CANCELLED, cancelled_at__lt=CALLED_OFF.before(now))
    return Appointment.objects.filter(over | cancelled, purged_at__isnull=True)


def ended_waits(now: datetime) -> QuerySet[WaitingListEntry]:
    """Wishes for an earlier time that were served, withdrawn or have run out, as long ago as a cancellation."""
    before = WAITED.before(now)
    ended = Q(ended_at__lt=before) | Q(until_day__lt=timezone.localdate(before))
    return WaitingListEntry.objects.filter(ended).exclude(email="", phone="")


def _forget_waits(now: datetime, done: Purged) -> None:
    with patient_transaction():
        ids = list(ended_waits(now).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        entries = WaitingListEntry.objects.filter(pk__in=ids)
        entries.filter(state=WaitingState.WAITING).update(state=WaitingState.LEFT, ended_at=now)
        done.messages += forget(ids)
        done.links += close(ids)
        done.waiting += entries.update(email="", phone="")


#: What the trace of changes holds of an identity.
TRACED_OF_APPOINTMENT = ("email", "phone", "accessibility", "priority", "cancel_reason", "counter_note")
TRACED_OF_PERSON = ("first_name", "last_name", "birth_year", "pre_application_number")


def _batches(appointments: QuerySet[Appointment]) -> Iterator[list[UUID]]:
    """Ids of a batch, locked, in a transaction that lasts until the caller asks for the next."""
    while True:
        with patient_transaction():
            ids = list(
                appointments.order_by("pk")
                .select_for_update(of=("self",), skip_locked=True)
                .values_list("pk", flat=True)[:BATCH]
            )
            if not ids:
                return
            yield ids


def _forget(ids: list[UUID], now: datetime, done: Purged) -> None:
    people = list(AppointmentPerson.objects.filter(appointment__in=ids).values_list("pk", flat=True))
    done.people += AppointmentPerson.objects.filter(appointment__in=ids).update(
        first_name="", last_name="", birth_year=None, pre_application_number="", holds_number=False
    )
    done.messages += forget(ids)
    done.links += close(ids)
    CalendarEntry.objects.filter(appointment__in=ids).delete()
    FeedEntry.objects.filter(appointment__in=ids).delete()
    done.appointments += Appointment.objects.filter(pk__in=ids).update(
        email="",
        phone="",
        accessibility=[],
        priority="",
        browser_hash=None,
        address_hash=None,
        cancel_reason="",
        counter_note="",
        purged_at=now,
    )
    # Last, for the erasure itself has just left its trace.
    audit.forget(table=Appointment._meta.db_table, ids=ids, keys=TRACED_OF_APPOINTMENT)
    audit.forget(table=AppointmentPerson._meta.db_table, ids=people, keys=TRACED_OF_PERSON)
