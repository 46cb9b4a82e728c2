"""A day is closed while a colleague still notes what became of somebody."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from booking.appointments.counter.board_actions import close_day, settle
from booking.appointments.enums import State
from booking.appointments.models import Appointment, BoardStep
from booking.appointments.models.appointments import AppointmentQuerySet
from municipalities.database.versions import version_of
from tests import people
from tests.concurrency.test_change_races import until_somebody_waits
from tests.factories import AppointmentFactory
from tests.factories.appointments import at
from tests.worlds import shared_calendar

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def closing_meets_a_colleague() -> list[str]:
    """The colleague notes « servi » and commits while the closing waits. The states of the day's two appointments."""
    world = shared_calendar()
    yesterday = timezone.localdate() - timedelta(days=1)
    first, second = (
        AppointmentFactory.create(type=world.type, counter=world.counters[0], starts_at=at(yesterday, hour))
        for hour in (9, 10)
    )
    agent = people.agent_of(world.facilities[0])
    colleague = people.agent_of(world.facilities[0], email="collegue@agents.example")
    seen = Appointment.objects.annotate(version=version_of(Appointment)).get(pk=first.pk).version  # type: ignore[attr-defined]
    noted, trouble = threading.Event(), []

    def close() -> None:
        noted.wait(20)
        try:
            close_day(facility=world.facilities[0], day=yesterday, by=agent)
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=close)
    other.start()
    with transaction.atomic():
        settle(subject=first, state=State.ATTENDED, version=seen, by=colleague)
        noted.set()
        until_somebody_waits()
    other.join()
    if trouble:
        raise trouble[0]
    return [Appointment.objects.get(pk=one.pk).state for one in (first, second)]


def test_closing_a_day_leaves_what_a_colleague_has_just_noted() -> None:
    assert closing_meets_a_colleague() == [State.ATTENDED, State.NO_SHOW]
    assert BoardStep.objects.count() == 2


def test_twin_without_the_lock_who_was_served_becomes_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(rows: AppointmentQuerySet, **_of: Any) -> AppointmentQuerySet:
        return rows

    monkeypatch.setattr(AppointmentQuerySet, "select_for_update", unlocked)
    assert closing_meets_a_colleague() == [State.NO_SHOW, State.NO_SHOW]
