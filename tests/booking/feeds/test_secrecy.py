"""What a calendar must not tell, to whom, and how long its address opens: levels, hostile values, tokens, rights."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from booking.appointments.calendar_feeds.retention import tidy_up
from booking.appointments.models import Appointment, AppointmentType, FeedEntry
from booking.feeds import actions
from booking.feeds.models import CalendarFeed, FeedToken
from municipalities.enums import Role
from municipalities.feeds import Privacy
from municipalities.models import StaffMember, StaffRole
from tests.booking.feeds.reading import events, fetch, token_for, unfolded
from tests.factories.appointments import AppointmentFactory, CounterFactory, at
from tests.factories.municipalities import FacilityFactory, MunicipalityFactory, StaffRoleFactory
from tests.foreign import vobject_of
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
        Appointment.objects.filter(pk=appointment.pk).update(purged_at=timezone.now(), email="")
        answer = fetch(token, **{"if-none-match": first["ETag"]})
        assert "Odile" not in answer.content.decode()
        assert str(events(answer)[0]["SUMMARY"]) == "Occupé"
        tidy_up(timezone.now())
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
        vobject_of(body.decode())


class TestTokens:
    @pytest.mark.parametrize(
        "token",
        ["x", "a" * 32, "a" * 31 + "é", "a" * 5000, "..%2f..%2fetc%2fpasswd", "a b", "-" * 32 + "%0a", "'"],
    )
    def test_unknown_ones_get_a_plain_404(self, token: str, caplog: pytest.LogCaptureFixture) -> None:
        answer = fetch(token)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (404, PLAIN, "no-store")
        assert f"/{token}" not in caplog.text

    def test_one_that_cannot_be_read_is_answered_without_being_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        assert fetch("%00" * 32).status_code == 400
        assert "%00" not in caplog.text

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
        monkeypatch.setattr("booking.feeds.reading.state_of", lambda _token: 1 / 0)
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
