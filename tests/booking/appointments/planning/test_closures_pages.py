"""Closures and the history of a calendar, on the pages of its managers."""

from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.appointments.models import CounterClosure, OpeningPeriod
from municipalities.models import Closure
from tests.booking.appointments.planning.test_weeks_pages import address, form_of
from tests.booking.appointments.rehoming.test_pages import fields, plain, signed_in
from tests.factories.appointments import at
from tests.people import manager_of_facility, manager_of_municipality, territory_manager
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return shared_calendar(counters=2)


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(manager_of_facility(world.facilities[0]))


class TestClosures:
    @staticmethod
    def ask(place: str, **changed: Any) -> dict[str, Any]:
        day = day_ahead().isoformat()
        return {"place": place, "from_day": day, "until_day": day, "reason_fr": "Travaux"} | changed

    def test_what_a_closure_touches_is_shown_before_it_is_made(self, world: World, client: Client) -> None:
        day = day_ahead()
        booked = world.book(at(day, 8))
        world.hold(at(day, 9), browser="b", address="192.0.2.3")
        where = reverse("counter:new_closure")
        page = client.post(where, self.ask(f"etablissement-{world.facilities[0].pk}", apercu="1"))
        said = plain(page)
        assert not Closure.objects.exists()
        assert "1 rendez-vous" in said
        assert "1 créneau en cours de réservation" in said
        # Two mornings of four hours, forty minutes of which are taken or held.
        assert "7 h 20 de disponibilités perdues" in said
        assert booked.reference in said
        assert reverse("counter:rehome", args=[booked.counter_id]) in page.content.decode()
        assert "Rien n’est encore changé" in plain(
            client.post(where, fields(page) | self.ask(f"etablissement-{world.facilities[0].pk}"))
        )

    def test_a_closure_that_disturbs_nobody_says_so_and_is_made(self, world: World, client: Client) -> None:
        where = reverse("counter:new_closure")
        ask = self.ask(f"guichet-{world.counters[0].pk}", from_time="08:00", until_time="10:00")
        said = plain(client.post(where, {**ask, "apercu": "1"}))
        assert "Aucun rendez-vous n’est touché." in said
        assert "2 heures de disponibilités" in said
        assert not CounterClosure.objects.exists()
        assert client.post(where, ask).status_code == 302
        assert CounterClosure.objects.count() == 1

    def test_a_town_and_the_territory(self, world: World) -> None:
        other = shared_calendar(code="ailleurs")
        booked = other.book(at(day_ahead(), 8))
        where = reverse("counter:new_closure")
        town = signed_in(manager_of_municipality(world.municipality))
        said = plain(town.post(where, self.ask(f"commune-{world.municipality.pk}", apercu="1")))
        assert "8 heures de disponibilités perdues" in said
        whole = signed_in(territory_manager())
        said = plain(whole.post(where, self.ask("territoire", apercu="1")))
        assert booked.reference in said
        assert not Closure.objects.exists()


class TestHistory:
    def test_who_when_what_before_and_after(self, world: World) -> None:
        manager = manager_of_facility(world.facilities[0])
        client = signed_in(manager)
        counter = world.counters[0]
        where = address("new_week", counter.pk)
        client.post(where, form_of(client, where) | {"h0-0-a": "11:00"})
        opening = counter.openings.get(weekday=1)
        client.post(
            reverse("counter:opening", args=[opening.pk]),
            {
                "weekday": 1,
                "starts": "08:00",
                "ends": "11:30",
                "valid_from": opening.valid_from.isoformat(),
                "audience": 0,
            },
        )
        OpeningPeriod.objects.filter(counter=counter, weekday=2).update(ends=time(11, 45))
        client.post(reverse("counter:new_closure"), TestClosures.ask(f"guichet-{world.counters[1].pk}"))
        page = client.get(reverse("counter:history", args=[world.facilities[0].pk]))
        said = plain(page)
        assert manager.name in said
        assert "11 h 30" in said and "12 h" in said
        assert "11 h 45" in said, "a change of many rows at once is in the trace too"
        assert "sans agent" in said
        assert "Travaux" in said
        assert "Période – mardi" in said
        deeds = page.context["deeds"]
        together = [{line.change.verb for line in deed.lines} for deed in deeds if deed.staff == manager]
        assert {"I", "U"} in together, "what one press of a button did is told together"
        only = client.get(reverse("counter:history", args=[world.facilities[0].pk]), {"guichet": counter.pk})
        assert "Travaux" not in plain(only)

    def test_older_changes_are_a_page_further(self, world: World, client: Client) -> None:
        for n in range(7):
            OpeningPeriod.objects.filter(counter__in=world.counters).update(ends=time(12, 5 * n))
        where = reverse("counter:history", args=[world.facilities[0].pk])
        page = client.get(where)
        following = page.context["following"]
        assert following
        older = client.get(where, {"avant": following})
        assert older.context["deeds"][0].lines[0].change.pk < following
        for nonsense in ("x", "9" * 30, "-1"):
            assert client.get(where, {"avant": nonsense, "guichet": nonsense}).status_code == 200
