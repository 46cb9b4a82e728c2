"""What two people do at the same instant. Each guard has a twin test that removes it and shows the damage."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from booking.appointments.bookings.changes import move_appointment
from booking.appointments.bookings.confirming import confirm_booking
from booking.appointments.counter.desk_actions import move_for_someone
from booking.appointments.enums import OCCUPYING
from booking.appointments.exceptions import AppointmentsInTheWay, HoldExpired, NumberInUse, SlotTaken
from booking.appointments.free_time import gaps, holding
from booking.appointments.models import Appointment, AppointmentPerson, FreeGap, OpeningPeriod
from booking.appointments.planning.openings import close_counter, delete_opening
from municipalities.database.versions import version_of
from municipalities.languages import Translated
from municipalities.models import StaffMember
from notifications.models import Message
from tests.concurrency.crowd import crowd
from tests.factories.appointments import at
from tests.people import MEHDI, ODILE, agent_of, manager_of_facility
from tests.worlds import World, booking_of, day_ahead, shared_calendar

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def rush(world: World, clients: int, **ask: Any) -> Counter[str]:
    """So many browsers hold at once. How often each outcome came."""
    outcomes = crowd(
        [partial(world.hold, browser=f"navigateur {n}", address=f"192.0.2.{n}", **ask) for n in range(clients)]
    )
    return Counter(type(outcome).__name__ for outcome in outcomes)


def overlapping() -> int:
    """Pairs of appointments that share a counter and an instant: what must never be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM appointments_appointment a JOIN appointments_appointment b"
            " ON a.counter_id = b.counter_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
            " WHERE a.state NOT LIKE 'cancelled%' AND b.state NOT LIKE 'cancelled%'"
        )
        return int(cursor.fetchone()[0])


def rows_equal_oracle(world: World) -> bool:
    day = day_ahead()
    counters = list(gaps.counters_with_place().filter(pk__in=[counter.pk for counter in world.counters]))
    oracle = gaps.computed(counters, [day])
    stored: dict[int, list[Any]] = {counter.pk: [] for counter in counters}
    for gap in FreeGap.objects.filter(day=day).order_by("starts_at"):
        stored[gap.counter_id].append(gaps.as_stretch(gap))
    return stored == oracle


