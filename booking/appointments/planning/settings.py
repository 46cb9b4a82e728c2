"""Counters, pools, shares, release policies and durations: whatever decides which time is offered to whom.

Each change runs inside `configuration_change`, which rebuilds offers and free time in the same transaction and refuses
with AppointmentsInTheWay when appointments would be left outside of all opening time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from booking.appointments.models import (
    AppointmentType,
    CalendarPool,
    Counter,
    Duration,
    Fee,
    PoolShare,
    ReleasePolicy,
)
from booking.appointments.planning.openings import configuration_change
from municipalities import rules
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.models import Facility, Municipality, Operator, StaffMember


class NotYourCalendar(Refusal):
    code = "not_your_calendar"
    sentence = _("Vous ne pouvez pas modifier cet agenda.")


class AlreadyThere(Refusal):
    code = "already_there"
    sentence = _("Quelqu’un vient d’enregistrer la même chose. Rechargez la page.")


@contextmanager
def _change(
    *, by: StaffMember, counters: Iterable[Counter] | None = None, keep_appointments: bool = False
) -> Iterator[None]:
    """`configuration_change`, where two people doing the same at once get a sentence. Raises AlreadyThere as well."""
    try:
        with configuration_change(by=by, counters=counters, keep_appointments=keep_appointments):
            yield
    except IntegrityError as error:
        raise AlreadyThere from error


def save_counter(
    *, counter: Counter, types: Sequence[AppointmentType], by: StaffMember, keep_appointments: bool = False
) -> Counter:
    """Create or change a counter from a validated instance, with the types it serves."""
    _check(Facility.objects.manageable_by(by).filter(pk=counter.facility_id).exists())
    known = [] if counter.pk is None else [counter]  # a new one gets its free time as it has none yet
    with _change(by=by, counters=known, keep_appointments=keep_appointments):
        counter.save()
        counter.types.set(types)
    return counter


def put_facility_in_service(
    *, facility: Facility, in_service: bool, by: StaffMember, keep_appointments: bool = False
) -> None:
    _check(Facility.objects.manageable_by(by).filter(pk=facility.pk).exists())
    counters = Counter.objects.filter(facility=facility)
    with _change(by=by, counters=counters, keep_appointments=keep_appointments):
        facility.is_active = in_service
        facility.save(update_fields=["is_active"])


def hand_over(*, facility: Facility, operator: Operator, by: StaffMember, keep_appointments: bool = False) -> None:
    """Somebody else runs it from now on. Rights follow, and so do closures; roles in the facility itself stay."""
    _check(rules.manages_territory(by))
    counters = Counter.objects.filter(facility=facility)
    with _change(by=by, counters=counters, keep_appointments=keep_appointments):
        facility.operator = operator
        facility.save(update_fields=["operator"])


def set_good_friday(
    *, municipality: Municipality, is_holiday: bool, by: StaffMember, keep_appointments: bool = False
) -> None:
    """Good Friday is a holiday only where there is a Protestant church (ordinance of 16 August 1892)."""
    _check(Municipality.objects.editable_by(by).filter(pk=municipality.pk).exists())
    counters = Counter.objects.filter(facility__municipality=municipality)
    with _change(by=by, counters=counters, keep_appointments=keep_appointments):
        municipality.good_friday_is_holiday = is_holiday
        municipality.save(update_fields=["good_friday_is_holiday"])


def save_type(*, type: AppointmentType, by: StaffMember) -> AppointmentType:
    """Create or change what can be booked in the territory, from a validated instance."""
    _check(rules.manages_territory(by))
    with _change(by=by):
        type.save()
    return type


def save_fee(*, fee: Fee, types: Sequence[AppointmentType], by: StaffMember) -> Fee:
    """Create or change what may be due. It moves no time. Raises AlreadyThere."""
    _check(rules.manages_territory(by))
    try:
        with patient_transaction(by=by):
            fee.save()
            fee.types.set(types)
    except IntegrityError as error:
        raise AlreadyThere from error
    return fee


def remove_fee(*, fee: Fee, by: StaffMember) -> None:
    _check(rules.manages_territory(by))
    with patient_transaction(by=by):
        fee.delete()


def save_pool(*, pool: CalendarPool, types: Sequence[AppointmentType], by: StaffMember) -> CalendarPool:
    _check(rules.manages_territory(by))
    with _change(by=by):
        pool.save()
        pool.types.set(types)
    return pool


def save_share(*, share: PoolShare, by: StaffMember) -> PoolShare:
    """Who manages all that an operator runs decides on its counters, and on no others."""
    _check(may_share(by, share.counter))
    with _change(by=by):
        share.save()
    return share


def remove_share(*, share: PoolShare, by: StaffMember) -> None:
    _check(may_share(by, share.counter))
    with _change(by=by):
        share.delete()


def may_share(by: StaffMember, counter: Counter) -> bool:
    return Facility.objects.governed_by(by).filter(pk=counter.facility_id).exists()


def save_policy(*, policy: ReleasePolicy, by: StaffMember) -> ReleasePolicy:
    _check(may_rule(by, policy.facility))
    if policy.pk is not None:  # what it was must be theirs as well
        _check(may_rule(by, ReleasePolicy.objects.select_related("facility").get(pk=policy.pk).facility))
    with _change(by=by):
        policy.save()
    return policy


def remove_policy(*, policy: ReleasePolicy, by: StaffMember) -> None:
    _check(may_rule(by, policy.facility))
    with _change(by=by):
        policy.delete()


def may_rule(by: StaffMember, facility: Facility | None) -> bool:
    """Rules without a facility hold everywhere and belong to the territory's manager."""
    if facility is None:
        return rules.manages_territory(by)
    return Facility.objects.governed_by(by).filter(pk=facility.pk).exists()


def save_durations(
    *, facility: Facility | None, minutes: Mapping[tuple[int, int], int | None], by: StaffMember
) -> None:
    """Rewrite the durations of a facility (None: the territory's). Keys: (type id, people); None: no row of its own."""
    _check(may_rule(by, facility))
    with _change(by=by):
        kept = _kept(facility, minutes.items())
        Duration.objects.filter(facility=facility).exclude(pk__in=kept).delete()


def _kept(facility: Facility | None, wanted: Iterable[tuple[tuple[int, int], int | None]]) -> list[int]:
    kept = []
    for (type_id, people), duration in wanted:
        if duration is not None:
            row, _made = Duration.objects.update_or_create(
                facility=facility, type_id=type_id, people=people, defaults={"minutes": duration}
            )
            kept.append(row.pk)
    return kept


def _check(allowed: bool) -> None:
    if not allowed:
        raise NotYourCalendar
