"""Families who want the same place at the same instant. Each guard has a twin that removes it and shows the damage."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from booking.activities.enrolling import holding, numbers, paying
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.numbers import HOLD
from booking.activities.models import Basket, Enrolment, EnrolmentState, Group, Seat, Waiting
from booking.residents.models import Household, Membership
from tests.concurrency.crowd import crowd
from tests.factories.enrolments import child_of, course, family, water

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

CROWD, PLACES = 6, 2
ONE_NUMBER = (Enrolment, "one_enrolment_per_number_of_a_group")
ONE_SEAT = (Seat, "one_taker_per_number_of_a_session")
ONE_PLACE = (Seat, "a_member_is_in_one_place_at_a_time")
ENDED = (Enrolment, "an_enrolment_that_ended_says_when_and_why")


@contextmanager
def _without(model: Any, name: str) -> Iterator[None]:
    constraint = next(one for one in model._meta.constraints if one.name == name)
    with connection.schema_editor() as schema:
        schema.remove_constraint(model, constraint)
    try:
        yield
    finally:
        Waiting.objects.all().delete()
        Seat.objects.all().delete()
        Enrolment.objects.all().delete()
        with connection.schema_editor() as schema:
            schema.add_constraint(model, constraint)


@pytest.fixture
def without(request: pytest.FixtureRequest) -> Iterator[None]:
    """The tables without these constraints, while a test shows what then happens."""
    with ExitStack() as stack:
        for model, name in request.param:
            stack.enter_context(_without(model, name))
        yield


@pytest.fixture
def drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks the constraint beforehand, and everybody has drawn before anybody writes."""
    conflict = "    ON CONFLICT (group_id, number) WHERE NOT (state = 'ended') AND session_id IS NULL DO NOTHING\n"
    assert conflict in numbers.TAKE_SQL
    bare = numbers.TAKE_SQL.replace(conflict, "")
    slow = bare.replace("), taken AS (", "), waited AS (SELECT pg_sleep(0.5)\n), taken AS (")
    monkeypatch.setattr(
        numbers, "TAKE_SQL", slow.replace("FROM free\n    RETURNING", "FROM free, waited\n    RETURNING")
    )


def _hold(household: Household, group: Group, place: int = 0, **more: Any) -> Any:
    return hold(household=household, choices=[Choice(child_of(household, place), group.pk)], **more)


def all_want(group: Group) -> Counter[str]:
    homes = [family().household for _ in range(CROWD)]
    return Counter(type(one).__name__ for one in crowd([partial(_hold, home, group) for home in homes]))


def given_twice() -> int:
    """Pairs of people who have one number of one session."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM activities_seat a JOIN activities_seat b ON a.session_id = b.session_id"
            " AND a.number = b.number AND a.id < b.id AND a.freed_at IS NULL AND b.freed_at IS NULL"
        )
        return int(cursor.fetchone()[0])


def in_two_places() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM activities_seat a JOIN activities_seat b ON a.member_id = b.member_id"
            " AND a.period && b.period AND a.id < b.id AND a.freed_at IS NULL AND b.freed_at IS NULL"
        )
        return int(cursor.fetchone()[0])


def test_the_last_numbers_of_a_group_go_to_so_many_and_no_more() -> None:
    group = course(water(), capacity=PLACES)
    assert all_want(group) == {"Held": PLACES, "GroupFull": CROWD - PLACES}
    assert Enrolment.objects.standing().filter(group=group).count() == PLACES and given_twice() == 0


@pytest.mark.parametrize("without", [(ONE_NUMBER,)], indirect=True)
def test_the_last_seat_of_a_session_goes_to_one_also_without_the_number(drawn_at_once: None, without: None) -> None:
    """The seats guard by themselves; those who lose draw again until nothing is left to draw."""
    group = course(water(), capacity=1)
    outcomes = all_want(group)
    assert outcomes["Held"] == 1 and given_twice() == 0


@pytest.mark.parametrize("without", [(ONE_NUMBER, ONE_SEAT)], indirect=True)
def test_twin_without_both_constraints_one_place_is_given_to_many(drawn_at_once: None, without: None) -> None:
    group = course(water(), capacity=1)
    assert all_want(group)["Held"] > 1 and given_twice() > 0


def two_parents() -> list[Any]:
    """Both enrol the child at one hour, each in another pool."""
    first, second = family().household, family(children=0).household
    child = child_of(first)
    Membership.objects.create(household=second, member=child)
    groups = [course(water("Une piscine")), course(water("Une autre"))]
    return [
        partial(hold, household=home, choices=[Choice(child, group.pk)])
        for home, group in zip((first, second), groups, strict=True)
    ]


@pytest.fixture
def looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked before either has written, and then both write."""

    def look(*_args: Any, **_more: Any) -> list[Any]:
        time.sleep(0.3)
        return []

    monkeypatch.setattr(holding, "obstacles", look)


