"""Twenty people at the counters of one town hall want one of five tickets."""

from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from booking.appointments.counter.walk_in_queries import half_of
from booking.appointments.counter.walk_ins import give_ticket
from booking.appointments.exceptions import QuotaReached
from booking.appointments.models import AppointmentType, WalkInQuota, WalkInTicket
from municipalities.models import Facility
from tests import people
from tests.concurrency.crowd import crowd
from tests.factories import AppointmentTypeFactory, FacilityFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

WANTED, PLACES = 20, 5


def rush() -> list[object]:
    facility: Facility = FacilityFactory.create()
    kind: AppointmentType = AppointmentTypeFactory.create()
    agent = people.agent_of(facility)
    now = timezone.localtime()
    WalkInQuota.objects.create(facility=facility, weekday=now.weekday(), half=half_of(now), places=PLACES)
    return crowd([partial(give_ticket, facility=facility, type=kind, by=agent, now=now) for _n in range(WANTED)])


def test_twenty_on_a_quota_of_five_get_exactly_five() -> None:
    outcomes = rush()
    given = [one for one in outcomes if isinstance(one, WalkInTicket)]
    refused = [one for one in outcomes if isinstance(one, QuotaReached)]
    assert (len(given), len(refused)) == (PLACES, WANTED - PLACES)
    assert sorted(ticket.number for ticket in given) == list(range(1, PLACES + 1))
    assert WalkInTicket.objects.count() == PLACES


def test_without_the_constraint_more_are_given() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE appointments_walkinticket DROP CONSTRAINT one_ticket_per_number")
    try:
        rush()
        assert WalkInTicket.objects.count() > PLACES
    finally:
        WalkInTicket.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE appointments_walkinticket ADD CONSTRAINT one_ticket_per_number"
                " UNIQUE (facility_id, day, half, number)"
            )
