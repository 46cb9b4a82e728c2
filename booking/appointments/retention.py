"""Forgetting people when their appointment is over, and keeping the figures.

Identities go `RETENTION_MONTHS` after the appointment (three, as proposed to the data protection officer) and
`RETENTION_MONTHS_CANCELLED` after a cancellation (one). What stays says who nobody was: type, place, hour, state,
channel, number of people, situation, minor or not, home municipality.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.appointments.enums import CANCELLED, State
from booking.appointments.models import Appointment, AppointmentPerson, CalendarEntry, WaitingListEntry
from booking.appointments.models.waiting import WaitingState
from booking.residents.models import AccessLink
from municipalities import tracing
from notifications.models import Message, MessageState
from notifications.retention import PERSONAL, forget, personal

BATCH = 1000
#: A link that has expired or was revoked stays this long, so that whoever uses it still reads why it does not work.
LINK_GRACE = timedelta(days=30)

log = structlog.get_logger(__name__)


@dataclass
class Purged:
    """How many of each were emptied or removed, or would be."""

    appointments: int = 0
    people: int = 0
    messages: int = 0
    links: int = 0
    traces: int = 0
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
        done.messages = personal(due.values("pk").union(waits)).count() + _stray_messages(now).count()
        done.links = dead_links(now).count()
        done.waiting = ended_waits(now).count()
        return done
    for ids in _batches(due_appointments(now)):
        _forget(ids, now, done)
    done.messages += _stray_messages(now).update(**PERSONAL)
    done.links += dead_links(now).delete()[0]
    _forget_waits(now, done)
    done.traces += tracing.drop_before(months_before(now, settings.TRACE_MONTHS))
    log.info("purged", **vars(done))
    return done


def due_appointments(now: datetime) -> QuerySet[Appointment]:
    over = Q(ends_at__lt=months_before(now, settings.RETENTION_MONTHS)) & ~Q(state__in=[*CANCELLED, State.HELD])
    cancelled = Q(state__in=CANCELLED, cancelled_at__lt=months_before(now, settings.RETENTION_MONTHS_CANCELLED))
    return Appointment.objects.filter(over | cancelled, purged_at__isnull=True)


def dead_links(now: datetime) -> QuerySet[AccessLink]:
    before = now - LINK_GRACE
    return AccessLink.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))


def ended_waits(now: datetime) -> QuerySet[WaitingListEntry]:
    """Wishes for an earlier time that were served, withdrawn or have run out, as long ago as a cancellation."""
    before = months_before(now, settings.RETENTION_MONTHS_CANCELLED)
    ended = Q(ended_at__lt=before) | Q(until_day__lt=timezone.localdate(before))
    return WaitingListEntry.objects.filter(ended).exclude(email="", phone="")


def _forget_waits(now: datetime, done: Purged) -> None:
    with transaction.atomic():
        ids = list(ended_waits(now).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        entries = WaitingListEntry.objects.filter(pk__in=ids)
        entries.filter(state=WaitingState.WAITING).update(state=WaitingState.LEFT, ended_at=now)
        done.messages += forget(ids)
        done.links += AccessLink.objects.filter(subject_id__in=ids).delete()[0]
        done.waiting += entries.update(email="", phone="")


#: What the trace of changes holds of an identity.
TRACED_OF_APPOINTMENT = ("email", "phone", "accessibility", "cancel_reason")
TRACED_OF_PERSON = ("first_name", "last_name", "birth_year", "pre_application_number")


def _stray_messages(now: datetime) -> QuerySet[Message]:
    """Sent long ago about something that is not an appointment any more, a deleted one or none at all."""
    return (
        Message.objects.filter(due_at__lt=months_before(now, settings.RETENTION_MONTHS))
        .exclude(recipient="")
        .exclude(state__in=[MessageState.QUEUED, MessageState.SENDING])
        .exclude(subject_id__in=Appointment.objects.filter(purged_at__isnull=True).values("pk"))
    )


def _batches(appointments: QuerySet[Appointment]) -> Iterator[list[UUID]]:
    """Ids of a batch, locked, in a transaction that lasts until the caller asks for the next."""
    while True:
        with transaction.atomic():
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
    done.links += AccessLink.objects.filter(subject_id__in=ids).delete()[0]
    CalendarEntry.objects.filter(appointment__in=ids).delete()
    done.appointments += Appointment.objects.filter(pk__in=ids).update(
        email="",
        phone="",
        accessibility=[],
        browser_hash=None,
        address_hash=None,
        cancel_reason="",
        purged_at=now,
    )
    # Last, for the erasure itself has just left its trace.
    tracing.forget(table=Appointment._meta.db_table, ids=ids, keys=TRACED_OF_APPOINTMENT)
    tracing.forget(table=AppointmentPerson._meta.db_table, ids=people, keys=TRACED_OF_PERSON)


def months_before(moment: datetime, months: int) -> datetime:
    """The same day of the month some months earlier, or the last day of that month where it is shorter."""
    local = timezone.localtime(moment)
    count = local.year * 12 + local.month - 1 - months
    year, month = divmod(count, 12)
    first_of_next = local.replace(year=year + (month + 1) // 12, month=(month + 1) % 12 + 1, day=1)
    last_day = (first_of_next - timedelta(days=1)).day
    return local.replace(year=year, month=month + 1, day=min(local.day, last_day))
