"""Two who plan the same water at the same instant. Each guard has a twin that removes it and shows the damage."""

from collections import Counter
from collections.abc import Iterator
from datetime import time, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Lane, LaneUse, Pool, PoolMoment, UseSeries
from booking.activities.water import drafts, events, pools, saving
from booking.activities.water.days import at
from municipalities.database.transactions import GoneMeanwhile
from municipalities.idempotency import FIELD
from municipalities.spans import monday_of
from tests import people
from tests.concurrency.crowd import crowd
from tests.factories import BasinFactory, LaneFactory, PoolFactory
from tests.rights.walk import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

CROWD = 6


@pytest.fixture
def pool() -> Pool:
    pool = PoolFactory.create(most_heads=60)
    for number in range(CROWD):
        LaneFactory.create(basin=BasinFactory.create(pool=pool), name=f"Ligne {number}")
    return pool


def _add(pool: Pool, lane: Lane, heads: int) -> Any:
    start = at(monday_of(timezone.localdate()) + timedelta(days=15), time(10))
    return events.add_event(
        pool=pool,
        kind="club",
        label="Les Dauphins",
        lanes=[lane],
        start=start,
        end=start + timedelta(hours=1),
        heads=heads,
        by=None,
    )


def on_one_lane(pool: Pool, heads: int) -> Counter[str]:
    lane = Lane.objects.filter(basin__pool=pool)[0]
    return Counter(type(one).__name__ for one in crowd([partial(_add, pool, lane, heads)] * CROWD))


def on_lanes_of_their_own(pool: Pool) -> Counter[str]:
    lanes = list(Lane.objects.filter(basin__pool=pool))
    return Counter(type(one).__name__ for one in crowd([partial(_add, pool, lane, 20) for lane in lanes]))


def twice_given() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM activities_laneuse a JOIN activities_laneuse b"
            " ON a.lane_id = b.lane_id AND a.id < b.id AND a.period && b.period"
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def believing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks before: what two see who look at the same instant, made certain."""
    monkeypatch.setattr(saving, "look", lambda draft: drafts.Findings([], []))


@pytest.fixture
def without(request: pytest.FixtureRequest) -> Iterator[None]:
    """The table without this constraint, while a test shows what then happens."""
    model, name = request.param
    constraint = next(one for one in model._meta.constraints if one.name == name)
    with connection.schema_editor() as schema:
        schema.remove_constraint(model, constraint)
    try:
        yield
    finally:
        model.objects.all().delete()
        with connection.schema_editor() as schema:
            schema.add_constraint(model, constraint)


@pytest.mark.parametrize("heads", [0, 5])
def test_one_of_those_who_want_a_lane_has_it(pool: Pool, heads: int) -> None:
    """The others hear who has it; two that wait for each other in a circle are told to try again."""
    outcomes = on_one_lane(pool, heads)
    assert outcomes["Draft"] == 1 and set(outcomes) <= {"Draft", "LanesTaken", "Busy"}
    assert twice_given() == 0 and LaneUse.objects.count() == 1


def test_the_database_decides_between_those_who_looked_at_one_instant(pool: Pool, believing: None) -> None:
    outcomes = on_one_lane(pool, 5)
    assert outcomes["Draft"] == 1 and set(outcomes) <= {"Draft", "LanesTaken", "Busy"}
    assert twice_given() == 0 and set(PoolMoment.objects.values_list("heads", flat=True)) == {5}


@pytest.mark.parametrize("without", [(LaneUse, saving.ONE_USER)], indirect=True)
def test_twin_without_the_constraint_a_lane_is_given_twice(
    pool: Pool, believing: None, without: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "ONE_USER", "ALL")
    assert on_one_lane(pool, 5)["Draft"] == CROWD
    assert twice_given() > 0


def test_heads_stay_under_the_limit_whoever_plans_at_once(pool: Pool, believing: None) -> None:
    """Three times twenty fit; the rest hear of it, and what is counted is what is planned."""
    outcomes = on_lanes_of_their_own(pool)
    assert outcomes == {"Draft": 3, "TooManyHeads": CROWD - 3}
    assert LaneUse.objects.count() == 3
    assert set(PoolMoment.objects.values_list("heads", flat=True)) == {60}


@pytest.mark.parametrize("without", [(PoolMoment, saving.UNDER_THE_LIMIT)], indirect=True)
def test_twin_without_the_check_there_are_too_many(pool: Pool, believing: None, without: None) -> None:
    assert on_lanes_of_their_own(pool)["Draft"] == CROWD
    assert PoolMoment.objects.filter(heads__gt=F("most")).exists()


def test_two_who_leave_out_one_time_take_its_people_away_once(pool: Pool) -> None:
    draft = _add(pool, Lane.objects.filter(basin__pool=pool)[0], 20)
    leaving = partial(events.leave_out, event=draft.put[0].event, pool=pool, by=None)
    outcomes = Counter(type(one).__name__ for one in crowd([leaving] * CROWD))
    assert outcomes == {"Draft": 1, "PlanChanged": CROWD - 1}
    assert set(PoolMoment.objects.values_list("heads", flat=True)) == {0}


@pytest.fixture
def removed_meanwhile(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> Lane:
    """A lane that somebody removes after whoever plans on it has looked."""
    lane, looked = Lane.objects.filter(basin__pool=pool)[0], saving.look

    def look(draft: drafts.Draft) -> drafts.Findings:
        found = looked(draft)
        assert [type(one) for one in crowd([partial(pools.remove_lane, lane=lane, by=None)])] == [type(None)]
        return found

    monkeypatch.setattr(saving, "look", look)
    return lane


def test_who_plans_on_a_lane_that_is_removed_meanwhile_is_told(pool: Pool, removed_meanwhile: Lane) -> None:
    with pytest.raises(GoneMeanwhile):
        _add(pool, removed_meanwhile, 5)
    assert not LaneUse.objects.exists() and not PoolMoment.objects.filter(heads__gt=0).exists()


@pytest.mark.parametrize("key", ["", "a-key-of-a-form-1234"])
def test_the_form_is_shown_again_as_it_was_typed(pool: Pool, removed_meanwhile: Lane, key: str) -> None:
    day = monday_of(timezone.localdate()) + timedelta(days=15)
    typed = {
        "kind": "club",
        "label": "Les Dauphins",
        "first_day": day.isoformat(),
        "last_day": (day + timedelta(days=14)).isoformat(),
        "starts": "09:30",
        "ends": "11:00",
        "lanes": [removed_meanwhile.pk],
        "heads": 5,
        FIELD: key,
    }
    browser = signed_in(people.sports_manager(pool.facility.operator))
    answer = browser.post(reverse("pools:new_use", args=[pool.pk]), typed)
    page = answer.content.decode()
    assert answer.status_code == 200 and str(GoneMeanwhile.sentence) in page and 'value="Les Dauphins"' in page
    assert not UseSeries.objects.exists()
