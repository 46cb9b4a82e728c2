"""Pools with water in them."""

from datetime import timedelta

import factory
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from factory.django import DjangoModelFactory

from booking.activities.enums import UseKind
from booking.activities.models import Basin, Lane, LaneUse, Pool
from municipalities.enums import FacilityKind
from tests.factories.municipalities import FIRST, FacilityFactory


class PoolFactory(DjangoModelFactory[Pool]):
    class Meta:
        model = Pool

    facility = factory.SubFactory(FacilityFactory, kind=FacilityKind.POOL)
    most_heads = 200


class BasinFactory(DjangoModelFactory[Basin]):
    class Meta:
        model = Basin

    pool = factory.SubFactory(PoolFactory)
    name = factory.Sequence(lambda n: f"Bassin {FIRST + n}")


class LaneFactory(DjangoModelFactory[Lane]):
    class Meta:
        model = Lane

    basin = factory.SubFactory(BasinFactory)
    name = factory.Sequence(lambda n: f"Ligne {FIRST + n}")


class LaneUseFactory(DjangoModelFactory[LaneUse]):
    """By itself: the count of heads is kept by the actions alone."""

    class Meta:
        model = LaneUse

    lane = factory.SubFactory(LaneFactory)
    kind = UseKind.CLUB
    label = "Les Dauphins"
    period = factory.LazyFunction(
        lambda: DateTimeTZRange(timezone.now() + timedelta(days=1), timezone.now() + timedelta(days=1, hours=1))
    )
