"""What a manager sees of an opening: numbers, the hash, the draw counted again; and nobody's name."""

from datetime import datetime
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from booking.activities.models import Opening
from booking.activities.opening.tickets import take
from booking.residents.models import Guardian
from tests import people
from tests.factories import OperatorFactory
from tests.factories.enrolments import family

pytestmark = pytest.mark.django_db


def page(client: Client, opening: Opening) -> str:
    return unescape(client.get(reverse("openings:opening", args=[opening.pk])).content.decode())


def test_a_manager_follows_an_opening_by_numbers(opening: Opening, minute: datetime) -> None:
    waiting: list[Guardian] = [family() for _ in range(3)]
    for one in waiting:
        take(opening=opening, household=one.household)
    office = Client()
    manager = people.sports_manager(opening.season.operator)
    office.force_login(manager)
    season = unescape(office.get(reverse("seasons:season", args=[opening.season_id])).content.decode())
    assert reverse("openings:opening", args=[opening.pk]) in season
    before = page(office, opening)
    assert opening.seed_hash in before and opening.seed not in before and "refait à l’instant" not in before
    with time_machine.travel(minute):
        office.force_login(manager)
        after = page(office, opening)
    assert opening.seed in after and "conforme" in after and "3 tickets tirés au sort" in after
    assert not any(one.email in after or one.name in after for one in waiting)
    stranger = Client()
    stranger.force_login(people.sports_manager(OperatorFactory.create()))
    assert stranger.get(reverse("openings:opening", args=[opening.pk])).status_code == 404
