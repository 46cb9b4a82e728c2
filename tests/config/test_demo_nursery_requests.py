"""The demonstration's 1,400 requests: complete ones reach a round, and nobody in them is real."""

import pytest
from django.utils import timezone

from booking.nurseries.documents.needed import unseen_of
from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import ApplicationChild, ApplicationParent, NurseryApplication
from booking.nurseries.requests.for_round import for_round
from booking.nurseries.supply import reading
from booking.residents.models import Member
from config.demo import nurseries, nursery_requests, places, staff
from config.demo.build import SEED

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_fourteen_hundred_requests() -> None:
    places.load_municipalities()
    places.build_town_halls()
    places.build_others()
    nurseries.build_nurseries(timezone.localdate(), SEED)
    staff.build_staff()
    assert nursery_requests.build_requests(timezone.localdate(), SEED) == NurseryApplication.objects.count() == 1_400
    complete = NurseryApplication.objects.filter(state=ApplicationState.COMPLETE)
    assert complete.count() > 1_000 and ApplicationChild.objects.filter(is_live=True).count() > 1_250
    assert not unseen_of(complete.order_by("pk")[0])
    ahead = reading.horizon()
    told = [for_round(one, ahead) for one in complete.order_by("pk")[:60]]
    assert sum(len(one["children"]) for one in told) > 50
    assert not Member.objects.exclude(family_name="").exclude(family_name__contains="fictif").exists()
    assert not ApplicationParent.objects.exclude(name__contains="fictif").exists()
