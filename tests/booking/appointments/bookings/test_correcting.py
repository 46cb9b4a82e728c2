"""Mending a file: whoever comes, their numbers, their time, and who hears of it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.core import mail

from booking.appointments.bookings.changes import cancel_appointment, change_contact
from booking.appointments.bookings.confirming import PersonDetails
from booking.appointments.bookings.correcting import (
    CorrectedPerson,
    Correction,
    correct_appointment,
    nearest_times,
    version_shown,
)
from booking.appointments.bookings.queries import people_of
from booking.appointments.enums import State
from booking.appointments.exceptions import (
    AlreadyOver,
    ChangedMeanwhile,
    NobodyLeft,
    NoRoomForAll,
    NumberInUse,
)
from booking.appointments.free_time.gaps import differences, rebuild_day
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment
from booking.appointments.search.answers import Search
from booking.appointments.search.availability import find
from booking.appointments.waiting_list.entries import WaitingPreferences, join_waiting_list
from municipalities.models import AuditEntry, StaffMember
from notifications.delivery import deliver_due
from notifications.models import Message, MessageState
from tests.factories.appointments import at
from tests.people import INES, LOIC, MEHDI, ODILE, Resident, agent_of
from tests.worlds import World, day_ahead, entry_of, shared_calendar

pytestmark = pytest.mark.django_db

DAY = day_ahead()


def as_known(appointment: Appointment, **changed: Any) -> list[CorrectedPerson]:
    """Everybody as they are, the first with these changes."""
    people = [CorrectedPerson(PersonDetails.of(one), one.pk) for one in people_of(appointment)]
    if changed:
        first = PersonDetails(**{**vars(people[0].details), **changed})
        people[0] = CorrectedPerson(first, people[0].pk)
    return people


def joining(person: Resident) -> CorrectedPerson:
    return CorrectedPerson(PersonDetails(**person.details()))


def correct(appointment: Appointment, people: list[CorrectedPerson], **more: Any) -> Appointment:
    asked = {name: more.pop(name) for name in ("contact", "note") if name in more}
    version = more.pop("version", None) or version_shown(appointment)
    correction = Correction(people=people, **asked)
    return correct_appointment(appointment=appointment, version=version, correction=correction, **more)


def queued(appointment: Appointment) -> list[str]:
    rows = Message.objects.filter(subject_id=appointment.pk, state=MessageState.QUEUED)
    return list(rows.order_by("kind").values_list("kind", flat=True))


def starts(world: World, people: int = 1) -> list[str]:
    found = find(Search(world.type, people, day=DAY)).day_facilities
    return [f"{slot.starts_at.astimezone(at(DAY, 8).tzinfo):%H:%M}" for one in found for slot in one.slots]


def test_a_name_is_mended_everybody_hears_and_the_entry_follows() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9))
    entry = entry_of(booked)
    corrected = correct(booked, as_known(booked, last_name="Fictif-Réel", situation="loss"))

    person = corrected.people.get()
    assert (person.last_name, person.situation, person.holds_number) == ("Fictif-Réel", "loss", True)
    assert (corrected.reference, corrected.starts_at, corrected.sequence) == (booked.reference, at(DAY, 9), 1)
    assert "SEQUENCE:1" in entry_of(corrected) != entry
    assert "appointment.corrected" in queued(corrected)
    assert "appointment.reminder_sms" in queued(corrected) or "appointment.confirmed" in queued(corrected)


def test_a_wrong_number_frees_the_right_one_takes_it() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9))
    correct(booked, as_known(booked, number="Z999999999"))
    other = world.book(at(DAY, 10), ODILE)
    assert other.people.get().holds_number, "the wrong number is free again"
    with pytest.raises(NumberInUse) as refused:
        correct(other, as_known(other, number="Z999999999"))
    assert refused.value.appointment == booked
    assert other.people.get().pre_application_number == ODILE.number


def test_two_people_exchange_their_numbers() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9), ODILE, LOIC)
    first, second = as_known(booked)
    swapped = [
        CorrectedPerson(PersonDetails(**{**vars(first.details), "number": LOIC.number}), first.pk),
        CorrectedPerson(PersonDetails(**{**vars(second.details), "number": ODILE.number}), second.pk),
    ]
    correct(booked, swapped)
    assert [one.pre_application_number for one in people_of(booked)] == [LOIC.number, ODILE.number]
    assert all(one.holds_number for one in people_of(booked))


def test_of_three_one_drops_out_the_rest_of_the_time_and_the_number_are_free_at_once() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9), ODILE, LOIC, INES)
    assert (booked.ends_at - booked.starts_at).seconds == 50 * 60
    before = starts(world)
    first, _loic, ines = as_known(booked)
    corrected = correct(booked, [first, ines])
    assert (corrected.ends_at - corrected.starts_at).seconds == 35 * 60
    assert (corrected.people_count, [one.position for one in people_of(corrected)]) == (2, [1, 2])
    assert len(starts(world)) >= len(before)
    assert differences(world.counters[0], DAY, DAY) == ([], [])
    assert world.book(at(DAY, 9, 35), LOIC).people.get().holds_number


def test_one_more_has_longer_where_it_is_free() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9))
    corrected = correct(booked, [*as_known(booked), joining(LOIC)])
    assert (corrected.starts_at, corrected.ends_at) == (at(DAY, 9), at(DAY, 9, 35))
    assert corrected.people_count == corrected.people.count() == 2
    assert "09:20" not in starts(world)
    assert differences(world.counters[0], DAY, DAY) == ([], [])


def test_one_more_is_moved_to_another_counter_at_the_same_hour_where_that_is_free() -> None:
    world = shared_calendar(counters=2)
    booked = world.book(at(DAY, 9))
    taken = world.book(at(DAY, 9, 20), MEHDI)
    Appointment.objects.filter(pk=taken.pk).update(counter=booked.counter)
    for counter in world.counters:
        rebuild_day(counter.pk, at(DAY, 9))
    corrected = correct(booked, [*as_known(booked), joining(LOIC)])
    assert corrected.starts_at == at(DAY, 9)
    assert corrected.counter != booked.counter
    for counter in world.counters:
        assert differences(counter, DAY, DAY) == ([], [])


def test_one_more_is_refused_where_there_is_no_room_and_the_nearest_times_are_had_at_once() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9))
    world.book(at(DAY, 9, 20), MEHDI)
    people = [*as_known(booked), joining(LOIC)]
    with pytest.raises(NoRoomForAll):
        correct(booked, people)
    booked.refresh_from_db()
    assert (booked.people_count, booked.people.count(), booked.sequence) == (1, 1, 0)
    assert not Appointment.objects.filter(state=State.HELD).exists()

    nearest = nearest_times(booked, people=2, viewer=Viewer.resident())
    assert nearest
    chosen = nearest[0]
    assert (chosen.ends_at - chosen.starts_at).seconds == 35 * 60
    corrected = correct(booked, people, to=(chosen.facility, chosen.starts_at))
    assert (corrected.pk, corrected.starts_at, corrected.people_count) == (booked.pk, chosen.starts_at, 2)
    told = Message.objects.get(subject_id=booked.pk, kind="appointment.corrected")
    assert datetime.fromisoformat(told.context["before"]) == at(DAY, 9)
    assert differences(world.counters[0], DAY, DAY) == ([], [])


def test_nobody_left_is_a_cancellation() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9))
    with pytest.raises(NobodyLeft):
        correct(booked, [])


def test_the_second_press_changes_nothing_and_an_old_page_overwrites_nothing() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9))
    version = version_shown(booked)
    people = as_known(booked, last_name="Réelle")
    correct(booked, people, version=version)
    again = correct(booked, people, version=version)
    assert again.sequence == 1
    with pytest.raises(ChangedMeanwhile):
        correct(booked, as_known(booked, last_name="Autre"), version=version)
    assert booked.people.get().last_name == "Réelle"


def test_what_is_over_stays_as_it_was_but_an_agent_mends_what_has_begun() -> None:
    world = shared_calendar()
    booked, other = world.book(at(DAY, 9)), world.book(at(DAY, 10), MEHDI)
    agent = agent_of(world.facilities[0])
    later = at(DAY, 9, 5)
    with pytest.raises(AlreadyOver):
        correct(booked, as_known(booked, last_name="Réelle"), now=later)
    assert correct(booked, as_known(booked, last_name="Réelle"), now=later, by=agent).people.get().last_name == "Réelle"
    cancel_appointment(appointment=other)
    with pytest.raises(AlreadyOver):
        correct(other, as_known(other, last_name="X"), by=agent)


class TestAgent:
    @pytest.fixture
    def world(self) -> World:
        return shared_calendar()

    @pytest.fixture
    def agent(self, world: World) -> StaffMember:
        return agent_of(world.facilities[0])

    def test_contact_and_file_in_one_and_the_old_mailbox_takes_leave(self, world: World, agent: StaffMember) -> None:
        booked = world.book(at(DAY, 9))
        contact = {"email": "neuve@mail.example", "phone": "", "language": "de"}
        corrected = correct(booked, as_known(booked, last_name="Réelle"), contact=contact, by=agent)
        assert (corrected.email, corrected.language) == ("neuve@mail.example", "de")
        rows = Message.objects.filter(subject_id=booked.pk, state=MessageState.QUEUED)
        assert set(rows.filter(recipient=ODILE.email).values_list("kind", flat=True)) == {"appointment.mailbox_left"}
        assert {"appointment.confirmed", "appointment.corrected"} <= set(
            rows.filter(recipient="neuve@mail.example").values_list("kind", flat=True)
        )

    def test_a_note_is_the_counters_alone_and_traced_without_its_words(self, world: World, agent: StaffMember) -> None:
        booked = world.book(at(DAY, 9))
        before = queued(booked)
        corrected = correct(booked, as_known(booked), note="Vient avec sa sœur.", by=agent)
        assert (corrected.counter_note, corrected.sequence) == ("Vient avec sa sœur.", 0)
        assert queued(booked) == before
        entry = AuditEntry.objects.filter(table="appointments_appointment", object_id=str(booked.pk)).latest("pk")
        assert (entry.after["counter_note"], entry.staff_id) == ("•", agent.pk)
        assert "sœur" not in str(list(AuditEntry.objects.values_list("before", "after")))
        deliver_due()
        assert "sœur" not in str(list(Message.objects.values()))

    def test_the_trace_says_who_mended_what(self, world: World, agent: StaffMember) -> None:
        booked = world.book(at(DAY, 9))
        correct(booked, as_known(booked, last_name="Réelle"), by=agent)
        entry = AuditEntry.objects.filter(table="appointments_appointmentperson", verb="U").latest("pk")
        assert (entry.before["last_name"], entry.after["last_name"]) == (ODILE.last_name, "Réelle")
        assert entry.staff_id == agent.pk


def test_whoever_waits_with_it_waits_for_as_many() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9), ODILE, LOIC)
    entry = join_waiting_list(wish=WaitingPreferences(from_day=DAY, until_day=DAY), appointment=booked)
    correct(booked, as_known(booked)[:1])
    entry.refresh_from_db()
    assert entry.people_count == 1


def test_a_change_of_contact_alone_tells_the_old_mailbox_too() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9))
    changed = change_contact(appointment=booked, email="neuve@mail.example", phone="", language="fr")
    assert changed.sequence == 1
    assert Message.objects.get(kind="appointment.mailbox_left").recipient == ODILE.email
    same = change_contact(appointment=changed, email="neuve@mail.example", phone="+33612345678", language="fr")
    assert same.sequence == 1
    assert Message.objects.filter(kind="appointment.mailbox_left").count() == 1


def test_the_mailbox_left_hears_of_it_whatever_comes_before_the_mail_has_gone() -> None:
    world = shared_calendar()
    farewell = Message.objects.filter(kind="appointment.mailbox_left", recipient=ODILE.email)
    for begin, then in (
        (at(DAY, 9), lambda mine: change_contact(appointment=mine, email="3@mail.example", phone="", language="fr")),
        (at(DAY, 10), lambda mine: cancel_appointment(appointment=mine)),
    ):
        booked = world.book(begin, replace(ODILE, number=f"A12345678{begin.hour % 10}"))
        changed = change_contact(appointment=booked, email="2@mail.example", phone="", language="fr")
        then(changed)
        assert farewell.get(subject_id=booked.pk).state == MessageState.QUEUED
    deliver_due()
    mails = [one for one in mail.outbox if ODILE.email in one.to]
    assert len(mails) == 2
    assert ["maintenu" in one.body for one in mails] == [True, False]
    assert all("METHOD:CANCEL" in str(one.alternatives) for one in mails)


def test_contact_and_time_corrected_in_one_take_leave_of_the_old_mailbox_too() -> None:
    world = shared_calendar()
    booked = world.book(at(DAY, 9))
    contact = {"email": "neuve@mail.example", "phone": "", "language": "fr"}
    people = [*as_known(booked), joining(LOIC)]
    correct(booked, people, contact=contact, by=agent_of(world.facilities[0]), to=(world.facilities[0], at(DAY, 10)))
    told = Message.objects.filter(subject_id=booked.pk, state=MessageState.QUEUED)
    assert list(told.filter(recipient=ODILE.email).values_list("kind", flat=True)) == ["appointment.mailbox_left"]


@pytest.mark.parametrize("again", ["ODILE@mail.example", "odile+rdv@mail.example", "Odile+Mairie@Mail.Example"])
def test_another_spelling_of_a_mailbox_is_not_another_one(again: str) -> None:
    """Else the farewell would follow the new invitation into the same calendar, and take the entry out of it."""
    world = shared_calendar()
    booked = world.book(at(DAY, 9))
    changed = change_contact(appointment=booked, email=again, phone="", language="fr")
    assert (changed.email, changed.sequence) == (again, 0)
    assert not Message.objects.filter(subject_id=booked.pk, kind="appointment.mailbox_left").exists()
    other = change_contact(appointment=changed, email="2@mail.example", phone="", language="fr")
    change_contact(appointment=other, email=ODILE.email, phone="", language="fr")
    deliver_due()
    assert not any("METHOD:CANCEL" in str(one.alternatives) for one in mail.outbox if "odile" in one.to[0].lower())
