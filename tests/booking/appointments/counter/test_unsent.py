"""What did not leave, or perhaps, waits for an agent, who sends it again by one key."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.counter.panel import tasks_of
from booking.appointments.enums import State
from booking.appointments.models import Appointment
from municipalities.models import Facility, StaffMember
from notifications.delivery import deliver_due
from notifications.models import Message, MessageState
from notifications.references import message_id
from tests import people
from tests.factories import AppointmentFactory, CounterFactory, FacilityFactory, MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def password_is_enough(settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False


def signed_in(staff: StaffMember) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def appointment_at(place: Facility, *, days: int = 9, **fields: Any) -> Appointment:
    counter = CounterFactory.create(facility=place)
    return AppointmentFactory.create(counter=counter, starts_at=timezone.now() + timedelta(days=days), **fields)


def message_of(appointment: Appointment, state: str, **fields: Any) -> Message:
    return MessageFactory.create(
        kind="appointment.confirmed", subject_type="appointment", subject_id=appointment.pk,
        recipient=appointment.email, state=state, **fields,
    )  # fmt: skip


def test_one_key_sends_all_of_it_again_under_the_same_name(rixheim_town_hall: Facility) -> None:
    agent = people.agent_of(rixheim_town_hall)
    stuck = [
        message_of(appointment_at(rixheim_town_hall), state) for state in (MessageState.FAILED, MessageState.AMBIGUOUS)
    ]
    elsewhere = message_of(appointment_at(FacilityFactory.create()), MessageState.FAILED)
    over = message_of(appointment_at(rixheim_town_hall, days=-1), MessageState.FAILED)
    (task,) = [task for task in tasks_of(agent) if task.url == reverse("counter:unsent")]
    assert task.text.startswith("2 messages à renvoyer")
    client = signed_in(agent)
    assert task.text in client.get(reverse("staff:home")).content.decode()
    board = client.get(reverse("counter:board", args=[rixheim_town_hall.pk])).content.decode()
    assert task.text in board and f'href="{task.url}"' in board
    page = client.get(task.url).content.decode()
    for message in stuck:
        assert Appointment.objects.get(pk=message.subject_id).reference in page
        assert message.recipient not in page
    assert len(re.findall('<button type="submit" class="govuk-button">', page)) == 1
    assert "2 messages repartent." in client.post(task.url, follow=True).content.decode()
    deliver_due()
    assert {sent.extra_headers["Message-ID"] for sent in mail.outbox} == {message_id(message) for message in stuck}
    for message in (elsewhere, over):
        message.refresh_from_db()
        assert message.state == MessageState.FAILED
    assert "Aucun message à renvoyer" in client.get(task.url).content.decode()


def test_what_has_been_overtaken_is_withdrawn_instead(rixheim_town_hall: Facility) -> None:
    moved_on = message_of(appointment_at(rixheim_town_hall, state=State.CANCELLED_BY_RESIDENT), MessageState.FAILED)
    signed_in(people.agent_of(rixheim_town_hall)).post(reverse("counter:unsent"))
    deliver_due()
    moved_on.refresh_from_db()
    assert moved_on.state == MessageState.WITHDRAWN
    assert not mail.outbox


def test_who_only_looks_on_sends_nothing(rixheim_town_hall: Facility) -> None:
    message = message_of(appointment_at(rixheim_town_hall), MessageState.FAILED)
    auditor = people.auditor()
    assert tasks_of(auditor) == []
    assert signed_in(auditor).post(reverse("counter:unsent")).status_code == 403
    message.refresh_from_db()
    assert message.state == MessageState.FAILED
