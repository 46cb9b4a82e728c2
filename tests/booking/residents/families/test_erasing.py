"""Who is forgotten, when, and what stays because a service still needs it."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from booking.residents.families import actions
from booking.residents.families.erasing import erase, purge
from booking.residents.models import Guardian, HealthAttestation, Household, Member, Membership, SeenPaper
from municipalities import services
from municipalities.database.transactions import GoneMeanwhile
from municipalities.models import AuditEntry
from tests.factories import GuardianFactory, HouseholdFactory, MemberFactory, MunicipalityFactory
from tests.rights.world import make_family

pytestmark = pytest.mark.django_db


@pytest.fixture
def needs(monkeypatch: pytest.MonkeyPatch) -> dict[UUID, str]:
    """What the service of the tests still needs of whom."""
    needed: dict[UUID, str] = {}

    def still_needs(ids: Collection[UUID]) -> dict[UUID, str]:
        return {pk: sentence for pk, sentence in needed.items() if pk in ids}

    service = services.Service("second", retention=services._services["second"].retention, still_needs=still_needs)
    monkeypatch.setitem(services._services, "second", service)
    return needed


def test_an_erased_family_says_nothing_any_more_anywhere() -> None:
    household = make_family()
    Guardian.objects.update(name="Camille Changée")
    erased = erase(household)
    assert household.pk in erased.gone and erased.stays == {}
    household.refresh_from_db()
    assert household.erased_at and household.family_quotient is None
    for model in (Guardian, Membership, SeenPaper, HealthAttestation):
        assert not model.objects.exists()
    assert set(Member.objects.values_list("given_name", "family_name", "born_on", "identity")) == {("", "", None, "")}
    traced = str(list(AuditEntry.objects.values_list("before", "after")))
    for secret in ("Cachée", "Changée", "Léa", "2018-05-04", "famille.example"):
        assert secret not in traced


def test_a_child_of_another_household_stays_with_it() -> None:
    mine, theirs = HouseholdFactory.create_batch(2)
    child = MemberFactory.create(households=[mine, theirs])
    erase(mine)
    child.refresh_from_db()
    assert child.given_name and list(child.households.all()) == [theirs]


def test_what_a_service_needs_stays_and_is_said(needs: dict[UUID, str]) -> None:
    household = HouseholdFactory.create()
    swims, idle = (MemberFactory.create(household=household) for _n in range(2))
    needs[swims.pk] = "Inscrite jusqu’en juin."
    erased = erase(household)
    assert erased.gone == [idle.pk] and erased.stays == {swims.pk: ["Inscrite jusqu’en juin."]}
    swims.refresh_from_db()
    idle.refresh_from_db()
    household.refresh_from_db()
    assert (swims.erased_at, household.erased_at) == (None, None) and idle.erased_at
    needs.clear()
    assert household.pk in erase(household).gone


def test_a_year_after_the_last_sign_in_a_family_is_forgotten(needs: dict[UUID, str]) -> None:
    old, needed, new = (GuardianFactory.create().household for _n in range(3))
    Household.objects.filter(pk__in=[old.pk, needed.pk]).update(active_on=timezone.localdate() - timedelta(days=400))
    needs[needed.pk] = "Un avoir de 12 €."
    now = timezone.now()
    assert purge(now, dry_run=True)["families"] == 2
    assert purge(now, dry_run=False)["families"] == 1
    assert set(Household.objects.living()) == {needed, new}


def test_a_member_whom_no_household_has_is_forgotten_the_next_night() -> None:
    left, kept = MemberFactory.create(), MemberFactory.create(household=HouseholdFactory.create())
    now = timezone.now()
    assert purge(now, dry_run=False)["members"] == 0
    assert purge(now + timedelta(days=2), dry_run=False)["members"] == 1
    left.refresh_from_db()
    kept.refresh_from_db()
    assert left.erased_at and not kept.erased_at


def test_what_is_erased_in_another_tab_is_not_written_again() -> None:
    """A child's remark, a name or a mailbox that comes after the erasure would stay for ever."""
    guardian = GuardianFactory.create()
    household, town = guardian.household, MunicipalityFactory.create()
    child = MemberFactory.create(household=household)
    said: dict[str, Any] = {"given_name": "Léa", "family_name": "Fictive", "born_on": child.born_on}
    assert household.pk in erase(household).gone
    late: list[Callable[[], object]] = [
        lambda: actions.correct_member(member=child, **said, expected_on=None, safety_remark="Asthme"),
        lambda: actions.note_safety(member=child, remark="Asthme"),
        lambda: actions.add_member(household=household, **said),
        lambda: actions.correct_guardian(guardian=guardian, name="Odile", phone=""),
        lambda: actions.add_guardian(household=household, name="Odile", email="odile@mail.example"),
        lambda: actions.move_home(household=household, home=town),
    ]
    for act in late:
        with pytest.raises(GoneMeanwhile):
            act()
    household.refresh_from_db()
    assert not Guardian.objects.exists() and household.home_municipality is None
    assert not Member.objects.exclude(given_name="", safety_remark="").exists()
