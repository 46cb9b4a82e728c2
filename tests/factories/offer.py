"""Grids of prices, seasons and groups."""

from datetime import time, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from booking.activities.models import Activity, Adjustment, Group, PriceRow, Season, Session, Tariff, TariffGrid
from municipalities.languages import Translated
from tests.factories.activities import BasinFactory
from tests.factories.municipalities import FIRST, OperatorFactory


class TariffGridFactory(DjangoModelFactory[TariffGrid]):
    """A draft; `priced` gives it a tariff with one price for everybody, and a reduction."""

    class Meta:
        model = TariffGrid
        skip_postgeneration_save = True

    operator = factory.SubFactory(OperatorFactory)
    name = factory.Sequence(lambda n: f"Grille {FIRST + n}")
    valid_from = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=10))
    decision = "délibération fictive"

    @factory.post_generation
    def priced(self: Any, create: bool, wanted: Any, **_fields: Any) -> None:
        if wanted:
            tariff = Tariff.objects.create(grid=self, code="ecole", label={"fr": "École de natation"})
            PriceRow.objects.create(tariff=tariff, cents=9000)
            Adjustment.objects.create(grid=self, because="sibling", percent=20)


class SeasonFactory(DjangoModelFactory[Season]):
    """From last week until half a year ahead, and visible."""

    class Meta:
        model = Season

    operator = factory.SubFactory(OperatorFactory)
    name = factory.Sequence(lambda n: f"Saison {FIRST + n}")
    first_day = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=7))
    last_day = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=180))
    is_public = True


class ActivityFactory(DjangoModelFactory[Activity]):
    class Meta:
        model = Activity

    season = factory.SubFactory(SeasonFactory)
    code = factory.Sequence(lambda n: f"activite-{FIRST + n}")
    kind = "school"
    name = factory.LazyFunction(lambda: Translated(fr="École de natation", de="Schwimmschule", en="Swimming school"))


class GroupFactory(DjangoModelFactory[Group]):
    """By itself: its sessions and their lanes are made by the actions alone."""

    class Meta:
        model = Group

    basin = factory.SubFactory(BasinFactory)
    activity = factory.SubFactory(
        ActivityFactory,
        season=factory.SubFactory(SeasonFactory, operator=factory.SelfAttribute("...basin.pool.facility.operator")),
    )
    code = factory.Sequence(lambda n: f"g{FIRST + n}")
    weekday = 2
    starts = time(14)
    ends = time(14, 45)
    first_day = factory.SelfAttribute("activity.season.first_day")
    last_day = factory.SelfAttribute("activity.season.last_day")
    capacity = 10
    tariff_code = "ecole"
    months_from = 72
    months_below = 156


class SessionFactory(DjangoModelFactory[Session]):
    class Meta:
        model = Session

    group = factory.SubFactory(GroupFactory)
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=9))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(minutes=45))
    planned_on = factory.LazyAttribute(lambda o: timezone.localdate(o.starts_at))
