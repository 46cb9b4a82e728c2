"""Calendars that do not answer keep those of their own town waiting, not everybody's."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from booking.appointments.external_calendars import actions, budget, fetching
from booking.appointments.models import BusyCalendar
from tests.factories.feeds import BusyCalendarFactory
from tests.simulators.ics_server import IcsServer
from tests.worlds import World, shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[IcsServer]:
    """Where nobody is waited for longer than a third of a second."""
    settings.BUSY_CALENDARS_MAY_BE_LOCAL = True
    monkeypatch.setitem(fetching.fetch.__kwdefaults__, "max_seconds", 0.3)
    with IcsServer().running() as running:
        yield running


@pytest.fixture
def silent(server: IcsServer) -> World:
    """A town that follows thirty calendars, none of which answers."""
    world = shared_calendar()
    for n in range(30):
        BusyCalendarFactory.create(counter=world.counters[0], address=f"{server.address('slow')}?{n}")
    return world


def round_of_the_worker() -> tuple[float, list[int]]:
    """Seconds until the last of those whose turn it is was looked at, and who was asked, in order."""
    began, asked = time.monotonic(), []
    for pk in actions.claim_due():
        before = BusyCalendar.objects.get(pk=pk).last_fetched_at
        actions.refresh(calendar_id=pk)
        if BusyCalendar.objects.get(pk=pk).last_fetched_at != before:
            asked.append(pk)
    BusyCalendar.objects.update(due_at="2026-01-01T00:00Z")
    return time.monotonic() - began, asked


@pytest.mark.parametrize("is_guarded", [True, False])
def test_thirty_silent_calendars_cost_the_others_little(
    silent: World, server: IcsServer, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """The twin: without the budget whoever comes after them waits for each."""
    monkeypatch.setattr(budget, "SECONDS", 0.8 if is_guarded else float("inf"))
    elsewhere = BusyCalendarFactory.create(counter=shared_calendar().counters[0], address=server.address())
    seconds, asked = round_of_the_worker()
    assert elsewhere.pk in asked
    if is_guarded:
        assert len(asked) == 1 + 3
        assert seconds < 4
    else:
        assert len(asked) == 1 + 30
        assert seconds > 30 * 0.3


def test_each_has_its_turn_and_those_that_answer_come_first(
    silent: World, server: IcsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.8)
    assert len(round_of_the_worker()[1]) == 3
    well = BusyCalendarFactory.create(counter=silent.counters[0], address=server.address())
    cache.clear()
    actions.refresh(calendar_id=well.pk)
    tried = set(BusyCalendar.objects.filter(last_fetched_at__isnull=False).values_list("pk", flat=True))
    for _quarter in range(10):
        cache.clear()
        assert round_of_the_worker()[1][0] == well.pk
        now_tried = set(BusyCalendar.objects.filter(last_fetched_at__isnull=False).values_list("pk", flat=True))
        assert len(now_tried - tried) >= 2 or len(now_tried) == 31
        tried = now_tried
    assert len(tried) == 31


def test_what_is_spent_is_forgotten_after_a_quarter_of_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.01)
    monkeypatch.setattr(budget, "WINDOW", 1)
    with budget.spending(1):
        time.sleep(0.02)
    assert budget.is_spent(1) and not budget.is_spent(2)
    time.sleep(1.05)
    assert not budget.is_spent(1)
