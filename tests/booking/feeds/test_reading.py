"""Calendars as programs read them: foreign parsers, byte for byte, 304, levels, rights, hostile values and tokens."""

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import ics
import pytest
import time_machine
import vobject
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from booking.appointments.actions import cancel_appointment, change_contact, close_place, move_appointment
from booking.appointments.enums import State
from booking.appointments.models import Appointment, AppointmentType
from booking.feeds import actions, entries, public, tasks
from booking.feeds.enums import FeedKind, Privacy
from booking.feeds.models import CalendarFeed, FeedEntry, FeedToken, PublicEntry
from municipalities.enums import Role
from municipalities.languages import Translated
from municipalities.models import StaffMember, StaffRole
from tests.factories.appointments import AppointmentFactory, CounterFactory, at, next_weekday
from tests.factories.municipalities import FacilityFactory, MunicipalityFactory, StaffRoleFactory
from tests.people import (
    LOIC,
    ODILE,
    ZOE,
    agent_of,
    agent_of_municipality,
    auditor,
    manager_of_facility,
    territory_manager,
)
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

PLAIN = "text/plain; charset=utf-8"


def fetch(token: str, **headers: str) -> Any:
    return Client().get(f"/calendriers/{token}.ics", headers=headers)


def token_for(staff: StaffMember, counter: Any = None, facility: Any = None, privacy: str = Privacy.BUSY) -> str:
    kind = FeedKind.COUNTER if counter else FeedKind.FACILITY if facility else FeedKind.STAFF
    return actions.create_staff_feed(kind=kind, privacy=privacy, by=staff, counter=counter, facility=facility)[1]


def resident_token(appointment: Appointment) -> str:
    return actions.create_resident_feed(appointment=appointment)[1]


def events(response: Any) -> list[Any]:
    assert response.status_code == 200, response.content
    body = response.content
    if response.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return list(Calendar.from_ical(body).walk("VEVENT"))


def unfolded(body: bytes) -> str:
    return re.sub(r"\r\n[ \t]", "", body.decode())


@pytest.fixture
def world() -> World:
    return shared_calendar(counters=2)


@pytest.fixture
def agent(world: World) -> StaffMember:
    return agent_of(world.facilities[0])


class TestForeignParsers:
    @pytest.fixture
    def body(self, world: World, agent: StaffMember) -> bytes:
        world.book(at(day_ahead(), 8), ODILE, LOIC)
        cancel_appointment(appointment=world.book(at(day_ahead(), 10), ZOE))
        body: bytes = fetch(token_for(agent, facility=world.facilities[0], privacy=Privacy.FULL)).content
        return body

    def test_icalendar(self, body: bytes) -> None:
        calendar = Calendar.from_ical(body)
        assert calendar["METHOD"] == "PUBLISH"
        assert [str(event["STATUS"]) for event in calendar.walk("VEVENT")] == ["CONFIRMED", "CANCELLED"]
        assert all(not event.errors for event in calendar.walk())

    def test_vobject(self, body: bytes) -> None:
        calendar = vobject.readOne(body.decode())
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
            "METHOD:PUBLISH",
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

    def test_time_zone_covers_the_years_used_and_no_more(self, body: bytes) -> None:
        year = day_ahead().year
        zone = re.search(r"BEGIN:VTIMEZONE.*END:VTIMEZONE", unfolded(body), re.DOTALL)
        assert zone
        years = {int(found) for found in re.findall(r"(?:DTSTART|RDATE)[^:]*:(\d{4})", zone[0])}
        assert years and max(years) <= year + 1 and min(years) >= year - 1


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
            assert not any("feeds_feedentry" in query["sql"] for query in queries)
        assert fetch(token, **{"if-none-match": '"another"'}).status_code == 200

    def test_a_settled_territory_is_not_counted_again(self, world: World, agent: StaffMember) -> None:
        world.book(at(day_ahead(), 8), ODILE)
        token = token_for(agent, facility=world.facilities[0])
        with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
            first = fetch(token)
            with CaptureQueriesContext(connection) as queries:
                assert fetch(token, **{"if-none-match": first["ETag"]}).status_code == 304
        assert len(queries) == 1
        assert not any("COUNT" in query["sql"] for query in queries)

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
        assert (str(told["STATUS"]), str(told["SUMMARY"])) == ("CANCELLED", "Annulé : Occupé")
        with time_machine.travel(timezone.now() + timedelta(days=29)):
            answer = fetch(token)
            assert len(events(answer)) == 1
        with time_machine.travel(timezone.now() + timedelta(days=31, hours=1)):
            assert events(fetch(token, **{"if-none-match": answer["ETag"]})) == []
            tasks.tidy_up()
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
        parsed = vobject.readOne(answer.content.decode()).vevent_list
        assert parsed[0].dtstart.value.astimezone(UTC) == starts[0]
        assert parsed[-1].dtstart.value.astimezone(UTC) == starts[-1]


