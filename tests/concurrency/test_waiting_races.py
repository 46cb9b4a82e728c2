"""Twenty people wait for one freed start: one holder at any moment, the order kept, across kill -9.

Each guard has a twin that takes it away and shows the damage.
"""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment
from booking.appointments.bookings.confirming import confirm_booking
from booking.appointments.bookings.holds import release_expired_holds
from booking.appointments.enums import OCCUPYING, State
from booking.appointments.exceptions import OfferLapsed, WaitIsOver
from booking.appointments.models import Appointment, EarlierOffer, WaitingListEntry
from booking.appointments.models.waiting import OPEN_OFFERS
from booking.appointments.waiting_list import offers as waiting_list
from booking.appointments.waiting_list.entries import change_preferences, join_waiting_list, leave_waiting_list
from booking.appointments.waiting_list.offers import claim_offer, decline_offer, offer_freed_starts
from municipalities.database.transactions import Busy
from notifications.models import Message
from tests.booking.appointments.waiting_list.test_offers import wish
from tests.concurrency.crowd import crowd
from tests.concurrency.test_races import overlapping, rows_equal_oracle
from tests.factories.appointments import at
from tests.people import MEHDI, ODILE
from tests.worlds import World, booking_of, day_ahead, reached, shared_calendar

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def queue(world: World, length: int = 20) -> list[WaitingListEntry]:
    people = [f"attend{n}@mail.example" for n in range(length)]
    return reached(*(join_waiting_list(wish=wish(), type=world.type, email=email) for email in people))


def free(world: World, *hours: tuple[int, int]) -> None:
    """Book these starts and cancel them at once."""
    booked = [
        world.book(at(day_ahead(), *hour), replace(MEHDI, number=f"L{n:09d}"), browser=f"libere {n}")
        for n, hour in enumerate(hours)
    ]
    for appointment in booked:
        cancel_appointment(appointment=appointment)


def open_offers() -> list[EarlierOffer]:
    return list(
        EarlierOffer.objects.filter(state__in=OPEN_OFFERS).select_related("entry", "hold").order_by("starts_at")
    )


def offered_in_order(entries: list[WaitingListEntry]) -> bool:
    """Whoever was offered something stands before whoever was not, and was asked before the next."""
    asked = list(EarlierOffer.objects.order_by("offered_at", "pk").values_list("entry", flat=True))
    return asked == [entry.pk for entry in entries[: len(asked)]]


def each_told_once() -> bool:
    told = Counter(Message.objects.filter(kind="waiting.offered").values_list("context__offer", "channel"))
    offers = {str(pk) for pk in EarlierOffer.objects.values_list("pk", flat=True)}
    return set(told.values()) == {1} and {offer for offer, _channel in told} == offers


def lapse_all() -> None:
    """As if every deadline had gone by."""
    Appointment.objects.held().update(expires_at=timezone.now() - timedelta(seconds=1))


def sound(world: World) -> None:
    """What must hold at any instant between two transactions."""
    current = open_offers()
    assert len({offer.entry_id for offer in current}) == len(current), "a person has two open offers"
    assert len({offer.starts_at for offer in current}) == len(current), "a start is offered to two people"
    assert all(offer.hold is not None and offer.hold.state in OCCUPYING for offer in current)
    assert overlapping() == 0
    assert rows_equal_oracle(world)


def failures(outcomes: list[Any], *allowed: type[Exception]) -> list[Exception]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, allowed)]


def test_eight_workers_offer_one_freed_start_to_the_first_only() -> None:
    world = shared_calendar()
    entries = queue(world)
    free(world, (9, 0))
    outcomes = crowd([offer_freed_starts] * 8)
    assert failures(outcomes) == []
    assert sum(int(str(outcome)) for outcome in outcomes) == 1
    (offer,) = open_offers()
    assert offer.entry == entries[0]
    assert each_told_once()
    sound(world)


def test_four_starts_freed_at_once_go_to_the_first_four() -> None:
    """Nobody is overtaken, and nobody is taken for absent because somebody else looks at them just now."""
    world = shared_calendar()
    entries = queue(world)
    free(world, (9, 0), (9, 20), (10, 0), (11, 0))
    assert failures(crowd([offer_freed_starts] * 6)) == []
    assert {offer.entry_id for offer in open_offers()} == {entry.pk for entry in entries[:4]}
    sound(world)

    # All four lapse at once, and everybody meets them: workers, and people who search.
    lapse_all()
    assert failures(crowd([release_expired_holds] * 6 + [offer_freed_starts] * 2)) == []
    # A lapse costs no rank: who missed nine o'clock may be offered ten before somebody further back.
    now_asked = {offer.entry_id for offer in open_offers()}
    assert len(now_asked) == 4
    assert now_asked <= {entry.pk for entry in entries[:8]}
    assert each_told_once()
    sound(world)


