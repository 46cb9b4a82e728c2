"""A cash office, places to sell, a PayFiP on loopback, and one clock for all of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from booking.payments import payfip
from booking.payments.models import CashOffice
from tests.factories import CashOfficeFactory
from tests.simulators.payfip import PayfipSimulator, payfip_simulator

#: A Tuesday at ten in Paris, far from either change of clocks.
MORNING = datetime(2027, 2, 9, 9, 0, tzinfo=UTC)


class Clock:
    """Moves the whole process on, simulator included."""

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller

    def pass_(self, **length: float) -> None:
        self._traveller.shift(timedelta(**length))


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(MORNING) as traveller:
        yield Clock(traveller)


@pytest.fixture
def bank(clock: Clock, settings: Any) -> Iterator[PayfipSimulator]:
    """The treasury, at the same clock as we."""
    with payfip_simulator() as simulator:
        for name, value in {**simulator.settings(), "PAYFIP_TIMEOUT": 2, "PUBLIC_URL": "http://127.0.0.1:9"}.items():
            setattr(settings, name, value)
        payfip._clients.clear()
        yield simulator
    payfip._clients.clear()


@pytest.fixture
def office(transactional_db: None) -> CashOffice:
    return CashOfficeFactory.create()
