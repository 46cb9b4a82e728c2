"""A counter of Rixheim that receives for one kind of appointment, and its agent."""

from collections.abc import Iterator

import pytest
import time_machine

from booking.appointments.models import AppointmentType, Counter
from municipalities.models import Facility, StaffMember
from tests import people
from tests.factories import AppointmentTypeFactory, CounterFactory, OfferFactory
from tests.factories.appointments import at
from tests.worlds import day_ahead


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


@pytest.fixture
def before_anything_opens() -> Iterator[None]:
    """A coming morning before the first counter: late in the morning, what is left of today would be found first."""
    with time_machine.travel(at(day_ahead(weeks=1), 5)):
        yield
