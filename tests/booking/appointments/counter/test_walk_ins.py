"""Tickets under a quota, the quotas themselves, and the list that is mailed at seven."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.counter.board_queries import board_of
from booking.appointments.counter.morning_list import send_morning_lists, set_morning_list
from booking.appointments.counter.walk_in_queries import half_of, quota_for
from booking.appointments.counter.walk_ins import drop_quota, give_ticket, set_quota
from booking.appointments.enums import BoardStatus, Half, State
from booking.appointments.exceptions import NotOffered, NoWalkIns, QuotaReached
from booking.appointments.models import (
    AppointmentPerson,
    AppointmentType,
    Counter,
    MorningList,
    WalkInQuota,
    WalkInTicket,
)
from booking.appointments.tasks import send_morning_lists as task
from municipalities.models import Facility, StaffMember, StaffRole
from notifications.models import Message, MessageState
from notifications.tasks import deliver_due
from tests import people
from tests.factories import (
    AppointmentFactory,
    ClosureFactory,
    OpeningPeriodFactory,
)
from tests.factories.appointments import at
from tests.factories.municipalities import period

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def manager(rixheim_town_hall: Facility) -> StaffMember:
    return people.manager_of_facility(rixheim_town_hall)


def quota(facility: Facility, places: int, **more: Any) -> None:
    now = timezone.localtime()
    fields = {"weekday": now.weekday(), "half": half_of(now)} | more
    WalkInQuota.objects.create(facility=facility, places=places, **fields)


def signed_in(client: Client, staff: StaffMember) -> Client:
    client.force_login(staff, backend=BACKEND)
    return client


def test_tickets_are_numbered_until_the_quota_is_reached(
    counter: Counter, kind: AppointmentType, agent: StaffMember
) -> None:
    quota(counter.facility, 2)
    tickets = [give_ticket(facility=counter.facility, type=kind, by=agent, people=n + 1) for n in range(2)]
    assert [ticket.number for ticket in tickets] == [1, 2]
    assert tickets[1].label in ("M-2", "A-2")
    assert {ticket.board_status for ticket in tickets} == {BoardStatus.ARRIVED}
    with pytest.raises(QuotaReached, match="Les 2 tickets de cette demi-journée sont donnés"):
        give_ticket(facility=counter.facility, type=kind, by=agent)


def test_a_single_ticket_is_told_in_the_singular(counter: Counter, kind: AppointmentType, agent: StaffMember) -> None:
    quota(counter.facility, 1)
    give_ticket(facility=counter.facility, type=kind, by=agent)
    with pytest.raises(QuotaReached, match="Le seul ticket"):
        give_ticket(facility=counter.facility, type=kind, by=agent)


def test_without_a_quota_nobody_comes_without_appointment(
    counter: Counter, kind: AppointmentType, agent: StaffMember
) -> None:
    with pytest.raises(NoWalkIns):
        give_ticket(facility=counter.facility, type=kind, by=agent)
    quota(counter.facility, 5)
    with pytest.raises(NotOffered):
        give_ticket(facility=counter.facility, type=kind, by=agent, people=7)


def test_a_date_of_its_own_counts_instead_of_the_weekday(counter: Counter, manager: StaffMember) -> None:
    monday = date(2027, 1, 4)
    place = counter.facility
    set_quota(facility=place, weekday=0, half=Half.MORNING, places=10, by=manager)
    assert quota_for(place, monday, Half.MORNING) == 10
    assert quota_for(place, monday, Half.AFTERNOON) == 0
    special = set_quota(facility=place, day=monday, half=Half.MORNING, places=0, by=manager)
    assert quota_for(place, monday, Half.MORNING) == 0
    assert special is not None
    drop_quota(quota=special, by=manager)
    assert quota_for(place, monday, Half.MORNING) == 10
    assert set_quota(facility=place, weekday=0, half=Half.MORNING, places=0, by=manager) is None
    assert not WalkInQuota.objects.exists()


@pytest.mark.parametrize(("hour", "half"), [(8, "am"), (12, "am"), (13, "pm"), (17, "pm")])
def test_the_afternoon_begins_at_one(hour: int, half: str) -> None:
    assert half_of(at(date(2026, 7, 1), hour)) == half
    assert half_of(at(date(2026, 12, 1), hour, 59)) == half


def test_a_ticket_from_the_page_to_the_board(
    client: Client, counter: Counter, kind: AppointmentType, agent: StaffMember
) -> None:
    quota(counter.facility, 3)
    signed_in(client, agent)
    address = reverse("counter:walk_in", args=[counter.facility_id])
    assert "0 ticket donné sur 3" in client.get(address).content.decode()
    answer = client.post(address, {"type": kind.pk, "people": "2", "is_assisted": "on"})
    ticket = WalkInTicket.objects.get()
    assert answer["Location"] == reverse("counter:ticket", args=[ticket.pk])
    assert (ticket.people_count, ticket.is_assisted, ticket.given_by) == (2, True, agent)
    assert ticket.label in client.get(answer["Location"]).content.decode()
    board = client.get(reverse("counter:board", args=[counter.facility_id])).content.decode()
    assert f"Ticket {ticket.label}" in board
    client.post(address, {"type": kind.pk, "people": "1"})
    client.post(address, {"type": kind.pk, "people": "1"})
    full = client.post(address, {"type": kind.pk, "people": "1"})
    assert full.status_code == 409
    assert "Les 3 tickets de cette demi-journée sont donnés" in full.content.decode()
    assert len(board_of(counter.facility, timezone.localdate(), agent).tickets) == 3
    wrong = client.post(address, {"type": "", "people": "99"})
    assert "Choisissez un motif." in wrong.content.decode()


def test_the_page_says_where_nobody_comes_without_appointment(
    client: Client, counter: Counter, agent: StaffMember
) -> None:
    page = signed_in(client, agent).get(reverse("counter:walk_in", args=[counter.facility_id])).content.decode()
    assert "ne reçoit pas sans rendez-vous" in page
    assert "Paramétrer les quotas" not in page


def test_the_auditor_gives_no_ticket_and_subscribes_to_nothing(client: Client, counter: Counter) -> None:
    signed_in(client, people.auditor())
    for name in ("walk_in", "morning"):
        address = reverse(f"counter:{name}", args=[counter.facility_id])
        assert client.get(address).status_code == 403
        assert client.post(address, {}).status_code == 403
    assert client.get(reverse("counter:quotas", args=[counter.facility_id])).status_code == 404
    assert not MorningList.objects.exists()


def test_the_manager_sets_the_week_and_a_date(client: Client, counter: Counter, manager: StaffMember) -> None:
    signed_in(client, manager)
    address = reverse("counter:quotas", args=[counter.facility_id])
    day = (timezone.localdate() + timedelta(days=10)).isoformat()
    assert client.post(address, {"w0am": "4", "w2pm": "2", "day": day, "half": "pm", "places": "0"}).status_code == 302
    assert {(row.weekday, row.half, row.places) for row in WalkInQuota.objects.all()} == {
        (0, "am", 4), (2, "pm", 2), (None, "pm", 0),
    }  # fmt: skip
    page = client.get(address).content.decode()
    assert 'value="4"' in page
    special = WalkInQuota.objects.get(day__isnull=False)
    client.post(reverse("counter:remove_quota", args=[special.pk]))
    client.post(address, {"w0am": "", "w2pm": "2"})
    assert [(row.weekday, row.half, row.places) for row in WalkInQuota.objects.all()] == [(2, "pm", 2)]
    assert "combien de tickets" in client.post(address, {"day": day, "places": ""}).content.decode()
    assert client.post(address, {"w0am": "999"}).status_code == 200
    assert WalkInQuota.objects.count() == 1


def test_an_agent_does_not_set_quotas(client: Client, counter: Counter, agent: StaffMember) -> None:
    signed_in(client, agent)
    assert client.get(reverse("counter:quotas", args=[counter.facility_id])).status_code == 404
    quota(counter.facility, 3)
    row = WalkInQuota.objects.get()
    assert client.post(reverse("counter:remove_quota", args=[row.pk])).status_code == 404
    assert WalkInQuota.objects.exists()


# -- the list of the morning ------------------------------------------------------------------------------------------


@pytest.fixture
def open_today(counter: Counter, kind: AppointmentType) -> datetime:
    """Open all day, with one person expected in the afternoon."""
    today = timezone.localdate()
    OpeningPeriodFactory.create(counter=counter, weekday=today.weekday(), starts=time(0, 5), ends=time(23, 55))
    AppointmentFactory.create(
        type=kind,
        counter=counter,
        starts_at=at(today, 14),
        phone="+33612345678",
        email="odile@mail.example",
        reference="7K2M-9QXA",
        people=[{"last_name": "Fictive", "pre_application_number": "A123456789"}],
    )
    return at(today, 14)


@pytest.fixture
def no_holiday(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests run on whatever day it is."""
    monkeypatch.setattr("booking.appointments.free_time.gaps.public_holidays", lambda year, **_of: {})