class TestLevels:
    def test_each_tells_no_more_than_it_says(self, world: World, agent: StaffMember) -> None:
        appointment = world.book(at(day_ahead(), 8), ODILE, LOIC)
        texts = {
            level: unfolded(fetch(token_for(agent, facility=world.facilities[0], privacy=level)).content)
            for level in Privacy
        }
        secrets, reason = ("Odile", "Fictive", "Loïc"), str(AppointmentType.objects.get())
        assert not any(name in texts[Privacy.BUSY] for name in (*secrets, appointment.reference, reason))
        assert "SUMMARY:Occupé" in texts[Privacy.BUSY]
        assert not any(name in texts[Privacy.INITIALS] for name in (*secrets, appointment.reference))
        assert f"SUMMARY:O. F.\\, L. F. – {reason}" in texts[Privacy.INITIALS]
        assert "Odile Fictive" in texts[Privacy.FULL] and appointment.reference in texts[Privacy.FULL]
        for text in texts.values():
            assert ODILE.email not in text and ODILE.number not in text and "mailto" not in text

    def test_who_merely_looks_on_gets_busy_time_only(self, world: World) -> None:
        facility = world.facilities[0]
        world.book(at(day_ahead(), 8), ODILE)
        staff = auditor()
        with pytest.raises(actions.NotYours):
            token_for(staff, facility=facility, privacy=Privacy.FULL)
        # A person who received people here and became an auditor keeps the address and learns less.
        was = agent_of(facility)
        token = token_for(was, facility=facility, privacy=Privacy.FULL)
        assert "Odile" in str(events(fetch(token))[0]["SUMMARY"])
        StaffRole.objects.filter(staff=was).delete()
        StaffRoleFactory.create(staff=was, role=Role.AUDITOR)
        assert str(events(fetch(token))[0]["SUMMARY"]) == "Occupé"

    def test_purged_identities_vanish_from_feed_and_store(self, world: World, agent: StaffMember) -> None:
        appointment = world.book(at(day_ahead(), 8), ODILE)
        token = token_for(agent, facility=world.facilities[0], privacy=Privacy.FULL)
        first = fetch(token)
        appointment.people.update(first_name="", last_name="")
        Appointment.objects.filter(pk=appointment.pk).update(purged_at=timezone.now(), email="", calendar_entry="")
        answer = fetch(token, **{"if-none-match": first["ETag"]})
        assert "Odile" not in answer.content.decode()
        assert str(events(answer)[0]["SUMMARY"]) == "Occupé"
        actions.tidy_up()
        assert not FeedEntry.objects.filter(text__contains="Odile").exists()

    def test_in_the_language_of_its_reader(self, world: World) -> None:
        world.book(at(day_ahead(), 8), ODILE)
        for language, said in (("de", "Belegt"), ("en", "Busy"), ("fr", "Occupé")):
            staff = agent_of(world.facilities[0], language=language)
            told = str(events(fetch(token_for(staff, facility=world.facilities[0])))[0]["SUMMARY"])
            assert told in (said, "Occupé")  # until the catalogue knows the word
        assert FeedEntry.objects.count() == 3


class TestHostileValues:
    @pytest.mark.parametrize(
        "name",
        [
            "Odile\r\nATTENDEE:mailto:x@y.example",
            "Odile\nEND:VEVENT\nEND:VCALENDAR",
            "Odile\u2028X-EVIL:1",
            "Odile\x85X-EVIL:1",
            "Odile\\nX-EVIL:1;,",
            "É" * 80,
            "\x00\x1b[31mOdile".replace("\x00", ""),
            "👩‍👧" * 20,
        ],
    )
    def test_no_name_or_place_becomes_a_property(self, name: str) -> None:
        facility = FacilityFactory.create(name=f"Mairie {name}"[:120], slug="mairie")
        counter = CounterFactory.create(facility=facility, name=f"G {name}"[:60])
        AppointmentFactory.create(counter=counter, people=[{"first_name": name[:80], "last_name": name[:80]}])
        token = token_for(agent_of(facility), counter=counter, privacy=Privacy.FULL)
        body = fetch(token).content
        [event] = Calendar.from_ical(body).walk("VEVENT")
        allowed = {"UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "STATUS", "TRANSP",
                   "LOCATION", "DESCRIPTION"}  # fmt: skip
        assert set(event) <= allowed
        assert all(len(line) <= 75 for line in body.split(b"\r\n"))
        assert not re.search(r"^(X-EVIL|ATTENDEE)", body.decode(), re.MULTILINE)
        vobject.readOne(body.decode())


