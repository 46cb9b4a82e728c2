"""Whoever leaves offers without an answer is asked once, then left alone until they speak."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment
from booking.appointments.bookings.holds import release_expired_holds
from booking.appointments.models import EarlierOffer, WaitingListEntry
from booking.appointments.waiting_list.entries import WaitingPreferences, change_preferences, join_waiting_list
from booking.appointments.waiting_list.messages import WAITING_SUBJECT
from booking.appointments.waiting_list.offers import claim_offer, decline_offer, offer_freed_starts, still_waiting
from booking.residents.actions import mint_link
from notifications.models import Message
from notifications.sms import MemoryBackend
from notifications.tasks import deliver_due
from tests.booking.appointments.walks import text_of
from tests.factories.appointments import at
from tests.worlds import World, day_ahead, reached, shared_calendar

pytestmark = pytest.mark.django_db


def wish() -> WaitingPreferences:
    return WaitingPreferences(from_day=timezone.localdate(), until_day=day_ahead(4, weeks=3))


def wait(world: World, **more: Any) -> WaitingListEntry:
    return reached(join_waiting_list(wish=wish(), type=world.type, **({"email": "muet@mail.example"} | more)))[0]


def free(world: World, start: datetime) -> None:
    cancel_appointment(appointment=world.book(start, browser=f"b{start:%H%M}"))
    offer_freed_starts()


def lapse() -> None:
    """The hour of what is offered now has come, and nothing was said."""
    with time_machine.travel(EarlierOffer.objects.get(state="offered").deadline + timedelta(seconds=1)):
        release_expired_holds()
        deliver_due()


def starts() -> list[datetime]:
    return [at(day_ahead(), 8 + n // 3, 20 * (n % 3)) for n in range(6)]


def test_after_two_offers_without_an_answer_one_is_asked_once_and_offered_no_more() -> None:
    world = shared_calendar()
    entry = wait(world)
    for start in starts()[:2]:
        free(world, start)
        lapse()
    asked = Message.objects.filter(kind="waiting.silent")
    assert [message.recipient for message in asked] == ["muet@mail.example"]
    for start in starts()[2:5]:
        free(world, start)
    assert EarlierOffer.objects.filter(entry=entry).count() == 2
    assert asked.count() == 1
    entry.refresh_from_db()
    assert entry.rests and entry.state == "waiting"


def test_the_next_in_the_list_does_not_wait_for_a_silent_one() -> None:
    world = shared_calendar()
    wait(world)
    for start in starts()[:2]:
        free(world, start)
        lapse()
    second = wait(world, email="eveille@mail.example")
    free(world, starts()[2])
    assert EarlierOffer.objects.get(state="offered").entry == second


@pytest.mark.parametrize("answer", ["says so", "declines", "claims", "changes"])
def test_any_answer_begins_anew_at_the_same_rank(answer: str) -> None:
    world = shared_calendar()
    entry = wait(world)
    free(world, starts()[0])
    lapse()
    free(world, starts()[1])
    offer = EarlierOffer.objects.get(state="offered")
    if answer == "declines":
        decline_offer(offer_id=offer.pk)
    elif answer == "claims":
        claim_offer(offer_id=offer.pk, browser="soleil")
    else:
        lapse()
        entry.refresh_from_db()
        assert entry.rests
        if answer == "says so":
            still_waiting(entry.pk)
        else:
            change_preferences(entry=entry, wish=wish())
    before, created = entry.created_at, WaitingListEntry.objects.get().created_at
    entry.refresh_from_db()
    assert (entry.unanswered, created) == (0, before)


def test_a_start_that_was_accepted_and_not_confirmed_was_answered() -> None:
    world = shared_calendar()
    entry = wait(world)
    free(world, starts()[0])
    hold = claim_offer(offer_id=EarlierOffer.objects.get().pk, browser="soleil")
    assert hold.expires_at is not None
    with time_machine.travel(hold.expires_at + timedelta(seconds=1)):
        release_expired_holds()
    entry.refresh_from_db()
    assert entry.unanswered == 0


def test_the_page_asks_and_one_press_answers() -> None:
    entry = wait(shared_calendar())
    WaitingListEntry.objects.update(unanswered=2)
    client = Client()
    token = mint_link(subject_type=WAITING_SUBJECT, subject_id=entry.pk, expires_at=timezone.now() + timedelta(days=1))
    page = text_of(client.get(f"/lien/{token}/", follow=True))
    assert "Attendez-vous toujours ?" in page and "Non, quitter la liste d’attente" in page
    address = f"/rendez-vous/attente/{entry.pk}/toujours/"
    assert client.get(address).status_code == 405
    page = text_of(client.post(address, follow=True))
    assert "Vous êtes en liste d’attente" in page
    entry.refresh_from_db()
    assert entry.unanswered == 0
    assert Client().post(address).status_code == 403


@pytest.mark.parametrize("email", ["muet@mail.example", ""], ids=["by mail", "by SMS"])
@pytest.mark.parametrize("language", ["fr", "de", "en"])
def test_the_way_out_stands_in_every_message(language: str, email: str, mailoutbox: list[Any]) -> None:
    out = {"fr": "quitter", "de": "Warteliste verlassen", "en": "leave"}[language]
    world = shared_calendar()
    MemoryBackend.outbox.clear()
    wait(world, email=email, phone="+33612345678", language=language)
    deliver_due()
    for start in starts()[:2]:
        free(world, start)
        deliver_due()
        lapse()
    mails = [str(mail.body) for mail in mailoutbox if email in mail.to]
    texts = [sms.text for sms in MemoryBackend.outbox if sms.to == "+33612345678"]
    # Joined, offered twice, asked: by mail where there is one, an offer by both.
    assert (len(mails), len(texts)) == ((4, 2) if email else (0, 4))
    for said in (*mails, *texts):
        assert out.lower() in said.lower(), said
        assert "/lien/" in said
