"""When people are reminded: who may say so, and what becomes of the reminders that wait."""

from datetime import time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.messages.kinds import Kind, reminder_kind
from booking.appointments.messages.owed import owed_on_booking
from booking.appointments.models import Appointment
from booking.appointments.planning.reminders import remove_reminders, save_reminders
from booking.appointments.planning.settings import NotYourCalendar
from municipalities.models import StaffMember
from notifications.models import Channel, Message, MessageState, ReminderPolicy
from notifications.reminders import due_before
from tests import people
from tests.factories import AppointmentFactory, FacilityFactory
from tests.factories.appointments import at
from tests.worlds import World, shared_calendar

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def world() -> World:
    return shared_calendar(town_halls=2)


@pytest.fixture
def manager(world: World) -> StaffMember:
    return people.manager_of_municipality(world.municipality)


def booked(world: World, place: int = 0, hour: int = 9) -> Appointment:
    appointment = AppointmentFactory.create(
        type=world.type,
        counter=world.counters[place],
        starts_at=at(timezone.localdate() + timedelta(days=20), hour),
        phone="+33612345678",
        email="odile@mail.example",
    )
    owed_on_booking(appointment)
    return appointment


def waiting(appointment: Appointment) -> set[tuple[str, object]]:
    """Kinds and instants of the reminders that wait."""
    rows = Message.objects.filter(subject_id=appointment.pk, state=MessageState.QUEUED)
    return set(rows.exclude(kind=Kind.CONFIRMED).values_list("kind", "due_at"))


def test_a_changed_rule_plans_again_what_waits_and_nothing_else(world: World, manager: StaffMember) -> None:
    here, there = booked(world), booked(world, 1)
    usual = waiting(there)
    assert usual == {
        (reminder_kind(7), due_before(there.starts_at, 7, time(9))),
        (reminder_kind(2), due_before(there.starts_at, 2, time(9))),
        (Kind.REMINDER_SMS, due_before(there.starts_at, 1, time(10))),
    }
    sent = Message.objects.get(subject_id=here.pk, kind=reminder_kind(7))
    Message.objects.filter(pk=sent.pk).update(state=MessageState.SENT, sent_at=timezone.now())
    policy = ReminderPolicy(facility=here.facility, mail_days=[3], mail_time=time(17), sms_is_on=False)
    assert save_reminders(policy=policy, by=manager) == 1
    assert waiting(here) == {(reminder_kind(3), due_before(here.starts_at, 3, time(17)))}
    assert waiting(there) == usual
    assert Message.objects.filter(subject_id=here.pk, kind=Kind.CONFIRMED, state=MessageState.QUEUED).count() == 2
    sent.refresh_from_db()
    assert sent.state == MessageState.SENT
    remove_reminders(policy=policy, by=manager)
    assert {kind for kind, _due in waiting(here)} == {kind for kind, _due in usual}


def test_the_rule_of_the_territory_moves_who_has_none_of_their_own(world: World) -> None:
    own, other = booked(world), booked(world, 1)
    ReminderPolicy.objects.create(facility=own.facility, mail_days=[5], sms_is_on=False)
    before = waiting(own)
    by = people.territory_manager()
    save_reminders(policy=ReminderPolicy(mail_days=[], sms_days=2, sms_time=time(8)), by=by)
    assert waiting(other) == {(Kind.REMINDER_SMS, due_before(other.starts_at, 2, time(8)))}
    assert waiting(own) == before


def test_an_hour_gone_by_is_not_made_up_for_and_past_people_hear_nothing(world: World, manager: StaffMember) -> None:
    soon = AppointmentFactory.create(
        type=world.type,
        counter=world.counters[0],
        starts_at=timezone.now() + timedelta(days=2),
        email="odile@mail.example",
    )
    past = AppointmentFactory.create(
        type=world.type, counter=world.counters[0], starts_at=timezone.now() - timedelta(days=2)
    )
    policy = ReminderPolicy(facility=soon.facility, mail_days=[14, 5])
    assert save_reminders(policy=policy, by=manager) == 0
    assert not Message.objects.filter(subject_id__in=[soon.pk, past.pk], channel=Channel.MAIL).exists()


def test_everybody_rules_over_their_own(world: World, manager: StaffMember) -> None:
    stranger = FacilityFactory.create()
    for facility in (stranger, None):
        with pytest.raises(NotYourCalendar):
            save_reminders(policy=ReminderPolicy(facility=facility), by=manager)
    theirs = ReminderPolicy.objects.create(facility=stranger)
    theirs.facility = world.facilities[0]
    with pytest.raises(NotYourCalendar):
        save_reminders(policy=theirs, by=manager)


def test_the_pages(client: Client, world: World, manager: StaffMember) -> None:
    client.force_login(manager, backend=BACKEND)
    typed = {
        "facility": world.facilities[0].pk,
        "mail_days": ["3", "1"],
        "mail_time": "8h30",
        "sms_is_on": "on",
        "sms_days": "1",
        "sms_time": "10:00",
    }
    new = reverse("counter:new_reminders")
    assert "Ce champ est nécessaire" in client.post(new, typed | {"facility": ""}).content.decode()
    assert "Quatre rappels au plus" in client.post(new, typed | {"mail_days": list("12345")}).content.decode()
    assert client.post(new, typed).status_code == 302
    policy = ReminderPolicy.objects.get()
    assert (policy.mail_days, policy.mail_time) == ([3, 1], time(8, 30))
    page = client.get(reverse("counter:reminders")).content.decode().replace("\xa0", " ")
    assert "courriel 3, 1 jours avant, à 8 h 30" in page
    assert "a déjà une règle" in client.post(new, typed).content.decode()
    client.post(reverse("counter:drop_reminders", args=[policy.pk]))
    assert not ReminderPolicy.objects.exists()
    assert client.get(reverse("counter:drop_reminders", args=[policy.pk])).status_code == 405