class TestTokens:
    @pytest.mark.parametrize(
        "token",
        ["x", "a" * 32, "a" * 31 + "é", "a" * 5000, "..%2f..%2fetc%2fpasswd", "%00" * 32, "a b", "-" * 32 + "%0a", "'"],
    )
    def test_unknown_ones_get_a_plain_404(self, token: str, caplog: pytest.LogCaptureFixture) -> None:
        answer = fetch(token)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (404, PLAIN, "no-store")
        assert f"/{token}" not in caplog.text

    @pytest.mark.parametrize("mangled", ["{}", "{}.ics/", "{}.ICS", "{}/x.ics", "{}.ics.html"])
    def test_mangled_addresses_are_not_logged_either(
        self, world: World, agent: StaffMember, mangled: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        token = token_for(agent, facility=world.facilities[0])
        assert Client().get("/calendriers/" + mangled.format(token)).status_code == 404
        assert Client(enforce_csrf_checks=True).post(f"/calendriers/{token}.ics").status_code == 405
        assert token not in caplog.text

    def test_a_failure_is_told_without_the_address(
        self, world: World, agent: StaffMember, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        token = token_for(agent, facility=world.facilities[0])
        monkeypatch.setattr("booking.feeds.reading.standing_of", lambda _token: 1 / 0)
        answer = fetch(token)
        assert (answer.status_code, answer["Content-Type"], answer["Retry-After"]) == (503, PLAIN, "600")
        assert token not in caplog.text

    def test_kept_hashed_and_long_enough(self, world: World, agent: StaffMember) -> None:
        token = token_for(agent, facility=world.facilities[0])
        assert len(token) == 32  # 24 bytes
        [row] = FeedToken.objects.all()
        assert token.encode() not in bytes(row.token_hash)
        assert len(bytes(row.token_hash)) == 32

    def test_reset_kills_the_old_address_at_once(self, world: World, agent: StaffMember) -> None:
        token = token_for(agent, facility=world.facilities[0])
        feed = CalendarFeed.objects.get()
        seen = feed.tokens.get().pk
        fresh = actions.reset_feed(feed=feed, seen_token_id=seen)
        assert fetch(token).status_code == 410
        assert fetch(fresh).status_code == 200
        with pytest.raises(actions.AlreadyReset):  # the same button pressed twice
            actions.reset_feed(feed=feed, seen_token_id=seen)
        assert fetch(fresh).status_code == 200
        actions.revoke_feed(feed=feed)
        answer = fetch(fresh)
        assert (answer.status_code, answer["Content-Type"]) == (410, PLAIN)
        assert "n’est plus publié" in answer.content.decode()

    def test_last_use_is_noted_every_few_minutes_only(self, world: World, agent: StaffMember) -> None:
        token = token_for(agent, facility=world.facilities[0])
        start = timezone.now()
        noted = []
        for minutes in (0, 1, 4, 6):
            with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
                fetch(token)
            noted.append(FeedToken.objects.get().last_used_at)
        assert noted[0] == noted[1] == noted[2] == start
        assert noted[3] == start + timedelta(minutes=6)


class TestRights:
    def test_dies_with_the_account_and_with_the_role(self, world: World) -> None:
        facility, counter = world.facilities[0], world.counters[0]
        world.book(at(day_ahead(), 8), ODILE)
        for end in ("account", "role", "role over"):
            staff = manager_of_facility(facility)
            tokens = [token_for(staff, counter=counter), token_for(staff, facility=facility), token_for(staff)]
            tags = [fetch(token)["ETag"] for token in tokens]
            if end == "account":
                StaffMember.objects.filter(pk=staff.pk).update(is_active=False)
            elif end == "role":
                StaffRole.objects.filter(staff=staff).delete()
            else:
                StaffRole.objects.filter(staff=staff).update(valid_until=timezone.localdate() - timedelta(days=1))
            for token, tag in zip(tokens, tags, strict=True):
                answer = fetch(token, **{"if-none-match": tag})
                assert (answer.status_code, answer["Content-Type"]) == (410, PLAIN)
        StaffMember.objects.all().delete()
        assert not FeedToken.objects.exists()

    def test_nobody_subscribes_to_a_place_of_others(self, world: World) -> None:
        stranger = agent_of(FacilityFactory.create(municipality=MunicipalityFactory.create()))
        for place in ({"counter": world.counters[0]}, {"facility": world.facilities[0]}):
            with pytest.raises(actions.NotYours):
                token_for(stranger, **place)

    def test_own_facilities_are_those_roles_name(self) -> None:
        world = shared_calendar(town_halls=2)
        here, there = world.facilities
        world.book(at(day_ahead(), 8), ODILE)
        world.book(at(day_ahead(), 8), ZOE, facility=there)
        assert len(events(fetch(token_for(agent_of(here))))) == 1
        assert len(events(fetch(token_for(agent_of_municipality(there.municipality))))) == 1
        both = agent_of(here)
        StaffRoleFactory.create(staff=both, role=Role.AGENT, facility=there)
        assert len(events(fetch(token_for(both)))) == 2
        with pytest.raises(actions.NotYours):  # the whole territory in one pocket
            token_for(territory_manager())

    def test_a_person_has_so_many_and_no_more(self, agent: StaffMember, world: World, monkeypatch: Any) -> None:
        monkeypatch.setattr(actions, "MOST_FEEDS", 1)
        token_for(agent, counter=world.counters[0])
        with pytest.raises(actions.TooManyFeeds):
            token_for(agent, counter=world.counters[1])


class TestResident:
    def test_follows_one_appointment(self, world: World) -> None:
        appointment = world.book(at(day_ahead(), 8), ODILE)
        other = world.book(at(day_ahead(), 9), ODILE.__class__(**{**vars(ODILE), "number": "Z999999999"}))
        token = resident_token(appointment)
        answer = fetch(token)
        [told] = events(answer)
        assert str(told["UID"]) == f"{appointment.pk}@guichet.example"
        assert str(other.pk) not in answer.content.decode() and "Odile" not in answer.content.decode()
        assert len(told.walk("VALARM")) == 2
        assert fetch(token, **{"if-none-match": answer["ETag"]}).status_code == 304
        hold = world.hold(at(day_ahead(), 11), moves=appointment)
        move_appointment(appointment=appointment, hold_id=hold.pk, browser="lune")
        [moved] = events(fetch(token, **{"if-none-match": answer["ETag"]}))
        assert (int(moved["SEQUENCE"]), moved["DTSTART"].dt) == (1, at(day_ahead(), 11))
        cancel_appointment(appointment=appointment)
        assert str(events(fetch(token))[0]["STATUS"]) == "CANCELLED"
        with time_machine.travel(timezone.now() + timedelta(days=31, hours=2)):
            assert fetch(token).status_code == 410

    def test_ends_with_the_contact_it_was_made_for(self, world: World) -> None:
        appointment = world.book(at(day_ahead(), 8), ODILE)
        token = resident_token(appointment)
        assert fetch(token).status_code == 200
        change_contact(appointment=appointment, email="ailleurs@mail.example", phone="", language="fr")
        assert fetch(token).status_code == 410
        appointment.refresh_from_db()
        fresh = resident_token(appointment)
        assert fetch(fresh).status_code == 200
        assert resident_token(appointment) == ""

    def test_goes_when_the_appointment_is_long_over(self, world: World) -> None:
        appointment = world.book(at(day_ahead(), 8), ODILE)
        token = resident_token(appointment)
        with time_machine.travel(appointment.ends_at + timedelta(days=29)):
            assert fetch(token).status_code == 200
        with time_machine.travel(appointment.ends_at + timedelta(days=31)):
            assert fetch(token).status_code == 410
        with time_machine.travel(appointment.ends_at + timedelta(days=61)):
            actions.tidy_up()
        assert not CalendarFeed.objects.exists()

    def test_purged_is_gone(self, world: World) -> None:
        appointment = world.book(at(day_ahead(), 8), ODILE)
        token = resident_token(appointment)
        Appointment.objects.filter(pk=appointment.pk).update(purged_at=timezone.now())
        assert fetch(token).status_code == 410


class TestPublic:
    @pytest.fixture(autouse=True)
    def afternoon(self) -> Iterator[None]:
        """At midnight the calendar shows one day more; these tests look at it for some minutes."""
        with time_machine.travel(at(timezone.localdate(), 14)):
            yield

    def get(self, world: World, **headers: str) -> Any:
        return Client().get(f"/calendriers/communes/{world.municipality.slug}.ics", headers=headers)

    def test_openings_and_closures_for_anybody(self, world: World) -> None:
        world.book(at(day_ahead(), 8), ODILE)
        day = day_ahead(weeks=3)
        close_place(
            facility=world.facilities[0],
            period=(at(day, 0), at(day + timedelta(days=1), 0)),
            reason=Translated(fr="Inventaire", de="Inventur", en="Stock-taking"),
            by=territory_manager(),
        )
        answer = self.get(world)
        told = events(answer)
        assert answer["Cache-Control"] == "public, max-age=900"
        openings = [event for event in told if str(event["SUMMARY"]).startswith("Ouvert")]
        [closure] = [event for event in told if str(event["SUMMARY"]).startswith("Fermé")]
        assert (closure["DTSTART"].dt, str(closure["DESCRIPTION"])) == (day, "Inventaire")
        days = {event["DTSTART"].dt.date() for event in openings}
        assert day not in days and day_ahead() in days
        # Whether time is taken cannot be read from an opening: free slots are never a feed.
        [taken] = [event for event in openings if event["DTSTART"].dt.date() == day_ahead()]
        assert taken["DTEND"].dt - taken["DTSTART"].dt == timedelta(hours=4)
        assert all(str(event["TRANSP"]) == "TRANSPARENT" for event in told)
        text = answer.content.decode()
        assert "Odile" not in text and "mailto" not in text
        vobject.readOne(text)
        assert len(ics.Calendar(text).events) == len(told)

    def test_unchanged_and_changed(self, world: World) -> None:
        first = self.get(world)
        with time_machine.travel(timezone.now() + timedelta(minutes=20)):
            again = self.get(world)
            assert again.content == first.content
            assert self.get(world, **{"if-none-match": first["ETag"]}).status_code == 304
        before = {str(event["UID"]): event for event in events(first)}
        opening = world.counters[0].openings.order_by("weekday").first()
        other = world.counters[1].openings.order_by("weekday").first()
        assert opening and other
        opening.delete()
        other.delete()
        with time_machine.travel(timezone.now() + timedelta(minutes=40)):
            after = {str(event["UID"]): event for event in events(self.get(world))}
        assert set(after) == set(before)
        gone = [uid for uid, event in after.items() if str(event["STATUS"]) == "CANCELLED"]
        assert gone and all(before[uid]["DTSTART"].dt.weekday() == opening.weekday for uid in gone)
        for uid, event in after.items():
            assert int(event["SEQUENCE"]) == (1 if uid in gone else 0)
            assert event["DTSTAMP"].dt >= before[uid]["DTSTAMP"].dt
        with time_machine.travel(timezone.now() + timedelta(days=31, minutes=1)):
            later = {str(event["UID"]) for event in events(self.get(world))}
        assert not later & set(gone)

    def test_in_three_languages_and_none_other(self, world: World) -> None:
        slug = world.municipality.slug
        for language in ("de", "en", "xx", "../fr"):
            assert Client().get(f"/calendriers/communes/{slug}.ics", {"langue": language}).status_code == 200
        assert Client().get("/calendriers/communes/nulle-part.ics").status_code == 404

    def test_a_municipality_without_counter(self) -> None:
        town = MunicipalityFactory.create()
        answer = Client().get(f"/calendriers/communes/{town.slug}.ics")
        assert events(answer) == []

    def test_the_past_is_not_written_again(self, world: World) -> None:
        now = timezone.now()
        public.compare(municipality=world.municipality, now=now)
        passed = now + timedelta(days=10)
        with time_machine.travel(passed):
            world.counters[0].openings.all().delete()
            world.counters[1].openings.all().delete()
            public.compare(municipality=world.municipality, now=timezone.now())
        rows = PublicEntry.objects.filter(ends_at__lt=passed)
        assert rows and not rows.filter(cancelled_at__isnull=False).exists()
        assert not PublicEntry.objects.filter(ends_at__gt=passed + timedelta(hours=1), cancelled_at=None).exists()


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
