"""The histories of payments over baskets: several children in one charge, some of them all or none."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.activities.door import SELLER
from booking.activities.enrolling import numbers, paying
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.models import Basket, BasketState, Enrolment, EnrolmentState, Seat
from booking.payments.enums import ChargeState
from booking.payments.models import CashOffice, Charge, CreditNote
from municipalities.exceptions import Refusal
from tests.booking.payments.histories import EVENTS, History, judge_rest, live, treasury
from tests.factories.enrolments import child_of, course, family, water
from tests.simulators.payfip import PayfipSimulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class Baskets(History):
    """Two families with two children each, who want places in three groups of two."""

    seller = SELLER

    def __init__(self, bank: PayfipSimulator, traveller: Any) -> None:
        super().__init__(bank, traveller)
        basin = water()
        self.office = CashOffice.objects.get(operator=basin.pool.facility.operator)
        hours = ((14, "ecole"), (16, "ecole"), (18, "sou"))
        self.groups = [
            course(basin, sessions=2, days=30, capacity=2, hour=hour, tariff_code=code) for hour, code in hours
        ]
        self.households = tuple(family(children=2).household for _ in range(2))

    @staticmethod
    def empty() -> None:
        call_command("flush", interactive=False, verbosity=0)

    def hold(self, number: int, cents: int) -> None:
        """One child or both, in one group each, now and then all or none; most go on to pay at once."""
        household = self.households[cents % 2]
        choices = [
            Choice(child_of(household, place), self.groups[(number + place * cents) % 3].pk)
            for place in range(1 + number % 2)
        ]
        with suppress(Refusal):
            hold(household=household, choices=choices, together=cents % 3 == 0)
            if cents % 4:
                paying.begin_paying(basket=Basket.objects.get(household=household, state=BasketState.OPEN))

    def reopen(self, which: int) -> None:
        """Back to choosing, while it is being paid."""
        found = list(Basket.objects.filter(state=BasketState.PAYING).order_by("opened_at", "pk"))
        with suppress(Refusal):
            if found:
                paying.reopen(basket=found[which % len(found)])

    def judge_places(self) -> None:
        for charge in Charge.objects.filter(office=self.office):
            sold = Enrolment.objects.filter(asked_in=charge.subject_id, state=EnrolmentState.ENROLLED)
            worth = sold.aggregate(sum=Sum("cents"))["sum"] or 0
            if charge.state == ChargeState.SETTLED:
                # What came too late for a place is credited, and is no payment of its own.
                rest = CreditNote.objects.filter(charge=charge, payment__isnull=True).aggregate(sum=Sum("cents"))["sum"]
                assert worth + (rest or 0) == charge.cents
            else:
                assert charge.state in (ChargeState.RELEASED, ChargeState.PAYING) and not worth
        assert not Enrolment.objects.filter(
            state=EnrolmentState.PAYING, asked_in__in=Charge.objects.exclude(state="paying").values("subject_id")
        ).exists()
        assert not Seat.objects.taken().filter(enrolment__state=EnrolmentState.ENDED).exists()
        bonds: dict[Any, set[bool]] = {}
        lines = Enrolment.objects.filter(together__isnull=False).order_by("created_at", "pk")
        latest = {(line.together, line.member_id): line.state == EnrolmentState.ENROLLED for line in lines}
        for (bond, _member), is_in in latest.items():
            bonds.setdefault(bond, set()).add(is_in)
        assert all(len(found) == 1 for found in bonds.values()), "of those wanted together some are in"


@pytest.fixture
def world(transactional_db: None, settings: Any) -> Iterator[tuple[PayfipSimulator, Any]]:
    with treasury(settings) as found:
        yield found


CHANGES = st.one_of(EVENTS, EVENTS, EVENTS, st.tuples(st.just("reopen"), st.integers(0, 7)))


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.lists(CHANGES, min_size=4, max_size=20))
def test_at_rest_baskets_money_and_journal_are_one(world: tuple[PayfipSimulator, Any], events: list[Any]) -> None:
    judge_rest(live(*world, events, Baskets))


#: Both children of a family together; nobody pays in time, another family takes a place, and then the money comes.
LATE = [
    ("hold", 1, 3),
    ("pay", 1, None, False),
    ("act", 1, "open", "0"),
    ("wait", 45),
    ("act", 1, "P", "0"),
    ("work", None, False),
]


def test_a_basket_is_paid_as_a_whole(world: tuple[PayfipSimulator, Any]) -> None:
    history = live(*world, LATE, Baskets)
    judge_rest(history)


def test_twin_where_what_is_not_paid_keeps_its_numbers(
    world: tuple[PayfipSimulator, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "end_rows", lambda *_args, **_more: None)
    with pytest.raises(AssertionError):
        judge_rest(live(*world, [("wait", 45)], Baskets))
