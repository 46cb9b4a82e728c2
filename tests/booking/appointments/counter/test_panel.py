"""The start page of the agents: what is going on today, what waits for somebody, and a menu that says where one is."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.counter.day_queries import next_day_with_people, todays_facilities
from booking.appointments.counter.panel import tasks_of
from booking.appointments.enums import Half
from booking.appointments.models import BusyCalendar, WalkInTicket
from municipalities.actions.drafts import save_draft
from municipalities.identity import Emblem
from municipalities.models import StaffMember
from notifications.models import Message, MessageState
from tests import people
from tests.factories import AppointmentFactory, FacilityFactory
from tests.worlds import shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def password_is_enough(settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False


def _page(staff: StaffMember, address: str = "") -> str:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    text = client.get(address or reverse("staff:home")).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("’", "'")


def _noon() -> Any:
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


def test_who_is_there_and_not_yet_called_is_counted_with_the_tickets() -> None:
    world = shared_calendar()
    counter, now = world.counters[0], timezone.now()
    for number, moments in enumerate([{}, {"arrived_at": now}, {"arrived_at": now, "called_at": now}]):
        AppointmentFactory.create(
            type=world.type, counter=counter, starts_at=_noon() + timedelta(minutes=30 * number), **moments
        )
    WalkInTicket.objects.create(
        facility=counter.facility,
        day=timezone.localdate(),
        half=Half.MORNING,
        number=1,
        type=world.type,
        arrived_at=now,
    )
    agent = people.agent_of(counter.facility)
    (one,) = todays_facilities(agent)
    assert (one.booked, one.waiting, one.following) == (3, 2, None)
    assert "2 arrivés" in _page(agent)


def test_an_empty_day_says_when_the_next_people_come() -> None:
    world = shared_calendar()
    counter = world.counters[0]
    later = _noon() + timedelta(days=3)
    AppointmentFactory.create(type=world.type, counter=counter, starts_at=later)
    agent = people.agent_of(counter.facility)
    (one,) = todays_facilities(agent)
    assert one.following == later.date() == next_day_with_people(counter.facility, timezone.localdate())
    assert next_day_with_people(counter.facility, later.date()) is None
    link = f"{reverse('counter:board', args=[counter.facility_id])}?jour={later.date().isoformat()}"
    client = Client()
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    for address in (reverse("staff:home"), reverse("counter:board", args=[counter.facility_id])):
        assert link.partition("?")[2] in client.get(address).content.decode()


def test_a_house_without_counter_books_in_the_others() -> None:
    page = _page(people.agent_of(FacilityFactory.create()))
    assert "Réserver pour quelqu'un" in page
    assert "n'a pas de guichet" in page


def test_people_to_call_are_named_by_house() -> None:
    world = shared_calendar()
    counter = world.counters[0]
    # Nothing opens at three in the morning.
    outside = AppointmentFactory.create(
        type=world.type, counter=counter, starts_at=_noon().replace(hour=3) + timedelta(days=2)
    )
    agent = people.agent_of(counter.facility)
    assert [task.url for task in tasks_of(agent)] == [reverse("counter:outside", args=[counter.facility_id])]
    assert "1 rendez-vous hors des heures d'ouverture, une personne à appeler" in _page(agent)
    _lost(outside)
    assert f"rdv=rdv-{outside.pk}" in tasks_of(agent)[1].url
    for stranger in (people.agent_of(FacilityFactory.create()), people.auditor()):
        assert tasks_of(stranger) == []


def test_a_message_that_came_through_later_is_no_task() -> None:
    world = shared_calendar()
    counter = world.counters[0]
    row = AppointmentFactory.create(type=world.type, counter=counter, starts_at=_noon() + timedelta(days=2))
    _lost(row)
    agent = people.agent_of(counter.facility)
    assert any(row.reference in task.text for task in tasks_of(agent))
    _lost(row, state=MessageState.DELIVERED)
    assert not any(row.reference in task.text for task in tasks_of(agent))


def _lost(row: Any, state: str = MessageState.BOUNCED) -> None:
    Message.objects.create(
        kind="appointment.confirmed",
        channel="mail",
        recipient="a@mail.example",
        subject_type="appointment",
        subject_id=row.pk,
        due_at=timezone.now(),
        state=state,
    )


def test_a_calendar_that_fails_is_its_managers_task() -> None:
    counter = shared_calendar().counters[0]
    BusyCalendar.objects.create(
        counter=counter, name="Salle 2", address="https://x.example/a.ics", last_error="too_slow"
    )
    manager, agent = people.manager_of_facility(counter.facility), people.agent_of(counter.facility)
    assert [task.url for task in tasks_of(manager)] == [reverse("external_calendars:busy", args=[counter.pk])]
    assert tasks_of(agent) == []


def test_a_draft_waits_for_who_may_publish_it() -> None:
    counter = shared_calendar().counters[0]
    town = counter.facility.municipality
    manager = people.manager_of_municipality(town)
    save_draft(municipality=town, values={"phone": ""}, emblem=Emblem(), seen="", by=manager)
    assert "un brouillon de la page attend d'être publié" in _page(manager)
    assert "brouillon" not in _page(people.agent_of(counter.facility))


def test_the_menu_is_the_same_above_every_page_and_marks_where_one_is() -> None:
    counter = shared_calendar().counters[0]
    client = Client()
    client.force_login(people.agent_of(counter.facility), backend="allauth.account.auth_backends.AuthenticationBackend")
    day, account = reverse("counter:today"), reverse("mfa_index")

    def menu(address: str) -> list[tuple[str, str]]:
        page = client.get(address).content.decode()
        nav = page[page.index("gc-staffnav") : page.index("</nav>", page.index("gc-staffnav"))]
        return re.findall(r'href="([^"]+)"(?: aria-current="(\w+)")?', nav)

    on_board = menu(reverse("counter:board", args=[counter.facility_id]))
    assert (day, "true") in on_board
    assert [href for href, _current in on_board] == [href for href, _current in menu(account)]
    assert [href for href, current in menu(account) if current] == [account]
    closures = reverse("counter:closures")
    assert [href for href, current in menu(closures) if current == "page"] == [closures]


def test_before_the_second_factor_there_is_no_menu(settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True
    page = _page(people.agent_of(FacilityFactory.create()), reverse("staff:second_factor"))
    assert "Journée" not in page
    assert "Se déconnecter" in page


def test_an_address_that_only_a_button_opens_says_so() -> None:
    counter = shared_calendar().counters[0]
    client = Client()
    client.force_login(people.agent_of(counter.facility), backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(reverse("counter:facility_service", args=[counter.facility_id]))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "ne s’ouvre que par son bouton" in answer.content.decode()


def test_who_was_found_or_is_to_be_called_opens_on_the_board_and_cancelling_leads_back_there() -> None:
    world = shared_calendar()
    row = AppointmentFactory.create(
        type=world.type,
        counter=world.counters[0],
        starts_at=_noon() + timedelta(days=2),
        people=[{"last_name": "Roth"}],
    )
    client = Client()
    client.force_login(people.agent_of(row.facility), backend="allauth.account.auth_backends.AuthenticationBackend")
    sheet = f"{reverse('counter:board', args=[row.facility_id])}?jour={row.starts_at.date()}&amp;rdv=rdv-{row.pk}#fiche"
    assert sheet in client.get(reverse("counter:find"), {"q": "Roth"}).content.decode()
    assert sheet in client.get(reverse("counter:outside", args=[row.facility_id])).content.decode()
    address = f"{reverse('counter:cancel', args=[row.pk])}?tableau=1"
    assert address in client.get(sheet.replace("&amp;", "&")).content.decode()
    assert client.post(address, {"reason": "Panne"})["Location"] == sheet.replace("&amp;", "&")


def test_who_only_looks_on_is_not_offered_to_book() -> None:
    counter = shared_calendar().counters[0]
    page = _page(people.auditor(), reverse("counter:board", args=[counter.facility_id]))
    assert "Réserver pour quelqu'un" not in page
    assert "Ticket sans rendez-vous" not in page
