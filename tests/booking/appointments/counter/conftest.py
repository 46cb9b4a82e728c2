"""What the tests in this folder share."""

import pytest
from django.test import Client

from booking.appointments.models import (
    Appointment,
    AppointmentType,
    Counter,
)
from municipalities.models import Facility, StaffMember
from tests import people
from tests.booking.appointments.counter.test_board import BACKEND, today
from tests.factories import (
    AppointmentFactory,
)


@pytest.fixture
def colleague(rixheim_town_hall: Facility) -> StaffMember:
    colleague = people.agent_of(rixheim_town_hall, email="collegue@agents.example")
    colleague.name = "Colette Collègue"
    colleague.save()
    return colleague


@pytest.fixture
def desk(client: Client, agent: StaffMember) -> Client:
    client.force_login(agent, backend=BACKEND)
    return client


@pytest.fixture
def expected(counter: Counter, kind: AppointmentType) -> Appointment:
    return AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9))
