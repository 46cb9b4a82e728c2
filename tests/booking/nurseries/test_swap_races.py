"""Two families of one swap who answer at one instant: both places change, or neither does."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from booking.nurseries.answers import offers, swaps
from booking.nurseries.models import NurseryOffer, OwnPlace, PresentChild, Swap
from booking.nurseries.models.offers import OfferState
from municipalities.database.transactions import Busy
from tests.booking.nurseries.commission import Commission, make_commission, published
from tests.booking.nurseries.test_answers import to_family
from tests.booking.nurseries.test_swaps import at, propose
from tests.concurrency.crowd import crowd

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def asked(monkeypatch: pytest.MonkeyPatch) -> list[NurseryOffer]:
    """The two offers of a swap, both with their families, who take their time once they hold their own."""
    commission: Commission = make_commission()
    commission.lutins.openings.update(authorised=dict.fromkeys(commission.lutins.openings.get().authorised, 1))
    for here, there, number in (
        (commission.lutins, commission.ronde, "L1"),
        (commission.ronde, commission.lutins, "R1"),
    ):
        at(commission, commission.ask(there, name=f"Nom{number}"), here, number)
    published(commission)
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


def test_twin_without_the_swaps_lock_one_yes_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each holds its own offer and waits for the other’s."""
    one, other = asked(monkeypatch)
    monkeypatch.setattr(swaps, "hold_swap", lambda _offer: None)
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
