"""A number that has an appointment already: the way to it, and nothing that says where it is."""

from datetime import datetime
from urllib.parse import urlsplit

import pytest
from django.test import Client

from notifications.models import Message
from tests.booking.appointments.walks import Walk, text_of
from tests.factories.appointments import at
from tests.people import ODILE
from tests.worlds import day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


def eight() -> datetime:
    return at(day_ahead(), 8)


def test_it_offers_the_link_of_the_first_appointment_without_telling_where_it_goes() -> None:
    world = shared_calendar()
    first = Walk(world).book(eight(), ODILE)
    Message.objects.all().delete()
    walk = Walk(world)
    address = walk.held(at(day_ahead(), 9, 20))
    response = walk.confirm(address, ODILE, email="autre@mail.example")
    page = text_of(response)
    assert response.status_code == 409
    assert "a déjà un rendez-vous dans le territoire" in page
    assert "Recevoir le lien du premier rendez-vous" in page
    assert ODILE.email not in page
    assert str(first.pk) not in page
    sent = walk.client.post(urlsplit(address).path + "premier-rendez-vous/", {"number": ODILE.number})
    assert sent.status_code == 200
    assert ODILE.email not in text_of(sent)
    message = Message.objects.get(kind="appointment.lost_link")
    assert (message.recipient, message.subject_id) == (ODILE.email, first.pk)


def test_same_answer_for_a_number_nobody_has() -> None:
    walk = Walk(shared_calendar())
    address = walk.held(eight())
    assert (
        walk.client.post(urlsplit(address).path + "premier-rendez-vous/", {"number": "Z000000000"}).status_code == 200
    )
    assert not Message.objects.exists()


def test_not_without_a_hold() -> None:
    walk = Walk(shared_calendar())
    address = walk.held(eight())
    stranger = Client().post(urlsplit(address).path + "premier-rendez-vous/", {"number": ODILE.number})
    assert stranger.status_code == 403


def test_in_the_same_browser_the_way_to_move_is_open() -> None:
    walk = Walk(shared_calendar())
    first = walk.book(eight(), ODILE)
    response = walk.confirm(walk.held(at(day_ahead(), 9, 20)), ODILE)
    assert f"deplace={first.pk}" in text_of(response)
