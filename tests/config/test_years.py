"""What is asked all day long reads what is open, not the years that are over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

from municipalities.models import Facility, StaffMember
from notifications.models import Message
from notifications.queries import not_reached, stuck
from tests.people import agent_of, territory_manager
from tests.worlds import World, shared_calendar
from tests.years import APPOINTMENTS, MANY, MESSAGES, rows_read, years_of_appointments, years_of_messages

pytestmark = pytest.mark.django_db

OFTEN = sorted(
    entry["task"]
    for entry in settings.CELERY_BEAT_SCHEDULE.values()
    if isinstance(entry["schedule"], float) and entry["schedule"] <= timedelta(minutes=1).total_seconds()
)


def manager_of_territory(_facility: Facility) -> StaffMember:
    return territory_manager()


@pytest.fixture
def world() -> World:
    world = shared_calendar()
    years_of_appointments(world)
    years_of_messages()
    return world


def test_there_are_tasks_that_come_often() -> None:
    assert len(OFTEN) > 8


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("task", OFTEN)
def test_a_task_that_comes_every_minute_reads_none_of_them(task: str) -> None:
    before = rows_read(APPOINTMENTS), rows_read(MESSAGES)
    import_string(task).run()
    assert rows_read(APPOINTMENTS) - before[0] < MANY / 10
    assert rows_read(MESSAGES) - before[1] < MANY / 10


@pytest.mark.parametrize("name", ["day", "board", "outcomes"])
def test_a_page_that_agents_open_all_day_reads_none_of_them(world: World, client: Client, name: str) -> None:
    client.force_login(agent_of(world.facilities[0]))
    page = reverse(f"counter:{name}", args=[world.facilities[0].pk])
    assert client.get(page).status_code == 200, "what is remembered between requests is now"
    before = rows_read(APPOINTMENTS), rows_read(MESSAGES)
    assert client.get(page).status_code == 200
    assert rows_read(APPOINTMENTS) - before[0] < MANY / 10
    assert rows_read(MESSAGES) - before[1] < MANY / 10


@pytest.mark.parametrize("who", [agent_of, manager_of_territory])
def test_a_start_page_reads_none_of_them(world: World, client: Client, who: Callable[[Facility], StaffMember]) -> None:
    client.force_login(who(world.facilities[0]))
    client.get("/agents/")
    before = rows_read(APPOINTMENTS), rows_read(MESSAGES)
    assert client.get("/agents/").status_code == 200
    assert rows_read(APPOINTMENTS) - before[0] < MANY / 10
    assert rows_read(MESSAGES) - before[1] < MANY / 10


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("asked", [stuck, not_reached])
def test_what_did_not_arrive_is_found_without_reading_what_did(asked: Callable[[], QuerySet[Message]]) -> None:
    before = rows_read(MESSAGES)
    assert asked().count() == 0
    assert rows_read(MESSAGES) - before < MANY / 10, "a few are the planner's own"
