"""Two families of one swap who answer at one instant: both places change, or neither does.

And a swap that is proposed beside an operator who reports that a child has come, and beside a freeze; and a list that
is loaded while a child of it takes a new place.
"""

import json
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import pytest
from django.utils import timezone

from booking.nurseries.answers import leaving, offers, stays, swaps
from booking.nurseries.answers.exceptions import NoSwap
from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import NurseryApplication, NurseryOffer, OwnPlace, PresentChild, Swap
from booking.nurseries.models.offers import OfferState
from booking.nurseries.models.rounds import RoundQuerySet
from booking.nurseries.rounds import freezing
from booking.nurseries.supply import children, saving
from booking.nurseries.vacancies import gathering, swapping
from booking.nurseries.vacancies.exceptions import CommissionIsSitting
from municipalities.database.transactions import Busy
from tests import people
from tests.booking.nurseries.commission import MONDAY, TUESDAY, Commission, make_commission, published
from tests.booking.nurseries.test_answers import to_family
from tests.booking.nurseries.test_swaps import at, propose
from tests.concurrency.crowd import crowd
from tests.factories import PresentChildFactory

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def a_possible_swap() -> Commission:
    """One at each nursery, which has no other place, who asks for the other."""
    commission = make_commission()
    commission.lutins.openings.update(authorised=dict.fromkeys(commission.lutins.openings.get().authorised, 1))
    for here, there, number in (
        (commission.lutins, commission.ronde, "L1"),
        (commission.ronde, commission.lutins, "R1"),
    ):
        at(commission, commission.ask(there, name=f"Nom{number}"), here, number)
    published(commission)
    return commission


def asked(monkeypatch: pytest.MonkeyPatch) -> list[NurseryOffer]:
    """The two offers of a swap, both with their families, who take their time once they hold their own."""
    commission = a_possible_swap()
    propose(commission)
    both, settle = [to_family(child) for child in commission.asked], swaps.settle

    def slowly(*args: Any) -> None:
        time.sleep(0.5)
        settle(*args)

    monkeypatch.setattr(swaps, "settle", slowly)
    return both


def accept(offer: NurseryOffer) -> Callable[[], object]:
    return lambda: offers.family_accepts(offer_id=offer.pk, keeps_waiting=False)


def states() -> set[str]:
    return set(NurseryOffer.objects.values_list("state", flat=True))


