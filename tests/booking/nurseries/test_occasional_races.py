"""The last half-day and twenty families; one that comes back and twenty who wait for it."""

import time
from typing import Any

import pytest
from django.db import connection

from booking.nurseries.models import OccasionalPlace, OccasionalStay, OccasionalWish
from booking.nurseries.models.occasional import OccasionalPlaceQuerySet, StayState
from booking.nurseries.occasional import taking, waiting
from booking.nurseries.occasional.exceptions import TakenMeanwhile
from booking.nurseries.occasional.waiting import offer_next
from municipalities.database.transactions import patient_transaction
from tests.booking.nurseries.occasional import make_occasional
from tests.concurrency.crowd import crowd

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
GUARD = "occasional_place_is_one_childs"


def last_half_day(families: int = 20) -> list[Any]:
    """One place; everybody has seen that it is free."""
    care = make_occasional()
    care.open()
    children = [care.child(f"N{number}") for number in range(families)]

    def take(child: Any) -> Any:
        return lambda: taking.hold(child=child, nursery=care.nursery, day=care.day, half="am")

    return crowd([take(child) for child in children])


def test_the_last_half_day_is_one_familys() -> None:
    outcomes = last_half_day()
    assert sum(isinstance(one, OccasionalStay) for one in outcomes) == 1
    assert sum(isinstance(one, TakenMeanwhile) for one in outcomes) == 19
    assert OccasionalStay.objects.filter(state=StayState.HELD).count() == 1


def test_twin_without_the_databases_word_several_have_the_last_half_day(monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(self: OccasionalPlaceQuerySet) -> Any:
        found = free(self)
        list(found)
        time.sleep(0.3)
        return self.filter(pk__in=[one.pk for one in self])

    free = OccasionalPlaceQuerySet.free
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER INDEX {GUARD} RENAME TO {GUARD}_kept")
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [f"{GUARD}_kept"])
        definition = cursor.fetchone()[0].replace(f"{GUARD}_kept", GUARD)
        cursor.execute(f"DROP INDEX {GUARD}_kept")
    try:
        monkeypatch.setattr(OccasionalPlaceQuerySet, "free", slowly)
        outcomes = last_half_day(4)
        assert sum(isinstance(one, OccasionalStay) for one in outcomes) > 1
    finally:
        OccasionalStay.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(definition)


def freed() -> None:
    care = make_occasional()
    care.open()
    place = OccasionalPlace.objects.get()
    for number in range(20):
        OccasionalWish.objects.create(
            child=care.child(f"N{number}"), nursery=care.nursery, day=care.day, half="am", section=place.section
        )


def look() -> Any:
    place = OccasionalPlace.objects.get()

    def one() -> Any:
        with patient_transaction():
            return offer_next(place)

    return one


def test_one_that_comes_back_is_offered_to_the_first_of_twenty() -> None:
    freed()
    outcomes = crowd([look()] * 4)
    assert sum(isinstance(one, OccasionalStay) for one in outcomes) == 1
    assert OccasionalStay.objects.get().child.member.given_name == "N0"


def test_twin_without_the_places_lock_only_the_database_stands_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody sees nobody there; the index refuses all but one."""
    freed()
    monkeypatch.setattr(OccasionalPlaceQuerySet, "select_for_update", lambda self, *_args, **_more: self.all())
    waits = waiting._waiting
    refused: list[int] = []

    def later(place: Any) -> Any:
        time.sleep(0.4)
        refused.append(place.pk)
        return waits(place)

    monkeypatch.setattr(waiting, "_waiting", later)
    outcomes = crowd([look()] * 4)
    assert len(refused) > 1, "more than one came as far as offering it"
    assert sum(isinstance(one, OccasionalStay) for one in outcomes) == 1
