"""The week of a counter over HTTP: seen, set from a day on, copied, cut; closures shown first; history."""

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.enums import Audience
from booking.appointments.free_time import gaps
from booking.appointments.models import Counter, OpeningPeriod
from booking.appointments.planning.openings import close_counter
from booking.appointments.planning.week_queries import week_of_counters
from booking.appointments.planning.weeks import week_of
from municipalities.languages import Translated
from tests.booking.appointments.rehoming.test_pages import fields, plain, signed_in
from tests.factories import AppointmentTypeFactory, CounterFactory
from tests.factories.appointments import OpeningPeriodFactory, at, next_weekday
from tests.people import MEHDI, agent_of, manager_of_facility, territory_manager
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

MONDAY = next_weekday(0, weeks=2)


@pytest.fixture
def world() -> World:
    return shared_calendar(counters=2)


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(manager_of_facility(world.facilities[0]))


def address(name: str, pk: int, monday: date = MONDAY) -> str:
    return f"{reverse(f'counter:{name}', args=[pk])}?semaine={monday.isoformat()}"


def form_of(client: Client, where: str) -> dict[str, Any]:
    """What a browser would send: inputs and chosen options."""
    page = client.get(where)
    sent = fields(page)
    for select in re.findall(r"<select.*?</select>", page.content.decode(), re.S):
        name = re.search(r'name="([^"]*)"', select)
        chosen = re.search(r'<option value="([^"]*)" selected', select)
        if name:
            sent[name[1]] = [chosen[1] if chosen else ""]
    return sent


def open_on(counter: Counter, day: date) -> list[tuple[time, time]]:
    rows = week_of(counter, day - timedelta(days=day.weekday()))
    return [(row.starts, row.ends) for row in rows if row.weekday == day.weekday()]


def test_a_week_shows_openings_closures_holidays_and_bookings(world: World, client: Client) -> None:
    counter = world.counters[0]
    day = day_ahead()
    manager = manager_of_facility(world.facilities[0], email="autre@example.net")
    world.book(at(day, 8))
    world.book(at(day, 8), MEHDI, browser="m", address="192.0.2.8")
    closed = (at(day, 10), at(day, 11))
    close_counter(counter=counter, period=closed, reason=Translated(fr="Panne"), by=manager)
    monday = day - timedelta(days=1)
    said = plain(client.get(address("week", counter.pk, monday)))
    assert "8 h – 12 h" in said
    assert "1 rendez-vous" in said
    assert "fermé" in said and "de 10 h à 11 h" in said
    overview = client.get(address("facility_week", world.facilities[0].pk, monday))
    assert all(each.name in plain(overview) for each in world.counters)
    week = week_of_counters(list(gaps.counters_with_place().filter(pk=counter.pk)), monday)
    assert (week.first, week.width) == (8 * 60, 10 * 60)
    tuesday = week.counters[0].days[1]
    assert [(bar.kind, bar.x, bar.width) for bar in tuesday.bars] == [
        ("open", 0, 240),
        ("booked", 0, 20),
        ("closed", 120, 60),
    ]
    christmas = date(timezone.localdate().year, 12, 25)
    seen = plain(client.get(address("week", counter.pk, christmas)))
    assert "Noël" in seen
    assert week.counters[0].minutes == 5 * 240


def test_hours_outside_of_the_usual_widen_the_drawing(world: World, client: Client) -> None:
    counter = world.counters[0]
    OpeningPeriodFactory.create(counter=counter, weekday=5, starts=time(6, 30), ends=time(21, 5))
    week = week_of_counters(list(gaps.counters_with_place().filter(pk=counter.pk)), MONDAY)
    assert (week.first, week.first + week.width) == (6 * 60, 22 * 60)


@pytest.mark.parametrize("asked", ["", "hier", "3026-01-01", "0001-01-01"])
def test_a_week_that_makes_no_sense_is_this_week(asked: str, world: World, client: Client) -> None:
    answer = client.get(reverse("counter:week", args=[world.counters[0].pk]), {"semaine": asked})
    assert answer.status_code == 200
    assert answer.context["monday"] == timezone.localdate() - timedelta(days=timezone.localdate().weekday())


