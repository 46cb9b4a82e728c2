"""Calendars of one resident’s appointment, and of a municipality’s openings for everybody."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import ics
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment, change_contact, move_appointment
from booking.appointments.models import Appointment
from booking.feeds import actions, public
from booking.feeds.models import CalendarFeed, PublicEntry
from booking.feeds.state import FORMAT
from booking.feeds.views import calendars
from municipalities.actions.closures import close_place
from municipalities.languages import Translated
from tests.booking.feeds.reading import events, fetch, resident_token
from tests.factories.appointments import at
from tests.factories.municipalities import MunicipalityFactory
from tests.foreign import vobject_of
from tests.people import (
    ODILE,
    territory_manager,
)
from tests.worlds import World, day_ahead

pytestmark = pytest.mark.django_db


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
        vobject_of(text)
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

    def test_any_page_may_read_it_and_it_says_the_town(self, world: World) -> None:
        answer = self.get(world)
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Content-Language"] == "fr"
        assert answer["ETag"].startswith(f'W/"{FORMAT}-')
        town = world.municipality.name
        assert {str(event["LOCATION"]).endswith(f" {town}") for event in events(answer)} == {True}
        address = f"/calendriers/communes/{world.municipality.slug}.ics"
        asked = Client().options(address, headers={"origin": "https://ailleurs.example"})
        assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, "*")
        assert "If-None-Match" in asked["Access-Control-Allow-Headers"]
        assert Client().post(address).status_code == 405
        token = resident_token(world.book(at(day_ahead(), 8), ODILE))
        assert "Access-Control-Allow-Origin" not in fetch(token), "a secret address is nobody else's"

    def test_another_format_is_new_to_who_has_read_it(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        tag = self.get(world)["ETag"]
        assert self.get(world, **{"if-none-match": tag}).status_code == 304
        monkeypatch.setattr(calendars, "FORMAT", "another")
        assert self.get(world, **{"if-none-match": tag}).status_code == 200

    @pytest.mark.parametrize(("prefix", "query"), [("", ""), ("de/", "?langue=de")])
    def test_the_page_of_the_town_names_it(self, world: World, prefix: str, query: str) -> None:
        slug = world.municipality.slug
        page = Client().get(f"/communes/{slug}/{prefix}").content.decode()
        [link] = re.findall(r'<link rel="alternate"\s+type="text/calendar"\s+href="([^"]+)"', page)
        assert link.endswith(f"/calendriers/communes/{slug}.ics{query}")

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
