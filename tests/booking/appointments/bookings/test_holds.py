"""Holding a slot: what is taken, what is refused, what comes back."""

from collections.abc import Callable
from datetime import UTC, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from booking.appointments.bookings.confirming import confirm_booking
from booking.appointments.bookings.holds import extend_hold, hold_slot, release_expired_holds, release_hold
from booking.appointments.enums import State
from booking.appointments.exceptions import (
    ExtendedAlready,
    HoldExpired,
    HoldNotYours,
    NotOffered,
    SlotTaken,
    TooManyHolds,
)
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment, FreeGap, ReleasePolicy
from booking.appointments.search.answers import Search, parse_token
from booking.appointments.search.availability import find
from tests.factories.appointments import at
from tests.people import INES, MEHDI, ODILE
from tests.worlds import World, booking_of, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


def test_a_hold_takes_its_time_out_of_the_search_and_gives_it_back() -> None:
    world = shared_calendar()
    day = day_ahead()
    hold = world.hold(at(day, 9))

    assert hold.state == State.HELD
    assert timedelta(minutes=9) < hold.expires_at - timezone.now() <= timedelta(minutes=10)
    starts = [slot.starts_at for slot in find(Search(world.type, day=day)).day_facilities[0].slots]
    assert at(day, 9) not in starts
    assert at(day, 8, 40) in starts
    assert at(day, 9, 20) in starts

    release_hold(hold_id=hold.pk, browser="lune")
    starts = [slot.starts_at for slot in find(Search(world.type, day=day)).day_facilities[0].slots]
    assert at(day, 9) in starts
    assert FreeGap.objects.filter(day=day).count() == 1


def test_a_hold_is_extended_once_by_its_browser_alone() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))
    assert hold.expires_at is not None
    with pytest.raises(HoldNotYours):
        extend_hold(hold_id=hold.pk, browser="soleil")
    assert extend_hold(hold_id=hold.pk, browser="lune").expires_at == hold.expires_at + timedelta(minutes=10)
    with pytest.raises(ExtendedAlready):
        extend_hold(hold_id=hold.pk, browser="lune")
    Appointment.objects.update(expires_at=timezone.now(), times_extended=0)
    with pytest.raises(HoldExpired):
        extend_hold(hold_id=hold.pk, browser="lune")


def test_the_database_counts_extensions() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))
    with pytest.raises(IntegrityError, match="held_time_is_extended_once_at_most"), transaction.atomic():
        Appointment.objects.filter(pk=hold.pk).update(times_extended=2)


def test_the_same_browser_asking_twice_has_one_hold() -> None:
    world = shared_calendar()
    start = at(day_ahead(), 9)
    assert world.hold(start).pk == world.hold(start).pk
    assert Appointment.objects.held().count() == 1


def test_a_hold_is_two_statements_and_so_is_its_confirmation(django_assert_num_queries: Any) -> None:
    """Both are their own transactions in life; here each writes inside a savepoint."""
    world = shared_calendar()
    day = day_ahead()
    world.book(at(day, 9), MEHDI)  # what seldom changes is cached from now on
    savepoint, version = 2, 1
    with django_assert_num_queries(2 + savepoint):
        hold = world.hold(at(day, 10), browser="soleil")
    with django_assert_num_queries(2 + savepoint + version):
        confirm_booking(hold_id=hold.pk, browser="soleil", details=booking_of(ODILE))


@pytest.mark.parametrize(
    "change",
    [
        lambda world: ReleasePolicy.objects.update(horizon_days=1),
        lambda world: ReleasePolicy.objects.update(notice_minutes=60 * 24 * 60),
        lambda world: ReleasePolicy.objects.update(mode="batch", batch_weekday=0, batch_time=time(8), horizon_days=8),
        lambda world: type(world.facilities[0]).objects.update(is_active=False),
    ],
)
def test_what_was_offered_a_moment_ago_is_not_believed(change: Callable[[World], object]) -> None:
    world = shared_calendar()
    day = day_ahead()
    world.hold(at(day, 9))
    change(world)
    with pytest.raises((NotOffered, SlotTaken)):
        world.hold(at(day, 10), browser="soleil")
    assert Appointment.objects.count() == 1


def test_a_taken_start_is_refused_to_others() -> None:
    world = shared_calendar()
    start = at(day_ahead(), 9)
    world.hold(start)
    with pytest.raises(SlotTaken):
        world.hold(start, browser="soleil")
    with pytest.raises(SlotTaken):
        world.hold(start - timedelta(minutes=10), browser="soleil")
    with pytest.raises(SlotTaken):
        world.hold(start - timedelta(minutes=15), browser="soleil", people=1)


@pytest.mark.parametrize("people", [0, 7])
def test_no_appointment_for_nobody_or_for_seven(people: int) -> None:
    world = shared_calendar()
    with pytest.raises(NotOffered):
        world.hold(at(day_ahead(), 9), people=people)


def test_the_past_off_grid_and_closed_hours_are_refused() -> None:
    world = shared_calendar()
    day = day_ahead()
    with pytest.raises(NotOffered):
        world.hold(timezone.now() - timedelta(hours=1))
    with pytest.raises(NotOffered):
        world.hold(at(day, 9) + timedelta(minutes=3))
    with pytest.raises(SlotTaken):
        world.hold(at(day, 14))
    with pytest.raises(SlotTaken):
        world.hold(at(day + timedelta(days=140), 9))


@pytest.mark.parametrize("anywhere", [True, False])
def test_a_start_off_the_counters_step_was_never_offered(anywhere: bool) -> None:
    world = shared_calendar()
    more = {"facility": None} if anywhere else {}
    with pytest.raises(NotOffered):
        world.hold(at(day_ahead(), 9, 5), **more)
    assert world.hold(at(day_ahead(), 9, 20), **more)