def test_a_week_takes_the_same_number_of_queries_for_any_number_of_counters(
    world: World, django_assert_num_queries: Any
) -> None:
    for _n in range(3):
        counter = CounterFactory.create(facility=world.facilities[0], types=[world.type])
        OpeningPeriodFactory.create(counter=counter)
    counters = list(gaps.counters_with_place().order_by("pk"))
    for some in (counters[:1], counters):
        with django_assert_num_queries(5):
            week_of_counters(some, MONDAY)


def test_a_new_week_is_set_from_a_day_on(world: World, client: Client) -> None:
    counter, other = world.counters
    where = address("new_week", counter.pk)
    sent = form_of(client, where)
    assert sent["h0-0-de"] == ["08:00"]
    assert sent["from_day"] == [MONDAY.isoformat()]
    sent |= {
        "h0-0-a": "11:00",
        "h0-1-de": "13:30",
        "h0-1-a": "17:00",
        "h1-0-de": "",
        "h1-0-a": "",
        "h2-1-de": "12:00",
        "h2-1-a": "13:00",
        "h2-1-pour": str(int(Audience.ANY_STAFF)),
        "others": [other.pk],
    }
    done = client.post(where, sent)
    assert done["Location"] == address("week", counter.pk)
    for each in (counter, other):
        assert open_on(each, MONDAY) == [(time(8), time(11)), (time(13, 30), time(17))]
        assert open_on(each, MONDAY + timedelta(days=1)) == []
        assert open_on(each, MONDAY - timedelta(days=6)) == [(time(8), time(12))]
    staff_time = counter.openings.get(audience=Audience.ANY_STAFF)
    assert (staff_time.fallback_days, staff_time.fallback_time) == (1, time(12))
    assert "2 guichets" in plain(client.get(done["Location"]))


def test_what_a_period_says_of_types_and_audience_stays_with_it(world: World, client: Client) -> None:
    counter = world.counters[0]
    OpeningPeriodFactory.create(
        counter=counter,
        weekday=5,
        audience=Audience.FACILITY_STAFF,
        fallback_days=3,
        fallback_time=time(9),
        types=[world.type],
    )
    where = address("new_week", counter.pk)
    sent = form_of(client, where)
    assert client.post(where, sent | {"h5-0-a": "11:00"}).status_code == 302
    kept = counter.openings.get(weekday=5, valid_from=MONDAY)
    assert (kept.ends, kept.audience, kept.fallback_days) == (time(11), Audience.FACILITY_STAFF, 3)
    assert list(kept.types.all()) == [world.type]
    sent = form_of(client, where)
    assert client.post(where, sent | {"h5-0-pour": "0"}).status_code == 302
    public = counter.openings.get(weekday=5, valid_from=MONDAY)
    assert (public.audience, public.fallback_days) == (Audience.PUBLIC, None)
    assert list(public.types.all()) == [world.type]


