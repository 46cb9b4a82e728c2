"""A round frozen by two at one instant, and beside an operator who reports that a child has come."""

import json
import threading
import time
from typing import Any

import pytest
from django.utils import timezone

from booking.nurseries.answers import offers, stays
from booking.nurseries.models import NurseryOffer, PresentChild, Round, RoundNursery
from booking.nurseries.models.rounds import RoundQuerySet
from booking.nurseries.rounds import freezing, gathering
from booking.nurseries.rounds.exceptions import AlreadyFrozen
from booking.nurseries.supply import saving
from tests import people
from tests.booking.nurseries.commission import MONDAY, make_commission, published
from tests.concurrency.crowd import crowd

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def two_freezes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Both read what they write at their leisure."""
    commission = make_commission()
    commission.ask(commission.lutins)
    round = commission.announced()
    gather = freezing.gather

    def slowly(*args: Any) -> Any:
        time.sleep(0.5)
        return gather(*args)

    monkeypatch.setattr(freezing, "gather", slowly)
    return crowd([lambda: freezing.freeze(round=round, by=commission.chair)] * 2)


def test_two_freezes_write_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = two_freezes(monkeypatch)
    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyFrozen", "Round"]
    assert Round.objects.get().version == 1
    assert RoundNursery.objects.count() == 2


def test_twin_without_the_lock_the_second_does_not_hear_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RoundQuerySet, "select_for_update", lambda self, *_args, **_more: self.all())
    outcomes = two_freezes(monkeypatch)
    assert not any(isinstance(one, AlreadyFrozen) for one in outcomes)
    assert any(isinstance(one, Round) for one in outcomes)


def a_freeze_beside_an_entry(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who of two has a seat in the new round, « mine » or « theirs ».

    The first has accepted the one place of La Ronde and comes while the round is frozen: after the lists of who is
    there were read, and before the requests.
    """
    commission = make_commission()
    mine, theirs = (commission.ask(commission.ronde, points=points) for points in (50, 10))
    published(commission)
    offer = NurseryOffer.objects.get(child=mine)
    director = people.nursery_manager(commission.ronde.facility)
    offers.operator_accepts(offer=offer, by=director)
    offers.family_accepts(offer_id=offer.pk, keeps_waiting=False)
    round, lists_read, read = commission.announced(), threading.Event(), gathering.requests_in

    def later(*args: Any) -> Any:
        lists_read.set()
        time.sleep(0.7)
        return read(*args)

    def enter() -> object:
        lists_read.wait(10)
        day = timezone.localdate()
        return stays.enter(offer=offer, number="E1", entered_on=day, half_days=MONDAY, by=director)

    monkeypatch.setattr(gathering, "requests_in", later)
    frozen, stay = crowd([lambda: freezing.freeze(round=round, by=commission.chair), enter])
    assert not isinstance(frozen, Exception) and not isinstance(stay, Exception), (frozen, stay)
    assert PresentChild.objects.get().number == "E1"
    round.refresh_from_db()
    seats = json.loads(round.answer)["seats"]
    return [name for name, child in (("mine", mine), ("theirs", theirs)) if str(child.number) in seats]


def test_who_comes_while_a_round_is_frozen_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert a_freeze_beside_an_entry(monkeypatch) == ["mine"]


def test_twin_unless_the_lists_are_held_the_place_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "hold", lambda _authority: None)
    assert a_freeze_beside_an_entry(monkeypatch) == ["theirs"]
