"""What a manager reads of a day: counts that do not flatter."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from booking.appointments.counter.figures import HalfDay, Waiting, day_figures
from booking.appointments.enums import Half, State
from booking.appointments.models import Appointment, AppointmentType, Counter, WalkInQuota, WalkInTicket
from municipalities.models import Facility
from tests import people
from tests.factories import AppointmentFactory, AppointmentTypeFactory, CounterFactory
from tests.factories.appointments import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind() -> AppointmentType:
    return AppointmentTypeFactory.create()


@pytest.fixture
def counter(rixheim_town_hall: Facility, kind: AppointmentType) -> Counter:
    return CounterFactory.create(facility=rixheim_town_hall, types=[kind])


def comes(counter: Counter, kind: AppointmentType, hour: int, waited: int | None = None, **more: Any) -> Appointment:
    """Somebody at that hour; called so many minutes after arriving, when that is known."""
    start = at(timezone.localdate(), hour)
    if waited is not None:
        more |= {"arrived_at": start, "called_at": start + timedelta(minutes=waited)}
    return AppointmentFactory.create(type=kind, counter=counter, starts_at=start, **more)


def ticket(counter: Counter, kind: AppointmentType, half: Half, number: int, **more: Any) -> WalkInTicket:
    given = {
        "day": timezone.localdate(),
        "half": half,
        "number": number,
        "type": kind,
        "arrived_at": at(timezone.localdate(), 9),
    }
    return WalkInTicket.objects.create(facility=counter.facility, **(given | more))


def test_what_became_of_the_appointments_is_counted_with_what_nobody_noted(
    counter: Counter, kind: AppointmentType
) -> None:
    rows = [
        comes(counter, kind, 8, state=State.ATTENDED),
        comes(counter, kind, 9, state=State.ATTENDED),
        comes(counter, kind, 10, state=State.INCOMPLETE),
        comes(counter, kind, 11, state=State.NO_SHOW),
        comes(counter, kind, 12),
        comes(counter, kind, 17),
        comes(counter, kind, 13, state=State.CANCELLED_BY_RESIDENT),
    ]
    found = day_figures(counter.facility, timezone.localdate(), rows, now=at(timezone.localdate(), 14))
    counts = (found.appointments, found.served, found.incomplete, found.absent, found.unsettled)
    assert counts == (6, 2, 1, 1, 1)
    assert found.waiting == Waiting(None, 0)


def test_an_arrival_noted_only_with_the_call_says_nothing_about_waiting(
    counter: Counter, kind: AppointmentType
) -> None:
    rows = [
        comes(counter, kind, 8, 10),
        comes(counter, kind, 9, 21),
        comes(counter, kind, 10, 0),
        comes(counter, kind, 11),
    ]
    assert day_figures(counter.facility, timezone.localdate(), rows).waiting == Waiting(16, 2)


def test_tickets_stand_against_the_quota_of_their_half_day(counter: Counter, kind: AppointmentType) -> None:
    WalkInQuota.objects.create(
        facility=counter.facility, weekday=timezone.localdate().weekday(), half=Half.MORNING, places=6
    )
    ticket(counter, kind, Half.MORNING, 1, people_count=2, called_at=at(timezone.localdate(), 9, 20))
    ticket(counter, kind, Half.MORNING, 2)
    found = day_figures(counter.facility, timezone.localdate(), [])
    assert found.halves == [HalfDay(Half.MORNING, 2, 3, 6)]
    assert found.waiting_without == Waiting(20, 1)
    ticket(counter, kind, Half.AFTERNOON, 1)
    assert day_figures(counter.facility, timezone.localdate(), []).halves[1] == HalfDay(Half.AFTERNOON, 1, 1, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_figures_cost_three_queries(
    rows: int, counter: Counter, kind: AppointmentType, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = [comes(counter, kind, 8 + number) for number in range(rows)]
    for number in range(rows):
        ticket(counter, kind, Half.MORNING, number + 1)
    with django_assert_num_queries(3):
        day_figures(counter.facility, timezone.localdate(), made)


def test_only_who_runs_the_facility_reads_them_and_only_of_days_that_have_begun(
    client: Client, counter: Counter, kind: AppointmentType
) -> None:
    comes(counter, kind, 8, 12, state=State.ATTENDED)
    ticket(counter, kind, Half.MORNING, 1, called_at=at(timezone.localdate(), 9, 5))
    address = reverse("counter:day", args=[counter.facility_id])
    manager, agent = people.manager_of_facility(counter.facility), people.agent_of(counter.facility)
    client.force_login(manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(address).content.decode().replace("\xa0", " ")
    for said in ("Chiffres du jour", "1 servi sur 1", "0 absent", "1 ticket donné, quota 0", "12 min", "5 min"):
        assert said in page, said
    assert (
        "Chiffres du jour"
        not in client.get(address, {"jour": str(timezone.localdate() + timedelta(days=1))}).content.decode()
    )
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Chiffres du jour" not in client.get(address).content.decode()
