"""Taking a foreign calendar's busy time off a counter, and giving it back."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Case, F, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.bookings.holds import release_expired_holds
from booking.appointments.external_calendars import budget
from booking.appointments.external_calendars.addresses import normal
from booking.appointments.external_calendars.exceptions import NotAnswering, NotSaved, Unreadable
from booking.appointments.external_calendars.fetching import Fetched, fetch
from booking.appointments.external_calendars.reading import Broken, Found, Span, busy_times
from booking.appointments.free_time.gaps import DAYS_AHEAD, counters_with_place, last_day, outside, rebuild
from booking.appointments.models import BusyCalendar, Counter, CounterClosure
from municipalities.database.transactions import Busy, patient_transaction
from municipalities.exceptions import Refusal
from municipalities.languages import Translated
from municipalities.models import StaffMember

log = structlog.get_logger()

EVERY = timedelta(minutes=15)
#: New occurrences come into sight as days pass, also in a file that never changes.
READ_AGAIN = timedelta(hours=20)
MOST_CALENDARS = 10
#: So many are read in one round.
AT_ONCE = 200
_ANSWERING_FIRST = Case(
    When(last_error="", last_ok_at__isnull=False, then=0), When(last_fetched_at__isnull=True, then=1), default=2
)
#: What residents may read. The titles of the events are their owner's business and are not kept at all.
REASON = Translated(fr="Guichet indisponible", de="Schalter nicht verfügbar", en="Counter unavailable")


class AlreadyRead(Refusal):
    code = "already_read"
    sentence = _("Cet agenda est déjà relevé pour ce guichet.")


class TooManyCalendars(Refusal):
    code = "too_many_calendars"
    sentence = _("Ce guichet suit déjà dix agendas extérieurs : retirez-en un d’abord.")


def add_busy_calendar(*, counter: Counter, name: str, address: str, by: StaffMember) -> BusyCalendar:
    """Follow a calendar kept elsewhere; the worker reads it within a minute.

    Raises BadAddress, AlreadyRead, TooManyCalendars.
    """
    address = normal(address)
    try:
        with patient_transaction(by=by):
            Counter.objects.select_for_update(of=("self",), no_key=True).get(pk=counter.pk)
            if BusyCalendar.objects.filter(counter=counter).count() >= MOST_CALENDARS:
                raise TooManyCalendars
            return BusyCalendar.objects.create(counter=counter, name=name, address=address, created_by=by)
    except IntegrityError as error:
        if "busy_calendar_is_added_once_to_a_counter" not in str(error):
            raise
        raise AlreadyRead from error


def remove_busy_calendar(*, calendar: BusyCalendar, by: StaffMember) -> None:
    """Stop following a calendar; the time it blocked is free again at once. Raises Busy."""
    with patient_transaction(by=by):
        held = BusyCalendar.objects.select_for_update(of=("self",)).filter(pk=calendar.pk).order_by("pk").first()
        if held is not None:
            _replace_blocks(held, [], timezone.now())
            held.delete()


def read_again_soon(*, calendar: BusyCalendar, by: StaffMember) -> None:
    """Let the worker read it at its next turn, whole. Raises Busy."""
    with patient_transaction(by=by):
        BusyCalendar.objects.filter(pk=calendar.pk).update(due_at=timezone.now(), last_read_at=None)


def claim_due(*, now: datetime | None = None) -> list[int]:
    """Calendars whose turn it is; each is given to one caller only, and comes again in a quarter of an hour.

    Those that answered last time come first, then new ones, then who has waited longest: what the budget leaves out is
    what seldom answers.
    """
    now = now or timezone.now()
    with patient_transaction():
        due = list(
            BusyCalendar.objects.filter(is_active=True, due_at__lte=now)
            .order_by(_ANSWERING_FIRST, F("last_fetched_at").asc(nulls_first=True), "pk")
            .select_for_update(of=("self",), skip_locked=True)
            .values_list("pk", flat=True)[:AT_ONCE]
        )
        BusyCalendar.objects.filter(pk__in=due).update(due_at=now + EVERY)
    return due


def refresh(*, calendar_id: int, now: datetime | None = None) -> list[UUID]:
    """Read one calendar and block its busy time. Whatever fails, what was blocked stays, and the health says why.

    Returns the appointments newly left outside of opening time: they are kept, and listed for staff as such.
    """
    now = now or timezone.now()
    calendar = BusyCalendar.objects.select_related("counter__facility").filter(pk=calendar_id, is_active=True).first()
    if calendar is None:
        return []
    town = calendar.counter.facility.municipality_id
    if budget.is_spent(town):
        log.info("busy_calendar_waits", calendar=calendar_id, municipality=town)
        return []
    # Nothing slow happens inside a transaction: the network first, then the reading, then the database.
    try:
        with budget.spending(town):
            fetched, found = _fetch(calendar, now)
        return _store(calendar, fetched, found, now)
    except Unreadable as refusal:
        code = refusal.code
        log.info("busy_calendar_not_read", calendar=calendar_id, error=code)
    except (OperationalError, InterfaceError):
        raise  # ours that is away, not theirs
    except Exception:
        # The last net: anybody writes what stands in a foreign answer, and there is always one more way to err.
        code = NotAnswering.code
        log.exception("busy_calendar_strange", calendar=calendar_id)
    BusyCalendar.objects.filter(pk=calendar_id).update(last_fetched_at=now, last_error=code)
    return []


def _fetch(calendar: BusyCalendar, now: datetime) -> tuple[Fetched, Found | None]:
    may_skip = calendar.last_read_at is not None and calendar.last_read_at > now - READ_AGAIN
    fetched = fetch(
        calendar.address,
        etag=calendar.etag if may_skip else "",
        modified=calendar.modified if may_skip else "",
    )
    if fetched.body is None:
        return fetched, None
    today = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    try:
        return fetched, busy_times(fetched.body, today, today + timedelta(days=DAYS_AHEAD + 1))
    except Broken as error:
        refusal = Unreadable()
        refusal.code = error.args[0]
        raise refusal from error


def _store(calendar: BusyCalendar, fetched: Fetched, found: Found | None, now: datetime) -> list[UUID]:
    try:
        with patient_transaction():
            held = (
                BusyCalendar.objects.select_for_update(of=("self",))
                .filter(pk=calendar.pk, is_active=True, address=calendar.address)
                .order_by("pk")
                .first()
            )
            if held is None:
                return []  # removed while we were reading
            held.last_fetched_at = held.last_ok_at = now
            held.last_error = ""
            left: list[UUID] = []
            if found is not None:
                # What stood in the part that did not come may still be so.
                left = _replace_blocks(held, found.spans, now, keep=not found.is_whole)
                held.last_read_at = now
                held.etag, held.modified = (fetched.etag, fetched.modified) if found.is_whole else ("", "")
                held.blocked_count = len(found.spans)
                held.unread_count, held.unread_lines = found.unread, list(found.lines)
                held.is_cut_short = not found.is_whole
            held.save()
            return left
    except Busy as error:
        raise NotSaved from error


def _replace_blocks(calendar: BusyCalendar, spans: list[Span], now: datetime, *, keep: bool = False) -> list[UUID]:
    """Make the calendar's closures to come those of `spans`; rows that stay the same are not written.

    With `keep`, those it has stay beside them.

    Free time of the touched days is rebuilt. Returns the appointments that this leaves outside of opening time.
    """
    today = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    known = {
        (row.period.lower, row.period.upper): row.pk
        for row in CounterClosure.objects.filter(busy_calendar=calendar, period__endswith__gt=today)
    }
    wanted = {span for span in spans if span[1] > today}
    gone, new = set() if keep else set(known) - wanted, wanted - set(known)
    if not gone and not new:
        return []
    release_expired_holds(now=now)
    counters = list(counters_with_place().filter(pk=calendar.counter_id))
    first, last = _days_of(gone | new)
    before = {row.pk for row in outside(counters, first)}
    CounterClosure.objects.filter(pk__in=[known[span] for span in gone]).delete()
    CounterClosure.objects.bulk_create(
        [
            CounterClosure(
                counter_id=calendar.counter_id,
                busy_calendar=calendar,
                period=DateTimeTZRange(*span),
                reason=REASON,
                created_by_id=calendar.created_by_id,
            )
            for span in sorted(new)
        ],
        batch_size=1000,
    )
    rebuild(counters, first, last)
    return [row.pk for row in outside(counters, first) if row.pk not in before]


def _days_of(spans: set[Span]) -> tuple[date, date]:
    """First and last local day that these spans touch, of those for which free time is kept."""
    first = min(timezone.localdate(span[0]) for span in spans)
    last = max(timezone.localdate(span[1]) for span in spans)
    return max(first, timezone.localdate()), min(last, last_day())
