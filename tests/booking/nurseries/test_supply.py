"""What staff say of a nursery's places, and the numbers that come of it everywhere."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError

from booking.nurseries.allocation.cells import Layout
from booking.nurseries.allocation.reading import read_round
from booking.nurseries.capacity import Contradiction
from booking.nurseries.enums import HALF_DAYS, CountedBy, Section
from booking.nurseries.exceptions import CapacityOverlaps, OvershootNotProvided
from booking.nurseries.models import HeldBack, Nursery, NurseryOpening
from booking.nurseries.supply import reading, saving
from tests.factories import HeldBackFactory, NurseryFactory, NurseryOpeningFactory, PresentChildFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("september")]


@pytest.fixture
def september() -> Any:
    with time_machine.travel("2027-09-15 08:00:00+00:00", tick=False):
        yield


def _nursery(places: int = 4, **fields: Any) -> Nursery:
    opening = NurseryOpeningFactory.create(authorised=dict.fromkeys(HALF_DAYS, places), **fields)
    return opening.nursery


def _read(nursery: Nursery) -> Nursery:
    return reading.with_supply(Nursery.objects.filter(pk=nursery.pk)).get()


def _half_day(nursery: Nursery, month: str, half_day: str = "tue_am") -> Any:
    return reading.horizon().moments(reading.capacity_of(_read(nursery)))[month, half_day]


def test_the_round_the_forecast_and_the_week_read_the_same_numbers() -> None:
    nursery = _nursery(sections={Section.SMALL: 2}, adults={"mon_am": 1})
    HeldBackFactory.create(nursery=nursery, places=1, last_month=date(2027, 10, 1))
    PresentChildFactory.create(nursery=nursery, born=date(2027, 2, 1), half_days=["tue_am"])
    PresentChildFactory.create(nursery=nursery, born=date(2026, 1, 1), last_month=date(2027, 11, 1))
    ahead = reading.horizon()
    facilities = reading.facilities([_read(nursery)], ahead)
    round = read_round(
        {
            "version": 1,
            "months": list(ahead.months),
            "half_days": list(HALF_DAYS),
            "bands": [band.name for band in ahead.bands],
            "facilities": facilities,
            "children": {},
        }
    )
    layout = Layout(round)
    cells = layout.fields(layout.capacity(round.facilities[0]))
    moments = ahead.moments(reading.capacity_of(_read(nursery)))
    for at, month in enumerate(ahead.months):
        for number, day in enumerate(HALF_DAYS):
            assert moments[month, day].free == cells[layout.places_at(at, number)]
    assert len(ahead.months) == 18
    assert [_half_day(nursery, month).free for month in ("2027-10", "2027-11", "2027-12")] == [1, 2, 3]
    assert _half_day(nursery, "2027-09").free_in(Section.SMALL) == 1
    assert _half_day(nursery, "2027-09", "mon_am").free_in(Section.BIG) == 2  # places; the adult would do for seven


def test_places_held_back_are_free_after_their_month() -> None:
    nursery = _nursery(places=3)
    saving.save_held_back(
        held=HeldBackFactory.build(nursery=nursery, places=2, last_month=date(2027, 12, 1), half_days=["tue_am"]),
        by=None,
    )
    free = {month: _half_day(nursery, month).free for month in ("2027-12", "2028-01")}
    assert free == {"2027-12": 1, "2028-01": 3}
    assert _half_day(nursery, "2027-12", "tue_pm").free == 3


def test_fewer_places_than_children_are_refused_by_month_and_half_day() -> None:
    nursery = _nursery(places=2)
    PresentChildFactory.create_batch(2, nursery=nursery, half_days=["tue_am"])
    opening = nursery.openings.get()
    opening.authorised = opening.authorised | {"tue_am": 1}
    with pytest.raises(Contradiction, match="2 enfants présents le mardi matin en septembre 2027 pour 1") as refused:
        saving.save_opening(opening=opening, by=None)
    assert (refused.value.month, refused.value.half_day) == ("2027-09", "tue_am")
    assert nursery.openings.get().authorised["tue_am"] == 2


def test_more_held_back_than_authorised_is_refused_even_next_year() -> None:
    nursery = _nursery(places=2)
    held = HeldBackFactory.build(nursery=nursery, places=3, first_month=date(2029, 9, 1), last_month=date(2029, 10, 1))
    with pytest.raises(Contradiction, match="en septembre 2029"):
        saving.save_held_back(held=held, by=None)
    assert not HeldBack.objects.exists()


def test_a_capacity_that_children_need_stays() -> None:
    nursery = _nursery()
    PresentChildFactory.create(nursery=nursery)
    with pytest.raises(Contradiction, match="fermé le lundi matin"):
        saving.drop_opening(opening=nursery.openings.get(), by=None)
    assert nursery.openings.exists()


def test_two_capacities_never_hold_for_the_same_month() -> None:
    nursery = _nursery(last_month=date(2027, 12, 1))
    with pytest.raises(CapacityOverlaps):
        saving.save_opening(
            opening=NurseryOpeningFactory.build(nursery=nursery, first_month=date(2027, 12, 1)), by=None
        )
    after = NurseryOpeningFactory.build(nursery=nursery, first_month=date(2028, 1, 1))
    assert saving.save_opening(opening=after, by=None).pk
    with pytest.raises(ValidationError, match="Une autre ligne de capacité"):
        NurseryOpening(nursery=nursery, first_month=date(2028, 2, 1)).validate_constraints()


def test_overshoot_is_off_unless_the_rules_of_the_nursery_provide_for_it() -> None:
    nursery = _nursery(places=12)
    opening = nursery.openings.get()
    opening.overshoot = 115
    with pytest.raises(OvershootNotProvided):
        saving.save_opening(opening=opening, by=None)
    saving.set_nursery(facility=nursery.facility, most_overshoot=115, by=None)
    saving.save_opening(opening=opening, by=None)
    assert _half_day(nursery, "2027-09").free == 13
    with pytest.raises(OvershootNotProvided):
        saving.set_nursery(facility=nursery.facility, most_overshoot=110, by=None)


def test_guaranteed_places_counted_by_the_operator_are_spread_over_its_nurseries() -> None:
    big = _nursery(places=40, nursery__guaranteed_places=2, nursery__guaranteed_counted_by=CountedBy.OPERATOR)
    small = _nursery(
        places=10,
        nursery__guaranteed_places=1,
        nursery__guaranteed_counted_by=CountedBy.OPERATOR,
        nursery__facility__operator=big.facility.operator,
    )
    alone = _nursery(nursery__guaranteed_places=1)
    PresentChildFactory.create(nursery=small, is_guaranteed=True)
    read = list(reading.with_supply(Nursery.objects.all()))
    assert reading.guaranteed_missing(read, reading.horizon()) == {big.pk: 2, small.pk: 0, alone.pk: 1}
    settled = reading.facilities(read, reading.horizon(), {big.pk: 1, small.pk: 1, alone.pk: 1})
    assert settled[small.facility.name]["guaranteed_missing"] == 1


def test_two_nurseries_of_one_name_are_told_apart_by_their_towns() -> None:
    one = NurseryFactory.create(facility__name="Les Lutins", facility__slug="lutins-a")
    other = NurseryFactory.create(facility__name="Les Lutins", facility__slug="lutins-b")
    names = reading.names_of([one, other])
    assert names[one.pk] == f"Les Lutins ({one.facility.municipality.name})" != names[other.pk]


def test_a_child_stays_in_the_section_its_operator_chose_until_its_age_says_more() -> None:
    nursery = _nursery(sections={Section.SMALL: 3, Section.MIDDLE: 1, Section.BIG: 2})
    PresentChildFactory.create(nursery=nursery, born=date(2026, 9, 1), section=Section.MIDDLE)
    there = [dict(_half_day(nursery, month).there) for month in ("2027-09", "2028-08", "2028-09")]
    assert there == [{"middle": 1}, {"middle": 1}, {"big": 1}]
