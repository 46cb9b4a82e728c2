"""Calendars as programs read them: foreign parsers, byte for byte, 304, the days they span."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import ics
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from booking.appointments.bookings.changes import cancel_appointment, move_appointment
from booking.appointments.calendar_feeds import entries
from booking.appointments.calendar_feeds.retention import tidy_up
from booking.appointments.enums import State
from booking.appointments.models import Appointment, FeedEntry
from booking.ical import TIME_ZONE
from municipalities.feeds import Privacy
from municipalities.models import StaffMember
from tests.booking.feeds.reading import events, fetch, token_for, unfolded
from tests.factories.appointments import AppointmentFactory, CounterFactory, at, next_weekday
from tests.foreign import vobject_of
from tests.people import (
    LOIC,
    ODILE,
    ZOE,
    agent_of,
)
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


class TestForeignParsers:
    @pytest.fixture
    def body(self, world: World, agent: StaffMember) -> bytes:
        world.book(at(day_ahead(), 8), ODILE, LOIC)
        cancel_appointment(appointment=world.book(at(day_ahead(), 10), ZOE))
        body: bytes = fetch(token_for(agent, facility=world.facilities[0], privacy=Privacy.FULL)).content
        return body

    def test_icalendar(self, body: bytes) -> None:
        calendar = Calendar.from_ical(body)
        assert "METHOD" not in calendar, "PUBLISH would ask for an organiser in every entry"
        assert [str(event["STATUS"]) for event in calendar.walk("VEVENT")] == ["CONFIRMED", "CANCELLED"]
        assert all(not event.errors for event in calendar.walk())

    def test_vobject(self, body: bytes) -> None:
        calendar = vobject_of(body.decode())
        found = calendar.vevent_list
        assert found[0].summary.value.startswith("Odile Fictive, Loïc Fictive")
        assert found[0].dtstart.value.astimezone(UTC) == at(day_ahead(), 8).astimezone(UTC)
        assert found[1].status.value == "CANCELLED"

    def test_ics(self, body: bytes) -> None:
        found = sorted(ics.Calendar(body.decode()).events)
        assert [event.begin.datetime.astimezone(UTC) for event in found] == [
            at(day_ahead(), hour).astimezone(UTC) for hour in (8, 10)
        ]

    def test_what_clients_look_for(self, body: bytes) -> None:
        text = unfolded(body)
        for line in (
            "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
            "X-PUBLISHED-TTL:PT1H",
            "X-WR-TIMEZONE:Europe/Paris",
            "TZID:Europe/Paris",
        ):
            assert line in text.split("\r\n")
        assert "X-WR-CALNAME:Mairie de " in text
        assert text.count("BEGIN:VTIMEZONE") == 1
        assert "VALARM" not in text
        assert all(len(line) <= 75 for line in body.split(b"\r\n"))
        assert b"\n" not in body.replace(b"\r\n", b"")
        assert TIME_ZONE in text


class TestUnchanged:
    def test_two_renders_are_the_same_to_the_byte(self, world: World, agent: StaffMember) -> None:
        world.book(at(day_ahead(), 8), ODILE)
        token = token_for(agent, facility=world.facilities[0], privacy=Privacy.FULL)
        first = fetch(token)
        FeedEntry.objects.all().delete()
        with time_machine.travel(timezone.now() + timedelta(hours=3), tick=False):
            again = fetch(token)
        assert first.content == again.content
        assert first["ETag"] == again["ETag"]

    def test_304_by_tag_and_by_date_without_reading_an_entry(self, world: World, agent: StaffMember) -> None:
        world.book(at(day_ahead(), 8), ODILE)
        token = token_for(agent, facility=world.facilities[0])
        first = fetch(token)
        for headers in (
            {"if-none-match": first["ETag"]},
            {"if-none-match": first["ETag"].removeprefix("W/")},
            {"if-modified-since": first["Last-Modified"]},
            {"if-none-match": first["ETag"], "if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        ):
            with CaptureQueriesContext(connection) as queries:
                answer = fetch(token, **headers)
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer["ETag"] == first["ETag"]
            assert not any("appointments_feedentry" in (query["sql"] or "") for query in queries)
        assert fetch(token, **{"if-none-match": '"another"'}).status_code == 200

    def test_a_settled_territory_is_not_counted_again(self, world: World, agent: StaffMember) -> None:
        world.book(at(day_ahead(), 8), ODILE)
        token = token_for(agent, facility=world.facilities[0])
        with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
            first = fetch(token)
            with CaptureQueriesContext(connection) as queries:
                assert fetch(token, **{"if-none-match": first["ETag"]}).status_code == 304
        assert len(queries) == 1
        assert not any("COUNT" in (query["sql"] or "") for query in queries)

    def test_a_change_just_made_is_never_taken_for_settled(self, world: World, agent: StaffMember) -> None:
        """A transaction that began earlier may commit later, with an earlier `changed_at` than the latest we saw."""
        token = token_for(agent, facility=world.facilities[0])
        world.book(at(day_ahead(), 8), ODILE)
        first = fetch(token)
        early = timezone.now() - timedelta(seconds=5)
        AppointmentFactory.create(
            counter=world.counters[1], type=world.type, starts_at=at(day_ahead(), 9), changed_at=early
        )
        assert fetch(token, **{"if-none-match": first["ETag"]}).status_code == 200

    def test_entries_are_rendered_once(self, world: World, agent: StaffMember, monkeypatch: pytest.MonkeyPatch) -> None:
        rendered: list[str] = []
        as_written = entries.render_entry
        monkeypatch.setattr(entries, "render_entry", lambda facts: rendered.append(facts.uid) or as_written(facts))
        stays, moves = world.book(at(day_ahead(), 8), ODILE), world.book(at(day_ahead(), 9), ZOE)
        token = token_for(agent, facility=world.facilities[0], privacy=Privacy.INITIALS)
        fetch(token)
        assert len(rendered) == 2
        fetch(token)
        fetch(token_for(agent, counter=world.counters[0], privacy=Privacy.INITIALS))
        assert len(rendered) == 2
        cancel_appointment(appointment=moves)
        found = {str(event["UID"]): event for event in events(fetch(token))}
        assert rendered[2:] == [f"{moves.pk}@guichet.example"]
        assert str(found[rendered[2]]["STATUS"]) == "CANCELLED"
        assert str(found[f"{stays.pk}@guichet.example"]["STATUS"]) == "CONFIRMED"

    def test_each_change_changes_the_tag_and_the_sequence(self, world: World, agent: StaffMember) -> None:
        appointment = world.book(at(day_ahead(), 8), ODILE)
        token = token_for(agent, facility=world.facilities[0])
        seen = [fetch(token)]
        hold = world.hold(at(day_ahead(), 11), moves=appointment)
        seen.append(fetch(token))
        assert seen[1]["ETag"] == seen[0]["ETag"], "a hold is nobody's appointment yet"
        move_appointment(appointment=appointment, hold_id=hold.pk, browser="lune")
        seen.append(fetch(token))
        cancel_appointment(appointment=appointment)
        seen.append(fetch(token))
        assert len({answer["ETag"] for answer in seen}) == 3
        told = [events(answer)[0] for answer in seen[1:]]
        assert [int(event["SEQUENCE"]) for event in told] == [0, 1, 2]
        assert len({str(event["UID"]) for event in told}) == 1
        assert told[1]["DTSTART"].dt == at(day_ahead(), 11)

    def test_an_appointment_moved_to_another_counter_leaves_the_first(self) -> None:
        world = shared_calendar(town_halls=2)
        here, there = world.facilities
        token = token_for(agent_of(here), facility=here)
        appointment = world.book(at(day_ahead(), 8), ODILE)
        first = fetch(token)
        assert len(events(first)) == 1
        with time_machine.travel(timezone.now() + timedelta(minutes=5)):
            assert fetch(token, **{"if-none-match": first["ETag"]}).status_code == 304
            hold = world.hold(at(day_ahead(), 8), facility=there, moves=appointment)
            move_appointment(appointment=appointment, hold_id=hold.pk, browser="lune")
            assert events(fetch(token, **{"if-none-match": first["ETag"]})) == []

    def test_head_gzip_and_headers(self, world: World, agent: StaffMember) -> None:
        for hour in (8, 9, 10):
            world.book(at(day_ahead(), hour), ODILE if hour == 8 else ZOE if hour == 9 else LOIC)
        token = token_for(agent, facility=world.facilities[0])
        full = fetch(token)
        head = Client().head(f"/calendriers/{token}.ics")
        assert head.content == b""
        for name in ("ETag", "Last-Modified", "Content-Type", "Cache-Control"):
            assert head[name] == full[name]
        assert full["Content-Type"] == "text/calendar; charset=utf-8"
        assert full["Cache-Control"] == "private, max-age=900"
        zipped = fetch(token, **{"accept-encoding": "gzip, deflate"})
        assert zipped["Content-Encoding"] == "gzip"
        assert gzip.decompress(zipped.content) == full.content
        assert zipped.content == fetch(token, **{"accept-encoding": "gzip"}).content
        for refusing in ("gzip;q=0", "gzip; q=0.0, identity", "br", "*;q=0", "identity, *;q=0"):
            assert "Content-Encoding" not in fetch(token, **{"accept-encoding": refusing}), refusing
        for taking in ("gzip;q=0.1", "*", "br;q=1.0, x-gzip"):
            assert fetch(token, **{"accept-encoding": taking})["Content-Encoding"] == "gzip", taking
        assert "Accept-Encoding" in zipped["Vary"]
        assert not full.cookies


class TestWindow:
    def test_thirty_days_back_and_all_to_come(self, world: World, agent: StaffMember) -> None:
        today = timezone.localdate()
        for days in (-31, -30, 1, 300):
            AppointmentFactory.create(
                counter=world.counters[0], type=world.type, starts_at=at(today + timedelta(days=days), 0, 5)
            )
        AppointmentFactory.create(counter=world.counters[1], type=world.type, state=State.HELD,
                                  expires_at=timezone.now() + timedelta(minutes=5), email="")  # fmt: skip
        found = events(fetch(token_for(agent, counter=world.counters[0])))
        assert len(found) == 3
        assert events(fetch(token_for(agent, counter=world.counters[1]))) == []

    def test_cancelled_entries_stay_thirty_days(self, world: World, agent: StaffMember) -> None:
        appointment = AppointmentFactory.create(
            counter=world.counters[0], type=world.type, starts_at=timezone.now() + timedelta(days=60)
        )
        cancel_appointment(appointment=appointment)
        token = token_for(agent, counter=world.counters[0])
        [told] = events(fetch(token))
        assert (str(told["STATUS"]), str(told["SUMMARY"])) == ("CANCELLED", "Annulé\u00a0: Occupé")
        with time_machine.travel(timezone.now() + timedelta(days=29)):
            answer = fetch(token)
            assert len(events(answer)) == 1
        with time_machine.travel(timezone.now() + timedelta(days=31, hours=1)):
            assert events(fetch(token, **{"if-none-match": answer["ETag"]})) == []
            tidy_up(timezone.now())
            assert not FeedEntry.objects.exists()

    @pytest.mark.parametrize(
        ("day", "before"), [((2026, 3, 29), (2026, 3, 28)), ((2026, 10, 25), (2026, 10, 24))], ids=["spring", "autumn"]
    )
    def test_both_sides_of_the_clock_change(self, day: Any, before: Any) -> None:
        with time_machine.travel(datetime(*before, 5, tzinfo=UTC), tick=False):
            counter = CounterFactory.create()
            starts = [datetime(*before, 8, tzinfo=UTC), datetime(*day, 0, 30, tzinfo=UTC),
                      datetime(*day, 1, 30, tzinfo=UTC), datetime(*day, 8, tzinfo=UTC)]  # fmt: skip
            for start in starts:
                AppointmentFactory.create(counter=counter, starts_at=start)
            answer = fetch(token_for(agent_of(counter.facility), counter=counter))
        told = [event["DTSTART"].dt.astimezone(UTC) for event in events(answer)]
        if day[1] == 3:
            assert told == starts
        else:
            # The hour that comes twice has one name in iCalendar; its first coming is meant (RFC 5545, 3.3.5).
            assert told[0] == starts[0] and told[3] == starts[3] and told[1] == starts[1]
        parsed = vobject_of(answer.content.decode()).vevent_list
        assert parsed[0].dtstart.value.astimezone(UTC) == starts[0]
        assert parsed[-1].dtstart.value.astimezone(UTC) == starts[-1]


@pytest.mark.slow
def test_five_thousand_entries(django_assert_max_num_queries: Any) -> None:
    counter = CounterFactory.create()
    kind = AppointmentFactory.create(counter=counter, starts_at=at(next_weekday(0), 8)).type
    start = timezone.now() - timedelta(days=20)
    Appointment.objects.bulk_create(
        Appointment(
            reference=f"F{number:08d}", type=kind, facility=counter.facility, counter=counter,
            starts_at=start + timedelta(minutes=7 * number), ends_at=start + timedelta(minutes=7 * number + 5),
            state=State.BOOKED, booked_at=start, changed_at=start,
        )
        for number in range(5000)
        if abs((start + timedelta(minutes=7 * number) - at(next_weekday(0), 8)).total_seconds()) > 3600
    )  # fmt: skip
    token = token_for(agent_of(counter.facility), counter=counter)
    first = fetch(token)
    with django_assert_max_num_queries(8):
        again = fetch(token, **{"accept-encoding": "gzip"})
    assert gzip.decompress(again.content) == first.content
    assert first.content.count(b"BEGIN:VEVENT") > 4900
