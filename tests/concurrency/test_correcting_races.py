"""A file is corrected while it is moved, cancelled, or corrected by somebody else."""

import threading
from collections.abc import Callable
from itertools import pairwise

import pytest
from django.db import connection, transaction

from booking.appointments.bookings import correcting
from booking.appointments.bookings.changes import cancel_appointment, move_appointment
from booking.appointments.bookings.correcting import CorrectedPerson, version_shown
from booking.appointments.bookings.queries import people_of
from booking.appointments.enums import State
from booking.appointments.exceptions import AlreadyOver, ChangedMeanwhile, NoRoomForAll, SlotTaken
from booking.appointments.free_time.gaps import differences
from booking.appointments.models import Appointment
from municipalities.database.transactions import Busy
from tests.booking.appointments.bookings.test_correcting import as_known, correct, joining
from tests.concurrency.test_change_races import until_somebody_waits
from tests.factories.appointments import at
from tests.people import LOIC, MEHDI, ODILE
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def meet(first: Callable[[], object], second: Callable[[], object]) -> list[Exception]:
    """`second` begins while `first` is done and not yet committed. What `second` ran into."""
    is_done, trouble = threading.Event(), []

    def wait_and_change() -> None:
        is_done.wait(20)
        try:
            second()
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=wait_and_change)
    other.start()
    with transaction.atomic():
        first()
        is_done.set()
        until_somebody_waits()
    other.join()
    return trouble


def of_three(world: World) -> tuple[Appointment, str, list[CorrectedPerson]]:
    booked = world.book(at(day_ahead(), 9), ODILE, LOIC)
    return booked, version_shown(booked), as_known(booked, last_name="Réelle")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [("cancel", AlreadyOver), ("move", ChangedMeanwhile), ("correct", ChangedMeanwhile)],
)
def test_a_correction_that_meets_a_change_overwrites_nothing(change: str, refusal: type[Exception]) -> None:
    world = shared_calendar(town_halls=2)
    booked, version, people = of_three(world)
    hold = world.hold(at(day_ahead(), 10), facility=world.facilities[1], moves=booked, people=2)
    other_people = as_known(booked, last_name="Première")
    first = {
        "cancel": lambda: cancel_appointment(appointment=booked),
        "move": lambda: move_appointment(appointment=booked, hold_id=hold.pk, browser="lune"),
        "correct": lambda: correct(booked, other_people, version=version),
    }[change]
    (trouble,) = meet(first, lambda: correct(booked, people, version=version))
    assert isinstance(trouble, refusal), trouble
    assert "Réelle" not in [one.last_name for one in people_of(booked)]


def test_twin_without_the_version_the_first_correction_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    world = shared_calendar()
    booked, version, people = of_three(world)
    other_people = as_known(booked, last_name="Première")
    monkeypatch.setattr(correcting, "version_shown", lambda _appointment: version)
    assert not meet(
        lambda: correct(booked, other_people, version=version), lambda: correct(booked, people, version=version)
    )
    assert people_of(booked)[0].last_name == "Réelle"


def test_a_move_that_meets_a_correction_of_the_number_of_people_takes_no_time_too_short() -> None:
    world = shared_calendar(town_halls=2)
    booked, version, people = of_three(world)
    hold = world.hold(at(day_ahead(), 10), facility=world.facilities[1], moves=booked, people=2)
    (trouble,) = meet(
        lambda: correct(booked, people[:1], version=version),
        lambda: move_appointment(appointment=booked, hold_id=hold.pk, browser="lune"),
    )
    assert "proposé" in str(trouble)
    booked.refresh_from_db()
    assert (booked.people_count, booked.starts_at) == (1, at(day_ahead(), 9))


def grow_and_take(world: World) -> list[object]:
    """One person more, and somebody who wants the time right after, at the same instant. What came of each."""
    booked = world.book(at(day_ahead(), 9))
    people = [*as_known(booked), joining(LOIC)]
    start, came = threading.Barrier(2), {}

    def run(name: str, change: Callable[[], object]) -> None:
        start.wait(20)
        try:
            came[name] = change()
        except Exception as error:
            came[name] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=("grow", lambda: correct(booked, people))),
        threading.Thread(target=run, args=("take", lambda: world.book(at(day_ahead(), 9, 20), MEHDI, browser="autre"))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [came["grow"], came["take"]]


@pytest.mark.parametrize("_round", range(4))
def test_the_time_after_an_appointment_is_taken_once(_round: int) -> None:
    world = shared_calendar()
    grow, take = grow_and_take(world)
    refused = [one for one in (grow, take) if isinstance(one, (NoRoomForAll, SlotTaken, Busy))]
    assert len(refused) == 1, (grow, take)
    active = Appointment.objects.filter(state=State.BOOKED).order_by("starts_at")
    assert all(one.ends_at <= two.starts_at for one, two in pairwise(active))
    assert differences(world.counters[0], day_ahead(), day_ahead()) == ([], [])
