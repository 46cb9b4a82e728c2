"""People without appointment: a numbered ticket, as many per half-day as the quota says."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection
from django.utils import timezone

from booking.appointments.counter.walk_in_queries import half_of, quota_for
from booking.appointments.exceptions import NotOffered, NoWalkIns, QuotaReached
from booking.appointments.models import AppointmentType, WalkInQuota, WalkInTicket
from booking.appointments.models.offer import MAX_PEOPLE
from municipalities.database.transactions import Busy, patient_transaction
from municipalities.models import Facility, StaffMember

NUMBER_CONSTRAINT = "one_ticket_per_number"
#: Tries before "busy": each one lost its number to somebody who was quicker.
MOST_TRIES = 60

#: The next number of the half-day, if there is one left. Two at once pick the same: the constraint lets one have it.
_NEXT = """
INSERT INTO "appointments_walkinticket"
    (id, facility_id, day, half, number, type_id, people_count, is_assisted, state, arrived_at, given_by_id,
     priority)
SELECT gen_random_uuid(), %(facility)s, %(day)s, %(half)s, last.number + 1, %(type)s, %(people)s, %(assisted)s,
       'booked', %(now)s, %(by)s, %(priority)s
FROM (SELECT coalesce(max(number), 0) AS number FROM appointments_walkinticket
      WHERE facility_id = %(facility)s AND day = %(day)s AND half = %(half)s) last
WHERE last.number < %(places)s
RETURNING id
"""


def give_ticket(
    *,
    facility: Facility,
    type: AppointmentType,
    by: StaffMember,
    people: int = 1,
    is_assisted: bool = False,
    priority: str = "",
    now: datetime | None = None,
) -> WalkInTicket:
    """The next ticket of this half-day. Raises NoWalkIns, QuotaReached, NotOffered, Busy."""
    now = now or timezone.now()
    if not 1 <= people <= min(type.max_people, MAX_PEOPLE):
        raise NotOffered
    day, half = timezone.localdate(now), half_of(now)
    places = quota_for(facility, day, half)
    if not places:
        raise NoWalkIns
    values: dict[str, Any] = {
        "facility": facility.pk,
        "day": day,
        "half": str(half),
        "type": type.pk,
        "people": people,
        "assisted": is_assisted,
        "priority": priority,
        "now": now,
        "by": by.pk,
        "places": places,
    }
    for _attempt in range(MOST_TRIES):
        try:
            with patient_transaction(by=by), connection.cursor() as cursor:
                cursor.execute(_NEXT, values)
                row = cursor.fetchone()
        except IntegrityError as error:
            if NUMBER_CONSTRAINT not in str(error):
                raise
            continue
        if row is None:
            raise QuotaReached(places)
        return WalkInTicket.objects.select_related("facility__municipality", "type").get(pk=row[0])
    raise Busy


def set_quota(
    *, facility: Facility, half: str, places: int, by: StaffMember, weekday: int | None = None, day: date | None = None
) -> WalkInQuota | None:
    """So many tickets each such half-day, or on one date. A weekday's quota of nothing is no quota. Raises Busy."""
    with patient_transaction(by=by):
        if not places and weekday is not None:
            WalkInQuota.objects.filter(facility=facility, half=half, weekday=weekday, day=day).delete()
            return None
        quota, _made = WalkInQuota.objects.update_or_create(
            facility=facility, half=half, weekday=weekday, day=day, defaults={"places": places}
        )
    return quota


def drop_quota(*, quota: WalkInQuota, by: StaffMember) -> None:
    """The date falls back to what its weekday gives. Raises Busy."""
    with patient_transaction(by=by):
        quota.delete()
