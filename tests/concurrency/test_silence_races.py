"""Somebody says that they still wait at the instant at which what they were offered lapses."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment
from booking.appointments.bookings.holds import release_expired_holds
from booking.appointments.models import Appointment, WaitingListEntry
from booking.appointments.models.waiting import WaitingListEntryQuerySet
from booking.appointments.waiting_list.entries import join_waiting_list
from booking.appointments.waiting_list.offers import offer_freed_starts, still_waiting
from notifications.models import Message
from tests.booking.appointments.waiting_list.test_offers import wish
from tests.concurrency.crowd import crowd
from tests.concurrency.test_change_races import until_somebody_waits
from tests.factories.appointments import at
from tests.people import MEHDI
from tests.worlds import World, day_ahead, reached, shared_calendar

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def silent_once() -> tuple[World, WaitingListEntry]:
    """A person who left one offer without an answer, and whose second one lapses just now."""
    world = shared_calendar()
    (entry,) = reached(join_waiting_list(wish=wish(), type=world.type, email="muet@mail.example"))
    WaitingListEntry.objects.update(unanswered=1)
    cancel_appointment(appointment=world.book(at(day_ahead(), 9), MEHDI, browser="libere"))
    assert offer_freed_starts() == 1
    Appointment.objects.held().update(expires_at=timezone.now() - timedelta(seconds=1))
    return world, entry


def times_asked() -> int:
    return Message.objects.filter(kind="waiting.silent").count()


def answer_meets_lapse() -> int:
    """The answer is committed while the lapse waits for it. How many offers count as unanswered."""
    _world, entry = silent_once()
    answered, trouble = threading.Event(), []

    def lapse() -> None:
        answered.wait(20)
        try:
            release_expired_holds()
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=lapse)
    other.start()
    with transaction.atomic():
        still_waiting(entry.pk)
        answered.set()
        until_somebody_waits()
    other.join()
    if trouble:
        raise trouble[0]
    entry.refresh_from_db()
    return entry.unanswered


def test_whoever_meets_the_second_lapse_asks_once() -> None:
    _world, entry = silent_once()
    outcomes = crowd([release_expired_holds] * 8)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    entry.refresh_from_db()
    assert (entry.unanswered, times_asked()) == (2, 1)


def test_an_answer_given_meanwhile_counts() -> None:
    assert answer_meets_lapse() == 1
    assert times_asked() == 0


def test_twin_without_the_lock_who_has_answered_is_asked_and_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(rows: WaitingListEntryQuerySet, **_of: Any) -> WaitingListEntryQuerySet:
        return rows

    monkeypatch.setattr(WaitingListEntryQuerySet, "select_for_update", unlocked)
    assert answer_meets_lapse() == 2
    assert times_asked() == 1
