"""A counter of Rixheim that receives for one kind of appointment, and its agent."""

import pytest

from booking.appointments.models import AppointmentType, Counter
from municipalities.models import Facility, StaffMember
from tests import people
from tests.factories import AppointmentTypeFactory, CounterFactory, OfferFactory


@pytest.fixture
def kind() -> AppointmentType:
    return AppointmentTypeFactory.create()


@pytest.fixture
def counter(rixheim_town_hall: Facility, kind: AppointmentType) -> Counter:
    counter = CounterFactory.create(facility=rixheim_town_hall, name="Guichet 1", types=[kind])
    OfferFactory.create(counter=counter, type=kind)
    return counter


@pytest.fixture
def agent(rixheim_town_hall: Facility) -> StaffMember:
    return people.agent_of(rixheim_town_hall)
