"""Grids of prices."""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from booking.activities.models import Adjustment, PriceRow, Tariff, TariffGrid
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
