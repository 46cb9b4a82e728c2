"""Who works for nurseries: where their roles hold, and who hands them out."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from municipalities import rules
from municipalities.actions.staff import NotYours, give_role
from municipalities.enums import CHILDCARE_ROLES, FacilityKind, OperatorKind, Role
from municipalities.exceptions import Refusal
from municipalities.models import Facility, Operator, Place, StaffMember, StaffRole
from municipalities.rules import Ability
from tests import people
from tests.factories import FacilityFactory, NurseryFactory, OperatorFactory, StaffMemberFactory

pytestmark = pytest.mark.django_db

FOR_ALL = (
    Ability.INSTRUCT_FILES,
    Ability.READ_SENSITIVE,
    Ability.SIT_ON_COMMISSION,
    Ability.CHAIR_COMMISSION,
    Ability.PUBLISH_RULES,
    Ability.READ_FIGURES,
)


def _agglomeration() -> Operator:
    return OperatorFactory.create(kind=OperatorKind.AGGLOMERATION)


def _give(by: StaffMember, role: Role, place: Place) -> StaffRole:
    member = StaffMemberFactory.create()
    today: date = timezone.localdate()
    return give_role(member=member, role=role, place=place, valid_from=today, valid_until=None, by=by)


@pytest.mark.parametrize("role", CHILDCARE_ROLES)
def test_a_role_for_all_nurseries_held_with_a_contract_holder_opens_nothing(role: Role) -> None:
    """Even where a row of the table says so: nobody becomes judge of all requests by working for one company."""
    company = OperatorFactory.create(kind=OperatorKind.CONTRACT_HOLDER)
    staff = people.for_nurseries(role, company)
    assert [ability for ability in FOR_ALL if rules.for_nurseries(staff, ability)] == []


def test_a_superuser_and_the_territorys_manager_read_no_file() -> None:
    for staff in (people.superuser(), people.territory_manager()):
        assert [ability for ability in FOR_ALL if rules.for_nurseries(staff, ability)] == []
        assert not rules.runs_nurseries(staff)
        assert not Facility.objects.nurseries_run_by(staff).exists()


def test_a_nursery_manager_runs_one_nursery_or_all_of_an_operator_and_no_pool() -> None:
    one = NurseryFactory.create().facility
    other = NurseryFactory.create(facility__operator=one.operator).facility
    FacilityFactory.create(kind=FacilityKind.POOL, operator=one.operator)
    assert set(Facility.objects.nurseries_run_by(people.nursery_manager(one))) == {one}
    of_all = people.for_nurseries(Role.NURSERY_MANAGER, one.operator)
    assert set(Facility.objects.nurseries_run_by(of_all)) == {one, other}


def test_the_manager_of_an_operator_gives_the_roles_of_its_nurseries() -> None:
    agglomeration, nursery = _agglomeration(), NurseryFactory.create().facility
    for role in (*CHILDCARE_ROLES, Role.NURSERY_MANAGER):
        assert _give(people.manager_of_operator(agglomeration), role, agglomeration).pk
    by = people.manager_of_operator(nursery.operator)
    assert _give(by, Role.NURSERY_MANAGER, nursery).facility == nursery
    assert _give(by, Role.NURSERY_MANAGER, nursery.operator).operator == nursery.operator


@pytest.mark.parametrize("role", CHILDCARE_ROLES)
def test_a_contract_holder_gives_nobody_the_requests_of_all(role: Role) -> None:
    company = OperatorFactory.create(kind=OperatorKind.CONTRACT_HOLDER)
    for by, place in (
        (people.manager_of_operator(company), company),
        (people.territory_manager(), company),
        (people.territory_manager(), NurseryFactory.create().facility),
    ):
        with pytest.raises(Refusal):
            _give(by, role, place)
    with pytest.raises(NotYours):
        _give(people.manager_of_operator(company), role, _agglomeration())


def test_who_runs_the_calendar_of_a_nursery_names_nobody_to_direct_it() -> None:
    nursery = NurseryFactory.create().facility
    for by in (people.manager_of_facility(nursery), people.nursery_manager(nursery)):
        with pytest.raises(NotYours):
            _give(by, Role.NURSERY_MANAGER, nursery)


def test_only_nurseries_are_directed() -> None:
    pool = FacilityFactory.create(kind=FacilityKind.POOL, operator=OperatorFactory.create())
    with pytest.raises(Refusal):
        _give(people.manager_of_operator(pool.operator), Role.NURSERY_MANAGER, pool)


@pytest.mark.parametrize("where", ["facility", "municipality"])
def test_the_database_holds_a_role_for_all_nurseries_in_an_operator(where: str) -> None:
    facility = FacilityFactory.create()
    place: dict[str, Any] = {"facility": facility} if where == "facility" else {"municipality": facility.municipality}
    role = StaffRole(staff=StaffMemberFactory.create(), role=Role.COMMISSION_CHAIR, **place)
    with pytest.raises(ValidationError, match="se donne dans l’agglomération"):
        role.validate_constraints()
