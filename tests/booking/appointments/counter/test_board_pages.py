"""The day board as its pages and polls show it, and who may press what."""

import gzip
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from booking.appointments.bookings.changes import mark_attendance
from booking.appointments.counter.board_actions import arrive, call, finish
from booking.appointments.counter.board_queries import board_of, board_version, sheet_of
from booking.appointments.enums import Accessibility, BoardStatus, State, UrgentReason
from booking.appointments.models import (
    Appointment,
    AppointmentType,
    BoardStep,
    Counter,
    WalkInTicket,
)
from municipalities.models import Facility, StaffMember
from notifications.models import Channel, Message, MessageState
from tests import people
from tests.booking.appointments.counter.test_board import BACKEND, LIVE, act, page, seen, today
from tests.factories import (
    AppointmentFactory,
    CounterFactory,
    FeeFactory,
    HoldFactory,
    RequiredDocumentFactory,
)
from tests.worlds import shared_calendar

pytestmark = pytest.mark.django_db


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


def test_the_board_shows_columns_states_and_what_needs_care(
    desk: Client, counter: Counter, kind: AppointmentType, expected: Appointment
) -> None:
    second = CounterFactory.create(facility=counter.facility, name="Guichet 2", types=[kind])
    document = RequiredDocumentFactory.create(label={"fr": "Photo de moins de six mois"})
    document.types.add(kind)
    careful = AppointmentFactory.create(
        type=kind,
        counter=second,
        starts_at=today(9),
        accessibility=[Accessibility.SIGN_LANGUAGE],
        urgent_reason=UrgentReason.EXAM,
        is_assisted=True,
        people=[{"last_name": "d’Œuvre", "pre_application_number": ""}],
    )
    Message.objects.create(
        kind="appointment.confirmed", channel=Channel.MAIL, recipient=careful.email, subject_type="appointment",
        subject_id=careful.pk, state=MessageState.BOUNCED, due_at=timezone.now(), sent_at=timezone.now(),
    )  # fmt: skip
    HoldFactory.create(type=kind, counter=counter, starts_at=today(15), reference="RETENU")
    shown = page(desk, counter.facility, rdv=f"rdv-{careful.pk}")
    for word in (
        "Guichet 1", "Guichet 2", "9 h", "attendu", "d’Œuvre", "n° manquant", "numéro manquant", "non joint",
        "Langue des signes", "accompagné", "Urgence : Examen ou concours", "Photo de moins de six mois",
        f'data-version="{seen(careful)}"', "<kbd>a</kbd> Arrivé",
    ):  # fmt: skip
        assert word in shown, word
    assert "RETENU" not in shown
    with_number = page(desk, counter.facility, rdv=f"rdv-{expected.pk}")
    assert f'data-copy="{expected.people.get().pre_application_number}"' in with_number


def test_stamps_are_added_up_on_the_sheet_and_on_the_ticket(
    desk: Client, counter: Counter, kind: AppointmentType, agent: StaffMember
) -> None:
    FeeFactory.create(cents=8600).types.add(kind)
    family = AppointmentFactory.create(
        type=kind, counter=counter, starts_at=today(10), people_count=2,
        people=[{"last_name": "Un"}, {"last_name": "Deux"}],
        booked_by=agent, booked_at=timezone.now(),
    )  # fmt: skip
    sheet = page(desk, counter.facility, rdv=f"rdv-{family.pk}").replace("\u00a0", " ")
    ticket = desk.get(reverse("counter:booked", args=[family.pk])).content.decode().replace("\u00a0", " ")
    for shown in (sheet, ticket):
        assert "2 × 86 € = 172 €" in shown


