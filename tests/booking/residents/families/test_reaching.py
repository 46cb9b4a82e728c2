"""Where a family's letters go: to each address once, and what names somebody to nobody who has not shown to read it."""

import pytest

from booking.residents.families.reaching import addresses_of, homes_of
from tests.factories.residents import GuardianFactory, HouseholdFactory, MemberFactory

pytestmark = pytest.mark.django_db

MOBILE = "+33612345678"


def test_each_address_once_and_letters_with_names_to_confirmed_adults_alone() -> None:
    home, other = HouseholdFactory.create(), HouseholdFactory.create()
    parents = [GuardianFactory.create(household=home, phone=MOBILE) for _parent in range(2)]
    GuardianFactory.create(household=home, email="tapee@famille.example", phone="+33389000000", confirmed_at=None)
    GuardianFactory.create(household=other, email="tapee@famille.example", confirmed_at=None)
    mails = [("mail", one.email) for one in parents]
    homes = [home.pk, other.pk]
    assert [(one.channel, one.recipient) for one in addresses_of(homes)] == mails
    with_phones = [(one.channel, one.recipient) for one in addresses_of(homes, sms=True)]
    # One telephone for both parents; a landline takes no message.
    assert sorted(with_phones) == sorted([*mails, ("sms", MOBILE)])
    everybody = addresses_of(homes, confirmed=False)
    assert [one.guardian.household_id for one in everybody if one.recipient.startswith("tapee")] == homes
    assert len(everybody) == 4


def test_a_child_of_two_homes_is_found_in_both() -> None:
    first, second = HouseholdFactory.create(), HouseholdFactory.create()
    shared = MemberFactory.create(households=[first, second])
    alone = MemberFactory.create(household=first)
    homes = homes_of([shared.pk, alone.pk])
    assert set(homes[first.pk]) == {shared.pk, alone.pk} and homes[second.pk] == [shared.pk]
