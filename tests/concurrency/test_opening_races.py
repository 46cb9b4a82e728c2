"""Families who want a ticket of one opening at the same instant. Each guard has a twin that removes it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from booking.activities.models import Opening, Ticket, Window
from booking.activities.opening import admission, tickets
from booking.activities.opening.draw import draw_once
from booking.activities.opening.tickets import take
from booking.activities.seasons import openings
from booking.activities.seasons.openings import announce, follow
from municipalities.database.transactions import patient_transaction
from tests.concurrency.crowd import crowd
from tests.factories import HouseholdFactory
from tests.factories.enrolments import course, water

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

DEVICES = 10


@pytest.fixture
def opening() -> Any:
    group = course(water(), opens_at=timezone.now() + timedelta(days=1))
    announce(group.activity.season)
    yield Opening.objects.get()
    admission.forget()


@contextmanager
def without(name: str) -> Iterator[None]:
    constraint = next(one for one in Ticket._meta.constraints if one.name == name)
    with connection.schema_editor() as schema:
        schema.remove_constraint(Ticket, constraint)
    try:
        yield
    finally:
        Ticket.objects.all().delete()
        with connection.schema_editor() as schema:
            schema.add_constraint(Ticket, constraint)


@pytest.fixture
def written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every device has looked for a ticket before any has written one."""
    write = tickets._insert

    def slowly(ticket: Ticket) -> None:
        time.sleep(0.5)
        write(ticket)

    monkeypatch.setattr(tickets, "_insert", slowly)


def ten_devices(opening: Opening) -> int:
    household = HouseholdFactory.create()
    outcomes = crowd([partial(take, opening=opening, household=household)] * DEVICES)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    return Ticket.objects.filter(household=household).count()


def test_one_family_on_ten_devices_has_one_ticket(opening: Opening, written_at_once: None) -> None:
    assert ten_devices(opening) == 1


def test_twin_without_the_constraint_every_device_has_its_own(opening: Opening, written_at_once: None) -> None:
    with without("a_family_has_one_ticket_of_an_opening"):
        assert ten_devices(opening) == DEVICES


def taken_while_drawn(opening: Opening, minute: datetime) -> list[Any]:
    """Somebody takes a ticket a breath before the minute while others ask for the draw a breath after it."""
    before = partial(take, opening=opening, household=HouseholdFactory.create(), now=minute - timedelta(seconds=1))

    def draw() -> int:
        time.sleep(0.2)
        with patient_transaction():
            return draw_once(opening.pk, now=minute).drawn

    return crowd([before, draw, draw])


def test_the_draw_waits_for_tickets_that_are_being_taken(opening: Opening, written_at_once: None) -> None:
    _taken, first, second = taken_while_drawn(opening, opening.opens_at)
    assert (first, second) == (1, 1)
    assert list(Ticket.objects.values_list("rank", flat=True)) == [1]


def test_twin_where_tickets_do_not_hold_the_opening_one_is_forgotten(
    opening: Opening, written_at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets, "HOLD_SQL", tickets.HOLD_SQL.replace(" FOR SHARE", ""))
    assert taken_while_drawn(opening, opening.opens_at)[1] == 0
    assert list(Ticket.objects.values_list("rank", flat=True)) == [None]


def taken_while_the_minute_moves(opening: Opening) -> list[datetime]:
    """Somebody takes a ticket while its opening moves by a day: for which openings there are tickets then."""
    (window,) = Window.objects.select_related("activity__season")
    before, after = opening.opens_at, opening.opens_at + timedelta(days=1)

    def move() -> None:
        time.sleep(0.2)
        with patient_transaction():
            Window.objects.update(opens_at=after)
            announce(window.activity.season)
            follow(window.activity, {(before, after)})

    outcomes = crowd([partial(take, opening=opening, household=HouseholdFactory.create()), move])
    assert not [one for one in outcomes if isinstance(one, Exception)]
    return list(Ticket.objects.order_by("opening__opens_at").values_list("opening__opens_at", flat=True))


def test_a_ticket_that_is_being_taken_follows_to_the_new_minute(opening: Opening, written_at_once: None) -> None:
    before = opening.opens_at
    assert taken_while_the_minute_moves(opening) == [before, before + timedelta(days=1)]


def test_twin_where_the_openings_are_not_held_a_ticket_stays_behind(
    opening: Opening, written_at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unheld(season: int, minutes: Any) -> dict[datetime, Opening]:
        return {one.opens_at: one for one in Opening.objects.filter(season=season, opens_at__in=minutes)}

    monkeypatch.setattr(openings, "_held", unheld)
    assert taken_while_the_minute_moves(opening) == [opening.opens_at]
