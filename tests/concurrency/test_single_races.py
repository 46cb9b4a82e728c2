"""Families who want one seat of one session at the same instant. Each guard has a twin that removes it."""

import time
from collections import Counter
from functools import partial
from typing import Any

import pytest

from booking.activities.changes import cancelling
from booking.activities.enrolling import holding, numbers
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.models import Enrolment, Group, Seat, Waiting
from booking.activities.singles import absences
from booking.activities.waiting import lists, offering
from booking.residents.models import Household
from tests.booking.activities.singles.test_absences import enrolled, first_seat
from tests.concurrency.crowd import crowd
from tests.concurrency.test_enrolment_races import ONE_SEAT, given_twice, without
from tests.factories.enrolments import child_of, course, family, water

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

__all__ = ["without"]
#: What the statement does where a seat is taken meanwhile.
CONFLICT = "    ON CONFLICT (session_id, number) WHERE freed_at IS NULL DO NOTHING\n"


@pytest.fixture
def drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody has seen the free seat before anybody writes, and nothing asks the constraint beforehand."""
    assert CONFLICT in numbers.TAKE_ONE_SQL
    bare = numbers.TAKE_ONE_SQL.replace(CONFLICT, "")
    slow = bare.replace("     LIMIT 1\n)", "     LIMIT 1\n), waited AS (SELECT pg_sleep(0.5))")
    monkeypatch.setattr(
        numbers, "TAKE_ONE_SQL", slow.replace("FROM free CROSS JOIN", "FROM free CROSS JOIN waited CROSS JOIN")
    )


def buy(household: Household, seat: Seat) -> Any:
    session = seat.session
    return hold(household=household, choices=[Choice(child_of(household), session.group_id, session.pk)])


def one_left() -> tuple[Seat, Household]:
    """A group of one, and its family has said that they do not come."""
    home = family().household
    line = enrolled(home, course(water(), tariff_code="gratuit", capacity=1))
    Group.objects.update(tariff_code="velo")
    seat = first_seat(line)
    absences.announce(seat=seat)
    return seat, home


def outcomes(calls: list[Any]) -> Counter[str]:
    return Counter(type(one).__name__ for one in crowd(calls))


def test_one_single_place_goes_to_one_of_two_buyers() -> None:
    seat, _home = one_left()
    found = outcomes([partial(buy, family().household, seat) for _ in range(3)])
    assert found == {"Held": 1, "SessionFull": 2} and given_twice() == 0


@pytest.mark.parametrize("without", [(ONE_SEAT,)], indirect=True)
def test_twin_without_the_constraint_it_goes_to_both(drawn_at_once: None, without: None) -> None:
    seat, _home = one_left()
    assert outcomes([partial(buy, family().household, seat) for _ in range(2)]) == {"Held": 2}
    assert given_twice() > 0


def test_a_seat_is_taken_back_or_sold_never_both(drawn_at_once: None) -> None:
    seat, _home = one_left()
    found = outcomes([partial(absences.take_back, seat=seat), partial(buy, family().household, seat)])
    assert given_twice() == 0 and Seat.objects.taken().filter(session=seat.session).count() == 1
    # Whoever writes first has it; the buyer looks again and hears "full", the family that it is sold.
    assert found in ({"NoneType": 1, "SessionFull": 1}, {"SeatSold": 1, "Held": 1})


@pytest.mark.parametrize("without", [(ONE_SEAT,)], indirect=True)
def test_twin_without_the_constraint_it_is_taken_back_and_sold(drawn_at_once: None, without: None) -> None:
    seat, _home = one_left()

    def later() -> None:
        time.sleep(1.5)
        absences.take_back(seat=seat)

    found = outcomes([later, partial(buy, family().household, seat)])
    assert found == {"NoneType": 1, "Held": 1} and given_twice() > 0
    assert Enrolment.objects.standing().count() == 2


TRIED = (Enrolment, "a_member_tries_an_activity_once")


def tried_by_both_parents(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Each has looked whether the child may try before either has written."""
    judge = holding._judge

    def slowly(*asked: Any) -> Any:
        found = judge(*asked)
        time.sleep(0.5)
        return found

    monkeypatch.setattr(holding, "_judge", slowly)
    group = course(water(), tariff_code="essai", days=3, level_from=3, allows_trial=True)
    home = family().household
    first, second, _third = group.sessions.order_by("starts_at")
    choices = [Choice(child_of(home), group.pk, one.pk) for one in (first, second)]
    return outcomes([partial(hold, household=home, choices=[one]) for one in choices])


def test_an_activity_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tried_by_both_parents(monkeypatch) == {"Held": 1, "TriedAlready": 1}


@pytest.mark.parametrize("without", [(TRIED,)], indirect=True)
def test_twin_without_the_constraint_it_is_tried_twice(without: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tried_by_both_parents(monkeypatch) == {"Held": 2}


LEFT = (Waiting, "whoever_has_left_is_offered_nothing")


def offered_while_leaving(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """The beat has found somebody who waits and holds the number for them, while they leave."""
    write = offering.write

    def slowly(entry: Waiting, offer: Any) -> None:
        time.sleep(0.8)
        write(entry, offer)

    monkeypatch.setattr(offering, "write", slowly)
    group = course(water(), tariff_code="gratuit", capacity=1)
    line = enrolled(family().household, group)
    home = family().household
    entry = lists.join(household=home, member=child_of(home), group=group.pk)
    cancelling.cancel(enrolment=line, shown=0)

    def leave() -> None:
        time.sleep(0.3)
        lists.leave(entry=entry)

    outcomes([offering.follow, leave])
    entry.refresh_from_db()
    return entry


def test_whoever_leaves_is_offered_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = offered_while_leaving(monkeypatch)
    assert entry.left_at is not None and entry.offer is None
    assert not Enrolment.objects.standing().exists()


@pytest.mark.parametrize("without", [(LEFT,)], indirect=True)
def test_twin_without_the_constraint_a_number_is_held_for_nobody(
    without: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = offered_while_leaving(monkeypatch)
    assert entry.left_at is not None and Enrolment.objects.standing().count() == 1