def test_one_more_row_keeps_what_was_typed(world: World, client: Client) -> None:
    where = address("new_week", world.counters[0].pk)
    sent = form_of(client, where) | {"h3-1-de": "14:00", "h3-1-a": "", "plus": "3"}
    page = client.post(where, sent)
    assert page.status_code == 200
    assert 'name="h3-2-de"' in page.content.decode()
    assert "Il y a un problème" not in plain(page)
    assert 'value="14:00"' in page.content.decode()
    assert client.post(where, sent | {"plus": "lundi"}).status_code == 200


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"h0-1-de": "14:00"}, "Une plage a un début et une fin."),
        ({"h0-1-a": "14:00"}, "Une plage a un début et une fin."),
        ({"h0-1-de": "14:00", "h0-1-a": "13:00"}, "La plage doit finir après son début."),
        ({"h0-1-de": "14:02", "h0-1-a": "15:00"}, "de cinq en cinq minutes"),
        ({"h0-1-de": "14:00", "h0-1-a": "26:00"}, "Une heure s’écrit"),
        ({"h0-1-de": "11:00", "h0-1-a": "13:00"}, "lundi 8 h – 12 h et lundi 11 h – 13 h"),
        ({"h0-1-de": "13:00", "h0-1-a": "14:00", "h0-1-comme": "999999"}, "999999"),
        ({"from_day": "2020-01-01"}, "Ce qui est passé reste comme c’était"),
        ({"until_day": "2020-01-01"}, "La date de fin doit suivre"),
        ({"seen": "0123456789abcdef"}, "Quelqu’un d’autre a changé cette semaine"),
        ({"others": ["999999"]}, "999999"),
    ],
)
def test_a_wrong_week_is_explained_and_nothing_is_changed(
    changed: dict[str, Any], sentence: str, world: World, client: Client
) -> None:
    where = address("new_week", world.counters[0].pk)
    page = client.post(where, form_of(client, where) | changed)
    assert page.status_code == 200
    assert sentence in plain(page)
    assert OpeningPeriod.objects.count() == 10


def test_a_week_changed_by_somebody_else_is_shown_as_it_is_now(world: World, client: Client) -> None:
    counter = world.counters[0]
    where, day_copy = address("new_week", counter.pk), f"{address('copy_day', counter.pk)}&jour=0"
    sent, copied = form_of(client, where) | {"h0-0-a": "10:00"}, form_of(client, day_copy) | {"to": ["5"]}
    counter.openings.filter(weekday=0).update(ends=time(11, 30))
    page = client.post(where, sent)
    assert "Quelqu’un d’autre a changé" in plain(page)
    assert 'value="11:30"' in page.content.decode()
    assert client.post(where, form_of(client, where) | {"h0-0-a": "10:00"}).status_code == 302
    page = client.post(day_copy, copied)
    assert "Quelqu’un d’autre a changé" in plain(page)
    again = fields(page) | {"weekday": "0"}
    assert again["to"] == ["5"]
    assert client.post(day_copy, again).status_code == 302


def test_appointments_left_outside_are_listed_once_for_all_counters_and_kept_knowingly(
    world: World, client: Client
) -> None:
    inside = world.book(at(day_ahead(), 11))
    where = address("new_week", world.counters[0].pk)
    sent = form_of(client, where) | {
        "h1-0-a": "10:00",
        "others": [world.counters[1].pk],
        "from_day": timezone.localdate().isoformat(),
    }
    page = client.post(where, sent)
    assert "Rien n’est encore changé" in plain(page)
    assert inside.reference in plain(page)
    assert OpeningPeriod.objects.filter(ends=time(10)).count() == 0
    done = client.post(where, sent | {"garder": "1", "vus": fields(page)["vus"]})
    assert done.status_code == 302
    assert gaps.outside(world.counters) == [inside]


@pytest.mark.parametrize("odd", ["²", "٣", "9" * 30, "\x01"])
def test_a_number_that_is_none_is_refused_and_breaks_nothing(odd: str, world: World, client: Client) -> None:
    where = address("new_week", world.counters[0].pk)
    assert client.post(where, form_of(client, where) | {"h0-0-comme": odd}).status_code == 200
    close = address("rehome", world.counters[0].pk)
    assert client.post(close, {"confirmer": "1", "rdv": odd, f"place-{odd}": f"{odd}-{odd}"}).status_code < 500


def test_a_week_is_copied_to_counters_of_other_houses(world: World) -> None:
    elsewhere = shared_calendar(code="ailleurs", weekdays=(0,))
    own = AppointmentTypeFactory.create()
    source = world.counters[0]
    source.types.add(own)
    OpeningPeriodFactory.create(counter=source, weekday=6, types=[own])
    client = signed_in(territory_manager())
    where = address("copy_week", source.pk)
    target = elsewhere.counters[0]
    done = client.post(where, {"from_day": MONDAY.isoformat(), "targets": [target.pk, world.counters[1].pk]})
    assert done.status_code == 302
    assert open_on(target, MONDAY + timedelta(days=2)) == [(time(8), time(12))]
    assert "laissée de côté" in plain(client.get(done["Location"]))
    assert "Ce champ est nécessaire" in plain(client.post(where, {"from_day": MONDAY.isoformat()}))


