"""Earlier please: in order, one at a time, and nobody loses a rank by saying no."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment, move_appointment
from booking.appointments.bookings.confirming import confirm_booking
from booking.appointments.bookings.holds import release_expired_holds
from booking.appointments.enums import State
from booking.appointments.exceptions import AlreadyWaiting, HoldNotYours, NotOffered, OfferLapsed
from booking.appointments.models import Appointment, EarlierOffer, WaitingListEntry
from booking.appointments.search.answers import Search
from booking.appointments.search.availability import find
from booking.appointments.waiting_list.entries import WaitingPreferences, join_waiting_list, leave_waiting_list
from booking.appointments.waiting_list.offers import claim_offer, decline_offer, offer_freed_starts
from booking.residents.deadlines import answer_by
from notifications.models import Message
from tests.factories.appointments import at
from tests.factories.municipalities import MunicipalityFactory
from tests.people import GRETEL, INES, MEHDI, ODILE, PHOEBE
from tests.worlds import World, booking_of, day_ahead, reached, shared_calendar

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")


def wish(**more: Any) -> WaitingPreferences:
    return WaitingPreferences(**{"from_day": timezone.localdate(), "until_day": day_ahead(4, weeks=3)} | more)


def wait(world: World, name: str, **more: Any) -> WaitingListEntry:
    chosen = more.pop("wish", wish())
    return reached(join_waiting_list(wish=chosen, type=world.type, email=f"{name}@mail.example", **more))[0]


def free_starts(world: World, day: date | None = None) -> list[datetime]:
    answer = find(Search(world.type, day=day or day_ahead()))
    return [slot.starts_at for found in answer.day_facilities for slot in found.slots]


def open_offer() -> EarlierOffer:
    return EarlierOffer.objects.get(state__in=("offered", "claimed"))


def test_a_freed_start_goes_to_the_first_who_waits_and_to_nobody_else() -> None:
    world = shared_calendar()
    start = at(day_ahead(), 9)
    booked = world.book(start)
    first, second = wait(world, "premier"), wait(world, "second")
    cancel_appointment(appointment=booked)
    assert start not in free_starts(world)
    assert offer_freed_starts() == 1
    offer = open_offer()
    assert (offer.entry, offer.starts_at) == (first, start)
    assert start not in free_starts(world)
    told = Message.objects.get(kind="waiting.offered")
    assert told.recipient == "premier@mail.example"

    decline_offer(offer_id=offer.pk)
    assert open_offer().entry == second
    first.refresh_from_db()
    assert first.state == "waiting"


def test_accepting_holds_the_start_for_this_browser_and_booking_it_ends_the_wait() -> None:
    world = shared_calendar()
    start = at(day_ahead(), 9)
    booked = world.book(start)
    entry = wait(world, "premier")
    cancel_appointment(appointment=booked)
    offer_freed_starts()
    hold = claim_offer(offer_id=open_offer().pk, browser="soleil")
    assert claim_offer(offer_id=open_offer().pk, browser="soleil").pk == hold.pk
    with pytest.raises(HoldNotYours):
        confirm_booking(hold_id=hold.pk, browser="lune", details=booking_of(MEHDI))
    appointment = confirm_booking(hold_id=hold.pk, browser="soleil", details=booking_of(MEHDI))
    assert appointment.starts_at == start
    entry.refresh_from_db()
    assert entry.state == "served"
    assert EarlierOffer.objects.get().state == "booked"


def test_a_person_with_a_later_appointment_moves_to_the_freed_start() -> None:
    world = shared_calendar()
    day = day_ahead()
    early, late = world.book(at(day, 9)), world.book(at(day, 11), MEHDI, browser="soleil")
    (entry,) = reached(join_waiting_list(wish=wish(), appointment=late))
    with pytest.raises(AlreadyWaiting):
        join_waiting_list(wish=wish(), appointment=late)
    cancel_appointment(appointment=early)
    offer_freed_starts()
    hold = claim_offer(offer_id=open_offer().pk, browser="soleil")
    moved = move_appointment(appointment=late, hold_id=hold.pk, browser="soleil")
    assert moved.starts_at == at(day, 9)
    entry.refresh_from_db()
    assert entry.state == "served"
    assert at(day, 11) in free_starts(world)


def test_nobody_is_offered_a_later_time_than_the_one_they_have() -> None:
    world = shared_calendar()
    day = day_ahead()
    mine, later = world.book(at(day, 9)), world.book(at(day, 11), MEHDI, browser="soleil")
    reached(join_waiting_list(wish=wish(), appointment=mine))
    cancel_appointment(appointment=later)
    assert offer_freed_starts() == 0
    assert at(day, 11) in free_starts(world)


def test_an_unanswered_offer_goes_on_to_the_next_and_in_the_end_to_all() -> None:
    world = shared_calendar()
    day = day_ahead()
    start = at(day, 9)
    booked = world.book(start)
    wait(world, "premier")
    second = wait(world, "second")
    cancel_appointment(appointment=booked)
    offer_freed_starts()
    offer = open_offer()
    with time_machine.travel(offer.deadline + timedelta(seconds=1), tick=False):
        with pytest.raises(OfferLapsed):
            claim_offer(offer_id=offer.pk, browser="lune")
        assert start not in free_starts(world, day), "whoever searches meets the lapsed hold and passes it on"
        release_expired_holds()
        assert start not in free_starts(world, day)
        assert open_offer().entry == second
        offer = open_offer()
    with time_machine.travel(offer.deadline + timedelta(seconds=1), tick=False):
        release_expired_holds()
        assert start in free_starts(world, day)
        assert sorted(EarlierOffer.objects.values_list("state", flat=True)) == ["lapsed", "lapsed"]


def test_when_nobody_waits_freed_time_is_public_at_once() -> None:
    world = shared_calendar()
    start = at(day_ahead(), 9)
    cancel_appointment(appointment=world.book(start))
    assert start in free_starts(world)
    assert not Appointment.objects.held().exists()


def test_when_the_worker_is_down_the_freed_start_still_reaches_the_first_who_waits() -> None:
    world = shared_calendar()
    start = at(day_ahead(), 9)
    entry = wait(world, "premier")
    cancel_appointment(appointment=world.book(start))
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        release_expired_holds()
        assert open_offer().entry == entry


@pytest.mark.parametrize(
    "unsuitable",
    [
        {"weekdays": frozenset({2})},
        {"earliest": datetime(2026, 1, 1, 10).time()},  # noqa: DTZ001
        {"latest": datetime(2026, 1, 1, 8, 30).time()},  # noqa: DTZ001
        {"from_day": day_ahead() + timedelta(days=1)},
        {"until_day": day_ahead() - timedelta(days=1)},
        {"facility_ids": (999_999,)},
    ],
)
def test_only_starts_that_suit_are_offered(unsuitable: dict[str, Any]) -> None:
    world = shared_calendar()
    wait(world, "premier", wish=wish(**unsuitable))
    cancel_appointment(appointment=world.book(at(day_ahead(), 9)))
    assert offer_freed_starts() == 0


def test_only_starts_within_the_radius_are_offered() -> None:
    world = shared_calendar()
    place = world.facilities[0]
    far = MunicipalityFactory.create(latitude=place.latitude + 1, longitude=place.longitude)
    wait(world, "loin", wish=wish(radius_km=50), home=far)
    near = wait(world, "pres", wish=wish(radius_km=50), home=world.municipality)
    cancel_appointment(appointment=world.book(at(day_ahead(), 9)))
    offer_freed_starts()
    assert open_offer().entry == near


def test_a_family_is_offered_a_start_only_where_it_fits() -> None:
    world = shared_calendar()
    day = day_ahead()
    family = wait(world, "famille", people=2)
    single = wait(world, "seul")
    tight = world.book(at(day, 9))
    world.book(at(day, 9, 20), MEHDI, browser="b")
    cancel_appointment(appointment=tight)
    offer_freed_starts()
    assert open_offer().entry == single

    roomy = world.book(at(day, 10), PHOEBE, browser="c")
    cancel_appointment(appointment=roomy)
    offer_freed_starts()
    offer = EarlierOffer.objects.get(entry=family)
    assert offer.hold is not None
    assert offer.hold.ends_at - offer.hold.starts_at == timedelta(minutes=35)


def test_what_a_shorter_appointment_leaves_over_is_public() -> None:
    world = shared_calendar()
    day = day_ahead()
    wait(world, "seul")
    cancel_appointment(appointment=world.book(at(day, 9), ODILE, INES))
    offer_freed_starts()
    assert at(day, 9, 20) in free_starts(world)
    assert at(day, 9) not in free_starts(world)


def test_leaving_the_list_passes_an_offer_on() -> None:
    world = shared_calendar()
    first, second = wait(world, "premier"), wait(world, "second")
    cancel_appointment(appointment=world.book(at(day_ahead(), 9)))
    offer_freed_starts()
    leave_waiting_list(entry=first)
    leave_waiting_list(entry=first)
    assert open_offer().entry == second
    leave_waiting_list(entry=second)
    assert at(day_ahead(), 9) in free_starts(world)


def test_cancelling_the_appointment_ends_the_wish_for_an_earlier_one() -> None:
    world = shared_calendar()
    booked = world.book(at(day_ahead(), 9))
    entry = join_waiting_list(wish=wish(), appointment=booked)
    cancel_appointment(appointment=booked)
    entry.refresh_from_db()
    assert entry.state == "left"


def test_one_place_in_the_queue_per_contact() -> None:
    world = shared_calendar()
    wait(world, "premier")
    with pytest.raises(AlreadyWaiting):
        wait(world, "premier")
    join_waiting_list(wish=wish(), type=world.type, phone="+33612345678")
    with pytest.raises(AlreadyWaiting):
        join_waiting_list(wish=wish(), type=world.type, phone="+33612345678")


def test_nobody_waits_without_an_address_for_seven_or_for_the_past() -> None:
    world = shared_calendar()
    for wrong in ({"email": ""}, {"email": "a@mail.example", "people": 7}):
        with pytest.raises(NotOffered):
            join_waiting_list(wish=wish(), type=world.type, **wrong)  # type: ignore[arg-type]
    booked = world.book(at(day_ahead(), 9))
    with time_machine.travel(booked.ends_at, tick=False), pytest.raises(NotOffered):
        join_waiting_list(wish=wish(), appointment=booked)


def test_the_messages_say_what_who_and_until_when() -> None:
    from django.core import mail

    from notifications.tasks import deliver_due

    world = shared_calendar()
    wait(world, "premier", language="en", phone=GRETEL.phone)
    cancel_appointment(appointment=world.book(at(day_ahead(), 9)))
    deliver_due()
    mail.outbox.clear()
    offer_freed_starts()
    deliver_due()
    (sent,) = mail.outbox
    assert world.facilities[0].name in sent.subject
    assert "/en/lien/" in sent.body
    assert Message.objects.filter(kind="waiting.offered", state="sent").count() == 2


@pytest.mark.parametrize("language", ["fr", "de", "en"])
@pytest.mark.parametrize("place", ["Mairie", "Mairie déléguée de Brunstatt-Didenheim et des Trois-Frontières", "Żółć"])
def test_an_offer_by_sms_costs_two_at_most(place: str, language: str) -> None:
    from notifications.sms import MemoryBackend, segments
    from notifications.tasks import deliver_due

    world = shared_calendar()
    world.facilities[0].name = place
    world.facilities[0].save()
    MemoryBackend.outbox.clear()
    reached(join_waiting_list(wish=wish(), type=world.type, email="", language=language, phone=GRETEL.phone))
    deliver_due()
    cancel_appointment(appointment=world.book(at(day_ahead(), 9)))
    offer_freed_starts()
    deliver_due()
    joined, offered = MemoryBackend.outbox
    for text in (joined.text, offered.text):
        assert segments(text) <= 2
        assert "https://guichet.test/" in text
        assert "’" not in text


def test_a_start_held_by_nobody_can_be_confirmed_by_nobody() -> None:
    world = shared_calendar()
    wait(world, "premier")
    cancel_appointment(appointment=world.book(at(day_ahead(), 9)))
    hold = Appointment.objects.get(state=State.HELD)
    with pytest.raises(HoldNotYours):
        confirm_booking(hold_id=hold.pk, browser="", details=booking_of(MEHDI))


@pytest.mark.parametrize(
    ("now", "ahead", "expected"),
    [
        ("2026-11-23 10:00", timedelta(days=20), "2026-11-24 09:00"),
        ("2026-11-23 10:00", timedelta(days=3), "2026-11-23 14:00"),
        ("2026-11-23 20:30", timedelta(days=3), "2026-11-24 11:30"),
        ("2026-11-23 23:30", timedelta(days=3), "2026-11-24 12:00"),
        ("2026-11-23 10:00", timedelta(hours=30), "2026-11-23 11:00"),
        ("2026-11-23 10:00", timedelta(hours=5), "2026-11-23 10:20"),
        ("2026-11-23 10:00", timedelta(hours=1), "2026-11-23 10:10"),
        ("2026-11-23 10:00", timedelta(minutes=40), None),
    ],
)
def test_the_time_to_answer_shrinks_as_the_hour_nears_and_sleeps_at_night(
    now: str, ahead: timedelta, expected: str | None
) -> None:
    begun = datetime.fromisoformat(now).replace(tzinfo=PARIS).astimezone(UTC)
    found = answer_by(begun, begun + ahead, PARIS)
    assert (found and f"{found.astimezone(PARIS):%Y-%m-%d %H:%M}") == expected