def test_both_accept_at_one_instant_and_both_change(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = asked(monkeypatch)
    assert crowd([accept(one), accept(other)]) == [None, None]
    assert states() == {OfferState.ACCEPTED}
    assert Swap.objects.get().state == "done"
    assert OwnPlace.objects.filter(last_month__isnull=False).count() == 2
    assert not NurseryOffer.objects.filter(freed_at__isnull=False).exists(), "no place came free"


def test_twin_without_the_locks_of_swap_and_lists_one_yes_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each holds its own offer and waits for the other’s. The lists alone keep two families apart, not a family from
    the clock that closes an offer.
    """
    one, other = asked(monkeypatch)
    monkeypatch.setattr(swaps, "hold_swap", lambda _offer: None)
    monkeypatch.setattr(leaving, "hold_lists", lambda _offer: None)
    outcomes = crowd([accept(one), accept(other)])
    assert [type(each) for each in outcomes if each is not None] == [Busy]
    assert Swap.objects.get().state == "asked"


def test_one_accepts_while_the_other_declines_and_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = asked(monkeypatch)
    crowd([accept(one), lambda: offers.family_declines(offer_id=other.pk, reason="days")])
    assert states() == {OfferState.CALLED_OFF, OfferState.DECLINED}
    assert Swap.objects.get().state == "called_off"
    assert PresentChild.objects.filter(last_month__isnull=True).count() == 2
    assert not OwnPlace.objects.filter(last_month__isnull=False).exists()
    assert not NurseryOffer.objects.filter(freed_at__isnull=False).exists()


def a_swap_beside_an_entry(monkeypatch: pytest.MonkeyPatch) -> object:
    """What came of it. One would be at La Ronde on Tuesday as well, whose one place a third child has accepted.

    That child stands in an older list only, and comes while the swap is proposed: after the lists of who is there were
    read, and before what was promised to others.
    """
    commission = make_commission()
    third = commission.ask(commission.ronde, days=TUESDAY, name="Troisième")
    published(commission)
    offer = NurseryOffer.objects.get(child=third)
    director = people.nursery_manager(commission.ronde.facility)
    offers.operator_accepts(offer=offer, by=director)
    offers.family_accepts(offer_id=offer.pk, keeps_waiting=False)
    NurseryApplication.objects.filter(pk=third.application_id).update(state=ApplicationState.RECEIVED)
    PresentChildFactory.create(nursery=commission.lutins, number="L9", half_days=MONDAY, last_month=None)
    at(commission, commission.ask(commission.ronde, days=MONDAY + TUESDAY, name="Une"), commission.lutins, "L1")
    at(commission, commission.ask(commission.lutins, name="Autre"), commission.ronde, "R1")
    published(commission)
    commission.asked.remove(third)
    lists_read, read = threading.Event(), gathering.beside_the_others

    def later(*args: Any) -> Any:
        lists_read.set()
        time.sleep(0.7)
        return read(*args)

    def enter() -> object:
        lists_read.wait(10)
        day = timezone.localdate()
        return stays.enter(offer=offer, number="E1", entered_on=day, half_days=TUESDAY, by=director)

    monkeypatch.setattr(gathering, "beside_the_others", later)
    proposed, stay = crowd([lambda: propose(commission), enter])
    assert not isinstance(stay, Exception), stay
    return proposed


def test_a_swap_is_proposed_only_where_there_is_room_beside_who_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(a_swap_beside_an_entry(monkeypatch), NoSwap)


def test_twin_unless_the_lists_are_held_a_place_is_proposed_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "held", lambda _authority: nullcontext())
    assert isinstance(a_swap_beside_an_entry(monkeypatch), Swap)


def a_swap_beside_a_freeze(monkeypatch: pytest.MonkeyPatch, first: ModuleType) -> tuple[object, bool]:
    """What came of the proposal, and whether the new round's file knows of both places. `first` has read when the
    other begins, and takes its time.
    """
    commission = a_possible_swap()
    round, has_read, gather = commission.announced(), threading.Event(), first.gather

    def slowly(*args: Any) -> Any:
        found = gather(*args)
        has_read.set()
        time.sleep(0.7)
        return found

    def turn(module: ModuleType, action: Callable[[], object]) -> Callable[[], object]:
        def act() -> object:
            if module is not first:
                has_read.wait(10)
            return action()

        return act

    monkeypatch.setattr(first, "gather", slowly)
    frozen, proposed = crowd(
        [
            turn(freezing, lambda: freezing.freeze(round=round, by=commission.chair)),
            turn(swapping, lambda: propose(commission)),
        ]
    )
    assert not isinstance(frozen, Exception), frozen
    round.refresh_from_db()
    return proposed, set(json.loads(round.file)["locks"]) == {str(child.number) for child in commission.asked}


def test_while_a_round_is_frozen_no_swap_is_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    proposed, is_known = a_swap_beside_a_freeze(monkeypatch, freezing)
    assert isinstance(proposed, CommissionIsSitting) and not is_known


def test_a_swap_that_is_being_proposed_stands_in_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    proposed, is_known = a_swap_beside_a_freeze(monkeypatch, swapping)
    assert isinstance(proposed, Swap) and is_known


def test_twin_without_the_rounds_locks_the_round_shares_out_what_is_swapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RoundQuerySet, "select_for_update", lambda self, *_args, **_more: self.all())
    proposed, is_known = a_swap_beside_a_freeze(monkeypatch, freezing)
    assert isinstance(proposed, Swap) and not is_known


def a_yes_beside_a_list(monkeypatch: pytest.MonkeyPatch, *, is_swap: bool) -> PresentChild:
    """The line of the child that left Les Lutins, whose operator loads its list at that instant: it was judged before
    the yes, and is written after it.
    """
    commission = make_commission()
    child = commission.ask(commission.ronde)
    at(commission, child, commission.lutins, "L1")
    if is_swap:
        at(commission, commission.ask(commission.lutins, name="Autre"), commission.ronde, "R1")
        commission.lutins.openings.update(authorised=dict.fromkeys(commission.lutins.openings.get().authorised, 1))
    published(commission)
    if is_swap:
        propose(commission)
        offers.family_accepts(offer_id=to_family(commission.asked[1]).pk, keeps_waiting=False)
    offer, judged, judge = to_family(child), threading.Event(), children.judge

    def slowly(**facts: Any) -> children.Import:
        found = judge(**facts)
        judged.set()
        time.sleep(0.7)
        return found

    def say_yes() -> None:
        judged.wait(10)
        accept(offer)()

    monkeypatch.setattr(children, "judge", slowly)
    listed = b"creche;numero\nLes Lutins;L1"
    loaded, said = crowd([lambda: children.load(nurseries=[commission.lutins], content=listed, by=None), say_yes])
    assert isinstance(loaded, children.Import) and not loaded.problems, loaded
    assert said is None, said
    assert OwnPlace.objects.get(child=child).last_month is not None
    return PresentChild.objects.get(number="L1")


@pytest.mark.parametrize("is_swap", [False, True])
def test_who_takes_a_new_place_while_a_list_is_loaded_leaves_it(monkeypatch: pytest.MonkeyPatch, is_swap: bool) -> None:
    assert a_yes_beside_a_list(monkeypatch, is_swap=is_swap).last_month is not None


def test_twin_unless_the_list_is_waited_for_the_child_stays_in_both_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "hold_lists", lambda _offer: None)
    assert a_yes_beside_a_list(monkeypatch, is_swap=False).last_month is None
