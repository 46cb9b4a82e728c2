"""Whom to call next, to which counter, who does not answer, and the screen of the waiting room."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from booking.appointments.bookings.changes import mark_attendance
from booking.appointments.counter.board_actions import arrive, call, prioritise, recall, skip, undo
from booking.appointments.counter.board_queries import Board, board_of
from booking.appointments.enums import BoardStatus, Half, PriorityReason, State
from booking.appointments.exceptions import NotFromHere
from booking.appointments.models import Appointment, AppointmentType, Counter, WalkInQuota, WalkInTicket
from booking.appointments.retention import purge
from municipalities.database.versions import version_of
from municipalities.models import Facility, StaffMember
from tests import people
from tests.factories import AppointmentFactory, AppointmentTypeFactory, CounterFactory
from tests.factories.appointments import at

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LIVE = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def agent(rixheim_town_hall: Facility) -> StaffMember:
    return people.agent_of(rixheim_town_hall)


@pytest.fixture
def desk(client: Client, agent: StaffMember) -> Client:
    client.force_login(agent, backend=BACKEND)
    return client


@pytest.fixture
def second(counter: Counter) -> Counter:
    return CounterFactory.create(facility=counter.facility, name="Guichet 2")


def today(hour: int, minute: int = 0) -> datetime:
    return at(timezone.localdate(), hour, minute)


def seen(subject: Any) -> str:
    model = type(subject)
    return str(model.objects.annotate(version=version_of(model)).get(pk=subject.pk).version)


def key(subject: Any) -> str:
    return f"{'rdv' if isinstance(subject, Appointment) else 'ticket'}-{subject.pk}"


def ticket(counter: Counter, kind: AppointmentType, number: int, came: datetime, **more: Any) -> WalkInTicket:
    return WalkInTicket.objects.create(
        facility=counter.facility,
        day=timezone.localdate(),
        half=Half.MORNING,
        number=number,
        type=kind,
        arrived_at=came,
        **more,
    )


def keys(board: Board) -> list[str]:
    return [card.key for card in board.order]


def act(desk: Client, facility_id: int, gesture: str, **more: Any) -> Any:
    return desk.post(reverse("counter:board_act", args=[facility_id]), {"geste": gesture, **more}, **LIVE)


def test_the_order_of_call_is_the_published_one(counter: Counter, kind: AppointmentType, agent: StaffMember) -> None:
    def booked(hour: int, minute: int, **more: Any) -> Appointment:
        return AppointmentFactory.create(type=kind, counter=counter, starts_at=today(hour, minute), **more)

    early = booked(11, 0, arrived_at=today(8))
    due = booked(9, 30, arrived_at=today(9, 40))
    due_before = booked(9, 0, arrived_at=today(9, 50))
    booked(9, 50)  # is not there
    first, second = (ticket(counter, kind, number, today(8, 10 * number)) for number in (1, 2))
    missed = booked(8, 30, arrived_at=today(8, 20), skipped_at=today(8, 15))
    reason = ticket(counter, kind, 3, today(9, 55), priority=PriorityReason.STANDING)
    board = board_of(counter.facility, timezone.localdate(), agent, now=today(10))
    assert keys(board) == [key(one) for one in (reason, due_before, due, first, missed, second, early)]
    assert board.next_card() == board.order[0]


def test_a_counter_of_ones_own_calls_its_own_and_the_tickets_it_serves(
    counter: Counter, second: Counter, kind: AppointmentType, agent: StaffMember
) -> None:
    other = AppointmentTypeFactory.create()
    mine = AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9), arrived_at=today(9))
    AppointmentFactory.create(type=kind, counter=second, starts_at=today(9), arrived_at=today(9))
    served = ticket(counter, kind, 1, today(9))
    ticket(counter, other, 2, today(9))
    board = board_of(counter.facility, timezone.localdate(), agent, now=today(10), mine=counter.pk)
    assert keys(board) == [key(mine), key(served)]
    assert len(keys(board_of(counter.facility, timezone.localdate(), agent, now=today(10)))) == 4


def test_a_call_says_the_counter_that_was_picked_once(
    desk: Client, counter: Counter, second: Counter, kind: AppointmentType
) -> None:
    place = counter.facility_id
    one = AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9), arrived_at=today(9))
    before = desk.get(reverse("counter:board", args=[place]), **LIVE)["ETag"]
    desk.post(reverse("counter:my_counter", args=[place]), {"guichet": second.pk})
    assert desk.get(reverse("counter:board", args=[place]), **LIVE)["ETag"] != before
    told = act(desk, place, f"call:{key(one)}:{seen(one)}").content.decode()
    assert "au guichet, Guichet 2." in told
    one.refresh_from_db()
    assert one.called_to == second
    assert "au guichet · Guichet 2" in told
    desk.post(reverse("counter:my_counter", args=[place]), {"guichet": "de rien"})
    other = AppointmentFactory.create(type=kind, counter=counter, starts_at=today(10), arrived_at=today(9))
    act(desk, place, f"call:{key(other)}:{seen(other)}")
    other.refresh_from_db()
    assert other.called_to == counter, "without a counter of one's own, the one it was booked at"


def test_the_counter_of_another_house_is_not_picked(desk: Client, counter: Counter) -> None:
    stranger = CounterFactory.create()
    desk.post(reverse("counter:my_counter", args=[counter.facility_id]), {"guichet": stranger.pk})
    assert stranger.name not in desk.get(reverse("counter:board", args=[counter.facility_id])).content.decode()
    assert desk.post(reverse("counter:my_counter", args=[stranger.facility_id]), {}).status_code == 404


def test_who_does_not_answer_is_called_again_then_waits_behind_the_others(
    counter: Counter, kind: AppointmentType, agent: StaffMember
) -> None:
    one = AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9), arrived_at=timezone.now())
    with pytest.raises(NotFromHere):
        recall(subject=one, version=seen(one), by=agent)
    call(subject=one, version=seen(one), by=agent, counter=counter)
    for _again in range(2):
        assert recall(subject=one, version=seen(one), by=agent) is not None
    step = skip(subject=one, version=seen(one), by=agent)
    one.refresh_from_db()
    assert (one.board_status, one.called_to, one.called_at) == (BoardStatus.ARRIVED, None, None)
    assert one.skipped_at is not None
    assert step is not None
    undo(step=step, by=agent)
    one.refresh_from_db()
    assert (one.board_status, one.called_to, one.skipped_at) == (BoardStatus.SERVING, counter, None)


def test_a_priority_has_a_reason_of_the_list_and_is_forgotten_with_the_person(
    desk: Client, counter: Counter, kind: AppointmentType, agent: StaffMember
) -> None:
    one = AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9))
    arrive(subject=one, version=seen(one), by=agent)
    with pytest.raises(NotFromHere):
        prioritise(subject=one, version=seen(one), by=agent, reason="parce que")
    told = act(desk, counter.facility_id, f"priority:{key(one)}:{seen(one)}", priorite="infant").content.decode()
    assert "priorité notée" in told
    assert "Avec un enfant en bas âge" in told
    mark_attendance(appointment=one, state=State.ATTENDED, by=agent)
    purge(now=timezone.now() + timedelta(days=400))
    one.refresh_from_db()
    assert one.priority == ""


def test_nobody_is_called_to_a_counter_without_a_call(counter: Counter, kind: AppointmentType) -> None:
    one = AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9))
    with pytest.raises(IntegrityError, match="called_to_a_counter_only_when_called"), transaction.atomic():
        Appointment.objects.filter(pk=one.pk).update(called_to=counter)


def test_a_ticket_is_given_with_a_priority(desk: Client, counter: Counter, kind: AppointmentType) -> None:
    for half in Half:
        WalkInQuota.objects.create(
            facility=counter.facility, weekday=timezone.localdate().weekday(), half=half, places=4
        )
    desk.post(
        reverse("counter:walk_in", args=[counter.facility_id]), {"type": kind.pk, "people": 1, "priority": "card"}
    )
    assert WalkInTicket.objects.get().priority == PriorityReason.CARD


def test_half_hours_gone_by_are_folded_once_nobody_in_them_is_open(
    desk: Client, counter: Counter, second: Counter, kind: AppointmentType, agent: StaffMember
) -> None:
    for number in range(5):
        AppointmentFactory.create(type=kind, counter=counter, starts_at=today(8 + number), state=State.ATTENDED)
    late = AppointmentFactory.create(type=kind, counter=second, starts_at=today(10))
    coming = AppointmentFactory.create(type=kind, counter=counter, starts_at=today(15))
    board = board_of(counter.facility, timezone.localdate(), agent, now=today(15, 5))
    assert [row.key for row in board.past] == ["0800", "0900", "1100", "1200"]
    assert [row.key for row in board.rows] == ["1000", "1500"]
    assert [(number, word) for _status, number, word in board.past_counts] == [(4, "servis")]
    assert [card.key for row in board.rows for cell in row.cells for card in cell][1:] == [key(late), key(coming)]
    with time_machine.travel(today(15, 5), tick=False):
        desk.force_login(agent, backend=BACKEND)
        page = desk.get(reverse("counter:board", args=[counter.facility_id])).content.decode()
    assert "4 servis</summary>" in page
    assert page.index("bd-past") < page.index("bd-now")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_screen_shows_numbers_and_counters_and_no_person(
    rows: int, client: Client, counter: Counter, kind: AppointmentType, agent: StaffMember,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    address = reverse("screen", args=[counter.facility.slug])
    assert address == f"/ecran/{counter.facility.slug}/"
    assert "Personne n’est appelé" in client.get(address).content.decode()
    shown = []
    for number in range(rows):
        one = AppointmentFactory.create(
            type=kind, counter=counter, starts_at=today(9 + number), people=[{"last_name": "Introuvable"}]
        )
        call(subject=one, version=seen(one), by=agent)
        person = ticket(counter, kind, number + 1, timezone.now())
        call(subject=person, version=seen(person), by=agent, counter=counter)
        shown += [one.reference, person.label]
    waiting = AppointmentFactory.create(type=kind, counter=counter, starts_at=today(15), arrived_at=timezone.now())
    with django_assert_num_queries(3):
        answer = client.get(address)
    page = answer.content.decode()
    assert answer["Refresh"] == "5"
    assert "no-store" in answer["Cache-Control"]
    assert all(number in page for number in shown)
    assert page.count(counter.name) == 2 * rows
    for secret in ("Introuvable", str(kind.name), one.email, waiting.reference):
        assert secret not in page, secret
    assert "Ordre d’appel" in page
    assert client.post(address).status_code == 405
    mark_attendance(appointment=one, state=State.ATTENDED, by=agent)
    assert one.reference not in client.get(address).content.decode()


def test_there_is_no_screen_of_a_house_out_of_service(client: Client, counter: Counter) -> None:
    Facility.objects.filter(pk=counter.facility_id).update(is_active=False)
    assert client.get(reverse("screen", args=[counter.facility.slug])).status_code == 404
    assert client.get(reverse("screen", args=["nulle-part"])).status_code == 404
