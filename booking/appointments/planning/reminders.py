"""When people are reminded: one rule for the territory, and one for each facility that wants its own."""

from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.appointments.messages.owed import plan_reminders_again
from booking.appointments.models import Appointment
from booking.appointments.planning.settings import AlreadyThere, NotYourCalendar, may_rule
from municipalities import rules
from municipalities.database.transactions import patient_transaction
from municipalities.models import Facility, StaffMember
from notifications.models import ReminderPolicy

#: Appointments whose reminders are planned anew in one statement.
BATCH = 500


def policies_of(staff: StaffMember) -> QuerySet[ReminderPolicy]:
    """Rules this person may change."""
    mine = Q(facility__in=Facility.objects.governed_by(staff))
    if rules.manages_territory(staff):
        mine |= Q(facility__isnull=True)
    return ReminderPolicy.objects.filter(mine).select_related("facility__municipality")


def save_reminders(*, policy: ReminderPolicy, by: StaffMember) -> int:
    """Store a validated rule; reminders that wait are planned anew. How many wait now.

    Raises NotYourCalendar, AlreadyThere, Busy.
    """
    if not may_rule(by, policy.facility) or (
        policy.pk is not None and not policies_of(by).filter(pk=policy.pk).exists()
    ):
        raise NotYourCalendar
    try:
        with patient_transaction(by=by):
            touched = _touched_by(policy)
            policy.save()
            return _plan_again(touched | _touched_by(policy))
    except IntegrityError as error:
        raise AlreadyThere from error


def remove_reminders(*, policy: ReminderPolicy, by: StaffMember) -> int:
    """The more general rule holds again, and so it is planned. Raises NotYourCalendar, Busy."""
    if not may_rule(by, policy.facility):
        raise NotYourCalendar
    with patient_transaction(by=by):
        touched = _touched_by(policy)
        policy.delete()
        return _plan_again(touched)


def _touched_by(policy: ReminderPolicy) -> set[int | None]:
    """Facilities the rule speaks of as it is stored; None stands for all that have none of their own."""
    stored = ReminderPolicy.objects.filter(pk=policy.pk).values_list("facility", flat=True)
    return set(stored)


def _plan_again(facilities: set[int | None]) -> int:
    where = Q(facility__in=[pk for pk in facilities if pk is not None])
    if None in facilities:
        own = ReminderPolicy.objects.filter(facility__isnull=False)
        where |= ~Q(facility__in=own.values("facility"))
    coming = Appointment.objects.booked().filter(where, starts_at__gt=timezone.now(), purged_at__isnull=True)
    ids = list(coming.order_by("pk").values_list("pk", flat=True))
    number = 0
    for start in range(0, len(ids), BATCH):
        batch = Appointment.objects.filter(pk__in=ids[start : start + BATCH]).select_related("facility")
        number += plan_reminders_again(list(batch.order_by("pk")))
    return number
