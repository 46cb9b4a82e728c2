"""Moving an appointment for the person who calls."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment
from booking.appointments.counter.board_actions import arrive
from booking.appointments.counter.desk_actions import move_for_someone
from booking.appointments.enums import Audience, State, UrgentReason
from booking.appointments.exceptions import AlreadyOver, NotOffered, ReasonNeeded, SlotTaken, StaleBoard
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment
from booking.appointments.planning.openings import save_opening
from booking.appointments.search.answers import Search, Slot
from booking.appointments.search.availability import find
from municipalities.database.versions import version_of
from municipalities.models import AuditEntry, StaffMember
from notifications.models import Message, MessageState
from tests import people
from tests.factories import AppointmentFactory, OpeningPeriodFactory
from tests.factories.appointments import at
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

DAY = day_ahead()


@pytest.fixture
def world() -> World:
    return shared_calendar(town_halls=2, code="carte-identite")


@pytest.fixture
def agent(world: World) -> StaffMember:
    return people.agent_of(world.facilities[0])


@pytest.fixture
def desk(client: Client, agent: StaffMember) -> Client:
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def booked(world: World) -> Appointment:
    return world.book(at(DAY, 9))


def seen(appointment: Appointment) -> str:
    return str(Appointment.objects.annotate(version=version_of(Appointment)).get(pk=appointment.pk).version)


def token(world: World, hour: int, place: int = 0) -> str:
    start = at(DAY, hour)
    return Slot(world.facilities[place], start, start + timedelta(minutes=20), 1).token


def sent(world: World, booked: Appointment, hour: int = 10, **more: Any) -> dict[str, Any]:
    asked = {"lieu": str(world.facilities[0].pk), "du": DAY.isoformat(), "heure": "09:00", "urgent_reason": ""}
    return asked | {"version": seen(booked), "creneau": token(world, hour)} | more


def post(desk: Client, booked: Appointment, data: dict[str, Any]) -> Any:
    return desk.post(reverse("counter:move", args=[booked.pk]), data)


def page_of(answer: Any) -> str:
    return str(answer.content.decode().replace("\xa0", " "))


def kept_for_staff(world: World) -> Any:
    """An hour at the first counter that only staff may take; its start."""
    opening = OpeningPeriodFactory.build(
        counter=world.counters[0], weekday=DAY.weekday(), starts=time(18), ends=time(19), audience=Audience.ANY_STAFF
    )
    save_opening(opening=opening, types=[], by=people.territory_manager(email="chef@agents.example"))
    return at(DAY, 18)


def move(world: World, booked: Appointment, agent: StaffMember, **more: Any) -> Appointment:
    given = {"facility": world.facilities[0], "starts_at": at(DAY, 10), "version": seen(booked)}
    return move_for_someone(appointment=booked, by=agent, **(given | more))


def test_the_new_time_is_taken_the_old_one_freed_and_people_are_told(
    world: World, booked: Appointment, agent: StaffMember
) -> None:
    moved = move(world, booked, agent, facility=world.facilities[1])
    moved.refresh_from_db()
    assert (moved.pk, moved.reference, moved.sequence) == (booked.pk, booked.reference, 1)
    assert (moved.facility, moved.starts_at, moved.state) == (world.facilities[1], at(DAY, 10), State.BOOKED)
    assert Appointment.objects.count() == 1
    answer = find(Search(world.type, day=DAY))
    free = {found.facility: [slot.starts_at for slot in found.slots] for found in answer.day_facilities}
    assert at(DAY, 9) in free[world.facilities[0]]
    assert at(DAY, 10) not in free[world.facilities[1]]
    queued = Message.objects.filter(subject_id=booked.pk, state=MessageState.QUEUED)
    assert "appointment.moved" in queued.values_list("kind", flat=True)
    assert "appointment.confirmed" not in queued.values_list("kind", flat=True)


def test_a_row_that_changed_meanwhile_is_not_moved(world: World, booked: Appointment, agent: StaffMember) -> None:
    version = seen(booked)
    cancel_appointment(appointment=booked)
    with pytest.raises(StaleBoard):
        move(world, booked, agent, version=version)
    with pytest.raises(AlreadyOver):
        move(world, booked, agent)
    assert Appointment.objects.get().starts_at == at(DAY, 9)


def test_the_same_move_sent_twice_is_one(world: World, booked: Appointment, agent: StaffMember) -> None:
    version = seen(booked)
    move(world, booked, agent, version=version)
    move(world, booked, agent, version=version)
    assert Appointment.objects.get().sequence == 1


def test_what_is_taken_or_not_offered_moves_nothing(world: World, booked: Appointment, agent: StaffMember) -> None:
    world.book(at(DAY, 10), people.MEHDI, browser="soleil")
    with pytest.raises(SlotTaken):
        move(world, booked, agent)
    with pytest.raises(NotOffered):
        move(world, booked, agent, starts_at=timezone.now() - timedelta(hours=1))
    assert not Appointment.objects.held().exists()
    assert Appointment.objects.get(pk=booked.pk).starts_at == at(DAY, 9)


def test_time_kept_for_emergencies_wants_a_reason_and_ordinary_time_keeps_none(
    world: World, booked: Appointment, agent: StaffMember
) -> None:
    kept = kept_for_staff(world)
    with pytest.raises(ReasonNeeded):
        move(world, booked, agent, starts_at=kept)
    assert Appointment.objects.get().starts_at == at(DAY, 9)
    move(world, booked, agent, starts_at=kept, urgent_reason=UrgentReason.EXAM)
    booked.refresh_from_db()
    assert (booked.starts_at, booked.urgent_reason) == (kept, UrgentReason.EXAM)
    move(world, booked, agent, urgent_reason=UrgentReason.EXAM)
    booked.refresh_from_db()
    assert (booked.starts_at, booked.urgent_reason) == (at(DAY, 10), "")


def test_who_had_arrived_is_expected_again_elsewhere(world: World, agent: StaffMember) -> None:
    """The board of another place or day must not say that somebody sits there."""
    soon = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=5)
    here = AppointmentFactory.create(type=world.type, counter=world.counters[0], starts_at=soon)
    if timezone.localdate(soon) == timezone.localdate():
        arrive(subject=here, version=seen(here), by=agent)
        here.refresh_from_db()
        assert here.arrived_at
    move(world, here, agent)
    here.refresh_from_db()
    assert (here.starts_at, here.arrived_at, here.called_at) == (at(DAY, 10), None, None)


def test_the_page_offers_what_follows_at_the_same_place(desk: Client, world: World, booked: Appointment) -> None:
    page = page_of(desk.get(reverse("counter:move", args=[booked.pk])))
    assert booked.reference in page
    assert token(world, 10) in page
    assert token(world, 8) not in page
    assert token(world, 10, place=1) not in page
    everywhere = {"lieu": "", "du": DAY.isoformat(), "heure": ""}
    only_times = desk.get(reverse("counter:move", args=[booked.pk]), everywhere, HTTP_HX_REQUEST="true")
    assert "<html" not in page_of(only_times)
    assert token(world, 8) in page_of(only_times)
    assert token(world, 8, place=1) in page_of(only_times)


def test_the_hour_it_has_already_is_no_move_even_at_another_counter(desk: Client) -> None:
    world = shared_calendar(counters=2, code="passeport")
    booked = world.book(at(DAY, 9))
    desk.force_login(
        people.agent_of(world.facilities[0], email="la@agents.example"),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    for asked in ({}, {"lieu": "", "du": DAY.isoformat(), "heure": "09:00"}):
        page = page_of(desk.get(reverse("counter:move", args=[booked.pk]), asked))
        assert token(world, 9) not in page
        assert token(world, 10) in page


def test_one_press_moves_and_leads_back_to_the_board(
    desk: Client, world: World, booked: Appointment, agent: StaffMember
) -> None:
    answer = post(desk, booked, sent(world, booked))
    board = reverse("counter:board", args=[world.facilities[0].pk])
    assert answer["Location"] == f"{board}?jour={DAY.isoformat()}&rdv=rdv-{booked.pk}"
    assert Appointment.objects.get().starts_at == at(DAY, 10)
    assert f"{booked.reference} est déplacé au" in page_of(desk.get(answer["Location"]))
    change = AuditEntry.objects.filter(object_id=str(booked.pk)).latest("pk")
    assert change.staff == agent
    assert AuditEntry.objects.filter(object_id=str(booked.pk), after__has_key="starts_at", staff=agent).exists()


def test_from_the_list_one_comes_back_to_the_list(desk: Client, world: World, booked: Appointment) -> None:
    listed = page_of(desk.get(reverse("counter:day", args=[world.facilities[0].pk]), {"jour": DAY.isoformat()}))
    assert reverse("counter:move", args=[booked.pk]) + "?de=liste" in listed
    answer = post(desk, booked, sent(world, booked, de="liste"))
    assert answer["Location"].startswith(reverse("counter:day", args=[world.facilities[0].pk]))


def test_without_any_address_the_agent_is_told_to_say_it(desk: Client, world: World, booked: Appointment) -> None:
    Appointment.objects.update(email="", phone="")
    answer = post(desk, booked, sent(world, booked))
    assert "dites-le-lui" in page_of(desk.get(answer["Location"]))


def test_a_refusal_keeps_what_was_typed(desk: Client, world: World, booked: Appointment) -> None:
    world.book(at(DAY, 10), people.MEHDI, browser="soleil")
    answer = post(desk, booked, sent(world, booked, urgent_reason="exam", heure="08:40"))
    assert answer.status_code == 422
    assert "vient d’être pris" in page_of(answer)
    assert 'value="exam" selected' in page_of(answer)
    assert 'value="08:40"' in page_of(answer)
    kept = kept_for_staff(world)
    answer = post(desk, booked, sent(world, booked, hour=18))
    assert (answer.status_code, kept) == (422, at(DAY, 18))
    assert "gardée pour les urgences" in page_of(answer)
    assert Appointment.objects.get(pk=booked.pk).starts_at == at(DAY, 9)


def test_a_stale_page_says_what_happened_and_may_be_sent_again(desk: Client, world: World, booked: Appointment) -> None:
    data = sent(world, booked)
    move(world, booked, people.agent_of(world.facilities[0], email="autre@agents.example"), starts_at=at(DAY, 11))
    answer = post(desk, booked, data)
    assert answer.status_code == 409
    assert "a déplacé le rendez-vous au" in page_of(answer)
    assert f'name="version" value="{seen(booked)}"' in page_of(answer)
    assert Appointment.objects.get().starts_at == at(DAY, 11)
    assert post(desk, booked, sent(world, booked)).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"creneau": ""}, "Choisissez une heure."),
        ({"creneau": "999999-202701041000"}, "Choisissez une heure."),
        ({"du": "demain"}, "Une date s’écrit"),
        ({"heure": "tôt"}, "Une heure s’écrit"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_moves(
    wrong: dict[str, str], sentence: str, desk: Client, world: World, booked: Appointment
) -> None:
    answer = post(desk, booked, sent(world, booked) | wrong)
    assert answer.status_code == 422
    assert sentence in page_of(answer)
    assert Appointment.objects.get().starts_at == at(DAY, 9)


def test_looking_moves_nothing(desk: Client, world: World, booked: Appointment) -> None:
    answer = post(desk, booked, sent(world, booked, voir="1", heure="11:00"))
    assert answer.status_code == 200
    assert token(world, 11) in page_of(answer)
    assert token(world, 10) not in page_of(answer)
    assert Appointment.objects.get().starts_at == at(DAY, 9)


def test_what_is_over_cannot_be_moved(desk: Client, world: World, booked: Appointment) -> None:
    data = sent(world, booked)
    cancel_appointment(appointment=booked)
    answer = desk.get(reverse("counter:move", args=[booked.pk]))
    assert answer.status_code == 409
    assert "passé ou annulé" in page_of(answer)
    assert 'name="creneau"' not in page_of(answer)
    assert post(desk, booked, data).status_code == 409


def test_the_auditor_moves_nothing(client: Client, world: World, booked: Appointment) -> None:
    client.force_login(people.auditor(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert post(client, booked, sent(world, booked)).status_code == 403
    assert Appointment.objects.get().starts_at == at(DAY, 9)


def test_a_resident_is_offered_the_time_that_was_given_up(
    world: World, booked: Appointment, agent: StaffMember
) -> None:
    move(world, booked, agent)
    answer = find(Search(world.type, viewer=Viewer.resident(), day=DAY))
    assert at(DAY, 9) in [slot.starts_at for place in answer.day_facilities for slot in place.slots]
