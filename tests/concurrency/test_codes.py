"""A code of an agent's telephone opens once, also for two who type it at one instant and while Redis is away."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.db.models import Q

from municipalities import second_factors
from municipalities.models import Facility, StaffMember
from tests import people
from tests.concurrency.crowd import crowd

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

THREADS = 6


@pytest.fixture
def agent(rixheim_town_hall: Facility) -> StaffMember:
    return people.agent_of(rixheim_town_hall)


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> int:
    """The half minute that lasts as long as the test."""
    now = int(time.time()) // 30
    monkeypatch.setattr(second_factors, "yield_hotp_counters_from_time", lambda: iter([now]))
    return now


@pytest.fixture(autouse=True)
def each_process_for_itself(settings: Any) -> None:
    """What a process remembers is unknown to the others: here each thread is one."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


def passed(agent: StaffMember, step: int) -> int:
    """How many of so many who type the same code at one instant are let in."""
    secret = generate_totp_secret()
    Authenticator.objects.filter(user=agent).delete()
    TOTP.activate(agent, secret)
    code = f"{hotp_value(secret, step):06d}"
    answers = crowd([lambda: Authenticator.objects.get(user=agent).wrap().validate_code(code)] * THREADS)
    assert set(answers) <= {True, False}, answers
    return answers.count(True)


def test_one_of_many_passes(agent: StaffMember, step: int) -> None:
    assert [passed(agent, step) for _round in range(5)] == [1] * 5
    assert not Authenticator.objects.get(user=agent).wrap().validate_code("000000")


def test_twin_without_the_condition_several_pass(
    agent: StaffMember, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_factors, "Q", lambda **_asked: Q())
    assert max(passed(agent, step) for _round in range(5)) > 1


def test_a_later_code_passes(agent: StaffMember, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = generate_totp_secret()
    factor = TOTP.activate(agent, secret)
    assert factor.validate_code(f"{hotp_value(secret, step):06d}")
    monkeypatch.setattr(second_factors, "yield_hotp_counters_from_time", lambda: iter([step + 9]))
    assert factor.validate_code(f"{hotp_value(secret, step + 9):06d}")
