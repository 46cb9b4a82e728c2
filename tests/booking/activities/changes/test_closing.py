"""A closure over a pool: what is not sold is called off and comes back, what is sold refuses it and is listed."""

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.activities.changes import closing
from booking.activities.changes.closing import SessionsSold
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.exceptions import PoolClosed
from booking.activities.models import Enrolment, Group, Pool, Seat, Session
from booking.activities.seasons import sessions
from booking.activities.water.pools import set_pool
from municipalities.actions.closures import close_place, reopen_place
from municipalities.database.transactions import patient_transaction
from municipalities.languages import Translated
from municipalities.models import Closure
from tests import people
from tests.concurrency.crowd import crowd
from tests.factories.enrolments import child_of, course, family, water
from tests.factories.municipalities import StaffMemberFactory
from tests.rights.walk import signed_in


def closed(group: Group, **more: Any) -> Closure:
    """The pool of this group, on the day of its second session."""
    second = group.sessions.order_by("starts_at")[1]
    day = second.starts_at.replace(hour=0, minute=0)
    period = (day, day + timedelta(days=1))
    by = more.pop("by", None) or StaffMemberFactory.create()
    return close_place(
        facility=group.basin.pool.facility, period=period, reason=Translated(fr="Vidange (fictive)"), by=by, **more
    )


def off(group: Group) -> list[bool]:
    return [one.is_called_off for one in group.sessions.order_by("starts_at")]


def enrolled(group: Group) -> Enrolment:
    household = family().household
    found = hold(household=household, choices=[Choice(child_of(household), group.pk)])
    return Enrolment.objects.get(pk=found.enrolments[0])


@pytest.mark.django_db
def test_what_is_not_sold_is_called_off_and_comes_back_when_the_closure_is_lifted() -> None:
    group, elsewhere = course(water()), course(water("Autre piscine"))
    by_hand = sessions.call_off(session=group.sessions.latest("starts_at"), reason=Translated(fr="Grève"), by=None)
    closure = closed(group)
    assert off(group) == [False, True, True] and off(elsewhere) == [False] * 3
    second = group.sessions.order_by("starts_at")[1]
    assert (second.closure, str(second.reason)) == (closure, "Vidange (fictive)")
    with pytest.raises(PoolClosed):
        sessions.reinstate(session=second, by=None)
    line = enrolled(group)
    assert Seat.objects.taken().filter(enrolment=line).count() == 1
    reopen_place(closure=closure, by=StaffMemberFactory.create())
    assert off(group) == [False, False, True]
    # Whoever enrolled meanwhile has a seat in it.
    assert Seat.objects.taken().filter(enrolment=line).count() == 2
    by_hand.refresh_from_db()
    assert by_hand.is_called_off


@pytest.mark.django_db
def test_what_is_sold_refuses_the_closure_and_says_which(settings: Any) -> None:
    group = course(water())
    line = enrolled(group)
    with pytest.raises(SessionsSold) as refusal:
        closed(group, keep=True)
    assert "1 séance (École de natation" in str(refusal.value).replace("\xa0", " ")
    assert not Closure.objects.exists() and off(group) == [False] * 3
    manager = people.manager_of_operator(group.basin.pool.facility.operator)
    day = timezone.localdate(group.sessions.order_by("starts_at")[1].starts_at).isoformat()
    form = {
        "place": f"etablissement-{group.basin.pool.facility.pk}",
        "from_day": day,
        "until_day": day,
        "reason_fr": "Vidange",
    }
    client = signed_in(manager)
    page = client.post(reverse("counter:new_closure"), {**form, "apercu": "1"}).content.decode().replace("\xa0", " ")
    assert "1 séance vendue" in page and "1 place prise" in page
    # A hold whose time is over keeps nobody.
    Enrolment.objects.filter(pk=line.pk).update(held_until=timezone.now() - timedelta(minutes=1))
    closed(group)
    assert off(group) == [False, True, False]


@pytest.mark.django_db
def test_a_pool_that_closes_for_good_sells_nothing_more() -> None:
    group = course(water())
    pool: Pool = group.basin.pool
    second = group.sessions.order_by("starts_at")[1]
    since = {"closed_since": timezone.localdate(second.starts_at), "closed_why": Translated(fr="Travaux")}
    line = enrolled(group)
    with pytest.raises(SessionsSold):
        set_pool(facility=pool.facility, most_heads=pool.most_heads, by=None, **since)
    pool.refresh_from_db()
    assert pool.closed_since is None
    line.seats.all().delete()
    line.delete()
    set_pool(facility=pool.facility, most_heads=pool.most_heads, by=None, **since)
    assert off(group) == [False, True, True]


def _at_once(group: Group) -> list[Any]:
    """A place is taken, and before that is committed the pool is closed."""
    taken, closing_began = threading.Event(), threading.Event()

    def take() -> Enrolment:
        with patient_transaction():
            line = enrolled(group)
            taken.set()
            closing_began.wait(timeout=10)
        return line

    def close() -> Closure:
        taken.wait(timeout=10)
        threading.Timer(0.5, closing_began.set).start()
        return closed(group, by=by)

    by = StaffMemberFactory.create()
    return crowd([take, partial(close)])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_whoever_takes_a_place_while_the_pool_is_being_closed_is_found() -> None:
    group = course(water())
    line, refusal = _at_once(group)
    assert isinstance(refusal, SessionsSold)
    assert Seat.objects.taken().filter(enrolment=line).count() == 3


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twin_without_holding_the_groups_a_family_is_left_in_a_closed_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "_hold_groups", lambda _ids: None)
    group = course(water())
    line, closure = _at_once(group)
    assert isinstance(closure, Closure)
    assert Enrolment.objects.standing().filter(pk=line.pk).exists()
    assert Session.objects.filter(group=group, called_off_at__isnull=False, seats__enrolment=line).exists()