def test_fifty_people_on_one_start_of_one_counter() -> None:
    world = shared_calendar()
    assert rush(world, 50, starts_at=at(day_ahead(), 9)) == {"Appointment": 1, "SlotTaken": 49}
    assert overlapping() == 0
    assert rows_equal_oracle(world)


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The taking as somebody might write it who trusts what they read: no lock, nothing removed."""
    for name in ("_TAKE_HERE", "_TAKE_ANYWHERE"):
        careless = (
            getattr(holding, name)
            .replace("FOR UPDATE OF g SKIP LOCKED", "")
            .replace(
                "DELETE FROM appointments_freegap g USING chosen c WHERE g.id = c.id RETURNING g.id",
                "SELECT id FROM chosen",
            )
            .replace("WHERE piece.a < piece.b", "WHERE false")
        )
        monkeypatch.setattr(holding, name, careless)


CONSTRAINT = "one_appointment_at_a_time_on_a_counter"


def test_the_constraint_alone_still_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    world = shared_calendar()
    without_lock(monkeypatch)
    assert rush(world, 20, starts_at=at(day_ahead(), 9)) == {"Appointment": 1, "SlotTaken": 19}


def test_twin_without_constraint_and_lock_two_people_share_a_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    world = shared_calendar()
    constraint = next(found for found in Appointment._meta.constraints if found.name == CONSTRAINT)
    without_lock(monkeypatch)
    with connection.schema_editor() as schema:
        schema.remove_constraint(Appointment, constraint)
    try:
        rush(world, 20, starts_at=at(day_ahead(), 9))
        assert overlapping() > 0
    finally:
        Appointment.objects.all().delete()
        with connection.schema_editor() as schema:
            schema.add_constraint(Appointment, constraint)


def test_fifty_people_at_any_town_hall_with_seventeen_free_counters() -> None:
    world = shared_calendar(town_halls=17)
    outcome = rush(world, 50, starts_at=at(day_ahead(), 9), facility=None)
    assert outcome == {"Appointment": 17, "SlotTaken": 33}
    assert overlapping() == 0
    assert rows_equal_oracle(world)


def test_everybody_who_splits_the_same_free_morning_is_served() -> None:
    """Twelve people want twelve different starts of one free morning: one row, and nobody is refused falsely."""
    world = shared_calendar()
    day = day_ahead()
    outcomes = crowd(
        [
            partial(
                world.hold, at(day, 8) + timedelta(minutes=20 * n), browser=f"navigateur {n}", address=f"192.0.2.{n}"
            )
            for n in range(12)
        ]
    )
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert overlapping() == 0
    assert rows_equal_oracle(world)


def test_two_moves_onto_each_others_slots_change_nothing() -> None:
    world = shared_calendar(town_halls=2)
    here, there = world.facilities
    start = at(day_ahead(), 9)
    mine = world.book(start, ODILE, facility=here)
    yours = world.book(start, MEHDI, facility=there, browser="soleil")
    outcomes = crowd(
        [
            partial(world.hold, start, facility=there, moves=mine),
            partial(world.hold, start, facility=here, moves=yours, browser="soleil"),
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [SlotTaken, SlotTaken]
    assert {found.facility_id for found in Appointment.objects.booked()} == {here.pk, there.pk}


def test_two_moves_that_cross_both_arrive() -> None:
    world = shared_calendar(town_halls=2)
    here, there = world.facilities
    day = day_ahead()
    mine = world.book(at(day, 9), ODILE, facility=here)
    yours = world.book(at(day, 9), MEHDI, facility=there, browser="soleil")
    to_there = world.hold(at(day, 10), facility=there, moves=mine)
    to_here = world.hold(at(day, 10), facility=here, moves=yours, browser="soleil")
    outcomes = crowd(
        [
            partial(move_appointment, appointment=mine, hold_id=to_there.pk, browser="lune"),
            partial(move_appointment, appointment=yours, hold_id=to_here.pk, browser="soleil"),
        ]
    )
    assert [outcome.facility for outcome in outcomes] == [there, here]  # type: ignore[union-attr]
    assert Appointment.objects.count() == 2
    assert rows_equal_oracle(world)


def test_confirming_ten_times_at_once_is_one_appointment() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))
    outcomes = crowd([partial(confirm_booking, hold_id=hold.pk, browser="lune", details=booking_of(ODILE))] * 10)
    assert {getattr(outcome, "pk", outcome) for outcome in outcomes} == {hold.pk}
    assert AppointmentPerson.objects.count() == 1
    kinds = Message.objects.filter(subject_id=hold.pk).values_list("kind", "channel")
    assert len(kinds) == len(set(kinds)) > 0


@pytest.mark.parametrize("round_number", range(5))
def test_confirming_a_lapsed_hold_while_somebody_else_takes_it(round_number: int) -> None:
    world = shared_calendar()
    start = at(day_ahead(), 9)
    hold = world.hold(start)
    Appointment.objects.filter(pk=hold.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    confirmed, taken = crowd(
        [
            partial(confirm_booking, hold_id=hold.pk, browser="lune", details=booking_of(ODILE)),
            partial(world.hold, start, browser="soleil"),
        ]
    )
    assert (type(confirmed), type(taken)) in [(Appointment, SlotTaken), (HoldExpired, Appointment)]
    assert Appointment.objects.filter(state__in=OCCUPYING).count() == 1
    assert overlapping() == 0


def test_one_number_in_two_bookings_at_once() -> None:
    world = shared_calendar(town_halls=2)
    day = day_ahead()
    holds_ = [world.hold(at(day, 9), facility=place, browser=f"n{n}") for n, place in enumerate(world.facilities)]
    outcomes = crowd(
        [
            partial(confirm_booking, hold_id=hold.pk, browser=f"n{n}", details=booking_of(ODILE))
            for n, hold in enumerate(holds_)
        ]
    )
    assert Counter(type(outcome) for outcome in outcomes) == {Appointment: 1, NumberInUse: 1}


def test_twin_without_the_unique_number_one_file_has_two_appointments() -> None:
    world = shared_calendar(town_halls=2)
    day = day_ahead()
    constraint = next(
        found
        for found in AppointmentPerson._meta.constraints
        if found.name == "one_active_deposit_appointment_per_number"
    )
    with connection.schema_editor() as schema:
        schema.remove_constraint(AppointmentPerson, constraint)
    try:
        for n, place in enumerate(world.facilities):
            hold = world.hold(at(day, 9), facility=place, browser=f"n{n}")
            confirm_booking(hold_id=hold.pk, browser=f"n{n}", details=booking_of(ODILE))
        assert AppointmentPerson.objects.filter(holds_number=True).count() == 2
    finally:
        AppointmentPerson.objects.all().delete()
        with connection.schema_editor() as schema:
            schema.add_constraint(AppointmentPerson, constraint)


@pytest.mark.parametrize("round_number", range(3))
def test_booking_while_the_opening_is_taken_away(round_number: int) -> None:
    """Either the edit sees the appointments and is refused, or nobody gets in any more: none is left outside."""
    world = shared_calendar()
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    opening = OpeningPeriod.objects.get(counter=world.counters[0], weekday=day.weekday())

    def book(n: int) -> Appointment:
        start = at(day, 8) + timedelta(minutes=20 * n)
        hold = world.hold(start, browser=f"n{n}", address=f"192.0.2.{n}")
        return confirm_booking(hold_id=hold.pk, browser=f"n{n}", details=booking_of(ODILE, people=[_nameless(n)]))

    outcomes = crowd([partial(book, n) for n in range(8)] + [partial(delete_opening, opening=opening, by=manager)])
    edited = outcomes[-1] is None
    assert edited or isinstance(outcomes[-1], AppointmentsInTheWay)
    assert gaps.outside(world.counters) == []
    assert Appointment.objects.exists() != edited
    assert rows_equal_oracle(world)


def _nameless(n: int) -> Any:
    from booking.appointments.bookings.confirming import PersonDetails

    return PersonDetails("Odile", "Fictive", number=f"Z{n:09d}")


def test_closing_and_booking_at_once_leave_rows_equal_to_the_oracle() -> None:
    world = shared_calendar(counters=2)
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0])
    calls: list[Any] = [
        partial(world.hold, at(day, 8) + timedelta(minutes=20 * n), browser=f"n{n}", address=f"192.0.2.{n}")
        for n in range(12)
    ]
    for counter in world.counters:
        calls.append(
            partial(
                close_counter,
                counter=counter,
                period=(at(day, 9), at(day, 10)),
                reason=Translated(fr="Panne"),
                by=manager,
                keep_appointments=True,
            )
        )
    crowd(calls)
    assert overlapping() == 0
    assert rows_equal_oracle(world)


def _moved_by_an_agent(world: World, appointment: Appointment, place: int, hour: int) -> Any:
    """A call that moves it, as an agent of the first town hall does who has just looked at it."""
    agent = StaffMember.objects.filter(email="guichet@agents.example").first() or agent_of(
        world.facilities[0], email="guichet@agents.example"
    )
    version = Appointment.objects.annotate(version=version_of(Appointment)).get(pk=appointment.pk).version
    return partial(
        move_for_someone,
        appointment=appointment,
        version=version,
        facility=world.facilities[place],
        starts_at=at(day_ahead(), hour),
        by=agent,
    )


def test_two_agents_move_two_callers_to_the_last_place() -> None:
    world = shared_calendar()
    first = world.book(at(day_ahead(), 9))
    second = world.book(at(day_ahead(), 10), MEHDI, browser="soleil")
    outcomes = crowd([_moved_by_an_agent(world, one, 0, 11) for one in (first, second)])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Appointment", "SlotTaken"]
    assert Appointment.objects.count() == 2
    assert overlapping() == 0
    assert rows_equal_oracle(world)


def test_two_agents_move_the_same_caller() -> None:
    world = shared_calendar()
    booked = world.book(at(day_ahead(), 9))
    outcomes = crowd([_moved_by_an_agent(world, booked, 0, hour) for hour in (10, 11)])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Appointment", "StaleBoard"]
    assert Appointment.objects.get().sequence == 1
    assert rows_equal_oracle(world)


def test_callers_who_change_places_never_leave_half_a_move() -> None:
    """Each takes time at the counter the other one leaves: whoever cannot wait is told to try again."""
    world = shared_calendar(town_halls=2)
    first = world.book(at(day_ahead(), 9))
    second = world.book(at(day_ahead(), 9), MEHDI, browser="soleil", facility=world.facilities[1])
    for hour in (10, 11, 8):
        calls = [
            _moved_by_an_agent(world, one, 1 - world.facilities.index(one.facility), hour) for one in (first, second)
        ]
        outcomes = crowd(calls)
        # After a "busy" both sit in one house and want the same place of the other.
        said = {type(outcome).__name__ for outcome in outcomes}
        assert "Appointment" in said
        assert said <= {"Appointment", "Busy", "SlotTaken"}
        assert overlapping() == 0
        assert rows_equal_oracle(world)
        assert not Appointment.objects.held().exists()
        for one in (first, second):
            one.refresh_from_db()
