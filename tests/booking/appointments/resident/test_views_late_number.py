"""« Je note l’horaire, j’ajoute le numéro plus tard »: said before the hold, ticked, added on one's own page."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from booking.appointments.bookings.changes import release_numberless
from booking.appointments.models import Appointment
from tests.booking.appointments.bookings.test_late_numbers import NUMBERLESS, START, book, world_where_it_may_follow
from tests.booking.appointments.counter.test_correcting_pages import typed
from tests.booking.appointments.walks import Walk, text_of
from tests.people import ODILE, agent_of, manager_of_municipality
from tests.worlds import shared_calendar

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

LATER = "ajoute le numéro de pré-demande plus tard"


def test_from_the_search_to_the_number() -> None:
    world = world_where_it_may_follow()
    walk = Walk(world)
    assert f"À {world.municipality.name}, notez l’horaire" in text_of(walk.search())
    address = walk.held(START)
    assert LATER in text_of(walk.client.get(address))
    refused = walk.confirm(address, NUMBERLESS)
    assert refused.status_code == 422 and LATER in text_of(refused)
    answer = walk.confirm(address, NUMBERLESS, number_later="on")
    assert answer.status_code == 302, text_of(answer)
    booked = Appointment.objects.get()
    ticket = text_of(walk.client.get(answer["Location"]))
    assert "Il manque un numéro de pré-demande" in ticket and "passeport.ants.gouv.fr" in ticket
    page = text_of(walk.client.get(walk.own(booked, "corriger/")))
    assert "passeport.ants.gouv.fr" in page
    walk.client.post(walk.own(booked, "corriger/"), typed(booked, p0__number=ODILE.number))
    booked.refresh_from_db()
    assert booked.number_due_at is None
    assert "Il manque un numéro" not in text_of(walk.client.get(walk.own(booked)))


def test_what_is_ticked_stays_while_papers_are_looked_at() -> None:
    walk = Walk(world_where_it_may_follow())
    address = walk.held(START)
    page = text_of(walk.confirm(address, NUMBERLESS, number_later="on", pieces="1"))
    assert 'name="number_later"' in page and "checked" in page.partition('name="number_later"')[2][:200]


def test_elsewhere_nothing_of_it_is_said_and_the_number_is_needed() -> None:
    walk = Walk(shared_calendar())
    assert "notez l’horaire et ajoutez" not in text_of(walk.search())
    address = walk.held(START)
    assert LATER not in text_of(walk.client.get(address))
    assert walk.confirm(address, NUMBERLESS, number_later="on").status_code == 422


def test_the_ticket_of_a_released_time_says_why() -> None:
    world = world_where_it_may_follow()
    walk = Walk(world)
    address = walk.held(START)
    walk.confirm(address, NUMBERLESS, number_later="on")
    booked = Appointment.objects.get()
    assert booked.number_due_at is not None
    with time_machine.travel(booked.number_due_at):
        assert release_numberless() == 1
    page = text_of(walk.client.get(walk.own(booked)))
    assert "n’a pas été ajouté à temps" in page and "Vous l’avez annulé" not in page


def test_the_board_shows_that_it_is_missing_and_until_when(client: Client) -> None:
    world = world_where_it_may_follow()
    booked = book(world)
    client.force_login(agent_of(world.facilities[0]), backend=BACKEND)
    board = reverse("counter:board", args=[world.facilities[0].pk])
    address = f"{board}?jour={booked.local_day.isoformat()}&rdv=rdv-{booked.pk}"
    page = text_of(client.get(address))
    assert "n° manquant" in page and "numéro manquant" in page
    assert "sinon l’horaire est libéré" in page


def test_the_town_says_whether_it_takes_them(client: Client) -> None:
    town = shared_calendar().municipality
    client.force_login(manager_of_municipality(town), backend=BACKEND)
    data = {
        "name": town.name, "colour": "#6b2e1f", "second_colour": "#9cc5e8", "coat_pattern": "chevron",
        "postal_codes": "68170", "geste": "publier", "vu": "", "takes_number_later": "on",
    }  # fmt: skip
    answer = client.post(reverse("staff:municipality", args=[town.pk]), data)
    assert answer.status_code == 302, text_of(answer)
    town.refresh_from_db()
    assert town.takes_number_later