def test_one_copies_only_to_counters_one_manages(world: World, client: Client) -> None:
    elsewhere = shared_calendar(code="ailleurs", weekdays=(0,))
    where = address("copy_week", world.counters[0].pk)
    page = client.post(where, {"from_day": MONDAY.isoformat(), "targets": [elsewhere.counters[0].pk]})
    assert page.status_code == 200
    assert open_on(elsewhere.counters[0], MONDAY + timedelta(days=1)) == []


def test_with_a_single_counter_there_is_nothing_to_copy_to() -> None:
    alone = shared_calendar()
    client = signed_in(manager_of_facility(alone.facilities[0]))
    assert "Aucun autre guichet" in plain(client.get(address("copy_week", alone.counters[0].pk)))


def test_a_day_is_copied_to_other_days(world: World, client: Client) -> None:
    counter = world.counters[0]
    where = f"{address('copy_day', counter.pk)}&jour=0"
    sent = form_of(client, where)
    assert sent["weekday"] == ["0"]
    assert client.post(where, sent | {"to": ["5", "6"]}).status_code == 302
    assert open_on(counter, MONDAY + timedelta(days=5)) == [(time(8), time(12))]
    assert open_on(counter, MONDAY - timedelta(days=2)) == []
    assert "Ce champ est nécessaire" in plain(client.post(where, form_of(client, where)))


def test_a_period_is_cut_and_another_ends(world: World, client: Client) -> None:
    counter = world.counters[0]
    opening = counter.openings.get(weekday=0)
    where = reverse("counter:split_opening", args=[opening.pk])
    assert client.get(where).status_code == 200
    done = client.post(where, {"pause": "10:00", "resumes": "10:30", "from_day": MONDAY.isoformat()})
    assert done["Location"] == address("week", counter.pk)
    assert open_on(counter, MONDAY) == [(time(8), time(10)), (time(10, 30), time(12))]
    page = client.post(where, {"pause": "07:00", "from_day": timezone.localdate().isoformat()})
    assert "La coupure doit tomber dans la plage" in plain(page)
    assert "cinq en cinq" in plain(client.post(where, {"pause": "10:03", "from_day": MONDAY.isoformat()}))

    tuesday = counter.openings.get(weekday=1)
    where = reverse("counter:end_opening", args=[tuesday.pk])
    assert client.get(where).status_code == 200
    assert "au plus tôt hier" in plain(client.post(where, {"last_day": "2020-01-01"}))
    assert client.post(where, {"last_day": MONDAY.isoformat()}).status_code == 302
    tuesday.refresh_from_db()
    assert tuesday.valid_until == MONDAY


def test_an_agent_sees_the_week_and_no_way_to_change_it(world: World) -> None:
    client = signed_in(agent_of(world.facilities[0]))
    page = client.get(address("week", world.counters[0].pk)).content.decode()
    assert reverse("counter:new_week", args=[world.counters[0].pk]) not in page
    assert reverse("counter:rehome", args=[world.counters[0].pk]) not in page
    assert client.get(address("facility_week", world.facilities[0].pk)).status_code == 200
    assert client.get(address("new_week", world.counters[0].pk)).status_code == 404


def test_overlapping_openings_are_named_in_the_form(world: World, client: Client) -> None:
    where = reverse("counter:new_opening", args=[world.counters[0].pk])
    sent = {"weekday": 1, "starts": "11:00", "ends": "13:00", "valid_from": MONDAY.isoformat(), "audience": 0}
    page = plain(client.post(where, sent))
    assert "couvre déjà une partie de ces heures : mardi 8 h – 12 h" in page
