"""The table of rights against what the rules and the querysets really answer, cell by cell."""

from collections.abc import Callable

import pytest

from municipalities import rules
from municipalities.enums import Role
from municipalities.models import Facility, Municipality, StaffMember
from municipalities.rules import RIGHTS, Ability
from tests import people
from tests.factories import FacilityFactory, MunicipalityFactory

pytestmark = pytest.mark.django_db

TERRITORY = (Role.TERRITORY_MANAGER, Role.AUDITOR)


def _in(rows: object, place: object) -> bool:
    return bool(rows.filter(pk=place.pk).exists())  # type: ignore[attr-defined]


#: What really decides, asked about one facility.
PROBES: dict[Ability, Callable[[StaffMember, Facility], bool]] = {
    Ability.SEE: lambda staff, hall: _in(Facility.objects.visible_to(staff), hall),
    Ability.SERVE: rules.works_at,
    Ability.RUN_CALENDAR: lambda staff, hall: _in(Facility.objects.manageable_by(staff), hall),
    Ability.LEAD_TEAM: lambda staff, hall: rules.may_give(staff, Role.AGENT, None, hall),
    Ability.EDIT_IDENTITY: lambda staff, hall: _in(Municipality.objects.editable_by(staff), hall.municipality),
    Ability.NAME_MANAGERS: lambda staff, hall: rules.may_give(
        staff, Role.MUNICIPALITY_MANAGER, hall.municipality, None
    ),
    Ability.RUN_TERRITORY: lambda staff, hall: rules.manages_territory(staff),
    Ability.READ_TRACE: lambda staff, hall: rules.reads_trace(staff),
}


@pytest.mark.parametrize("ability", Ability)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_in_its_place_what_the_table_says(role: Role, ability: Ability) -> None:
    hall = FacilityFactory.create()
    staff = people.with_role(role, facility=hall)
    assert PROBES[ability](staff, hall) is (role in RIGHTS[ability])


@pytest.mark.parametrize("ability", Ability)
@pytest.mark.parametrize("role", [role for role in Role if role not in TERRITORY])
def test_a_role_may_nothing_elsewhere(role: Role, ability: Ability) -> None:
    staff = people.with_role(role, facility=FacilityFactory.create())
    elsewhere = FacilityFactory.create(municipality=MunicipalityFactory.create())
    assert PROBES[ability](staff, elsewhere) is False


@pytest.mark.parametrize("role", [Role.AGENT, Role.OPERATOR_STAFF, Role.FACILITY_MANAGER])
def test_a_role_in_one_facility_is_none_in_its_neighbour(role: Role) -> None:
    hall = FacilityFactory.create()
    neighbour = FacilityFactory.create(municipality=hall.municipality, name="Annexe")
    staff = people.with_role(role, facility=hall)
    assert [ability for ability in Ability if PROBES[ability](staff, neighbour)] == []


@pytest.mark.parametrize("role", Role)
def test_a_closed_account_may_nothing(role: Role) -> None:
    hall = FacilityFactory.create()
    staff = people.with_role(role, facility=hall, is_active=False)
    assert [ability for ability in Ability if PROBES[ability](staff, hall)] == []


def test_every_ability_has_its_row_and_its_probe() -> None:
    assert set(RIGHTS) == set(PROBES) == set(Ability)
