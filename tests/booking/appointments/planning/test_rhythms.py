"""Openings of every second week or the first Saturday: free time, the rule of one at a time, and the pages."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.appointments.counter.desk_actions import is_kept_for_staff
from booking.appointments.enums import Audience
from booking.appointments.free_time.gaps import computed, counters_with_place, days_between, last_day
from booking.appointments.models import AppointmentType, Counter, FreeGap, OpeningPeriod
from booking.appointments.planning.openings import save_opening
from booking.appointments.planning.weeks import Hours, set_week, split_opening, week_of
from booking.appointments.rhythm import LAST, Rhythm
from municipalities.holidays import public_holidays
from municipalities.models import StaffMember
from municipalities.spans import monday_of
from tests import people
from tests.factories import AppointmentFactory, OpeningPeriodFactory
from tests.factories.appointments import at, next_weekday

pytestmark = pytest.mark.django_db

MONDAY = next_weekday(0)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def manager(counter: Counter) -> StaffMember:
    return people.manager_of_facility(counter.facility)


@pytest.fixture
def office(client: Client, manager: StaffMember) -> Client:
    client.force_login(manager, backend=BACKEND)
    return client


def opening(counter: Counter, **fields: Any) -> OpeningPeriod:
    return OpeningPeriodFactory.create(counter=counter, weekday=0, valid_from=timezone.localdate(), **fields)


def free_days(counter: Counter) -> list[date]:
    return sorted(set(FreeGap.objects.filter(counter=counter).values_list("day", flat=True)))


def working_days(counter: Counter, is_one: Callable[[date], bool], left_out: date | None = None) -> list[date]:
    """Those for which free time is kept, without public holidays: on what weekday they fall is every year another."""
    town = counter.facility.municipality.insee_code
    return [
        day
        for day in days_between(timezone.localdate(), last_day())
        if is_one(day) and day != left_out and day not in public_holidays(day.year, insee_code=town, good_friday=True)
    ]


def test_free_time_follows_the_rhythm_and_the_dates_left_out(
    counter: Counter, kind: AppointmentType, manager: StaffMember
) -> None:
    left_out = MONDAY + timedelta(weeks=4)
    row = OpeningPeriod(
        counter=counter,
        weekday=0,
        starts=time(8),
        ends=time(12),
        every_weeks=2,
        counted_from=MONDAY,
        except_on=[left_out],
    )
    save_opening(opening=row, types=[kind], by=manager)
    days = free_days(counter)
    assert len(days) > 20
    assert days == working_days(counter, lambda day: day >= MONDAY and (day - MONDAY).days % 14 == 0, left_out)


def test_the_first_saturday_of_each_month_is_open_and_no_other(counter: Counter, manager: StaffMember) -> None:
    row = OpeningPeriod(counter=counter, weekday=5, starts=time(9), ends=time(12), nth=1)
    save_opening(opening=row, by=manager)
    days = free_days(counter)
    assert len(days) > 8
    assert days == working_days(counter, lambda day: day.weekday() == 5 and day.day <= 7)


def test_two_counters_of_hours_take_turns_and_never_overlap(counter: Counter) -> None:
    opening(counter, every_weeks=2, counted_from=MONDAY)
    opening(counter, every_weeks=2, counted_from=MONDAY + timedelta(weeks=1))
    for clash in ({"every_weeks": 2, "counted_from": MONDAY + timedelta(weeks=4)}, {}, {"nth": 2}):
        with pytest.raises(IntegrityError, match="never_overlap"), transaction.atomic():
            opening(counter, **clash)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_database_refuses_exactly_what_the_rule_says_may_meet(counter: Counter, data: st.DataObject) -> None:
    weeks = st.builds(
        lambda n, since: Rhythm(n, date(2026, 1, 1) + timedelta(weeks=since)), st.integers(2, 4), st.integers(0, 40)
    )
    months = st.builds(Rhythm, nth=st.sampled_from([1, 2, 3, 4, LAST]))
    one, other = (data.draw(st.one_of(weeks, months, st.just(Rhythm()))) for _n in range(2))
    fields = [
        {"every_weeks": rhythm.every_weeks, "counted_from": rhythm.counted_from, "nth": rhythm.nth}
        for rhythm in (one, other)
    ]
    is_refused = False
    with transaction.atomic():
        first = opening(counter, **fields[0])
        second = OpeningPeriod(counter=counter, weekday=0, starts=time(8), ends=time(12), **fields[1])
        try:
            second.validate_constraints()
        except ValidationError:
            is_refused = True
        try:
            with transaction.atomic():
                second.save()
        except IntegrityError:
            assert is_refused, "the form says what the database says"
        else:
            assert not is_refused
        assert is_refused == one.may_meet(other)
        transaction.set_rollback(True)
    assert first.pk


@pytest.mark.parametrize(
    "fields",
    [
        {"every_weeks": 2},
        {"counted_from": MONDAY},
        {"every_weeks": 5, "counted_from": MONDAY},
        {"nth": 5},
        {"nth": 0},
        {"nth": 1, "every_weeks": 2, "counted_from": MONDAY},
    ],
)
def test_a_rhythm_is_one_that_can_be_said(fields: dict[str, Any], counter: Counter) -> None:
    with pytest.raises(IntegrityError, match="opening_"), transaction.atomic():
        opening(counter, **fields)


def test_cutting_and_setting_a_week_keep_the_turn(counter: Counter, manager: StaffMember) -> None:
    """Set anew in a week in which it pauses, a period of every second week is neither lost nor shifted."""
    row = opening(counter, every_weeks=2, counted_from=MONDAY, except_on=[MONDAY + timedelta(weeks=2)])
    rhythm, pause = row.rhythm, MONDAY + timedelta(weeks=1)
    hours = [Hours.of(one) for one in week_of(counter, pause)]
    assert [one.rhythm for one in hours] == [rhythm]
    set_week(counters=[counter], hours=[*hours, Hours(1, time(14), time(16))], from_day=pause, by=manager)
    assert [one.rhythm for one in counter.openings.filter(weekday=0)] == [rhythm]
    split_opening(opening=row, pause=time(10), resumes=time(10, 30), from_day=pause, by=manager)
    assert {one.rhythm for one in counter.openings.filter(weekday=0)} == {rhythm}
    (fresh,) = counters_with_place().filter(pk=counter.pk)
    assert computed([fresh], [MONDAY])[counter.pk]
    assert computed([fresh], [pause])[counter.pk] == []


def test_time_for_staff_of_every_second_week_is_for_all_in_the_others(counter: Counter, kind: AppointmentType) -> None:
    opening(counter, every_weeks=2, counted_from=MONDAY, audience=Audience.ANY_STAFF)
    for weeks, kept in ((0, True), (1, False)):
        day = MONDAY + timedelta(weeks=weeks)
        one = AppointmentFactory.create(type=kind, counter=counter, starts_at=at(day, 9))
        assert is_kept_for_staff(one) is kept


def _typed(**more: str) -> dict[str, str]:
    return {
        "weekday": "0",
        "starts": "08:00",
        "ends": "12:00",
        "valid_from": MONDAY.isoformat(),
        "audience": "0",
    } | more


def test_the_page_shows_the_dates_before_and_saves_them(office: Client, counter: Counter) -> None:
    address = reverse("counter:new_opening", args=[counter.pk])
    second = MONDAY + timedelta(weeks=2)
    typed = _typed(rhythm="2", except_on=f"{second:%d/%m/%Y}")
    page = office.post(address, typed | {"voir": "1"}).content.decode()
    assert not OpeningPeriod.objects.exists()
    dates = page[page.index('id="dates"') : page.index("</section>", page.index('id="dates"'))]
    assert dates.count("<li>") == 8
    assert office.post(address, typed).status_code == 302
    row = OpeningPeriod.objects.get()
    assert row.rhythm == Rhythm(2, MONDAY, None, (second,))
    shown = office.get(reverse("counter:opening", args=[row.pk])).content.decode()
    assert f'value="{second:%d/%m/%Y}"' in shown
    week = office.get(reverse("counter:counter", args=[counter.pk])).content.decode()
    assert "une semaine sur deux à partir du" in week
    clash = office.post(address, _typed()).content.decode().replace("\xa0", " ")
    assert "couvre déjà une partie de ces heures : lundi" in clash
    assert "une semaine sur deux" in clash
    turn = office.post(address, _typed(rhythm="2", counted_from=(MONDAY + timedelta(weeks=1)).isoformat()))
    assert turn.status_code == 302


@pytest.mark.parametrize(("typed", "said"), [("demain", "n’est pas une date"), ("31/02/2027", "n’existe pas")])
def test_dates_left_out_that_cannot_be_are_explained(typed: str, said: str, office: Client, counter: Counter) -> None:
    page = office.post(reverse("counter:new_opening", args=[counter.pk]), _typed(except_on=typed)).content.decode()
    assert said in page
    assert not OpeningPeriod.objects.exists()


def test_the_week_editor_sets_and_keeps_rhythms(office: Client, counter: Counter) -> None:
    address = reverse("counter:new_week", args=[counter.pk])
    row = opening(counter, every_weeks=2, counted_from=MONDAY)
    pause = MONDAY + timedelta(weeks=1)
    page = office.get(f"{address}?semaine={pause.isoformat()}").content.decode()
    assert f'value="{row.pk}"' in page
    typed = {
        "from_day": pause.isoformat(),
        "h0-0-de": "08:00", "h0-0-a": "12:00", "h0-0-pour": "0", "h0-0-rythme": "2", "h0-0-comme": str(row.pk),
        "h5-0-de": "09:00", "h5-0-a": "12:00", "h5-0-pour": "0", "h5-0-rythme": "m1",
    }  # fmt: skip
    assert office.post(f"{address}?semaine={pause.isoformat()}", typed).status_code == 302
    assert counter.openings.get(weekday=0).rhythm == Rhythm(2, MONDAY)
    assert counter.openings.get(weekday=5).rhythm == Rhythm(nth=1)
    typed["h0-0-rythme"] = "3"
    assert office.post(f"{address}?semaine={pause.isoformat()}", typed).status_code == 302
    assert counter.openings.get(weekday=0, every_weeks=3).counted_from == monday_of(pause)
