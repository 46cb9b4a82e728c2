"""What the tests in this folder share."""

import pytest
from django.test import Client

from tests.booking.appointments.rehoming.test_pages import signed_in
from tests.people import manager_of_facility
from tests.worlds import World, shared_calendar


@pytest.fixture
def world() -> World:
    return shared_calendar(counters=2)


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(manager_of_facility(world.facilities[0]))