def test_the_list_goes_to_the_facility_and_to_those_who_asked(
    open_today: datetime, no_holiday: None, counter: Counter, agent: StaffMember, manager: StaffMember
) -> None:
    Facility.objects.filter(pk=counter.facility_id).update(email="mairie@rixheim.example")
    counter.facility.refresh_from_db()
    set_morning_list(facility=counter.facility, to_me=True, by=agent)
    set_morning_list(facility=counter.facility, to_me=False, to_facility=True, by=manager)
    task()
    task()
    assert send_morning_lists() == 0
    assert set(Message.objects.values_list("recipient", flat=True)) == {"mairie@rixheim.example", agent.email}
    assert not Message.objects.filter(context__icontains="Fictive").exists()
    deliver_due()
    assert len(mail.outbox) == 2
    (sent,) = [one for one in mail.outbox if one.to == [agent.email]]
    text, html = str(sent.body), str(sent.alternatives[0][0])  # type: ignore[attr-defined]
    assert "Liste du jour" in sent.subject
    for part in (text.replace("\xa0", " "), html.replace("\xa0", " ")):
        for word in ("14 h", "Guichet 1", "7K2M-9QXA", "Fictive", "A123456789", "Confidentiel", "à détruire"):
            assert word in part, word
        for needless in ("odile@mail.example", "+33612345678"):
            assert needless not in part


