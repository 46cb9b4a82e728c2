"""The table of rights against what the rules and the querysets really answer, cell by cell."""

from collections.abc import Callable, Iterable
from functools import partial

import pytest

from booking.payments.models import CashOffice, OfficePerson
from municipalities import rules
from municipalities.enums import NURSERY_ROLES, POOL_ROLES, FacilityKind, OperatorKind, Role
from municipalities.models import OPERATOR_ROLES, Facility, Municipality, Operator, StaffMember
from municipalities.rules import RIGHTS, Ability
from tests import people
from tests.factories import FacilityFactory, MunicipalityFactory, OperatorFactory

pytestmark = pytest.mark.django_db

TERRITORY = (Role.TERRITORY_MANAGER, Role.AUDITOR)
IN_FACILITIES = (Role.AGENT, Role.OPERATOR_STAFF, Role.FACILITY_MANAGER)


def _in(rows: object, place: object) -> bool:
    return bool(rows.filter(pk=place.pk).exists())  # type: ignore[attr-defined]


def _names_managers(staff: StaffMember, hall: Facility) -> bool:
    town, operator = hall.municipality, hall.operator
    return rules.may_give(staff, Role.MUNICIPALITY_MANAGER, town) or rules.may_give(
        staff, Role.OPERATOR_MANAGER, operator
    )


#: What is done in the name of the agglomeration for all nurseries, whoever runs them.
OF_ALL_NURSERIES = (
    Ability.INSTRUCT_FILES,
    Ability.READ_SENSITIVE,
    Ability.SIT_ON_COMMISSION,
    Ability.CHAIR_COMMISSION,
    Ability.PUBLISH_RULES,
    Ability.READ_FIGURES,
)


def _for_nurseries(ability: Ability, staff: StaffMember, _hall: Facility) -> bool:
    return rules.for_nurseries(staff, ability)


def _at_pools(ability: Ability, staff: StaffMember, hall: Facility) -> bool:
    return rules.may_for_operator(staff, ability, hall.operator_id)


def _till(staff: StaffMember, hall: Facility) -> CashOffice:
    """A cash office of who runs the facility, which names this person: only a role may be missing."""
    office, _made = CashOffice.objects.get_or_create(operator=hall.operator, name="Régie d’essai")
    OfficePerson.objects.get_or_create(office=office, staff=staff)
    return office


#: What really decides, asked about one facility.
PROBES: dict[Ability, Callable[[StaffMember, Facility], bool]] = {
    Ability.SEE: lambda staff, hall: _in(Facility.objects.visible_to(staff), hall),
    Ability.SERVE: rules.works_at,
    Ability.RUN_CALENDAR: lambda staff, hall: _in(Facility.objects.manageable_by(staff), hall),
    Ability.LEAD_TEAM: lambda staff, hall: rules.may_give(staff, Role.AGENT, hall),
    Ability.SEE_WATER: lambda staff, hall: _in(Facility.objects.water_seen_by(staff), hall),
    Ability.PLAN_WATER: lambda staff, hall: _in(Facility.objects.water_planned_by(staff), hall),
    Ability.PLAN_OFFER: lambda staff, hall: _in(Facility.objects.offer_planned_by(staff), hall),
    Ability.KEEP_REGISTER: partial(_at_pools, Ability.KEEP_REGISTER),
    Ability.READ_OCCUPANCY: partial(_at_pools, Ability.READ_OCCUPANCY),
    Ability.SERVE_FAMILIES: lambda staff, _hall: rules.serves_families(staff),
    Ability.RUN_NURSERY: lambda staff, hall: _in(Facility.objects.nurseries_run_by(staff), hall),
    **{ability: partial(_for_nurseries, ability) for ability in OF_ALL_NURSERIES},
    Ability.SEE_ACCOUNTS: lambda staff, hall: _in(CashOffice.objects.visible_to(staff), _till(staff, hall)),
    Ability.TAKE_MONEY: lambda staff, hall: _in(CashOffice.objects.served_by(staff), _till(staff, hall)),
    Ability.KEEP_ACCOUNTS: lambda staff, hall: _in(CashOffice.objects.accounted_by(staff), _till(staff, hall)),
    Ability.SET_RULES: lambda staff, hall: _in(Facility.objects.governed_by(staff), hall),
    Ability.EDIT_IDENTITY: lambda staff, hall: _in(Municipality.objects.editable_by(staff), hall.municipality),
    Ability.EDIT_OPERATOR: lambda staff, hall: _in(Operator.objects.editable_by(staff), hall.operator),
    Ability.NAME_MANAGERS: _names_managers,
    Ability.RUN_TERRITORY: lambda staff, hall: rules.manages_territory(staff),
    Ability.READ_TRACE: lambda staff, hall: rules.reads_trace(staff),
}
#: What is of no place: whoever may it here may it everywhere.
OF_NO_PLACE = {Ability.SERVE_FAMILIES, *OF_ALL_NURSERIES}
#: What a municipality's role may do in the municipality itself, whoever runs the facility that stands there.
OF_THE_TOWN = {Ability.EDIT_IDENTITY, Ability.NAME_MANAGERS}


def _pool(**fields: object) -> Facility:
    """A facility that stands in a municipality and is run by somebody else."""
    operator = OperatorFactory.create(name="Agglomération d’essai", kind=OperatorKind.AGGLOMERATION)
    return FacilityFactory.create(**({"name": "Piscine d’essai", "operator": operator} | fields))


