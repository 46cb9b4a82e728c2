"""What a town without a counter booked for its callers at another's: seen, moved, cancelled, printed by it, no more."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.appointments.counter.day_queries import todays_facilities
from booking.appointments.counter.desk_actions import book_for_someone
from booking.appointments.counter.desk_queries import booked_elsewhere, elsewhere_in_short
from booking.appointments.counter.find_queries import find_appointments
from booking.appointments.enums import CANCELLED, State
from booking.appointments.models import Appointment
from booking.appointments.search.answers import Slot
from municipalities.database.versions import version_of
from municipalities.enums import Role
from municipalities.models import Municipality, ReadTrace, StaffMember
from municipalities.queries import town_of
from tests import people
from tests.factories import AppointmentFactory, FacilityFactory, MunicipalityFactory, OperatorFactory
from tests.factories.appointments import at
from tests.people import MEHDI, ODILE, ZOE
from tests.worlds import World, booking_of, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

DAY = day_ahead()


@pytest.fixture
def world() -> World:
    return shared_calendar(code="carte-identite")


@pytest.fixture
def town() -> Municipality:
    """A town hall without a counter."""
    return FacilityFactory.create(municipality=MunicipalityFactory.create()).municipality


@pytest.fixture
def agent(town: Municipality) -> StaffMember:
    return people.agent_of_municipality(town)


def book(world: World, agent: StaffMember, hour: int = 9, who: people.Resident = MEHDI) -> Appointment:
    return book_for_someone(
        type=world.type,
        facility=world.facilities[0],
        starts_at=at(DAY, hour),
        details=booking_of(who),
        by=agent,
        booked_through=town_of(agent),
    )


@pytest.fixture
def booked(world: World, agent: StaffMember) -> Appointment:
    return book(world, agent)


def signed_in(staff: StaffMember) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture(autouse=True)
def password_is_enough(settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False


def test_the_town_finds_it_and_opens_its_ticket(booked: Appointment, agent: StaffMember) -> None:
    desk = signed_in(agent)
    assert find_appointments(agent, "Imaginé") == [booked]
    found = desk.get(reverse("counter:find"), {"q": "Imaginé"}).content.decode()
    ticket = reverse("counter:booked", args=[booked.pk])
    assert ticket in found and reverse("counter:board", args=[booked.facility_id]) not in found
    assert booked.reference in desk.get(ticket).content.decode()


def test_so_does_who_works_in_its_town_hall_alone(world: World, town: Municipality) -> None:
    colleague = people.agent_of(town.facilities.get())
    assert town_of(colleague) == town
    appointment = book(world, people.agent_of_municipality(town))
    assert list(booked_elsewhere(colleague)) == [appointment]


def test_it_is_on_the_start_page_and_in_the_list_and_reading_it_leaves_a_trace(
    booked: Appointment, agent: StaffMember
) -> None:
    desk = signed_in(agent)
    start = words(desk.get(reverse("staff:home")).content.decode())
    assert "Nos réservations" in start and "1 à venir" in start
    assert "Imaginé" not in start and not ReadTrace.objects.exists()
    page = desk.get(reverse("counter:ours")).content.decode()
    assert booked.reference in page and "Imaginé" in page
    assert ReadTrace.objects.get().subject_id == booked.pk
    assert elsewhere_in_short(agent).number == 1


def test_the_town_moves_it(world: World, booked: Appointment, agent: StaffMember) -> None:
    desk = signed_in(agent)
    page = reverse("counter:move", args=[booked.pk])
    assert reverse("counter:ours") in desk.get(page).content.decode()
    seen = str(Appointment.objects.annotate(version=version_of(Appointment)).get(pk=booked.pk).version)
    start = at(DAY, 11)
    sent = {"lieu": "", "du": DAY.isoformat(), "heure": "09:00", "urgent_reason": "", "version": seen}
    token = Slot(world.facilities[0], start, start + timedelta(minutes=20), 1).token
    answer = desk.post(page, sent | {"creneau": token})
    assert (answer.status_code, answer["Location"]) == (302, reverse("counter:ours"))
    booked.refresh_from_db()
    assert booked.starts_at == start and list(booked_elsewhere(agent)) == [booked]


def test_the_town_cancels_it(booked: Appointment, agent: StaffMember) -> None:
    desk = signed_in(agent)
    answer = desk.post(reverse("counter:cancel", args=[booked.pk]), {"reason": "Empêché"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("counter:ours"))
    booked.refresh_from_db()
    assert booked.state in CANCELLED
    assert booked.reference in desk.get(reverse("counter:ours")).content.decode()


def test_never_the_day_of_the_counter_nor_what_became_of_the_person(
    world: World, booked: Appointment, agent: StaffMember
) -> None:
    """Nor what others booked there, nor what the town's own residents booked themselves, on its very pages."""
    AppointmentFactory.create(
        type=world.type,
        counter=world.counters[0],
        starts_at=at(DAY, 10),
        booked_through=town_of(agent),
        people=[{"last_name": "Secrètement"}],
    )
    desk = signed_in(agent)
    place = booked.facility_id
    for name in ("counter:day", "counter:board", "counter:counters", "counter:outside", "counter:walk_in"):
        assert desk.get(reverse(name, args=[place])).status_code == 404, name
    assert desk.post(reverse("counter:mark", args=[booked.pk]), {"etat": "attended"}).status_code == 403
    assert find_appointments(agent, "Secrètement") == []
    assert "Secrètement" not in desk.get(reverse("counter:ours")).content.decode()
    assert todays_facilities(agent) == []
    assert Appointment.objects.get(pk=booked.pk).state == State.BOOKED


@pytest.mark.parametrize("role", [Role.AGENT, Role.MUNICIPALITY_MANAGER, Role.FACILITY_MANAGER])
def test_another_town_sees_nothing_of_it(booked: Appointment, role: Role) -> None:
    other = FacilityFactory.create(municipality=MunicipalityFactory.create())
    stranger = people.in_municipality(role, other.municipality)
    desk = signed_in(stranger)
    assert not Appointment.objects.visible_to(stranger).exists()
    for name in ("counter:booked", "counter:cancel", "counter:move"):
        assert desk.get(reverse(name, args=[booked.pk])).status_code == 404, name
    assert booked.reference not in desk.get(reverse("counter:ours")).content.decode()


def test_who_works_for_a_contract_holder_in_the_town_books_for_no_town(world: World, town: Municipality) -> None:
    """What the staff of an agglomeration's pool book is not the business of the town it stands in."""
    pool = FacilityFactory.create(municipality=town, name="Piscine d’essai", operator=OperatorFactory.create())
    for staff in (people.agent_of(pool), people.of_contract_holder(pool), people.manager_of_operator(pool.operator)):
        assert town_of(staff) is None
        assert signed_in(staff).get(reverse("counter:ours")).status_code == 404
    book(world, people.agent_of(pool), who=ODILE)
    assert not booked_elsewhere(people.agent_of_municipality(town)).exists()


def test_a_town_with_counters_lists_only_what_it_booked_elsewhere(world: World) -> None:
    other = shared_calendar(code="passeport")
    agent = people.agent_of_municipality(world.municipality)
    here, there = book(world, agent, who=ODILE), book(other, agent, who=ZOE)
    assert list(booked_elsewhere(agent)) == [there]
    assert set(Appointment.objects.visible_to(agent)) == {here, there}
    assert list(Appointment.objects.at_counters_of(agent)) == [here]
