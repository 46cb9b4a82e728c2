"""Another language is chosen with the form: what is typed comes along, nothing is judged and nothing is done."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.appointments.models import Appointment, WaitingListEntry
from notifications.models import Message
from tests.booking.appointments.counter.test_correcting_pages import typed
from tests.booking.appointments.resident.test_views_waiting import JOIN, asked
from tests.booking.appointments.walks import Walk, text_of
from tests.factories.appointments import at
from tests.people import ODILE, agent_of
from tests.worlds import day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def values(page: str) -> dict[str, str]:
    """The text fields of a page, by name."""
    found = re.findall(r"<input[^>]*>", page)
    return {
        name.group(1): value.group(1)
        for one in found
        if (name := re.search(r'name="([^"]+)"', one)) and (value := re.search(r'value="([^"]*)"', one))
    }


class Page:
    """One form: where it is, what is typed, a field of it with what must come back, a sentence of its German page."""

    def __init__(self, client: Client, address: str, data: dict[str, Any], field: str, value: str, word: str) -> None:
        self.client, self.address, self.data, self.field, self.value, self.word = (
            client, address, data, field, value, word,
        )  # fmt: skip


def waiting() -> Page:
    world = shared_calendar()
    Walk(world).search()
    data = asked(world, email="pas un courriel", earliest="08:30")
    return Page(Client(), f"{JOIN}?type={world.type.code}", data, "email", "pas un courriel", "Warteliste")


def waiting_with() -> Page:
    walk = Walk(shared_calendar())
    own = walk.own(walk.book(at(day_ahead(), 9)), "plus-tot/")
    return Page(walk.client, own, asked(walk.world, earliest="08:35"), "earliest", "08:35", "Warteliste")


def contact() -> Page:
    walk = Walk(shared_calendar())
    own = walk.own(walk.book(at(day_ahead(), 9)), "contact/")
    return Page(walk.client, own, {"email": "neuf@", "phone": "", "language": "fr"}, "email", "neuf@", "Bestätigung")


def correction() -> Page:
    walk = Walk(shared_calendar(max_people=2))
    booked = walk.book(at(day_ahead(), 9))
    added = {"de_plus": "1", "p1-first_name": "Inès", "p1-last_name": "d’Œuvre", "p1-number": "?"}
    data = typed(booked, p0__last_name="Changée") | added
    return Page(walk.client, walk.own(booked, "corriger/"), data, "p1-last_name", "d’Œuvre", "Person 2")


def agents_correction() -> Page:
    world = shared_calendar()
    booked = world.book(at(day_ahead(), 9), ODILE)
    client = Client()
    client.force_login(agent_of(world.facilities[0]), backend=BACKEND)
    data = typed(booked, p0__last_name="Changée", email="nul", phone="", language="fr", note="Mot")
    return Page(client, reverse("counter:correct", args=[booked.pk]), data, "p0-last_name", "Changée", "Person 1")


def lost_link() -> Page:
    return Page(Client(), "/retrouver/", {"contact": "odile@mail"}, "contact", "odile@mail", "Link")


FORMS = [waiting, waiting_with, contact, correction, agents_correction, lost_link]


def snapshot() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Appointment, WaitingListEntry, Message)]


@pytest.mark.parametrize("make", FORMS, ids=lambda make: make.__name__)
def test_what_is_typed_comes_along(make: Callable[[], Page]) -> None:
    form = make()
    shown = text_of(form.client.get(form.address))
    assert 'name="langue"' in shown and f'formaction="/de{form.address.partition("?")[0]}' in shown
    before = snapshot()
    answer = form.client.post(f"/de{form.address}", form.data | {"langue": "1"})
    page = text_of(answer)
    assert answer.status_code == 200
    assert '<html lang="de"' in page and form.word in page
    assert values(page)[form.field] == form.value
    assert "govuk-error-message" not in page, "nothing is judged yet"
    assert snapshot() == before


def test_ticks_come_along_too() -> None:
    form = waiting()
    page = text_of(form.client.post(f"/en{form.address}", form.data | {"langue": "1", "weekdays": ["mar", "jeu"]}))
    ticked = re.findall(r'<input[^>]*name="weekdays"[^>]*checked[^>]*>', page)
    assert len(ticked) == 2


def test_only_a_page_of_ours_fills_fields_in() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/de/retrouver/", {"contact": "a@b.example", "langue": "1"}).status_code == 403


def test_the_next_request_begins_with_nothing() -> None:
    form = lost_link()
    form.client.post(f"/de{form.address}", form.data | {"langue": "1"})
    assert values(text_of(form.client.get(form.address))).get("contact", "") == ""
