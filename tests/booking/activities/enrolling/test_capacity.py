"""A group gets fewer places or sessions: not fewer than are sold, and whoever is in it keeps number and seats."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from booking.activities.changes import cancelling, letters
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.paying import begin_paying
from booking.activities.exceptions import CapacityBelowSold, FewerSessions
from booking.activities.models import Audience, Basket, Enrolment, Group, Lane, Seat, Session, Window
from booking.activities.seasons.groups import save_group
from booking.activities.waiting import lists, offering
from notifications.kinds import kind_of
from notifications.models import Message
from tests.booking.activities.singles.test_absences import enrolled
from tests.factories import ActivityFactory, GroupFactory, LaneFactory, SeasonFactory
from tests.factories.enrolments import child_of, family, water

pytestmark = pytest.mark.django_db


def planned(**fields: Any) -> tuple[Group, Lane]:
    """A group that meets every week of its season from now on."""
    basin = water()
    lane = LaneFactory.create(basin=basin)
    activity = ActivityFactory.create(season=SeasonFactory.create(operator=basin.pool.facility.operator))
    Window.objects.create(activity=activity, audience=Audience.EVERYBODY, opens_at=timezone.now() - timedelta(days=1))
    group = GroupFactory.build(activity=activity, basin=basin, **{"capacity": 9, **fields})
    group.first_day, group.last_day = timezone.localdate(), activity.season.last_day
    save_group(group=group, lanes=[lane], by=None)
    return group, lane


def test_fewer_places_than_are_sold_are_refused_and_numbers_follow() -> None:
    group, lane = planned()
    for _child in range(3):
        household = family().household
        hold(household=household, choices=[Choice(child_of(household), group.pk)])
    smaller = Group.objects.get(pk=group.pk)
    smaller.capacity = 2
    with pytest.raises(CapacityBelowSold, match="3"):
        save_group(group=smaller, lanes=[lane], by=None)
    assert Group.objects.get(pk=group.pk).capacity == 9
    smaller.capacity = 3
    save_group(group=smaller, lanes=[lane], by=None)
    lines = list(Enrolment.objects.filter(group=group))
    assert sorted(line.number for line in lines) == [1, 2, 3]
    for line in lines:
        assert set(Seat.objects.taken().filter(enrolment=line).values_list("number", flat=True)) == {line.number}


def test_sessions_that_families_have_are_called_off_and_not_planned_away() -> None:
    group, lane = planned()
    household = family().household
    hold(household=household, choices=[Choice(child_of(household), group.pk)])
    shorter = Group.objects.get(pk=group.pk)
    *kept, last = group.sessions.order_by("starts_at")
    shorter.last_day = timezone.localdate(last.starts_at) - timedelta(days=1)
    with pytest.raises(FewerSessions):
        save_group(group=shorter, lanes=[lane], by=None)
    assert Seat.objects.taken().filter(session=last).exists()
    Session.objects.filter(pk=last.pk).update(called_off_at=timezone.now())
    save_group(group=shorter, lanes=[lane], by=None)
    assert Group.objects.get(pk=group.pk).last_day == shorter.last_day
    assert Seat.objects.taken().count() == len(kept)


def test_whoever_is_in_a_group_is_told_of_its_other_hours() -> None:
    apps.get_app_config("activities").ready()  # as often as apps are installed anew, and yet told once
    group, lane = planned()
    Group.objects.filter(pk=group.pk).update(tariff_code="gratuit")
    guardian, holder = family(), family()
    for household in (guardian.household, holder.household):
        hold(household=household, choices=[Choice(child_of(household), group.pk)])
    begin_paying(basket=Basket.objects.get(household=guardian.household))
    later = Group.objects.get(pk=group.pk)
    save_group(group=later, lanes=[lane], by=None)
    assert not Message.objects.filter(kind=letters.REPLANNED).exists(), "nothing has changed for them"
    later.starts, later.ends = time(16), time(16, 45)
    save_group(group=later, lanes=[lane], by=None)
    message = Message.objects.get(kind=letters.REPLANNED)
    assert message.recipient == guardian.email
    known = kind_of(message)
    assert known.gather is not None
    mail: Any = known.render(message, known.gather([message])[message.pk])
    assert "Vos séances changent" in mail.subject and "à 16 h" in mail.text.replace("\xa0", " ").replace("\u202f", " ")


def test_whoever_let_a_place_go_is_asked_again_once_there_are_more() -> None:
    group, lane = planned(capacity=1, tariff_code="gratuit")
    line, parent = enrolled(family().household, group), family()
    entry = lists.join(household=parent.household, member=child_of(parent.household), group=group.pk)
    cancelling.cancel(enrolment=line, shown=0)
    assert offering.follow() == 1
    lists.refuse(entry=entry)
    enrolled(family().household, group)
    assert offering.follow() == 0
    bigger = Group.objects.get(pk=group.pk)
    bigger.capacity = 2
    save_group(group=bigger, lanes=[lane], by=None)
    assert offering.follow() == 1
