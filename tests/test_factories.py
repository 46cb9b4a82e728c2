"""The factories and the cast make valid objects."""

import pytest
from factory.django import DjangoModelFactory

from booking.appointments.models import CounterOffering, FreeGap
from tests import factories, people
from tests.factories import FacilityFactory, MunicipalityFactory


@pytest.mark.django_db
@pytest.mark.parametrize("name", factories.__all__)
def test_factory_makes_two_valid_objects(name):
    factory: type[DjangoModelFactory] = getattr(factories, name)
    for made in (factory.create(), factory.create()):
        made.refresh_from_db()
        if not isinstance(made, FreeGap | CounterOffering):  # derived, never typed in by anyone
            made.full_clean(validate_unique=False, validate_constraints=False)


@pytest.mark.django_db
def test_the_cast_of_staff_has_its_roles():
    facility = FacilityFactory()
    for staff in (
        people.agent_of(facility),
        people.manager_of_facility(facility),
        people.agent_of_municipality(facility.municipality),
        people.manager_of_municipality(facility.municipality),
        people.territory_manager(),
        people.auditor(),
    ):
        assert list(staff.current_roles())
        assert staff.check_password(people.PASSWORD)
    assert people.superuser().current_roles().territory_wide
    assert not people.agent_of(FacilityFactory(municipality=MunicipalityFactory())).current_roles().territory_wide


def test_the_cast_of_residents_has_different_numbers():
    numbers = [resident.number for resident in people.RESIDENTS]
    assert len(set(numbers)) == len(numbers)
    assert all(len(number) == 10 for number in numbers)
