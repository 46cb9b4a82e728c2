"""A closure over a pool: what is not sold is called off and comes back, what is sold is credited and told."""

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.activities.changes import calling_off, closing, merging, pool_letters
from booking.activities.changes.calling_off import OthersSince
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.paying import begin_paying
from booking.activities.exceptions import PoolClosed
from booking.activities.models import Basket, BasketState, Enrolment, EnrolmentState, Group, Pool, Seat, Session
from booking.activities.seasons import sessions
from booking.activities.water.pools import set_pool
from booking.payments import counter
from booking.payments.enums import Means
from booking.payments.models import CreditNote
from booking.residents.models import Guardian, Household
from municipalities.actions.closures import close_place, reopen_place
from municipalities.database.transactions import patient_transaction
from municipalities.languages import Translated
from municipalities.models import Closure
from notifications.kinds import Mail
from notifications.models import Message
from tests import people
from tests.concurrency.crowd import crowd
from tests.factories.activities import LaneFactory
from tests.factories.enrolments import child_of, course, family, water
from tests.factories.municipalities import StaffMemberFactory
from tests.factories.residents import GuardianFactory
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


def sold(household: Household, *groups: Group) -> Enrolment:
    """The family's children in each of these, paid at once."""
    choices = [
        Choice(child, group.pk) for group, child in zip(groups, household.members.order_by("created_at"), strict=False)
    ]
    hold(household=household, choices=choices)
    basket = Basket.objects.get(household=household, state=BasketState.OPEN)
    charge = begin_paying(basket=basket)
    counter.take(charge_id=charge.pk, parts={Means.CASH: charge.cents}, by=StaffMemberFactory.create())
    return Enrolment.objects.filter(basket=basket).latest("created_at")


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
def test_what_is_sold_is_credited_and_each_address_is_told_once() -> None:
    basin = water()
    group, other = course(basin), course(basin, hour=16)
    parent = family(children=2)
    GuardianFactory.create(household=parent.household)
    sold(parent.household, group, other)
    silent = GuardianFactory.create(household=family(children=1).household, email="", confirmed_at=None)
    Guardian.objects.filter(household=silent.household).update(email="", phone="0389000000")
    sold(silent.household, group)
    day = timezone.localdate(group.sessions.order_by("starts_at")[1].starts_at)
    manager = people.manager_of_operator(basin.pool.facility.operator)
    form = {
        "place": f"etablissement-{basin.pool.facility.pk}",
        "from_day": day.isoformat(),
        "until_day": day.isoformat(),
        "reason_fr": "Vidange",
    }
    client = signed_in(manager)
    page = client.post(reverse("counter:new_closure"), {**form, "apercu": "1"}).content.decode().replace("\xa0", " ")
    assert (
        "2 séances annulées" in page and "3 personnes" in page and "2 avoirs" in page and not Closure.objects.exists()
    )
    closure = closed(group)
    assert off(group) == [False, True, False] == off(other)
    # 90 € for three sessions each: thirty for each of three; one note for what was paid together.
    assert sorted(CreditNote.objects.values_list("cents", flat=True)) == [3000, 6000]
    told = Message.objects.filter(kind=pool_letters.CLOSED)
    assert told.count() == 2 and told.values("recipient").distinct().count() == 2
    assert not Message.objects.filter(kind__contains="credit").exists()
    mail = pool_letters.render(told[0], pool_letters.gather(told)[told[0].pk])
    assert isinstance(mail, Mail) and "60,00" in mail.text and mail.text.count("École de natation") == 2
    (family_,) = pool_letters.unreached(Session.objects.filter(closure=closure))
    assert family_.household == silent.household_id and ("", "0389000000") in [
        ("", phone) for _n, phone in family_.adults
    ]
    reopen_place(closure=closure, by=StaffMemberFactory.create())
    # Whoever has their credit keeps it: the session stays off.
    assert off(group) == [False, True, False]


@pytest.mark.django_db
def test_many_families_cost_no_more_questions_than_few() -> None:
    asked = []
    for number in (1, 4):
        group = course(water(f"Piscine {number}"))
        for _home in range(number):
            sold(family().household, group)
        by = StaffMemberFactory.create()
        with CaptureQueriesContext(connection) as queries:
            closed(group, by=by)
        asked.append(len(queries))
    assert CreditNote.objects.count() == 5
    assert asked[0] == asked[1]


