"""A round frozen by two at one instant, and beside an operator who reports that a child has come."""

import json
import threading
import time
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import pytest
from django.utils import timezone

from booking.nurseries.answers import offers, stays
from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import NurseryApplication, NurseryOffer, PresentChild, Round, RoundNursery
from booking.nurseries.models.rounds import RoundQuerySet
from booking.nurseries.rounds import files, freezing, gathering, offered
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


def a_freeze_beside_an_entry(
    monkeypatch: pytest.MonkeyPatch, where: ModuleType, before: str, *, is_in_the_round: bool = True
) -> list[str]:
    """Who of two has a seat in the new round, « mine » or « theirs ».

    The first has accepted the one place of La Ronde, and comes while the round is frozen, just before that step of it.
    """
    commission = make_commission()
    mine, theirs = (commission.ask(commission.ronde, points=points) for points in (50, 10))
    published(commission)
    offer = NurseryOffer.objects.get(child=mine)
    director = people.nursery_manager(commission.ronde.facility)
    offers.operator_accepts(offer=offer, by=director)
    offers.family_accepts(offer_id=offer.pk, keeps_waiting=False)
    if not is_in_the_round:
        NurseryApplication.objects.filter(pk=mine.application_id).update(state=ApplicationState.RECEIVED)
    round, got_there, step = commission.announced(), threading.Event(), getattr(where, before)

    def later(*args: Any) -> Any:
        got_there.set()
        time.sleep(0.7)
        return step(*args)

    def enter() -> object:
        got_there.wait(10)
        day = timezone.localdate()
        return stays.enter(offer=offer, number="E1", entered_on=day, half_days=MONDAY, by=director)

    monkeypatch.setattr(where, before, later)
    frozen, stay = crowd([lambda: freezing.freeze(round=round, by=commission.chair), enter])
    assert not isinstance(frozen, Exception) and not isinstance(stay, Exception), (frozen, stay)
    assert PresentChild.objects.get().number == "E1"
    round.refresh_from_db()
    seats = json.loads(round.answer)["seats"]
    return [name for name, child in (("mine", mine), ("theirs", theirs)) if str(child.number) in seats]


@pytest.mark.parametrize(
    ("where", "before"),
    [(gathering, "requests_in"), (gathering, "drawn"), (offered, "beside_the_others"), (offered, "with_offers")],
)
def test_who_comes_while_a_round_is_frozen_keeps_its_place(
    monkeypatch: pytest.MonkeyPatch, where: ModuleType, before: str
) -> None:
    """Before requests are read, after them, and after the lists of who is there."""
    assert "theirs" not in a_freeze_beside_an_entry(monkeypatch, where, before)


def test_so_does_who_is_not_in_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    seated = a_freeze_beside_an_entry(monkeypatch, offered, "beside_the_others", is_in_the_round=False)
    assert seated == []


def test_twin_unless_the_lists_are_held_its_place_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "held", lambda _authority: nullcontext())
    seated = a_freeze_beside_an_entry(monkeypatch, offered, "beside_the_others", is_in_the_round=False)
    assert seated == ["theirs"]


def test_who_reports_while_places_are_shared_out_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is read: the reckoning takes seconds, and whoever waited three would be told to try again."""
    commission = make_commission()
    commission.ask(commission.ronde)
    round, opening, reckon = commission.announced(), commission.lutins.openings.get(), files.answer_to
    director, changed = people.nursery_manager(commission.lutins.facility), []

    def beside(*args: Any) -> Any:
        opening.authorised = dict.fromkeys(opening.authorised, 3)
        changed.extend(crowd([lambda: saving.save_opening(opening=opening, by=director)]))
        return reckon(*args)

    monkeypatch.setattr(files, "answer_to", beside)
    freezing.freeze(round=round, by=commission.chair)
    assert not isinstance(changed[0], Exception), changed
    assert json.loads(Round.objects.get().file)["facilities"]["Les Lutins"]["authorised"][0]["mon_am"] == 2
