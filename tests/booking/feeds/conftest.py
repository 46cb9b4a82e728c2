import pytest

from municipalities.models import StaffMember
from tests.people import agent_of
from tests.worlds import World, shared_calendar


@pytest.fixture
def world() -> World:
    return shared_calendar(counters=2)


@pytest.fixture
def agent(world: World) -> StaffMember:
    return agent_of(world.facilities[0])