@pytest.mark.parametrize("chosen", [False, True])
def test_a_shared_mailbox_gets_initials_unless_the_town_chose_names(
    chosen: bool, open_today: datetime, no_holiday: None, client: Client, counter: Counter, manager: StaffMember
) -> None:
    Facility.objects.filter(pk=counter.facility_id).update(email="mairie@rixheim.example")
    AppointmentPerson.objects.update(first_name="Odile")
    signed_in(client, manager)
    fields = {"to_facility": "on"} | ({"shows_names": "on"} if chosen else {})
    client.post(reverse("counter:morning", args=[counter.facility_id]), fields)
    assert send_morning_lists() == 1
    deliver_due()
    (sent,) = mail.outbox
    assert sent.to == ["mairie@rixheim.example"]
    for part in (str(sent.body), str(sent.alternatives[0][0])):  # type: ignore[attr-defined]
        assert ("Fictive" in part, "A123456789" in part, "O. F." in part) == (chosen, chosen, not chosen)
        assert "7K2M-9QXA" in part


@pytest.mark.parametrize("why", ["holiday", "closure", "withdrawn", "nobody", "cancelled", "nobody_wants_it"])
def test_no_mail_when_there_is_no_day(
    why: str, open_today: datetime, counter: Counter, agent: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = timezone.localdate()
    holidays = {today: "Fête"} if why == "holiday" else {}
    monkeypatch.setattr("booking.appointments.free_time.gaps.public_holidays", lambda year, **_of: holidays)
    set_morning_list(facility=counter.facility, to_me=why != "nobody_wants_it", by=agent)
    if why == "closure":
        ClosureFactory.create(facility=counter.facility, period=period(at(today, 0), days=1))
    elif why == "withdrawn":
        Facility.objects.filter(pk=counter.facility_id).update(is_active=False)
    elif why == "nobody":
        from booking.appointments.models import Appointment

        Appointment.objects.all().delete()
    elif why == "cancelled":
        from booking.appointments.models import Appointment

        Appointment.objects.update(state=State.CANCELLED_BY_RESIDENT, cancelled_at=timezone.now())
    assert send_morning_lists() == 0
    assert not Message.objects.exists()


@pytest.mark.parametrize("why", ["left", "closed account", "late", "cancelled since"])
def test_a_list_that_is_overtaken_is_not_sent(
    why: str, open_today: datetime, no_holiday: None, counter: Counter, agent: StaffMember
) -> None:
    from booking.appointments.models import Appointment

    set_morning_list(facility=counter.facility, to_me=True, by=agent)
    assert send_morning_lists() == 1
    if why == "left":
        StaffRole.objects.filter(staff=agent).delete()
    elif why == "closed account":
        StaffMember.objects.filter(pk=agent.pk).update(is_active=False)
    elif why == "late":
        Message.objects.update(context={"facility": counter.facility_id, "day": "2026-01-05", "staff": agent.pk})
    else:
        Appointment.objects.update(state=State.CANCELLED_BY_RESIDENT, cancelled_at=timezone.now())
    deliver_due()
    assert mail.outbox == []
    assert Message.objects.get().state == MessageState.WITHDRAWN


def test_each_subscribes_for_themselves_and_the_manager_for_the_house(
    client: Client, counter: Counter, agent: StaffMember, manager: StaffMember
) -> None:
    address = reverse("counter:morning", args=[counter.facility_id])
    signed_in(client, agent)
    assert "À l’adresse de l’établissement" not in client.get(address).content.decode()
    client.post(address, {"to_me": "on", "to_facility": "on"})
    chosen = MorningList.objects.get()
    assert (list(chosen.agents.all()), chosen.to_facility) == ([agent], False)
    signed_in(client, manager)
    client.post(address, {"to_facility": "on"})
    chosen.refresh_from_db()
    assert (list(chosen.agents.all()), chosen.to_facility) == ([agent], True)
    assert agent.email in client.get(address).content.decode()
    signed_in(client, agent)
    client.post(address, {})
    assert list(chosen.agents.all()) == []
    chosen.refresh_from_db()
    assert chosen.to_facility
