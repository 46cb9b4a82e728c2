"""A family's calendar has one entry per seat; the pool's, for those who work there, how many are sold and no name."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.activities.changes import calling_off
from booking.activities.enrolling import paying
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.models import Activity, Enrolment, Group
from booking.activities.seasons.groups import save_group
from booking.activities.timetable import household
from booking.activities.timetable.calendar import WATER
from booking.feeds.actions import create_resident_feed
from booking.payments import counter
from booking.payments.enums import Means
from booking.residents.access import COOKIE
from booking.residents.models import Membership
from booking.residents.sign_in import sessions
from municipalities.cookies import cookie_name
from municipalities.feeds import Privacy
from municipalities.languages import Translated
from tests import people
from tests.factories import LaneFactory, StaffMemberFactory
from tests.factories.enrolments import child_of, course, family, water

pytestmark = pytest.mark.django_db


def bought(home: Any, group: Any) -> Enrolment:
    found = hold(household=home, choices=[Choice(child_of(home), group.pk)])
    line = Enrolment.objects.get(pk=found.enrolments[0])
    charge = paying.begin_paying(basket=line.basket)
    counter.take(charge_id=charge.pk, parts={Means.CASH: charge.cents}, by=StaffMemberFactory.create())
    return line


def read(token: str, **headers: str) -> Any:
    return Client().get(f"/calendriers/{token}.ics", headers=headers)


def test_one_entry_per_seat_in_both_homes_and_304_until_something_changes() -> None:
    group = course(water(), sessions=3)
    home, other = family().household, family().household
    line = bought(home, group)
    Membership.objects.create(household=other, member=line.member)
    tokens = [create_resident_feed(subject_type=household.SCHEDULE, subject_id=one.pk)[1] for one in (home, other)]
    for token in tokens:
        answer = read(token)
        text = answer.content.decode()
        assert text.count("BEGIN:VEVENT") == 3 and str(line.member.given_name) in text
    etag = answer["ETag"]
    Group.objects.filter(pk=group.pk).update(coach=people.coach(group.activity.season.operator))
    assert read(tokens[1], if_none_match=etag).status_code == 304, "it says nothing of who teaches"
    Activity.objects.update(name=Translated(fr="Aisance dans l’eau"))
    renamed = read(tokens[1], if_none_match=etag)
    assert renamed.status_code == 200 and "Aisance dans l’eau" in renamed.content.decode()
    etag = renamed["ETag"]
    manager = people.sports_manager(group.activity.season.operator)
    group.lanes.add(LaneFactory.create(basin=group.basin))
    session = group.sessions.earliest("starts_at")
    calling_off.call_off(session=session, reason=Translated(fr="Grève (fictive)"), by=manager)
    again = read(tokens[1], if_none_match=etag)
    assert again.status_code == 200 and again.content.decode().count("STATUS:CANCELLED") == 1
    start = session.starts_at + timedelta(days=21, hours=2)
    later = group.sessions.planned().earliest("starts_at")
    calling_off.move(session=later, start=start, end=start + timedelta(minutes=45), by=manager)
    assert read(tokens[0]).status_code == 200


def test_a_signed_in_family_makes_its_address_and_nobody_elses() -> None:
    guardian = family()
    bought(guardian.household, course(water()))
    client = Client()
    assert client.get(reverse("swim_calendar:calendar")).status_code == 302
    assert "connexion" in client.get(reverse("swim_calendar:calendar"))["Location"]
    token, _session = sessions.begin(guardian=guardian, is_shared=False, device="Essai")
    client.cookies[cookie_name(COOKIE)] = token
    home = client.get(reverse("family:home")).content.decode()
    assert "Prochaines séances de piscine" in home
    assert all(reverse(name) in home for name in ("catalogue:offer", "enrol:basket", "enrol:mine"))
    page = client.get(reverse("swim_calendar:calendar"), follow=True)
    assert "Les séances de piscine de ma famille" in page.content.decode()
    made = client.post(reverse("follow:create", args=[guardian.household_id]))
    assert made.status_code == 200 and ".ics" in made.content.decode()
    stranger = family().household
    assert client.get(reverse("swim_calendar:back", args=[stranger.pk])).status_code == 404
    assert "VCALENDAR" not in client.get(reverse("follow:calendar", args=[stranger.pk])).content.decode()


def test_those_who_work_there_read_how_many_are_sold_and_no_name() -> None:
    group = course(water(), sessions=2)
    pool = group.basin.pool
    lane = LaneFactory.create(basin=group.basin)
    save_group(group=group, lanes=[lane], by=None)
    line = bought(family().household, group)
    staff = people.coach(pool.facility.operator)
    scope = WATER.scope(str(pool.pk), staff)
    assert scope is not None
    since = group.sessions.earliest("starts_at").starts_at - timedelta(days=1)
    before = scope.count(since)
    text = scope.entries(since, {pool.facility_id: Privacy.FULL}, "fr").replace("\xa0", " ")
    assert "Inscrits : 1 sur 10" in text and str(line.member.family_name) not in text
    bought(family().household, group)
    assert scope.count(since).figures != before.figures
