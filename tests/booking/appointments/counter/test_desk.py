"""Booking for a caller or a walk-in; the ticket; what is kept for emergencies."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.counter.desk_actions import book_for_someone, is_kept_for_staff
from booking.appointments.counter.desk_queries import proposals_for
from booking.appointments.enums import Audience, BookingChannel, State, UrgentReason
from booking.appointments.exceptions import NumberInUse, ReasonNeeded, SlotTaken
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment, FreeGap
from booking.appointments.planning.openings import save_opening
from booking.appointments.search.answers import Search, Slot
from booking.appointments.search.availability import find
from municipalities.idempotency import FIELD
from municipalities.models import Facility, StaffMember
from municipalities.queries import town_of
from notifications.models import Channel, Message
from tests import people
from tests.factories import FacilityFactory, MunicipalityFactory, OpeningPeriodFactory
from tests.factories.appointments import at
from tests.people import MEHDI, ODILE
from tests.worlds import World, booking_of, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def world() -> World:
    return shared_calendar(town_halls=2, code="carte-identite")


@pytest.fixture
def agent(world: World) -> StaffMember:
    return people.agent_of(world.facilities[0])


@pytest.fixture
def desk(client: Client, agent: StaffMember) -> Client:
    client.force_login(agent, backend=BACKEND)
    return client


def urgent(world: World) -> Any:
    """An hour at the first counter that only staff may take; its start."""
    day = day_ahead()
    opening = OpeningPeriodFactory.build(
        counter=world.counters[0], weekday=day.weekday(), starts=time(18), ends=time(19), audience=Audience.ANY_STAFF
    )
    boss = people.territory_manager(email="chef@agents.example")
    save_opening(opening=opening, types=[], by=boss)
    return at(day, 18)


def form(world: World, slot: str, **more: Any) -> dict[str, Any]:
    return {
        "type": world.type.code,
        "personnes": "1",
        "ici": str(world.facilities[0].pk),
        "creneau": slot,
        "p0-last_name": "Imaginé",
        "p0-first_name": "Mehdi",
        "phone": "06 12 34 56 78",
    } | more


def a_slot(world: World, agent: StaffMember, place: int = 0) -> Any:
    return proposals_for(agent, world.type, 1, only=world.facilities[place])[0].slot


def test_a_caller_is_booked_with_a_name_and_a_telephone(desk: Client, world: World, agent: StaffMember) -> None:
    slot = a_slot(world, agent)
    answer = desk.post(reverse("counter:book"), form(world, slot.token))
    booked = Appointment.objects.get()
    assert answer["Location"] == reverse("counter:booked", args=[booked.pk])
    assert (booked.state, booked.starts_at, booked.facility) == (State.BOOKED, slot.starts_at, slot.facility)
    assert (booked.booked_by, booked.channel, booked.phone) == (agent, BookingChannel.PHONE, "+33612345678")
    assert (booked.urgent_reason, booked.is_assisted) == ("", False)
    person = booked.people.get()
    assert (person.last_name, person.pre_application_number, person.holds_number) == ("Imaginé", "", False)
    assert Message.objects.filter(channel=Channel.SMS, kind="appointment.confirmed").count() == 1
    shown = desk.get(answer["Location"]).content.decode()
    assert booked.reference in shown
    assert "Un SMS part au" in shown
    assert "dk-qr" in shown and reverse("residents:find") in shown


@pytest.mark.parametrize("phone", ["", "03 89 12 34 56"])
def test_a_ticket_leads_nowhere_where_nothing_would_be_found(
    desk: Client, world: World, agent: StaffMember, phone: str
) -> None:
    """The find page answers by mail or SMS: a landline has neither, and calls with the reference."""
    answer = desk.post(reverse("counter:book"), form(world, a_slot(world, agent).token, phone=phone), follow=True)
    shown = answer.content.decode()
    assert "imprimez le billet" in shown and "Appelez la mairie avec votre référence" in shown
    assert "dk-qr" not in shown and reverse("residents:find") not in shown


def test_without_any_contact_the_ticket_is_printed(desk: Client, world: World, agent: StaffMember) -> None:
    answer = desk.post(reverse("counter:book"), form(world, a_slot(world, agent).token, phone=""), follow=True)
    assert "imprimez le billet" in answer.content.decode()
    assert not Message.objects.exists()
    sent = desk.post(reverse("counter:booked", args=[Appointment.objects.get().pk]), follow=True)
    assert "imprimez le billet" in sent.content.decode()


def test_the_confirmation_is_sent_again(desk: Client, world: World, agent: StaffMember) -> None:
    desk.post(reverse("counter:book"), form(world, a_slot(world, agent).token))
    booked = Appointment.objects.get()
    address = reverse("counter:booked", args=[booked.pk])
    before = Message.objects.filter(subject_id=booked.pk).count()
    for _press in range(2):
        assert desk.post(address, {FIELD: "one-press-of-one-form"})["Location"] == address
    assert "part de nouveau" in desk.get(address).content.decode()
    assert Message.objects.filter(subject_id=booked.pk).count() == before + 1
    assert Message.objects.filter(kind="appointment.confirmed").count() == 2


def test_from_a_town_hall_without_counters_into_the_whole_pool(client: Client, world: World) -> None:
    town = MunicipalityFactory.create()
    clerk = people.agent_of_municipality(town)
    client.force_login(clerk, backend=BACKEND)
    page = client.get(reverse("counter:book")).content.decode()
    for facility in world.facilities:
        assert facility.name in page
    slot = a_slot(world, clerk, place=1)
    answer = client.post(reverse("counter:book"), form(world, slot.token, ici=""))
    booked = Appointment.objects.get()
    assert (booked.facility, booked.booked_through) == (world.facilities[1], town)
    assert client.get(answer["Location"]).status_code == 200
    # An hour later it still is: the caller's town answers for what it booked, who works there no more does not.
    Appointment.objects.update(booked_at=timezone.now() - timedelta(hours=2))
    assert client.get(answer["Location"]).status_code == 200
    clerk.roles.update(municipality=MunicipalityFactory.create())
    assert client.get(answer["Location"]).status_code == 404


def test_nobody_else_sees_the_ticket(client: Client, world: World, agent: StaffMember) -> None:
    slot = a_slot(world, agent)
    booked = book_for_someone(
        type=world.type, facility=slot.facility, starts_at=slot.starts_at, details=booking_of(MEHDI), by=agent
    )
    stranger = people.agent_of(FacilityFactory.create(), email="etranger@agents.example")
    client.force_login(stranger, backend=BACKEND)
    assert client.get(reverse("counter:booked", args=[booked.pk])).status_code == 404
    assert client.post(reverse("counter:booked", args=[booked.pk])).status_code == 404


def test_time_kept_for_emergencies_wants_a_reason(desk: Client, world: World, agent: StaffMember) -> None:
    starts_at = urgent(world)
    with pytest.raises(ReasonNeeded):
        book_for_someone(
            type=world.type, facility=world.facilities[0], starts_at=starts_at, details=booking_of(MEHDI), by=agent
        )
    assert not Appointment.objects.exists()
    booked = book_for_someone(
        type=world.type,
        facility=world.facilities[0],
        starts_at=starts_at,
        details=booking_of(MEHDI),
        by=agent,
        urgent_reason=UrgentReason.EXAM,
        is_assisted=True,
    )
    booked.refresh_from_db()
    assert (booked.urgent_reason, booked.is_assisted, is_kept_for_staff(booked)) == (UrgentReason.EXAM, True, True)


def test_the_page_asks_for_the_reason_beside_the_field(desk: Client, world: World, agent: StaffMember) -> None:
    starts_at = urgent(world)
    token = Slot(world.facilities[0], starts_at, starts_at, 1).token
    answer = desk.post(reverse("counter:book"), form(world, token))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "choisissez le motif de l’urgence" in page
    assert 'value="Imaginé"' in page
    assert desk.post(reverse("counter:book"), form(world, token, urgent_reason="exam")).status_code == 302


def test_an_ordinary_time_keeps_no_reason(world: World, agent: StaffMember) -> None:
    slot = a_slot(world, agent)
    booked = book_for_someone(
        type=world.type,
        facility=slot.facility,
        starts_at=slot.starts_at,
        details=booking_of(MEHDI),
        by=agent,
        urgent_reason=UrgentReason.WORK,
    )
    booked.refresh_from_db()
    assert booked.urgent_reason == ""


def test_proposals_mark_what_is_kept(world: World, agent: StaffMember) -> None:
    starts_at = urgent(world)
    FreeGap.objects.filter(audience=Audience.PUBLIC).delete()
    found = proposals_for(agent, world.type, 1, here=world.facilities[0])
    assert [one.key for one in found] == list(range(1, len(found) + 1))
    assert {one.is_kept for one in found} == {True}
    assert starts_at in [one.slot.starts_at for one in proposals_for(agent, world.type, 1, from_day=day_ahead())]


def test_nine_proposals_at_most_here_first_then_each_other_place(world: World, agent: StaffMember) -> None:
    found = proposals_for(agent, world.type, 1, here=world.facilities[1])
    assert len(found) == 9
    places = [one.slot.facility for one in found]
    assert places[:4] == [world.facilities[1]] * 4
    assert world.facilities[0] in places
    assert len({one.slot.token for one in found}) == 9
    assert not any(one.is_kept for one in found)


def test_taken_meanwhile_keeps_what_was_typed(desk: Client, world: World, agent: StaffMember) -> None:
    slot = a_slot(world, agent)
    world.hold(slot.starts_at, facility=slot.facility, browser="rapide")
    answer = desk.post(reverse("counter:book"), form(world, slot.token, urgent_reason="exam"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "vient d’être pris" in page
    assert 'value="Imaginé"' in page
    with pytest.raises((SlotTaken, ReasonNeeded)):
        book_for_someone(
            type=world.type, facility=slot.facility, starts_at=slot.starts_at, details=booking_of(MEHDI), by=agent
        )


def test_a_number_in_use_is_said_beside_the_number(desk: Client, world: World, agent: StaffMember) -> None:
    world.book(at(day_ahead(), 10), ODILE)
    slot = a_slot(world, agent)
    sent = form(world, slot.token) | {"p0-number": ODILE.number}
    answer = desk.post(reverse("counter:book"), sent)
    assert answer.status_code == 422
    assert "a déjà un rendez-vous" in answer.content.decode()
    assert Appointment.objects.count() == 1
    with pytest.raises(NumberInUse):
        book_for_someone(
            type=world.type, facility=slot.facility, starts_at=slot.starts_at, details=booking_of(ODILE), by=agent
        )
    assert not Appointment.objects.held().exists()


def test_several_people_and_only_the_first_name_is_asked(desk: Client, world: World, agent: StaffMember) -> None:
    slot = next(one.slot for one in proposals_for(agent, world.type, 3))
    sent = form(world, slot.token, personnes="3") | {"p1-is_minor": "on", "p1-first_name": "Loïc"}
    desk.post(reverse("counter:book"), sent)
    booked = Appointment.objects.get()
    assert booked.people_count == 3
    assert [(one.first_name, one.is_minor) for one in booked.people.order_by("position")] == [
        ("Mehdi", False), ("Loïc", True), ("", False),
    ]  # fmt: skip


def test_the_same_number_twice_is_said(desk: Client, world: World, agent: StaffMember) -> None:
    slot = next(one.slot for one in proposals_for(agent, world.type, 2))
    sent = form(world, slot.token, personnes="2") | {"p0-number": "A123456789", "p1-number": "a123456789"}
    assert "déjà celui d’une autre personne" in desk.post(reverse("counter:book"), sent).content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"p0-last_name": ""}, "Écrivez le nom."),
        ({"creneau": "n’importe quoi"}, "Choisissez une heure."),
        ({"creneau": "999999-202701041000"}, "Choisissez une heure."),
        ({"phone": "12"}, "ne peut pas exister"),
        ({"p0-number": "12"}, "dix lettres ou chiffres"),
        ({"urgent_reason": "envie"}, "choix"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_booked(
    wrong: dict[str, str], sentence: str, desk: Client, world: World, agent: StaffMember
) -> None:
    answer = desk.post(reverse("counter:book"), form(world, a_slot(world, agent).token) | wrong)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Appointment.objects.exists()


def test_looking_books_nothing_and_keeps_what_was_typed(desk: Client, world: World, agent: StaffMember) -> None:
    sent = form(world, a_slot(world, agent).token, personnes="2", voir="1", lieu=str(world.facilities[1].pk))
    answer = desk.post(reverse("counter:book"), sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="Imaginé"' in page
    assert not Appointment.objects.exists()
    assert page.count('name="creneau"') == 9


@pytest.mark.parametrize("typed", ["0", "-1", "99", "x", "²", ""])
def test_a_strange_number_of_people_does_no_harm(typed: str, desk: Client, world: World) -> None:
    assert desk.get(reverse("counter:book"), {"personnes": typed, "lieu": typed, "du": typed}).status_code == 200


def test_only_the_times_for_the_script(desk: Client, world: World) -> None:
    answer = desk.get(reverse("counter:book"), {"type": world.type.code, "personnes": "2"}, HTTP_HX_REQUEST="true")
    page = answer.content.decode()
    assert "<html" not in page
    assert 'data-digit="1"' in page


def test_the_auditor_books_nothing(client: Client, world: World) -> None:
    client.force_login(people.auditor(), backend=BACKEND)
    assert client.get(reverse("counter:book")).status_code == 403
    assert client.post(reverse("counter:book"), form(world, "1-202701041000")).status_code == 403


def test_without_any_type_the_page_says_so(client: Client, rixheim_town_hall: Facility) -> None:
    client.force_login(people.agent_of(rixheim_town_hall), backend=BACKEND)
    assert "Aucun motif n’est ouvert" in client.get(reverse("counter:book")).content.decode()


def test_whose_town_an_agent_works_for(world: World, agent: StaffMember) -> None:
    assert town_of(agent) == world.municipality
    assert town_of(people.auditor()) is None


def test_a_resident_sees_nothing_of_what_is_kept(world: World) -> None:
    starts_at = urgent(world)
    answer = find(Search(world.type, viewer=Viewer.resident(), day=timezone.localdate(starts_at)))
    assert starts_at not in [slot.starts_at for place in answer.day_facilities for slot in place.slots]
