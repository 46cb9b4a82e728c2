"""Two who freeze at one instant: one file is written, the other hears that it is done."""

import time
from typing import Any

import pytest

from booking.nurseries.models import Round, RoundNursery
from booking.nurseries.models.rounds import RoundQuerySet
from booking.nurseries.rounds import freezing
from booking.nurseries.rounds.exceptions import AlreadyFrozen
from tests.booking.nurseries.commission import make_commission
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