def _usual_place(role: Role) -> Facility:
    """What a role reaches: a municipality's hall, or, for who works for another operator, what that one runs."""
    if role == Role.NURSERY_MANAGER:
        return _pool(kind=FacilityKind.NURSERY, name="Les Petits Essais")
    return _pool() if role in (*OPERATOR_ROLES, Role.OPERATOR_STAFF) else FacilityFactory.create()


def _abilities(role: Role, *, among: Iterable[Ability] = Ability) -> set[Ability]:
    """What the table says."""
    return {ability for ability in among if role in RIGHTS[ability]}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_in_its_place_what_the_table_says(role: Role) -> None:
    place = _usual_place(role)
    staff = people.with_role(role, facility=place)
    # A municipality has its identity elsewhere.
    places = {Ability.EDIT_OPERATOR: _pool()} if role == Role.TERRITORY_MANAGER else {}
    may = {ability for ability in Ability if PROBES[ability](staff, places.get(ability, place))}
    assert may == _abilities(role)


@pytest.mark.parametrize("role", [role for role in Role if role not in TERRITORY])
def test_a_role_may_nothing_elsewhere(role: Role) -> None:
    staff = people.with_role(role, facility=_usual_place(role))
    elsewhere = FacilityFactory.create(municipality=MunicipalityFactory.create())
    theirs = FacilityFactory.create(name="Crèche d’essai", operator=OperatorFactory.create())
    for place in (elsewhere, theirs):
        assert {one for one in Ability if PROBES[one](staff, place)} == _abilities(role, among=OF_NO_PLACE)


@pytest.mark.parametrize("role", IN_FACILITIES)
def test_a_role_in_one_facility_is_none_in_its_neighbour(role: Role) -> None:
    hall = FacilityFactory.create()
    neighbour = FacilityFactory.create(municipality=hall.municipality, name="Annexe")
    staff = people.with_role(role, facility=hall)
    assert [ability for ability in Ability if PROBES[ability](staff, neighbour)] == []


@pytest.mark.parametrize("role", IN_FACILITIES)
def test_the_staff_of_one_facility_stay_on_one_whoever_runs_it(role: Role) -> None:
    pool = _pool()
    other = FacilityFactory.create(municipality=pool.municipality, operator=pool.operator, name="Patinoire d’essai")
    staff = people.with_role(role, facility=pool)
    assert [ability for ability in Ability if PROBES[ability](staff, other)] == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.FACILITY_MANAGER, Role.MUNICIPALITY_MANAGER, Role.AUDITOR])
def test_a_municipalitys_role_reaches_what_the_municipality_runs_and_not_what_stands_in_it(role: Role) -> None:
    """And follows it beyond its borders: a hall of the town on another town's ground is the town's."""
    town = MunicipalityFactory.create()
    hall = FacilityFactory.create(municipality=town)
    abroad = FacilityFactory.create(name="Annexe d’essai", operator=hall.operator)
    pool = _pool(municipality=town)
    staff = people.in_municipality(role, town)
    assert {place for place in (hall, abroad, pool) if PROBES[Ability.SEE](staff, place)} == {hall, abroad}
    allowed = {ability for ability in Ability if PROBES[ability](staff, pool)}
    assert allowed == (OF_THE_TOWN if role == Role.MUNICIPALITY_MANAGER else set())


def test_the_manager_of_an_operator_reaches_all_it_runs_wherever_it_stands() -> None:
    pool = _pool()
    other = FacilityFactory.create(name="Patinoire d’essai", operator=pool.operator)
    hall = FacilityFactory.create(municipality=pool.municipality)
    staff = people.manager_of_operator(pool.operator)
    assert other.municipality_id != pool.municipality_id
    for ability in Ability:
        wanted = Role.OPERATOR_MANAGER in RIGHTS[ability]
        assert PROBES[ability](staff, pool) is PROBES[ability](staff, other) is wanted, ability
        assert PROBES[ability](staff, hall) is False, ability


@pytest.mark.parametrize("role", POOL_ROLES)
def test_who_works_for_the_pools_of_a_town_reaches_those_the_town_runs(role: Role) -> None:
    """A municipality is the operator of what it runs: there the role is held in the municipality."""
    town = MunicipalityFactory.create()
    own = FacilityFactory.create(municipality=town, name="Bains municipaux")
    agglomerations = _pool(municipality=town)
    staff = people.in_municipality(role, town)
    for ability in Ability:
        assert PROBES[ability](staff, own) is (role in RIGHTS[ability]), ability
        assert PROBES[ability](staff, agglomerations) is (ability in OF_NO_PLACE and role in RIGHTS[ability]), ability


@pytest.mark.parametrize("role", [*POOL_ROLES, *NURSERY_ROLES])
def test_who_works_for_pools_or_nurseries_meets_no_counter(role: Role) -> None:
    pool = _usual_place(role)
    staff = people.with_role(role, facility=pool)
    assert rules.sees_something(staff) is False and rules.serves_somewhere(staff) is False
    assert rules.sees(staff, pool) is False and rules.towns_answered_for(staff) == []


@pytest.mark.parametrize("role", Role)
def test_a_closed_account_may_nothing(role: Role) -> None:
    place = _usual_place(role)
    staff = people.with_role(role, facility=place, is_active=False)
    assert [ability for ability in Ability if PROBES[ability](staff, place)] == []


def test_every_ability_has_its_row_and_its_probe() -> None:
    assert set(RIGHTS) == set(PROBES) == set(Ability)