def test_waiting_time_runs_from_arriving_to_being_called(expected: Appointment, agent: StaffMember) -> None:
    arrive(subject=expected, version=seen(expected), by=agent)
    assert Appointment.objects.get(pk=expected.pk).arrived_at is not None
    # At noon: half an hour later is the same day.
    came = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    Appointment.objects.filter(pk=expected.pk).update(arrived_at=came)
    board = board_of(expected.facility, timezone.localdate(), agent, now=came + timedelta(minutes=12, seconds=50))
    (card,) = board.cards
    assert (card.waited, card.is_waiting) == (12, True)
    assert board.next_card() == card
    Appointment.objects.filter(pk=expected.pk).update(called_at=came + timedelta(minutes=7))
    board = board_of(expected.facility, timezone.localdate(), agent, now=came + timedelta(minutes=30))
    assert (board.cards[0].waited, board.cards[0].is_waiting) == (7, False)


def test_who_has_not_come_is_late_after_five_minutes(expected: Appointment, agent: StaffMember) -> None:
    for minutes, late in ((5, False), (6, True)):
        board = board_of(
            expected.facility, timezone.localdate(), agent, now=expected.starts_at + timedelta(minutes=minutes)
        )
        assert board.cards[0].is_late is late
        assert board.rows[0].is_now