def test_twin_without_the_queue_moving_one_at_a_time_people_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was once: candidates locked by another start's transaction are skipped."""
    world = shared_calendar()
    entries = queue(world, 3)
    free(world, (9, 0), (10, 0))
    offer_freed_starts()
    lapse_all()
    monkeypatch.setattr(waiting_list, "one_at_a_time", lambda _lock: None)
    whole = waiting_list._candidates

    both_have_locked = threading.Barrier(2)

    def greedy(counter_id: int, starts_at: Any) -> Any:
        found = whole(counter_id, starts_at)
        list(found.select_for_update(of=("self",), skip_locked=True))
        with contextlib.suppress(threading.BrokenBarrierError):
            both_have_locked.wait(timeout=60)
        both_have_locked.abort()  # once is enough
        return found.filter(pk__in=[entry.pk for entry in found.select_for_update(of=("self",), skip_locked=True)])

    monkeypatch.setattr(waiting_list, "_candidates", greedy)
    crowd([release_expired_holds, release_expired_holds])
    assert len(open_offers()) < len({entry.pk for entry in entries}), "two starts, three people"
    assert entries[2].pk not in {offer.entry_id for offer in open_offers()} or len(open_offers()) < 2


def test_the_whole_queue_answers_at_once_and_order_holds() -> None:
    """Accepting, refusing, lapsing, leaving, changing one's wish, all let go together, until nobody is left."""
    world = shared_calendar()
    entries = queue(world)
    free(world, (9, 0))
    offer_freed_starts()
    seen: list[Any] = []
    for turn in range(60):
        current = open_offers()
        if not current:
            break
        (offer,) = current
        seen.append(offer.entry_id)
        calls: list[Callable[[], object]] = [
            partial(decline_offer, offer_id=offer.pk),
            partial(decline_offer, offer_id=offer.pk),
            partial(change_preferences, entry=offer.entry, wish=wish()),
            release_expired_holds,
            offer_freed_starts,
        ]
        if turn % 3 == 0:
            lapse_all()
        if turn % 3 == 1:
            calls.append(partial(leave_waiting_list, entry=offer.entry))
        outcomes = crowd(calls)
        assert failures(outcomes, Busy, WaitIsOver) == []
        sound(world)
    assert seen == [entry.pk for entry in entries], "each once, in order"
    assert each_told_once()
    assert not Appointment.objects.held().exists(), "nobody is left: the start is public"


def test_accepting_while_it_lapses_gives_one_holder() -> None:
    world = shared_calendar()
    entries = queue(world, 6)
    free(world, (9, 0))
    offer_freed_starts()
    for n in range(5):
        (offer,) = open_offers()
        Appointment.objects.filter(pk=offer.hold_id).update(expires_at=timezone.now() + timedelta(milliseconds=15))
        outcomes = crowd(
            [
                partial(claim_offer, offer_id=offer.pk, browser="a"),
                partial(claim_offer, offer_id=offer.pk, browser="b"),
                partial(decline_offer, offer_id=offer.pk),
                *[
                    partial(release_expired_holds, now=timezone.now() + timedelta(milliseconds=30 * m))
                    for m in range(3)
                ],
            ]
        )
        assert failures(outcomes, OfferLapsed, Busy) == []
        sound(world)
        offer.refresh_from_db()
        if offer.state in OPEN_OFFERS:
            decline_offer(offer_id=offer.pk)
        assert [found.entry_id for found in open_offers()] == [entries[n + 1].pk]


def test_booking_while_leaving_is_one_or_the_other() -> None:
    world = shared_calendar()
    for turn in range(4):
        first, second = queue(world, 2)
        free(world, (8 + turn, 0))
        offer_freed_starts()
        (offer,) = open_offers()
        hold = claim_offer(offer_id=offer.pk, browser="soleil")
        person = replace(MEHDI, number=f"M{turn:09d}")
        book = partial(confirm_booking, hold_id=hold.pk, browser="soleil", details=booking_of(person))
        crowd([book, partial(leave_waiting_list, entry=first), partial(decline_offer, offer_id=offer.pk)])
        first.refresh_from_db()
        if Appointment.objects.filter(state=State.BOOKED, starts_at=offer.starts_at).exists():
            assert first.state == "served"
            assert open_offers() == []
        else:
            assert [found.entry_id for found in open_offers()] == [second.pk]
        sound(world)
        leave_waiting_list(entry=first)
        leave_waiting_list(entry=second)


