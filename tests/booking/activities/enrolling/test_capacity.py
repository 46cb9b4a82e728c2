"""A group gets fewer places: not fewer than are sold, and whoever is in it has a number among those that are left."""

from datetime import timedelta

import pytest
from django.utils import timezone

from booking.activities.enrolling.holding import Choice, hold
from booking.activities.exceptions import CapacityBelowSold
from booking.activities.models import Audience, Enrolment, Group, Seat, Window
from booking.activities.seasons.groups import save_group
from tests.factories import ActivityFactory, GroupFactory, LaneFactory, SeasonFactory
from tests.factories.enrolments import child_of, family, water

pytestmark = pytest.mark.django_db


def test_fewer_places_than_are_sold_are_refused_and_numbers_follow() -> None:
    basin = water()
    lane = LaneFactory.create(basin=basin)
    activity = ActivityFactory.create(season=SeasonFactory.create(operator=basin.pool.facility.operator))
    Window.objects.create(activity=activity, audience=Audience.EVERYBODY, opens_at=timezone.now() - timedelta(days=1))
    group = GroupFactory.build(activity=activity, basin=basin, capacity=9)
    group.first_day, group.last_day = timezone.localdate(), activity.season.last_day
    save_group(group=group, lanes=[lane], by=None)
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