@pytest.mark.parametrize(("rows", "said"), [(1, "attendu"), (2, "attendus")])
def test_the_head_counts_in_the_right_number(
    rows: int, said: str, desk: Client, counter: Counter, kind: AppointmentType
) -> None:
    for number in range(rows):
        AppointmentFactory.create(type=kind, counter=counter, starts_at=today(8 + number))
    assert f"<strong>{rows}</strong> {said}</li>" in page(desk, counter.facility)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_and_three(
    rows: int, desk: Client, counter: Counter, kind: AppointmentType, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    RequiredDocumentFactory.create().types.add(kind)
    FeeFactory.create().types.add(kind)
    for number in range(rows):
        AppointmentFactory.create(type=kind, counter=counter, starts_at=today(8 + number), people_count=2)
    address = reverse("counter:board", args=[counter.facility_id])
    desk.get(address)
    with django_assert_num_queries(20):  # three of them say what did not leave and whose address is refused
        desk.get(address)


def test_nothing_new_costs_one_query_more_than_the_door(
    desk: Client, expected: Appointment, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = reverse("counter:board", args=[expected.facility_id])
    version = desk.get(address, **LIVE)["ETag"]
    with django_assert_num_queries(5):
        answer = desk.get(address, **LIVE, HTTP_IF_NONE_MATCH=version)
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.fixture
def a_minute_stands_still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tag carries the minute; a test that begins at :59.9 must not see two."""
    now = timezone.now()
    monkeypatch.setattr("booking.appointments.counter.views.board.timezone.now", lambda: now)
    yield


def test_any_change_gives_the_board_another_version(
    desk: Client, expected: Appointment, agent: StaffMember, counter: Counter, kind: AppointmentType
) -> None:
    facility, day = counter.facility, timezone.localdate()
    versions = [board_version(facility, day)]
    arrive(subject=expected, version=seen(expected), by=agent)
    versions.append(board_version(facility, day))
    AppointmentFactory.create(type=kind, counter=counter, starts_at=today(10))
    versions.append(board_version(facility, day))
    WalkInTicket.objects.create(
        facility=facility, day=day, half="am", number=1, type=kind, arrived_at=timezone.now(), given_by=agent
    )
    versions.append(board_version(facility, day))
    Message.objects.create(
        kind="appointment.confirmed", channel=Channel.MAIL, recipient="x@mail.example", subject_type="appointment",
        subject_id=expected.pk, state=MessageState.BOUNCED, due_at=timezone.now(),
    )  # fmt: skip
    versions.append(board_version(facility, day))
    assert len(set(versions)) == len(versions)
    HoldFactory.create(type=kind, counter=counter, starts_at=today(16))
    AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9) + timedelta(days=1))
    assert board_version(facility, day) == versions[-1]


def test_a_step_by_button_and_by_script(desk: Client, expected: Appointment) -> None:
    facility, key = expected.facility, f"rdv-{expected.pk}"
    answer = act(desk, facility, f"arrive:{key}:{seen(expected)}")
    assert answer.status_code == 302
    assert key in answer["Location"]
    answer = act(desk, facility, f"call:{key}:{seen(expected)}", **LIVE)
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert "<html" not in shown
    assert 'data-status="serving"' in shown
    assert f"{expected.reference} : au guichet." in shown.replace("\xa0", " ")
    step = BoardStep.objects.latest("pk")
    act(desk, facility, f"undo:{step.pk}")
    expected.refresh_from_db()
    assert expected.board_status == BoardStatus.ARRIVED
    assert act(desk, facility, f"undo:{step.pk}", **LIVE).status_code == 200


def test_a_stale_click_is_answered_with_the_board_as_it_is(
    desk: Client, expected: Appointment, colleague: StaffMember
) -> None:
    old = seen(expected)
    finish(subject=expected, state=State.INCOMPLETE, version=old, by=colleague)
    gesture = f"attended:rdv-{expected.pk}:{old}"
    answer = act(desk, expected.facility, gesture, **LIVE)
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "Colette Collègue a noté" in shown
    assert 'data-status="incomplete"' in shown
    followed = desk.post(reverse("counter:board_act", args=[expected.facility_id]), {"geste": gesture}, follow=True)
    assert "Rien n’a été écrasé" in followed.content.decode()


@pytest.mark.parametrize(
    "gesture",
    ["", "arrive", "arrive:rdv-x:1", "arrive:rdv-00000000-0000-0000-0000-000000000000:1", "explode:x:1", "undo:",
     "undo:99999999999999999999999", "undo:1", "arrive:ticket-00000000-0000-0000-0000-000000000000:1", "undo:²"],
)  # fmt: skip
def test_nonsense_changes_nothing(gesture: str, desk: Client, expected: Appointment) -> None:
    answer = act(desk, expected.facility, gesture, **LIVE)
    assert answer.status_code == 422
    assert act(desk, expected.facility, gesture).status_code == 302
    assert BoardStep.objects.count() == 0


def test_nobody_undoes_the_step_of_another(desk: Client, expected: Appointment, colleague: StaffMember) -> None:
    step = arrive(subject=expected, version=seen(expected), by=colleague)
    assert step is not None
    assert act(desk, expected.facility, f"undo:{step.pk}", **LIVE).status_code == 422
    expected.refresh_from_db()
    assert expected.arrived_at is not None


def test_a_row_of_elsewhere_is_not_reached_through_this_board(desk: Client, counter: Counter) -> None:
    other = AppointmentFactory.create(starts_at=today(9))
    answer = act(desk, counter.facility, f"arrive:rdv-{other.pk}:{seen(other)}", **LIVE)
    assert answer.status_code == 422
    assert desk.get(reverse("counter:sheet", args=[counter.facility_id]), {"rdv": f"rdv-{other.pk}"}).status_code == 404
    assert desk.get(reverse("counter:board", args=[other.facility_id])).status_code == 404


def test_the_auditor_reads_and_never_writes(client: Client, expected: Appointment) -> None:
    client.force_login(people.auditor(), backend=BACKEND)
    shown = page(client, expected.facility, rdv=f"rdv-{expected.pk}")
    assert expected.people.get().last_name in shown
    assert 'name="geste"' not in shown
    assert act(client, expected.facility, f"arrive:rdv-{expected.pk}:{seen(expected)}").status_code == 403
    expected.refresh_from_db()
    assert expected.arrived_at is None


def test_the_sheet_alone(desk: Client, expected: Appointment) -> None:
    answer = desk.get(reverse("counter:sheet", args=[expected.facility_id]), {"rdv": f"rdv-{expected.pk}"}, **LIVE)
    assert answer.status_code == 200
    assert expected.reference in answer.content.decode()


def test_the_poll_leaves_the_sheet_out_and_comes_compressed(desk: Client, expected: Appointment) -> None:
    address, key = reverse("counter:board", args=[expected.facility_id]), f"rdv-{expected.pk}"
    number = expected.people.get().pre_application_number
    assert number in page(desk, expected.facility, rdv=key)
    asked = LIVE | {"HTTP_ACCEPT_ENCODING": "gzip"}
    answer = desk.get(address, {"rdv": key}, **asked)
    assert answer["Content-Encoding"] == "gzip"
    living = gzip.decompress(answer.content).decode()
    assert f'id="{key}"' in living
    assert number not in living
    assert desk.get(address, {"rdv": key}, **asked, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def test_the_sheet_of_another_day_does_not_open_on_this_board(
    desk: Client, counter: Counter, kind: AppointmentType, expected: Appointment
) -> None:
    later = AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9) + timedelta(days=3))
    assert later.reference not in page(desk, counter.facility, rdv=f"rdv-{later.pk}")


def test_a_script_in_a_name_is_shown_as_text(desk: Client, counter: Counter, kind: AppointmentType) -> None:
    bad = AppointmentFactory.create(
        type=kind, counter=counter, starts_at=today(9), people=[{"last_name": "<script>alert(1)</script>"}]
    )
    assert "<script>alert(1)" not in page(desk, counter.facility, rdv=f"rdv-{bad.pk}")


def test_an_empty_day_says_so(desk: Client, counter: Counter) -> None:
    assert "Aucun rendez-vous ce jour-là" in page(desk, counter.facility, jour="2027-01-04")


def test_cancelled_ones_stay_visible(desk: Client, counter: Counter, kind: AppointmentType) -> None:
    AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9), state=State.CANCELLED_BY_RESIDENT)
    AppointmentFactory.create(type=kind, counter=counter, starts_at=today(9))
    shown = page(desk, counter.facility)
    assert 'data-status="cancelled"' in shown
    assert 'data-status="expected"' in shown


def test_counters_stand_in_the_order_of_their_numbers(counter: Counter, agent: StaffMember) -> None:
    for number in ("10", "2", "²"):  # the last is a digit to some, a number to nobody
        CounterFactory.create(facility=counter.facility, name=f"Guichet {number}")
    board = board_of(counter.facility, timezone.localdate(), agent)
    assert [one.name for one in board.counters] == ["Guichet 1", "Guichet 2", "Guichet 10", "Guichet ²"]


def test_the_sheet_of_a_ticket_has_no_names(counter: Counter, kind: AppointmentType, agent: StaffMember) -> None:
    ticket = WalkInTicket.objects.create(
        facility=counter.facility, day=timezone.localdate(), half="pm", number=4, type=kind, arrived_at=timezone.now()
    )
    sheet = sheet_of(counter.facility, agent, f"ticket-{ticket.pk}")
    assert sheet is not None
    assert (sheet.card.title, sheet.line) == ("Ticket A-4", None)
    step = call(subject=ticket, version=seen(ticket), by=agent)
    assert step is not None
    finish(subject=ticket, state=State.NO_SHOW, version=seen(ticket), by=agent)
    ticket.refresh_from_db()
    assert ticket.board_status == BoardStatus.NO_SHOW


def test_the_list_takes_back_what_the_board_noted(expected: Appointment, agent: StaffMember) -> None:
    call(subject=expected, version=seen(expected), by=agent)
    marked = mark_attendance(appointment=expected, state=State.ATTENDED, by=agent)
    assert marked.board_status == BoardStatus.SERVED
    assert marked.served_at is not None
    marked = mark_attendance(appointment=expected, state=State.BOOKED, by=agent)
    assert (marked.board_status, marked.called_at, marked.served_at) == (BoardStatus.EXPECTED, None, None)


def test_who_keeps_the_calendar_may_close_a_counter_from_the_board() -> None:
    facility = shared_calendar().facilities[0]
    address = reverse("counter:close_one", args=[facility.pk])
    for staff, may in ((people.manager_of_facility(facility), True), (people.agent_of(facility), False)):
        client = Client()
        client.force_login(staff)
        page = client.get(reverse("counter:board", args=[facility.pk])).content.decode()
        assert (address in page) == may