def test_cancelling_while_it_is_offered_something() -> None:
    """The appointment's own lock and the queue's: no circle, and what it was offered goes on."""
    world = shared_calendar()
    late = world.book(at(day_ahead(), 11), ODILE)
    (entry,) = reached(join_waiting_list(wish=wish(), appointment=late))
    (other,) = queue(world, 1)
    free_start = world.book(at(day_ahead(), 9), MEHDI, browser="b", address="192.0.2.9")
    cancel_appointment(appointment=free_start)
    outcomes = crowd([partial(cancel_appointment, appointment=late), offer_freed_starts, offer_freed_starts])
    assert failures(outcomes) == []
    entry.refresh_from_db()
    assert entry.state == "left"
    offer_freed_starts()
    nine = [offer.entry_id for offer in open_offers() if offer.starts_at == at(day_ahead(), 9)]
    assert nine == [other.pk]
    sound(world)


def test_thirty_tabs_join_with_one_mailbox() -> None:
    world = shared_calendar()
    outcomes = crowd(
        [
            partial(join_waiting_list, wish=wish(), type=world.type, email=f"{name}+{n}@mail.example")
            for n, name in enumerate(["odile", "Odile", "ODILE"] * 10)
        ]
    )
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"WaitingListEntry": 1, "AlreadyWaiting": 29}


@contextlib.contextmanager
def without(*names: str) -> Iterator[None]:
    """The database without these constraints of the offers."""
    dropped = [found for found in EarlierOffer._meta.constraints if found.name in names]
    assert len(dropped) == len(names)
    with connection.schema_editor() as schema:
        for constraint in dropped:
            schema.remove_constraint(EarlierOffer, constraint)
    try:
        yield
    finally:
        EarlierOffer.objects.all().delete()
        with connection.schema_editor() as schema:
            for constraint in dropped:
                schema.add_constraint(EarlierOffer, constraint)


def careless_offer(hold_id: Any) -> bool:
    """Offering as somebody might write it who trusts what they read: no lock, the hold kept as it is."""
    hold = Appointment.objects.held().select_related("facility").get(pk=hold_id)
    taken = EarlierOffer.objects.filter(Q(hold=hold) | Q(starts_at=hold.starts_at), state__in=OPEN_OFFERS)
    busy = set(EarlierOffer.objects.values_list("entry", flat=True))
    if taken.exists():
        return False
    time.sleep(0.05)
    entry = [found for found in waiting_list._candidates(hold.counter_id, hold.starts_at) if found.pk not in busy]
    now = timezone.now()
    EarlierOffer.objects.create(
        entry=entry[int(time.monotonic_ns()) % len(entry)],
        hold=hold,
        facility=hold.facility,
        starts_at=hold.starts_at,
        offered_at=now,
        deadline=now + timedelta(hours=1),
    )
    return True


def test_the_constraint_alone_still_says_one_person_per_start() -> None:
    world = shared_calendar()
    queue(world)
    free(world, (9, 0))
    hold = Appointment.objects.held().get()
    outcomes = crowd([partial(careless_offer, hold.pk)] * 8)
    assert len(open_offers()) == 1
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_twin_without_lock_and_constraint_two_people_get_the_same_start() -> None:
    world = shared_calendar()
    queue(world)
    free(world, (9, 0))
    hold = Appointment.objects.held().get()
    with without("one_waiting_person_per_freed_start"):
        crowd([partial(careless_offer, hold.pk)] * 8)
        assert len(open_offers()) > 1


#: A worker in its own process; `{stop}` halts it in the middle of offering, with everything written and nothing kept.
WORKER = """
import time
import django
django.setup()
from booking.appointments.waiting_list import messages
from booking.appointments.waiting_list import offers as waiting_list
from booking.appointments.bookings.holds import release_expired_holds
{stop}
release_expired_holds()
waiting_list.offer_freed_starts()
"""
STOP_BEFORE_COMMIT = """
def stop(offer, told=messages.owed_on_offer):
    told(offer)
    print("offered", flush=True)
    time.sleep(60)
messages.owed_on_offer = stop
"""
