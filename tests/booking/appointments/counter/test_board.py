"""The day board: steps, undoing, stale boards, live answers, and what it shows."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment, mark_attendance
from booking.appointments.counter.board_actions import FINISHED, Moments, arrive, call, finish, last_step, undo
from booking.appointments.enums import BoardStatus, State
from booking.appointments.exceptions import NotFromHere, NotYourDay, NumberInUse, StaleBoard
from booking.appointments.models import (
    Appointment,
    AppointmentPerson,
    AppointmentType,
    BoardStep,
    Counter,
)
from municipalities.database.versions import version_of
from municipalities.models import Facility, StaffMember
from tests import people
from tests.factories import (
    AppointmentFactory,
)
from tests.factories.appointments import at

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LIVE = {"HTTP_HX_REQUEST": "true"}


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


def today(hour: int, minute: int = 0) -> datetime:
    return at(timezone.localdate(), hour, minute)


def seen(subject: Any) -> str:
    """The version a board that is read now shows."""
    model = type(subject)
    return str(model.objects.annotate(version=version_of(model)).get(pk=subject.pk).version)


def page(client: Client, facility: Facility, **query: str) -> str:
    answer = client.get(reverse("counter:board", args=[facility.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode().replace("\xa0", " ")


def act(client: Client, facility: Facility, gesture: str, **more: Any) -> Any:
    return client.post(reverse("counter:board_act", args=[facility.pk]), {"geste": gesture}, **more)


def test_a_script_in_a_name_is_shown_as_text_on_a_card(desk: Client, counter: Counter, kind: AppointmentType) -> None:
    named = [{"last_name": "<script>alert(1)</script>"}]
    AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9), people=named)
    shown = page(desk, counter.facility)
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_person_arrives_is_called_and_served(expected: Appointment, agent: StaffMember) -> None:
    steps = [
        (lambda v: arrive(subject=expected, version=v, by=agent), BoardStatus.ARRIVED),
        (lambda v: call(subject=expected, version=v, by=agent), BoardStatus.SERVING),
        (lambda v: finish(subject=expected, state=State.ATTENDED, version=v, by=agent), BoardStatus.SERVED),
    ]
    assert expected.board_status == BoardStatus.EXPECTED
    for step, status in steps:
        done = step(seen(expected))
        expected.refresh_from_db()
        assert done is not None
        assert (done.became, expected.board_status) == (status, status)
    assert expected.state == State.ATTENDED
    assert expected.arrived_at and expected.called_at and expected.served_at
    assert expected.arrived_at <= expected.called_at <= expected.served_at


@pytest.mark.parametrize("state", FINISHED)
def test_what_was_forgotten_is_noted_on_finishing(state: State, expected: Appointment, agent: StaffMember) -> None:
    finish(subject=expected, state=state, version=seen(expected), by=agent)
    expected.refresh_from_db()
    assert expected.state == state
    came = state != State.NO_SHOW
    assert (expected.arrived_at is not None, expected.served_at is not None) == (came, came)
    assert not AppointmentPerson.objects.filter(appointment=expected, holds_number=True).exists()


@pytest.mark.parametrize("state", FINISHED)
@pytest.mark.parametrize("before", ["expected", "arrived", "serving"])
def test_undoing_restores_the_former_state_exactly(
    state: State, before: str, expected: Appointment, agent: StaffMember
) -> None:
    if before != "expected":
        arrive(subject=expected, version=seen(expected), by=agent)
    if before == "serving":
        call(subject=expected, version=seen(expected), by=agent)
        if state == State.NO_SHOW:
            with pytest.raises(NotFromHere):
                finish(subject=expected, state=state, version=seen(expected), by=agent)
            return
    was = Appointment.objects.filter(pk=expected.pk).values().get()
    numbers = list(AppointmentPerson.objects.order_by("pk").values())
    step = finish(subject=expected, state=state, version=seen(expected), by=agent)
    assert step is not None
    assert list(AppointmentPerson.objects.order_by("pk").values()) != numbers
    undo(step=step, by=agent)
    assert Appointment.objects.filter(pk=expected.pk).values().get() == was
    assert list(AppointmentPerson.objects.order_by("pk").values()) == numbers
    assert BoardStep.objects.get(pk=step.pk).undone_at is not None


def test_undoing_goes_back_step_by_step_and_never_twice(expected: Appointment, agent: StaffMember) -> None:
    arrive(subject=expected, version=seen(expected), by=agent)
    call(subject=expected, version=seen(expected), by=agent)
    for status in (BoardStatus.ARRIVED, BoardStatus.EXPECTED):
        step = last_step(facility_id=expected.facility_id, by=agent)
        assert step is not None
        assert undo(step=step, by=agent).board_status == status
        assert undo(step=step, by=agent).board_status == status
    assert last_step(facility_id=expected.facility_id, by=agent) is None


def test_a_step_repeated_by_the_keyboard_changes_nothing(expected: Appointment, agent: StaffMember) -> None:
    version = seen(expected)
    assert arrive(subject=expected, version=version, by=agent) is not None
    expected.refresh_from_db()
    came = expected.arrived_at
    for _again in range(3):
        assert arrive(subject=expected, version=version, by=agent) is None
    expected.refresh_from_db()
    assert expected.arrived_at == came
    assert BoardStep.objects.count() == 1


def test_a_stale_board_overwrites_nothing_and_says_who(
    expected: Appointment, agent: StaffMember, colleague: StaffMember
) -> None:
    version = seen(expected)
    finish(subject=expected, state=State.NO_SHOW, version=version, by=colleague)
    with pytest.raises(StaleBoard, match=r"Colette Collègue a noté «\sabsent\s»"):
        arrive(subject=expected, version=version, by=agent)
    expected.refresh_from_db()
    assert (expected.state, expected.arrived_at) == (State.NO_SHOW, None)


def test_stale_also_after_a_change_by_another_path(expected: Appointment, agent: StaffMember) -> None:
    version = seen(expected)
    Appointment.objects.filter(pk=expected.pk).update(starts_at=today(9), ends_at=today(22), state=State.INCOMPLETE)
    mark_attendance(appointment=expected, state=State.BOOKED, by=agent)
    with pytest.raises(StaleBoard, match="Rien n’a été écrasé"):
        call(subject=expected, version=version, by=agent)
    expected.refresh_from_db()
    assert expected.called_at is None


def test_a_cancelled_appointment_is_told_as_such(counter: Counter, kind: AppointmentType, agent: StaffMember) -> None:
    later = timezone.now() + timedelta(minutes=5)
    appointment = AppointmentFactory.create(type=kind, counter=counter, starts_at=later)
    version = seen(appointment)
    cancel_appointment(appointment=appointment, by=None)
    with pytest.raises(StaleBoard, match="annulé"):
        arrive(subject=appointment, version=version, by=agent)


def test_undoing_what_a_colleague_went_on_from_is_refused(
    expected: Appointment, agent: StaffMember, colleague: StaffMember
) -> None:
    step = arrive(subject=expected, version=seen(expected), by=agent)
    call(subject=expected, version=seen(expected), by=colleague)
    assert step is not None
    with pytest.raises(StaleBoard, match=r"Colette Collègue a noté «\sau guichet\s»"):
        undo(step=step, by=agent)
    expected.refresh_from_db()
    assert expected.board_status == BoardStatus.SERVING


def test_a_number_used_meanwhile_is_not_taken_back(
    expected: Appointment, counter: Counter, kind: AppointmentType, agent: StaffMember
) -> None:
    step = finish(subject=expected, state=State.NO_SHOW, version=seen(expected), by=agent)
    number = expected.people.get().pre_application_number
    AppointmentFactory.create(
        type=kind, counter=counter, starts_at=today(15), people=[{"pre_application_number": number}]
    )
    assert step is not None
    with pytest.raises(NumberInUse):
        undo(step=step, by=agent)
    expected.refresh_from_db()
    assert expected.state == State.NO_SHOW


def test_another_day_is_not_marked(counter: Counter, kind: AppointmentType, agent: StaffMember) -> None:
    tomorrow = AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9) + timedelta(days=1))
    with pytest.raises(NotYourDay):
        arrive(subject=tomorrow, version=seen(tomorrow), by=agent)


def test_what_is_done_is_not_called_again(expected: Appointment, agent: StaffMember) -> None:
    finish(subject=expected, state=State.ATTENDED, version=seen(expected), by=agent)
    for wrong in (arrive, call):
        with pytest.raises(NotFromHere):
            wrong(subject=expected, version=seen(expected), by=agent)
    with pytest.raises(NotFromHere):
        finish(subject=expected, state=State.NO_SHOW, version=seen(expected), by=agent)
    with pytest.raises(NotFromHere):
        finish(subject=expected, state=State.BOOKED, version=seen(expected), by=agent)


def test_moments_are_kept_to_the_microsecond(expected: Appointment) -> None:
    moments = Moments("booked", timezone.now(), None, timezone.now())
    assert Moments.kept(moments.to_keep()) == moments


# -- the page ---------------------------------------------------------------------------------------------------------
