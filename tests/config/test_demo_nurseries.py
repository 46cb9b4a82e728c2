"""The demonstration's nurseries: their number, who runs them, and that nothing contradicts an authorisation."""

import pytest
from django.utils import timezone

from booking.nurseries.enums import Section
from booking.nurseries.models import Nursery, PresentChild
from booking.nurseries.supply import reading
from config.demo import nurseries, places
from config.demo.build import SEED
from municipalities.enums import OperatorKind
from municipalities.models import Facility, Operator

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_thirty_four_nurseries_with_places_and_children() -> None:
    places.load_municipalities()
    places.build_town_halls()
    places.build_others()
    assert nurseries.build_nurseries(timezone.localdate(), SEED) == Nursery.objects.count() == 34
    run = Facility.objects.filter(nursery__isnull=False, operator__kind=OperatorKind.CONTRACT_HOLDER)
    assert run.count() == 30 and run.values("operator").distinct().count() >= 5
    assert all("fictif" in one.name or "fictive" in one.name for one in Operator.objects.filter(facilities__in=run))
    read = list(reading.with_supply(Nursery.objects.all()))
    ahead = reading.horizon()
    # Raises where anything contradicts the authorisation.
    assert len(reading.facilities(read, ahead)) == 34
    assert 800 < PresentChild.objects.count() < 1_300
    free = [ahead.stretches(reading.capacity_of(one))[ahead.months[0], Section.SMALL].whole_week for one in read]
    assert 0 in free and max(free) > 0
