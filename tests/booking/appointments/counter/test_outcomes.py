"""What became of yesterday's people: a task, a list, a day closed at once, and all of it taken back."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.counter.board_actions import close_day, finish, last_step, settle
from booking.appointments.counter.day_queries import day_list, todays_facilities
from booking.appointments.counter.figures import day_figures
from booking.appointments.counter.outcomes import open_days, settled_today, take_back
from booking.appointments.counter.panel import tasks_of
from booking.appointments.enums import BoardStatus, Half, State
from booking.appointments.exceptions import NotYourDay, StaleBoard
from booking.appointments.models import Appointment, AppointmentType, BoardStep, Counter, WalkInTicket
from municipalities.database.versions import version_of
from municipalities.models import Facility, StaffMember
from tests import people
from tests.factories import AppointmentFactory, FacilityFactory
from tests.factories.appointments import at

pytestmark = pytest.mark.django_db


BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


@pytest.fixture
def agent(rixheim_town_hall: Facility) -> StaffMember:
    return people.agent_of(rixheim_town_hall)


@pytest.fixture
def desk(client: Client, agent: StaffMember) -> Client:
    client.force_login(agent, backend=BACKEND)
    return client


@pytest.fixture
def past(counter: Counter, kind: AppointmentType) -> list[Appointment]:
    """Four of yesterday: two nobody has seen, one who came, one who was served."""
    more = [{}, {}, {"arrived_at": at(yesterday(), 10)}, {"state": State.ATTENDED}]
    return [
        AppointmentFactory.create(type=kind, counter=counter, starts_at=at(yesterday(), 8 + number), **fields)
        for number, fields in enumerate(more)
    ]


def seen(one: Appointment) -> str:
    return str(Appointment.objects.annotate(version=version_of(Appointment)).get(pk=one.pk).version)


def states(*found: Appointment) -> list[str]:
    return [Appointment.objects.get(pk=one.pk).state for one in found]


def test_what_is_open_is_a_task_and_a_list(desk: Client, agent: StaffMember, past: list[Appointment]) -> None:
    address = reverse("counter:outcomes", args=[past[0].facility_id])
    (task,) = [task for task in tasks_of(agent) if task.url == address]
    assert "3 rendez-vous ou tickets passés" in task.text
    page = desk.get(address).content.decode()
    assert [one.reference in page for one in past] == [True, True, True, False]
    assert "noter 2 absents" in page
    assert tasks_of(people.auditor()) == []
    assert open_days(people.agent_of(FacilityFactory.create()), past[0].facility) == []


def test_one_is_noted_and_taken_back_with_its_number(desk: Client, agent: StaffMember, past: list[Appointment]) -> None:
    one = past[0]
    one.people.update(pre_application_number="A123456789", holds_number=True)
    address = reverse("counter:outcomes", args=[one.facility_id])
    desk.post(address, {"suite": f"attended:{one.pk}:{seen(one)}"})
    one.refresh_from_db()
    assert (one.state, one.arrived_at, one.served_at) == (State.ATTENDED, None, None)
    assert not one.people.filter(holds_number=True).exists()
    (press,) = settled_today(agent, one.facility)
    assert (press.reference, press.number, press.day) == (one.reference, 1, yesterday())
    assert last_step(facility_id=one.facility_id, by=agent) is None, "the board's undo is of today's people"
    desk.post(reverse("counter:reopen_day", args=[one.facility_id]), {"instant": press.at.isoformat()})
    assert states(one) == [State.BOOKED]
    assert one.people.filter(holds_number=True).exists()
    assert settled_today(agent, one.facility) == []


def test_a_day_is_closed_in_one_press_and_opened_again(
    desk: Client, agent: StaffMember, past: list[Appointment]
) -> None:
    facility = past[0].facility
    answer = desk.post(reverse("counter:close_day", args=[facility.pk]), {"jour": yesterday().isoformat()}, follow=True)
    assert "2 absents notés" in answer.content.decode()
    assert states(*past) == [State.NO_SHOW, State.NO_SHOW, State.BOOKED, State.ATTENDED]
    assert BoardStep.objects.filter(by=agent).count() == 2
    (press,) = settled_today(agent, facility)
    assert press.number == 2
    assert take_back(facility=facility, at=press.at, by=people.manager_of_facility(facility)) == (0, [])
    assert take_back(facility=facility, at=press.at, by=agent) == (2, [])
    assert states(*past) == [State.BOOKED, State.BOOKED, State.BOOKED, State.ATTENDED]


def test_closing_twice_and_closing_a_day_to_come_change_nothing(
    agent: StaffMember, past: list[Appointment], kind: AppointmentType, counter: Counter
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    coming = AppointmentFactory.create(type=kind, counter=counter, starts_at=at(tomorrow, 9))
    assert len(close_day(facility=counter.facility, day=yesterday(), by=agent)) == 2
    assert close_day(facility=counter.facility, day=yesterday(), by=agent) == []
    with pytest.raises(NotYourDay):
        close_day(facility=counter.facility, day=tomorrow, by=agent)
    assert states(coming) == [State.BOOKED]


def test_closing_today_leaves_who_is_still_expected(
    agent: StaffMember, kind: AppointmentType, counter: Counter
) -> None:
    today = timezone.localdate()
    early, late = (AppointmentFactory.create(type=kind, counter=counter, starts_at=at(today, hour)) for hour in (9, 15))
    noon = at(today, 12)
    steps = close_day(facility=counter.facility, day=today, by=agent, now=noon)
    assert [step.appointment for step in steps] == [early]
    assert states(early, late) == [State.NO_SHOW, State.BOOKED]


def test_the_past_is_noted_only_there_and_the_future_nowhere(
    desk: Client, agent: StaffMember, past: list[Appointment], kind: AppointmentType, counter: Counter
) -> None:
    one = past[0]
    coming = AppointmentFactory.create(
        type=kind, counter=counter, starts_at=at(timezone.localdate() + timedelta(days=1), 9)
    )
    for row in (one, coming):
        answer = desk.post(reverse("counter:mark", args=[row.pk]), {"etat": "attended"}, follow=True)
        assert "se marque le jour même" in answer.content.decode()
        with pytest.raises(NotYourDay):
            finish(subject=row, state=State.ATTENDED, version=seen(row), by=agent)
    with pytest.raises(NotYourDay):
        settle(subject=coming, state=State.ATTENDED, version=seen(coming), by=agent)
    assert states(one, coming) == [State.BOOKED, State.BOOKED]
    for day in (yesterday(), coming.local_day):
        shown = desk.get(reverse("counter:day", args=[counter.facility_id]), {"jour": day.isoformat()})
        assert 'name="etat"' not in shown.content.decode()


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(
    agent: StaffMember, past: list[Appointment]
) -> None:
    version = seen(past[0])
    close_day(facility=past[0].facility, day=yesterday(), by=agent)
    with pytest.raises(StaleBoard):
        settle(subject=past[0], state=State.ATTENDED, version=version, by=agent)
    assert states(past[0]) == [State.NO_SHOW]


def test_the_same_word_stands_on_board_list_sheet_search_and_start_page(
    desk: Client, agent: StaffMember, kind: AppointmentType, counter: Counter
) -> None:
    today = timezone.localdate()
    moments: list[tuple[BoardStatus, dict[str, datetime | str]]] = [
        (BoardStatus.EXPECTED, {}),
        (BoardStatus.ARRIVED, {"arrived_at": timezone.now()}),
        (BoardStatus.SERVING, {"arrived_at": timezone.now(), "called_at": timezone.now()}),
        (BoardStatus.SERVED, {"state": State.ATTENDED}),
        (BoardStatus.INCOMPLETE, {"state": State.INCOMPLETE}),
        (BoardStatus.NO_SHOW, {"state": State.NO_SHOW}),
    ]
    place = counter.facility_id
    for number, (status, fields) in enumerate(moments):
        one = AppointmentFactory.create(
            type=kind,
            counter=counter,
            starts_at=at(today, 8 + number),
            reference=f"7K2M-9QX{'ABCDEF'[number]}",
            **fields,
        )
        board = desk.get(reverse("counter:board", args=[place])).content.decode()
        card = board[board.index(f'id="rdv-{one.pk}"') :]
        sheet = desk.get(reverse("counter:sheet", args=[place]), {"rdv": f"rdv-{one.pk}"}).content.decode()
        listed = desk.get(reverse("counter:day", args=[place])).content.decode()
        row = listed[listed.index(f'id="rdv-{one.reference}"') :]
        found = desk.get(reverse("counter:find"), {"q": one.reference}).content.decode()
        for text in (card[: card.index("</a>")], sheet, row[: row.index("</tr>")], found):
            assert str(status.label) in text, status
    (day,) = todays_facilities(agent)
    assert [word for _number, word in day.counts] == [str(status.label) for status, _fields in moments]


def test_on_the_day_after_nobody_is_expected_any_more(desk: Client, past: list[Appointment]) -> None:
    facility = past[0].facility
    assert [line.appointment.status for line in day_list(facility, yesterday())][:2] == [BoardStatus.UNSETTLED] * 2
    board = desk.get(reverse("counter:board", args=[facility.pk]), {"jour": yesterday().isoformat()}).content.decode()
    assert "sans suite notée" in board
    assert "attendu" not in board[board.index('id="vivant"') : board.index("</form>")]
    figures = day_figures(facility, yesterday(), past)
    assert figures.unsettled == 3


class TestTickets:
    """Whoever was given a number yesterday is as open as whoever had an appointment."""

    @pytest.fixture
    def ticket(self, counter: Counter, kind: AppointmentType) -> WalkInTicket:
        fields = {"facility": counter.facility, "type": kind, "half": Half.AFTERNOON, "number": 2}
        WalkInTicket.objects.create(**fields | {"number": 3}, day=timezone.localdate(), arrived_at=timezone.now())
        return WalkInTicket.objects.create(**fields, day=yesterday(), arrived_at=at(yesterday(), 15))

    def test_a_task_noted_and_taken_back(self, desk: Client, agent: StaffMember, ticket: WalkInTicket) -> None:
        address = reverse("counter:outcomes", args=[ticket.facility_id])
        (task,) = [task for task in tasks_of(agent) if task.url == address]
        assert "1 rendez-vous ou ticket passé" in task.text
        page = desk.get(address).content.decode()
        assert ticket.label in page and "A-3" not in page, "today's is the board's affair"
        version = str(WalkInTicket.objects.annotate(version=version_of(WalkInTicket)).get(pk=ticket.pk).version)
        desk.post(address, {"suite": f"attended:{ticket.pk}:{version}"})
        ticket.refresh_from_db()
        assert (ticket.state, ticket.served_at) == (State.ATTENDED, None)
        assert [task for task in tasks_of(agent) if task.url == address] == []
        (press,) = settled_today(agent, ticket.facility)
        assert (press.reference, press.day, press.number) == ("A-2", yesterday(), 1)
        assert take_back(facility=ticket.facility, at=press.at, by=agent) == (1, [])
        ticket.refresh_from_db()
        assert ticket.state == State.BOOKED

    def test_of_another_house_it_is_nobodys_affair(self, ticket: WalkInTicket) -> None:
        assert open_days(people.agent_of(FacilityFactory.create()), ticket.facility) == []
