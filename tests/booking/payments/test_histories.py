"""Every history of PayFiP that we can think of, drawn by Hypothesis over the simulator on one clock.

Payers pay, give up, are refused, sit at the bank's page, pay twice, come late; notifications are lost, doubled, delayed
or forged; answers are lost, cut, late or HTML; the treasury receives late and cleans at night; ours stops between any
two of its steps, and the worker is away with Redis. At rest: money = places = journal, no number is missing, and
nothing was let go that could still be paid.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.payments import verdicts
from booking.payments.enums import ChargeState, Means
from booking.payments.models import Charge, JournalEntry
from tests.booking.payments.conftest import MORNING
from tests.booking.payments.histories import EVENTS, STEPS, judge_rest, live, treasury
from tests.booth.models import Place
from tests.simulators.payfip import PayfipSimulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def world(transactional_db: None, settings: Any) -> Iterator[tuple[PayfipSimulator, Any]]:
    with treasury(settings) as found:
        yield found


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.lists(EVENTS, min_size=4, max_size=25))
def test_at_rest_money_places_and_journal_are_one(world: tuple[PayfipSimulator, Any], events: list[Any]) -> None:
    judge_rest(live(*world, events))


#: Somebody is sent to the page, and the treasury has not received it yet when we ask; they come and take their time.
QUICK = [
    ("pay", 0, None, False),
    ("mood", True, True),
    ("wait", 1.1),
    ("work", None, False),
    ("wait", 11),
    ("act", 0, "open", "0"),
    ("wait", 11),
    ("work", None, False),
    ("act", 0, "P", "0"),
]


def test_the_history_that_the_twin_breaks_is_right_as_it_is(world: tuple[PayfipSimulator, Any]) -> None:
    judge_rest(live(*world, QUICK))


def test_twin_p1_believed_at_once_lets_go_what_is_about_to_be_paid(
    world: tuple[PayfipSimulator, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "UNKNOWN_IS_EXPIRED", timedelta(0))
    history = live(*world, QUICK)
    assert len(history.let_go_too_early) == 1
    with pytest.raises(AssertionError):
        judge_rest(history)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("where", range(len(STEPS)), ids=[name for _, name in STEPS])
def test_a_stop_at_any_step_loses_nothing(world: tuple[PayfipSimulator, Any], where: int, after: bool) -> None:
    stop = (where, after)
    trouble = [("trouble", "html", 1)] if STEPS[where][1] == "give_up" else []
    events = [
        *trouble,
        ("pay", 0, *stop),
        ("wait", 1.1),
        ("pay", 0, None, False),
        ("act", 0, "P", "0"),
        ("wait", 1.1),
        ("come_back", 0, *stop),
        ("work", *stop),
    ]
    history = live(*world, events)
    judge_rest(history)
    assert Charge.objects.filter(office=history.office, state=ChargeState.SETTLED).count() == 1


def test_means_are_told_apart(world: tuple[PayfipSimulator, Any]) -> None:
    history = live(*world, [("pay", 0, None, False), ("act", 0, "V", "1")])
    judge_rest(history)
    assert set(JournalEntry.objects.values_list("means", flat=True)) == {Means.DEBIT_ONLINE}
    assert Place.objects.get().state == "sold" and timezone.now() > MORNING
