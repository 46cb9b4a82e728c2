"""A group of three sessions in a basin, and who manages it."""

from typing import Any

import pytest

from booking.activities.models import Group
from municipalities.models import StaffMember
from tests import people
from tests.factories.enrolments import course, water


@pytest.fixture
def basin() -> Any:
    return water()


@pytest.fixture
def group(basin: Any) -> Group:
    return course(basin, sessions=3)


@pytest.fixture
def manager(group: Group) -> StaffMember:
    return people.sports_manager(group.activity.season.operator)
