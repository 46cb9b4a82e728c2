"""Each calendar knows by itself whether it has changed: what happens elsewhere costs it nothing."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment, move_appointment
from booking.appointments.calendar_feeds.retention import tidy_up
from booking.appointments.models import Departure
from municipalities.models import StaffMember
from tests.booking.feeds.reading import events, fetch, token_for
from tests.factories.appointments import at
from tests.people import LOIC, ODILE, ZOE, agent_of
from tests.worlds import World, day_ahead, shared_calendar
from tests.years import APPOINTMENTS, MANY, rows_read, years_of_appointments

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return shared_calendar(town_halls=2)


def statements(token: str, tag: str) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as queries:
        answer = fetch(token, **{"if-none-match": tag})
    return answer.status_code, len(queries)


def settled(token: str) -> Any:
    """The calendar, counted when its last change was over for good, and its use noted."""
    fetch(token)
    return fetch(token)


@pytest.mark.parametrize("what", ["book", "cancel", "move"])
def test_what_happens_elsewhere_is_not_counted(world: World, what: str) -> None:
    here, there = world.facilities
    token = token_for(agent_of(here), facility=here)
    world.book(at(day_ahead(), 8), ODILE)
    other = world.book(at(day_ahead(), 9), ZOE, facility=there)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        first = settled(token)
        assert len(events(first)) == 1
        if what == "book":
            world.book(at(day_ahead(), 10), LOIC, facility=there)
        elif what == "cancel":
            cancel_appointment(appointment=other)
        else:
            hold = world.hold(at(day_ahead(), 11), facility=there, moves=other)
            move_appointment(appointment=other, hold_id=hold.pk, browser="lune")
        assert statements(token, first["ETag"]) == (304, 1)


@pytest.mark.parametrize("what", ["book", "cancel", "move"])
def test_what_happens_here_is_seen_at_once(world: World, what: str) -> None:
    here, there = world.facilities
    token = token_for(agent_of(here), facility=here)
    mine = world.book(at(day_ahead(), 8), ODILE)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        first = settled(token)
        if what == "book":
            world.book(at(day_ahead(), 10), LOIC)
        elif what == "cancel":
            cancel_appointment(appointment=mine)
        else:
            hold = world.hold(at(day_ahead(), 8), facility=there, moves=mine)
            move_appointment(appointment=mine, hold_id=hold.pk, browser="lune")
            assert [row.facility_id for row in Departure.objects.all()] == [here.pk]
        assert statements(token, first["ETag"])[0] == 200


@pytest.mark.parametrize("what", ["counter", "facility", "own"])
def test_what_has_not_changed_is_not_read(world: World, what: str) -> None:
    years_of_appointments(world)
    here = world.facilities[0]
    token = token_for(
        agent_of(here), **{"counter": {"counter": world.counters[0]}, "facility": {"facility": here}, "own": {}}[what]
    )
    first, before = settled(token), rows_read(APPOINTMENTS)
    assert statements(token, first["ETag"]) == (304, 1)
    assert rows_read(APPOINTMENTS) - before < MANY / 10


def test_without_departures_a_calendar_would_keep_what_left_it(world: World) -> None:
    """The twin: the trigger is what tells the calendar that an appointment went away."""
    here, there = world.facilities
    token = token_for(agent_of(here), facility=here)
    mine = world.book(at(day_ahead(), 8), ODILE)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE appointments_appointment DISABLE TRIGGER guichet_note_departure")
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        first = settled(token)
        hold = world.hold(at(day_ahead(), 8), facility=there, moves=mine)
        move_appointment(appointment=mine, hold_id=hold.pk, browser="lune")
        assert statements(token, first["ETag"])[0] == 304


def test_who_changes_language_reads_the_calendar_in_it(world: World) -> None:
    here = world.facilities[0]
    agent: StaffMember = agent_of(here)
    token = token_for(agent, facility=here)
    world.book(at(day_ahead(), 8), ODILE)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        first = settled(token)
        assert str(events(first)[0]["SUMMARY"]) == "Occupé"
        StaffMember.objects.filter(pk=agent.pk).update(language="de")
        assert str(events(fetch(token, **{"if-none-match": first["ETag"]}))[0]["SUMMARY"]) != "Occupé"


def test_departures_are_forgotten(world: World) -> None:
    Departure.objects.create(facility=world.facilities[0], left_at=timezone.now() - timedelta(days=2))
    tidy_up(timezone.now())
    assert not Departure.objects.exists()
