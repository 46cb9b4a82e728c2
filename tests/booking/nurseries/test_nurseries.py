"""Who sees which nursery."""

import pytest

from booking.nurseries.models import Nursery
from municipalities.enums import CHILDCARE_ROLES, Role
from tests import people
from tests.factories import NurseryFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", CHILDCARE_ROLES)
def test_who_works_for_an_authority_sees_all_it_organises_and_runs_none(role: Role) -> None:
    theirs = NurseryFactory.create()
    NurseryFactory.create()
    staff = people.for_nurseries(role, theirs.authority)
    assert list(Nursery.objects.visible_to(staff)) == [theirs]
    assert not Nursery.objects.run_by(staff).exists()


def test_who_runs_a_nursery_sees_no_other_operators() -> None:
    theirs = NurseryFactory.create()
    sister = NurseryFactory.create(facility__operator=theirs.facility.operator)
    NurseryFactory.create(authority=theirs.authority)
    director = people.nursery_manager(theirs.facility)
    assert set(Nursery.objects.visible_to(director)) == set(Nursery.objects.run_by(director)) == {theirs}
    of_all = people.for_nurseries(Role.NURSERY_MANAGER, theirs.facility.operator)
    assert set(Nursery.objects.run_by(of_all)) == {theirs, sister}


def test_the_territorys_manager_sees_none() -> None:
    NurseryFactory.create()
    for staff in (people.territory_manager(), people.superuser(), people.auditor()):
        assert not Nursery.objects.visible_to(staff).exists()
