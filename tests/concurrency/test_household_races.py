"""Two tabs of one family at the same instant. Each guard has a twin that removes it and shows the damage."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection

from booking.residents.families import actions
from booking.residents.models import Guardian, HealthAttestation, Member, Membership
from tests.concurrency.crowd import crowd
from tests.factories import GuardianFactory, MemberFactory
from tests.factories.enrolments import BORN

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

TABS = 4
EACH_ONCE = (Membership, "household_has_each_person_once")
ATTESTED_ONCE = (HealthAttestation, "health_is_attested_once_a_season")


@pytest.fixture
def without(request: pytest.FixtureRequest) -> Iterator[None]:
    """The table without this constraint, while a test shows what then happens."""
    model, name = request.param
    constraint = next(one for one in model._meta.constraints if one.name == name)
    with connection.schema_editor() as schema:
        schema.remove_constraint(model, constraint)
    try:
        yield
    finally:
        model.objects.all().delete()
        with connection.schema_editor() as schema:
            schema.add_constraint(model, constraint)


@pytest.fixture
def guardian() -> Guardian:
    return GuardianFactory.create()


def names(outcomes: list[Any]) -> Counter[str]:
    return Counter(type(one).__name__ for one in outcomes)


def add_one_child(guardian: Guardian) -> Counter[str]:
    child = {"given_name": "Léa", "family_name": "Fictive", "born_on": BORN}
    return names(crowd([partial(actions.add_member, household=guardian.household, **child)] * TABS))


def attest(guardian: Guardian, member: Member) -> Counter[str]:
    return names(crowd([partial(actions.attest_health, guardian=guardian, member=member, season=2026)] * TABS))


def test_a_child_is_once_in_its_family_whatever_is_pressed_twice(guardian: Guardian) -> None:
    assert add_one_child(guardian) == {"Member": 1, "AlreadyInFamily": TABS - 1}
    assert Membership.objects.count() == Member.objects.count() == 1


@pytest.mark.parametrize("without", [EACH_ONCE], indirect=True)
def test_twin_without_the_constraint_a_child_is_there_several_times(guardian: Guardian, without: None) -> None:
    assert add_one_child(guardian) == {"Member": TABS}
    assert Membership.objects.filter(household=guardian.household).count() == TABS


def test_health_is_attested_once_by_two_tabs(guardian: Guardian) -> None:
    member = MemberFactory.create(household=guardian.household)
    assert attest(guardian, member) == {"HealthAttestation": 1, "AttestedAlready": TABS - 1}


@pytest.mark.parametrize("without", [ATTESTED_ONCE], indirect=True)
def test_twin_without_the_constraint_it_is_attested_several_times(guardian: Guardian, without: None) -> None:
    member = MemberFactory.create(household=guardian.household)
    assert attest(guardian, member) == {"HealthAttestation": TABS}