@pytest.mark.django_db
def test_a_session_that_runs_is_not_called_off_and_said() -> None:
    group = course(water())
    now = timezone.now()
    first = group.sessions.order_by("starts_at")[0]
    Session.objects.filter(pk=first.pk).update(
        starts_at=now - timedelta(minutes=10), ends_at=now + timedelta(minutes=35)
    )
    by = people.manager_of_operator(group.basin.pool.facility.operator)
    period = (now - timedelta(hours=1), now + timedelta(days=12))
    form = {
        "place": f"etablissement-{group.basin.pool.facility.pk}",
        "from_day": timezone.localdate().isoformat(),
        "until_day": timezone.localdate(now + timedelta(days=10)).isoformat(),
        "reason_fr": "Bactéries",
        "apercu": "1",
    }
    page = signed_in(by).post(reverse("counter:new_closure"), form).content.decode()
    assert "Une séance est en cours" in page
    facility = group.basin.pool.facility
    close_place(facility=facility, period=period, reason=Translated(fr="Bactéries (fictif)"), by=by)
    assert off(group) == [False, False, False]


@pytest.mark.django_db
def test_what_is_still_to_be_paid_goes_back_to_its_basket_at_the_price_of_what_is_left() -> None:
    group = course(water())
    line = enrolled(group)
    begin_paying(basket=line.basket)
    closed(group)
    line.refresh_from_db()
    assert (line.state, line.cents) == (EnrolmentState.HELD, 6000)
    assert Seat.objects.taken().filter(enrolment=line).count() == 2


@pytest.mark.django_db
def test_a_pool_that_closes_for_good_calls_off_all_that_is_to_come() -> None:
    group = course(water())
    pool: Pool = group.basin.pool
    second = group.sessions.order_by("starts_at")[1]
    since = {"closed_since": timezone.localdate(second.starts_at), "closed_why": Translated(fr="Travaux")}
    sold(family().household, group)
    set_pool(facility=pool.facility, most_heads=pool.most_heads, by=None, **since)
    assert off(group) == [False, True, True] and CreditNote.objects.get().cents == 6000


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["one session", "for good", "a closure that was lifted"])
def test_however_a_session_is_called_off_whom_nothing_reaches_is_telephoned(way: str) -> None:
    group = course(water())
    pool: Pool = group.basin.pool
    silent, told = family(), family()
    Guardian.objects.filter(pk=silent.pk).update(email="", confirmed_at=None, phone="0389000000")
    for home in (silent, told):
        sold(home.household, group)
    second = group.sessions.order_by("starts_at")[1]
    sports = people.sports_manager(pool.facility.operator)
    if way == "one session":
        calling_off.call_off(session=second, reason=Translated(fr="Grève (fictive)"), by=sports)
    elif way == "for good":
        since = {"closed_since": timezone.localdate(second.starts_at), "closed_why": Translated(fr="Travaux")}
        set_pool(facility=pool.facility, most_heads=pool.most_heads, by=None, **since)
    else:
        reopen_place(closure=closed(group), by=StaffMemberFactory.create())
    page = signed_in(sports).get(reverse("desk:calls")).content.decode()
    assert page.count("tel:0389000000") == 1 and reverse("desk:sale", args=[silent.household_id]) in page
    assert reverse("desk:sale", args=[told.household_id]) not in page
    # Long after it nobody is called any more.
    with time_machine.travel(group.sessions.latest("ends_at").ends_at + timedelta(days=8)):
        assert "tel:0389000000" not in signed_in(sports).get(reverse("desk:calls")).content.decode()


@pytest.mark.django_db
def test_whoever_went_on_in_another_group_is_not_telephoned_for_it() -> None:
    group = course(water())
    into = course(group.basin, activity=group.activity, hour=17)
    home = family()
    sold(home.household, group)
    Guardian.objects.filter(pk=home.pk).update(email="", confirmed_at=None, phone="0389000000")
    sports = people.sports_manager(group.activity.season.operator)
    group.lanes.add(LaneFactory.create(basin=group.basin))
    merging.merge(group=group, into=into, by=sports)
    assert "tel:0389000000" not in signed_in(sports).get(reverse("desk:calls")).content.decode()


def _at_once(group: Group) -> list[Any]:
    """A place is bought, and before that is committed the pool is closed."""
    taken, closing_began = threading.Event(), threading.Event()

    def take() -> Enrolment:
        with patient_transaction():
            line = sold(family().household, group)
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
def test_whoever_buys_a_place_while_the_pool_is_being_closed_is_found() -> None:
    group = course(water())
    line, refusal = _at_once(group)
    assert isinstance(refusal, OthersSince) and not Closure.objects.exists()
    assert Seat.objects.taken().filter(enrolment=line).count() == 3
    assert isinstance(closed(group), Closure)
    assert Message.objects.filter(kind=pool_letters.CLOSED).count() == 1 == CreditNote.objects.count()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twin_without_holding_the_groups_a_family_has_paid_for_what_it_is_not_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(closing, "hold_groups", lambda _ids: None)
    group = course(water())
    line, closure = _at_once(group)
    assert isinstance(closure, Closure)
    assert Enrolment.objects.enrolled().filter(pk=line.pk).exists()
    assert Session.objects.filter(group=group, called_off_at__isnull=False, seats__enrolment=line).exists()
    assert not Message.objects.filter(kind=pool_letters.CLOSED).exists() and not CreditNote.objects.exists()