def test_a_start_that_an_appointment_has_put_off_the_step_has_just_been_taken() -> None:
    world = shared_calendar()
    day = day_ahead()
    cut = world.hold(at(day, 8), people=2, browser="soleil")
    assert (cut.ends_at - at(day, 8)) % timedelta(minutes=20) > timedelta(0)
    with pytest.raises(SlotTaken):
        world.hold(at(day, 9))
    assert world.hold(cut.ends_at)


def test_one_browser_keeps_a_few_holds_and_no_more(settings: object) -> None:
    world = shared_calendar()
    day = day_ahead()
    for hour in (8, 9, 10):
        world.hold(at(day, hour))
    with pytest.raises(TooManyHolds):
        world.hold(at(day, 11))
    assert world.hold(at(day, 11), browser="soleil").state == State.HELD


def test_one_address_keeps_more_holds_than_one_browser_but_not_any_number(settings: object) -> None:
    settings.HOLDS_PER_ADDRESS = 4  # type: ignore[attr-defined]
    world = shared_calendar()
    day = day_ahead()
    for n, hour in enumerate((8, 9, 10, 11)):
        world.hold(at(day, hour), browser=f"tablette {n}")
    with pytest.raises(TooManyHolds):
        world.hold(at(day, 11, 20), browser="tablette 5")
    assert world.hold(at(day, 11, 20), browser="ailleurs", address="198.51.100.7")


def test_a_lapsed_hold_is_free_for_whoever_wants_it() -> None:
    world = shared_calendar()
    start = at(day_ahead(), 9)
    lapsed = world.hold(start)
    Appointment.objects.filter(pk=lapsed.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    hold = world.hold(start, browser="soleil")
    assert hold.pk != lapsed.pk
    with pytest.raises(HoldExpired):
        confirm_booking(hold_id=lapsed.pk, browser="lune", details=booking_of(ODILE))


def test_a_lapsed_hold_nobody_wanted_can_still_be_confirmed() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))
    Appointment.objects.filter(pk=hold.pk).update(expires_at=timezone.now() - timedelta(minutes=5))
    assert confirm_booking(hold_id=hold.pk, browser="lune", details=booking_of(ODILE)).state == State.BOOKED
    assert release_expired_holds() == 0


def test_only_the_browser_that_holds_may_give_back() -> None:
    world = shared_calendar()
    hold = world.hold(at(day_ahead(), 9))
    with pytest.raises(HoldNotYours):
        release_hold(hold_id=hold.pk, browser="soleil")
    release_hold(hold_id=hold.pk, browser="lune")
    release_hold(hold_id=hold.pk, browser="lune")


def test_any_town_hall_takes_the_least_loaded_counter_then_the_nearest() -> None:
    world = shared_calendar(town_halls=3)
    near, middle, far = world.facilities
    for facility, longitude in ((near, 7.30), (middle, 7.35), (far, 7.50)):
        facility.longitude, facility.latitude = longitude, 47.75
        facility.save()
    home = near.municipality
    home.longitude, home.latitude = 7.30, 47.75
    home.save()
    day = day_ahead()
    viewer = Viewer.resident(home)
    world.hold(at(day, 10), facility=near, browser="a")

    first = world.hold(at(day, 9), facility=None, viewer=viewer, browser="b")
    second = world.hold(at(day, 9), facility=None, viewer=viewer, browser="c")
    third = world.hold(at(day, 9), facility=None, viewer=viewer, browser="d")
    assert [first.facility, second.facility, third.facility] == [middle, far, near]
    with pytest.raises(SlotTaken):
        world.hold(at(day, 9), facility=None, viewer=viewer, browser="e")


def test_a_group_takes_its_longer_time() -> None:
    world = shared_calendar()
    start = at(day_ahead(), 9)
    appointment = world.book(start, ODILE, INES)
    assert appointment.ends_at - appointment.starts_at == timedelta(minutes=35)
    starts = [slot.starts_at for slot in find(Search(world.type, day=day_ahead())).day_facilities[0].slots]
    assert at(day_ahead(), 9, 35) in starts


def test_a_slot_token_survives_its_address() -> None:
    world = shared_calendar()
    slot = find(Search(world.type)).soonest
    assert slot is not None
    assert parse_token(slot.token) == (slot.facility.pk, slot.starts_at)
    for nonsense in ("", "12", "x-202611240740", "12-2026", "12-999999999999"):
        with pytest.raises(ValueError):
            parse_token(nonsense)


def test_hold_slot_refuses_what_the_place_does_not_offer() -> None:
    world, other = shared_calendar(), shared_calendar()
    with pytest.raises(NotOffered):
        hold_slot(
            type=other.type,
            people=1,
            facility=world.facilities[0],
            starts_at=at(day_ahead(), 9),
            viewer=Viewer.resident(),
            browser="lune",
            address="192.0.2.1",
        )


def test_a_lapsed_hold_is_offered_again_to_whoever_searches_without_any_worker(client: Client) -> None:
    world = shared_calendar(opens=time(8), closes=time(8, 20), weekdays=(1,))
    start = at(day_ahead(), 8)
    hold = world.hold(start)
    page = f"/rendez-vous/?type={world.type.code}&jour={day_ahead():%Y-%m-%d}"
    taken = client.get(page).content.decode()
    Appointment.objects.filter(pk=hold.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    free = client.get(page).content.decode()
    token = f"{world.facilities[0].pk}-{start.astimezone(UTC):%Y%m%d%H%M}"
    assert token not in taken
    assert token in free