def test_one_child_is_in_one_place_whichever_parent_is_first(looked_at_once: None) -> None:
    outcomes = crowd(two_parents())
    assert Counter(type(one).__name__ for one in outcomes) == {"Held": 1, "SameTime": 1}
    assert "École de natation" in str(next(one for one in outcomes if isinstance(one, Exception)))
    assert in_two_places() == 0


@pytest.mark.parametrize("without", [(ONE_PLACE,)], indirect=True)
def test_twin_without_the_constraint_a_child_is_in_two_places(looked_at_once: None, without: None) -> None:
    assert Counter(type(one).__name__ for one in crowd(two_parents())) == {"Held": 2}
    assert in_two_places() > 0


def pay_against_expiry() -> tuple[list[Any], Enrolment]:
    """The family begins to pay at the very moment at which somebody else wants what they hold."""
    group = course(water(), capacity=1)
    mine, other = family().household, family().household
    line = Enrolment.objects.get(pk=_hold(mine, group).enrolments[0])
    late = timezone.now() + HOLD + timedelta(seconds=1)
    basket = Basket.objects.get()
    outcomes = crowd([partial(paying.begin_paying, basket=basket, now=late), partial(_late_hold, other, group, late)])
    line.refresh_from_db()
    return outcomes, line


def _late_hold(household: Household, group: Group, now: Any) -> Any:
    time.sleep(0.2)
    return _hold(household, group, now=now)


def sold_twice(line: Enrolment) -> bool:
    return line.state == EnrolmentState.PAYING and Enrolment.objects.standing().filter(group=line.group_id).count() > 1


def test_a_place_is_paid_for_or_released_never_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever locks the line first has it: here the family, while the other one waits for nothing and hears "full"."""
    lock = paying.lock_lines

    def slowly(basket: Basket) -> list[Enrolment]:
        lines = lock(basket)
        time.sleep(0.5)
        return lines

    monkeypatch.setattr(paying, "lock_lines", slowly)
    outcomes, line = pay_against_expiry()
    assert [type(one).__name__ for one in outcomes] == ["Charge", "GroupFull"]
    assert not sold_twice(line)


def test_what_is_released_first_is_not_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = paying.lock_lines

    def late(basket: Basket) -> list[Enrolment]:
        time.sleep(1)
        return lock(basket)

    monkeypatch.setattr(paying, "lock_lines", late)
    outcomes, line = pay_against_expiry()
    assert [type(one).__name__ for one in outcomes] == ["BasketEmpty", "Held"]
    assert not sold_twice(line)


@pytest.mark.parametrize("without", [(ONE_NUMBER, ONE_SEAT, ENDED)], indirect=True)
def test_twin_without_the_lock_a_place_is_paid_for_and_given_away(
    drawn_at_once: None, without: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlocked(basket: Basket) -> list[Enrolment]:
        lines = list(Enrolment.objects.filter(basket=basket, state=EnrolmentState.HELD))
        time.sleep(1)
        return lines

    monkeypatch.setattr(paying, "lock_lines", unlocked)
    # What lost its seats meanwhile is not paid for either: without that look too.
    monkeypatch.setattr(paying, "_something_ahead", lambda _lines, _now: None)
    outcomes, line = pay_against_expiry()
    assert [type(one).__name__ for one in outcomes] == ["Charge", "Held"]
    assert sold_twice(line)
