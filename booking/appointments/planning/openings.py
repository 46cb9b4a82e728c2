"""Changing when counters are open. Each change rebuilds the free time it touches, in its own transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from django.db import IntegrityError
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.bookings.holds import release_expired_holds
from booking.appointments.exceptions import AppointmentsInTheWay
from booking.appointments.free_time.gaps import counters_with_place, last_day, outside, rebuild, rebuild_ahead
from booking.appointments.free_time.offerings import rebuild_offers
from booking.appointments.models import AppointmentType, Counter, CounterClosure, OpeningPeriod
from booking.appointments.planning.week_queries import say_overlap
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.languages import Translated
from municipalities.models import StaffMember


class OpeningsOverlap(Refusal):
    code = "openings_overlap"
    sentence = _("Une autre plage de ce guichet couvre déjà une partie de ces heures.")


@contextmanager
def nobody_left_outside(counters: Sequence[Counter], keep_appointments: bool) -> Iterator[None]:
    """Run a change; refuse it when it leaves appointments or holds outside that were inside before.

    Raises AppointmentsInTheWay.
    """
    release_expired_holds()
    before = set() if keep_appointments else {row.pk for row in outside(counters)}
    yield
    if not keep_appointments:
        left = [row for row in outside(counters) if row.pk not in before]
        if left:
            raise AppointmentsInTheWay(left)


def save_opening(
    *,
    opening: OpeningPeriod,
    types: Iterable[AppointmentType] = (),
    by: StaffMember,
    keep_appointments: bool = False,
) -> OpeningPeriod:
    """Store a new or changed opening period. Raises OpeningsOverlap, AppointmentsInTheWay, Busy."""
    counters = list(counters_with_place().filter(pk=opening.counter_id))
    try:
        with patient_transaction(by=by), nobody_left_outside(counters, keep_appointments):
            opening.save()
            opening.types.set(types)
            rebuild_ahead(counters)
    except IntegrityError as error:
        if "opening_periods_of_a_counter_never_overlap" not in str(error):
            raise
        raise OpeningsOverlap(say_overlap(opening)) from error
    return opening


def delete_opening(*, opening: OpeningPeriod, by: StaffMember, keep_appointments: bool = False) -> None:
    """Remove an opening period. Raises AppointmentsInTheWay, Busy."""
    counters = list(counters_with_place().filter(pk=opening.counter_id))
    with patient_transaction(by=by), nobody_left_outside(counters, keep_appointments):
        opening.delete()
        rebuild_ahead(counters)


def close_counter(
    *,
    counter: Counter,
    period: tuple[datetime, datetime],
    reason: Translated,
    by: StaffMember,
    keep_appointments: bool = False,
) -> CounterClosure:
    """Take one counter out of service for a while. Raises AppointmentsInTheWay, Busy."""
    counters = list(counters_with_place().filter(pk=counter.pk))
    with patient_transaction(by=by), nobody_left_outside(counters, keep_appointments):
        closure = CounterClosure.objects.create(
            counter=counter, period=DateTimeTZRange(*period), reason=reason, created_by=by
        )
        rebuild_within(counters, period)
    return closure


def reopen(*, closure: CounterClosure, by: StaffMember) -> None:
    """Take a counter's closure back; the time is free again at once. Raises Busy."""
    counters = list(counters_with_place().filter(pk=closure.counter_id))
    period = (closure.period.lower, closure.period.upper)
    with patient_transaction(by=by):
        closure.delete()
        rebuild_within(counters, period)


def rebuild_within(counters: Sequence[Counter], period: tuple[datetime, datetime]) -> None:
    """Cut free time anew on every day to come that a period touches."""
    first: date = max(timezone.localdate(period[0]), timezone.localdate())
    rebuild(counters, first, min(timezone.localdate(period[1]), last_day()))


@contextmanager
def configuration_change(
    *, by: StaffMember | None, counters: Iterable[Counter] | None = None, keep_appointments: bool = False
) -> Iterator[None]:
    """Around any change of counters, types, durations, policies, pools, shares or holidays.

    What is offered is gathered anew for all counters; free time is cut anew for those whose shares changed and for
    `counters`, those the change touches otherwise (activity, public holidays). Raises AppointmentsInTheWay, Busy.
    """
    named = {counter.pk for counter in counters or ()}
    touched = list(counters_with_place().filter(pk__in=named))
    with patient_transaction(by=by):
        before = set() if keep_appointments else {row.pk for row in outside(touched)}
        yield
        recut = rebuild_offers()
        fresh = counters_with_place().filter(pk__in=recut | named) | counters_with_place().filter(
            free_until__isnull=True
        )
        rebuild_ahead(fresh.distinct())
        if not keep_appointments:
            left = [row for row in outside(list(counters_with_place().filter(pk__in=named))) if row.pk not in before]
            if left:
                raise AppointmentsInTheWay(left)
