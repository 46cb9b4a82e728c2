"""Offers go only to people who read us: whose private link was opened once. It is said where one joins."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment, change_contact
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import EarlierOffer, WaitingListEntry
from booking.appointments.waiting_list.entries import WaitingPreferences, join_waiting_list
from booking.appointments.waiting_list.messages import owed_on_offer
from booking.appointments.waiting_list.offers import offer_freed_starts
from booking.residents.actions import exchange, link_expiry, mint_link
from notifications.sms import MemoryBackend
from notifications.tasks import deliver_due
from tests.booking.appointments.walks import text_of
from tests.factories.appointments import EarlierOfferFactory, at
from tests.people import MEHDI, ODILE
from tests.worlds import World, day_ahead, reached, shared_calendar

pytestmark = pytest.mark.django_db


def wish() -> WaitingPreferences:
    return WaitingPreferences(from_day=timezone.localdate(), until_day=day_ahead(4, weeks=3))


def free(world: World, hour: int = 9) -> int:
    cancel_appointment(appointment=world.book(at(day_ahead(), hour), MEHDI, browser=f"b{hour}"))
    return offer_freed_starts()


def test_nothing_is_offered_to_a_mailbox_that_nobody_has_shown_to_read() -> None:
    world = shared_calendar()
    silent = join_waiting_list(wish=wish(), type=world.type, email="inconnu@mail.example")
    assert free(world) == 0
    (second,) = reached(join_waiting_list(wish=wish(), type=world.type, email="second@mail.example"))
    assert free(world) == 1
    assert EarlierOffer.objects.get().entry == second
    reached(silent)
    assert free(world, 10) == 1
    assert EarlierOffer.objects.get(starts_at=at(day_ahead(), 10)).entry == silent


def test_the_link_of_their_appointment_will_do() -> None:
    world = shared_calendar()
    late = world.book(at(day_ahead(), 11), ODILE)
    entry = join_waiting_list(wish=wish(), appointment=late)
    assert free(world) == 0
    exchange(token=mint_link(subject_type=SUBJECT, subject_id=late.pk, expires_at=link_expiry(late.ends_at)))
    assert free(world) == 1
    assert EarlierOffer.objects.get().entry == entry


def test_a_new_contact_has_shown_nothing_yet() -> None:
    world = shared_calendar()
    late = world.book(at(day_ahead(), 11), ODILE)
    (entry,) = reached(join_waiting_list(wish=wish(), appointment=late))
    change_contact(appointment=late, email="neuf@mail.example", phone="", language="fr")
    assert free(world) == 0
    reached(entry)
    assert free(world) == 1


@pytest.mark.parametrize(
    ("language", "once"), [("fr", "une fois"), ("de", "einmal"), ("en", "once")], ids=["fr", "de", "en"]
)
@pytest.mark.parametrize("email", ["lu@mail.example", ""], ids=["by mail", "by SMS"])
def test_the_message_and_the_page_say_so(language: str, once: str, email: str, mailoutbox: list[Any]) -> None:
    world = shared_calendar()
    MemoryBackend.outbox.clear()
    join_waiting_list(wish=wish(), type=world.type, email=email, phone="+33612345678", language=language)
    deliver_due()
    said = str(mailoutbox[0].body) if email else MemoryBackend.outbox[0].text
    assert once in said and "/lien/" in said
    prefix = "" if language == "fr" else f"/{language}"
    assert once in text_of(Client().get(f"{prefix}/rendez-vous/plus-tot/note/"))
    assert WaitingListEntry.objects.get().state == "waiting"


@pytest.mark.parametrize("unanswered", [0, 1])
def test_what_waits_for_the_old_contact_goes_to_nobody(unanswered: int, mailoutbox: list[Any]) -> None:
    """It is written when it leaves, with a link that opens: it must not reach the mailbox that was left."""
    world = shared_calendar()
    late = world.book(at(day_ahead(), 11), ODILE)
    entry = join_waiting_list(wish=wish(), appointment=late)
    if unanswered:
        owed_on_offer(EarlierOfferFactory.create(entry=entry, deadline=timezone.now() + timedelta(hours=3)))
    changed = change_contact(appointment=late, email="neuf@mail.example", phone="", language="fr")
    change_contact(appointment=changed, email="", phone="+33612345678", language="fr")
    deliver_due()
    left = [one for one in mailoutbox if ODILE.email in one.to or "neuf@mail.example" in one.to]
    assert {"/lien/" in one.body for one in left} == {False}
    assert any("/lien/" in one.text for one in MemoryBackend.outbox if one.to == "+33612345678")
